"""Pictures shown from here instead of from their origin, when an article is told. What is stored keeps the origin's.

In: an article, or its HTML as the sanitiser leaves it, and a mapping from addresses of pictures to our own. Out: the
part of the mapping that concerns it, or the HTML with other `src`. Pure; called by item, and by pages in web/.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Mapping
from types import MappingProxyType

from aggregator.models import Article

#: Nothing is shown from elsewhere than its origin.
NONE: Mapping[str, str] = MappingProxyType({})

#: The sanitiser writes attributes in double quotes, and `>` in them as it is.
_SOURCE = re.compile(r'(<img\b(?:[^>"]|"[^"]*")*?\ssrc=")([^"]*)(?=")')


def of(article: Article, pictures: Mapping[str, str]) -> dict[str, str]:
    """Those of `pictures` that the article shows, in its order."""
    if not pictures:
        return {}
    shown = (article.image, *(one.url for one in article.images))
    return {url: pictures[url] for url in shown if url and url in pictures}


def html(html: str, pictures: Mapping[str, str]) -> str:
    """`html` with our addresses in place of those of pictures that are kept."""
    if not pictures:
        return html

    def source(found: re.Match[str]) -> str:
        ours = pictures.get(entities.unescape(found[2]))
        return found[1] + (entities.escape(ours) if ours else found[2])

    return _SOURCE.sub(source, html)

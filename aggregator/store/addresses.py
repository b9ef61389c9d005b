"""The addresses by which a document is recognised."""

from __future__ import annotations

from functools import lru_cache

from aggregator.kit import urls
from aggregator.models import Article, Entry

_key = lru_cache(maxsize=8192)(urls.key)  # a batch asks for each address several times


def keys(stated: Entry | Article) -> tuple[str, ...]:
    """Keys of the link and aliases; none when other entries have the same link, which then identifies nothing."""
    if stated.shares_link:
        return ()
    link = stated.link if isinstance(stated, Entry) else stated.url
    return tuple(dict.fromkeys(_key(url) for url in (link, *stated.aliases) if url))

"""An article page becomes a Page: the raw HTML of its body, and the metadata the page states.

In: the Document of an article page and all SiteRules. Out: a Page; ExtractError where the page holds no article. Pure.
Called by pipeline/ (step 6 of the walk). Cleaning is not done here: clean/ wants comments and furniture as they are.

The order of the search: the site's selectors, a slide show's script, a video page's script, and the generic reader for
all other sites. BeautifulSoup and trafilatura are loaded with the first page, not with this package.
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregator.kit import urls
from aggregator.models import Document, Page, SiteRules


def extract(document: Document, sites: Sequence[SiteRules], *, zone: str = "Asia/Shanghai") -> Page:
    """Read one article page. `zone` is that of dates which state none.

    Raises ExtractError, in words, where the page is no article: a challenge, a notice, a list, an empty body.
    """
    from aggregator.extract import reading

    address = document.final_url or document.url
    return reading.read(document, rules_for(address, sites) or rules_for(document.url, sites), zone)


def is_notice(words: str) -> bool:
    """True for a short text that says, where the article stood, that there is none (any more)."""
    from aggregator.extract import refusal

    return refusal.is_notice(words)


def rules_for(url: str | None, sites: Sequence[SiteRules]) -> SiteRules | None:
    """The rules of the address's host: an exact host before `.domain`, a longer domain before a shorter."""
    name = urls.host(url or "")
    best: tuple[int, SiteRules] | None = None
    for site in sites:
        for host in site.hosts:
            fits = name == host.lstrip(".") or (host.startswith(".") and name.endswith(host))
            rank = len(host) + (1000 if not host.startswith(".") else 0)
            if name and fits and (best is None or rank > best[0]):
                best = rank, site
    return best[1] if best else None

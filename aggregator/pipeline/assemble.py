"""Entry and page become one raw article: which side each field is taken from, and why.

In: an Entry, the Page of its link (or None), the subscription's language. Out: an Article whose html is still raw.
Called by pipeline/update.py and pipeline/intake.py, before clean.clean().
"""

from __future__ import annotations

import html
from datetime import datetime, timedelta

from aggregator.kit import text, urls
from aggregator.models import Article, Completeness, Entry, Page
from aggregator.pipeline import decide

#: Two publish times this close are the same one, stated with and without seconds.
SAME_MINUTE = timedelta(seconds=60)

#: A page body this much shorter than the text the feed carried means that extraction missed the article.
SHORTFALL = 0.6


def article(entry: Entry, page: Page | None, *, language: str = "zh-CN", author_is_outlet: bool = False) -> Article:
    """Join what the feed stated and what the page holds. The feed's title stands; the page fills what is missing.

    `author_is_outlet`: the feed names the outlet as author, as RSSHub's Sina routes do.
    """
    stated_html, stated_whole = _stated(entry)
    use_page = page is not None and not _page_falls_short(page, stated_html, whole=stated_whole)
    if page is not None and use_page:
        body, completeness, extractor = page.html, Completeness.FULL, page.extractor
    else:
        body, extractor = stated_html, "entry"
        completeness = Completeness.FULL if stated_whole else Completeness.SUMMARY
    if decide.is_flash(entry):
        completeness = Completeness.FLASH
    canonical = urls.canonical((page.canonical if page else None) or entry.link or "") or None
    links = (entry.link, *entry.aliases, *(page.aliases if page else ()))
    aliases = tuple(dict.fromkeys(link for link in map(_canonical, links) if link and link != canonical))
    return Article(
        entry_id=entry.id,
        title=entry.title or (page.title if page else None) or "",
        html=body,
        url=canonical,
        aliases=aliases,
        docid=entry.docid or (page.docid if page else None),
        completeness=completeness,
        published=published(entry.published, page.published if page else None),
        updated=_later(entry.updated, page.updated if page else None),
        author=entry.author or (page.author if page else None),
        outlet=entry.outlet or (page.outlet if page else None) or (entry.author if author_is_outlet else None),
        keywords=tuple(dict.fromkeys((*entry.keywords, *(page.keywords if page else ())))),
        categories=entry.categories,
        symbols=(*entry.symbols, *(page.symbols if page else ())),
        image=page.lead_image if page else None,
        images=(*entry.images, *(page.images if page else ())),
        videos=page.videos if page else (),
        language=entry.language or language,
        extractor=extractor,
        deleted=entry.deleted,
        flags=entry.flags,
        extra=entry.extra,
        original=entry.original,
        shares_link=entry.shares_link,
    )


def paragraphs(plain: str) -> str:
    """Plain text as HTML paragraphs, one a line."""
    lines = (line.strip() for line in plain.splitlines())
    return "".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines if line)


def _stated(entry: Entry) -> tuple[str, bool]:
    """The entry's own body as HTML, and whether it is the whole article rather than a teaser."""
    stated = entry.content or entry.summary or ""
    body = paragraphs(stated) if entry.content_is_text else stated
    return body, entry.original is not None or not decide.is_thin(entry)


def _page_falls_short(page: Page, stated_html: str, *, whole: bool) -> bool:
    return whole and len(text.plain(page.html)) < SHORTFALL * len(text.plain(stated_html))


def published(stated: datetime | None, on_page: datetime | None) -> datetime | None:
    """The page knows best when it was published (lists may state when a row entered them), the feed has the seconds."""
    if stated is None or on_page is None:
        return stated or on_page
    return stated if abs(stated - on_page) <= SAME_MINUTE else on_page


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other


def _canonical(link: str | None) -> str | None:
    return urls.canonical(link) if link else None

"""Entry and page become one raw article: which side each field is taken from, and why.

In: an Entry, the Page of its link (or None), the subscription's language. Out: an Article whose html is still raw.
Called by pipeline/update.py and pipeline/intake.py, before clean.clean().
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from aggregator.kit import text, urls
from aggregator.models import Article, Completeness, Entry, Page
from aggregator.pipeline import decide

#: Two publish times this close are the same one, stated with and without seconds.
SAME_MINUTE = timedelta(seconds=60)

#: In Article.extra: title and outlet that the page named when it was read, where the article goes by others.
PAGE_SAID = "page"

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
        extra=_noting(entry.extra, page, entry.title, entry.outlet) if use_page else entry.extra,
        original=entry.original,
        shares_link=entry.shares_link,
    )


def upgraded(article: Article, page: Page) -> Article:
    """A stored article with the text of its page, which was never read before. What a feed stated stays."""
    return replace(
        article,
        html=page.html,
        completeness=Completeness.FULL,
        extractor=page.extractor,
        title=article.title or page.title or "",
        published=published(article.published, page.published),
        docid=article.docid or page.docid,
        author=article.author or page.author,
        outlet=article.outlet or page.outlet,
        keywords=article.keywords or page.keywords,
        symbols=(*article.symbols, *page.symbols),
        image=article.image or page.lead_image,
        images=page.images,
        videos=page.videos,
        aliases=tuple(dict.fromkeys((*article.aliases, *page.aliases))),
        extra=_noting(article.extra, page, article.title, article.outlet),
    )


def read_again(article: Article, page: Page) -> Article:
    """A stored article, whose text its page gave, as that page has it now: an unchanged page gives the same again.

    Title and outlet follow the page where it names others than it did: what a feed called it before stands otherwise.
    """
    said = article.extra.get(PAGE_SAID, {})
    stated = article.extra.get("media") or article.outlet  # before the text named its own
    titled = text.dense(page.title or "") not in ("", text.dense(said.get("title") or article.title))
    named = (page.outlet or "") not in ("", said.get("outlet") or stated)
    title, outlet = (page.title or "" if titled else article.title), (page.outlet if named else stated)
    bare = {name: value for name, value in article.extra.items() if name != "media"}
    return replace(
        upgraded(article, page),
        title=title,
        outlet=outlet,
        updated=_later(article.updated, page.updated),
        # What the text itself states is read from it again.
        byline=None,
        editor=None,
        editor_code=None,
        original_title=None,
        related=(),
        images=page.images if "<img" in article.html else article.images,
        extra=_noting(bare, page, title, outlet),
    )


def _noting(extra: Mapping[str, Any], page: Page | None, title: str, outlet: str | None) -> dict[str, Any]:
    """`extra` with what the page calls itself, where that is not what the article is called: see read_again()."""
    said = {
        name: words
        for name, words, chosen in (
            ("title", page.title if page else None, title),
            ("outlet", page.outlet if page else None, outlet),
        )
        if words and chosen and words != chosen
    }
    rest = {name: value for name, value in extra.items() if name != PAGE_SAID}
    return rest | ({PAGE_SAID: said} if said else {})


def said_before(extra: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """`extra` with what the page called itself when it was first read, as `stored` has it and where it has it."""
    names = [name for name in extra if name != PAGE_SAID]
    if PAGE_SAID in stored:
        behind = list(stored)[list(stored).index(PAGE_SAID) + 1 :]
        place = next((place for place, name in enumerate(names) if name in behind), len(names))
        names.insert(place, PAGE_SAID)
    return {name: stored[name] if name == PAGE_SAID else extra[name] for name in names}


def falls_short(page: Page, words: str) -> bool:
    """True for a page that holds so much less than an article's words that it is not the article."""
    return len(text.plain(page.html)) < SHORTFALL * len(words)


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
    return whole and falls_short(page, text.plain(stated_html))


def published(stated: datetime | None, on_page: datetime | None) -> datetime | None:
    """The page knows best when it was published (lists may state when a row entered them), the feed has the seconds."""
    if stated is None or on_page is None:
        return stated or on_page
    return stated if abs(stated - on_page) <= SAME_MINUTE else on_page


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max(one, other) if one and other else one or other


def _canonical(link: str | None) -> str | None:
    return urls.canonical(link) if link else None

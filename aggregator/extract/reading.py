"""Puts a Page together: finds the body, then reads what the page states around it.

In: a Document and its site's rules. Out: a Page, or ExtractError. Called by extract.extract().
"""

from __future__ import annotations

from dataclasses import dataclass

from bs4.element import Tag

from aggregator.errors import ExtractError
from aggregator.extract import address, generic, metadata, refusal, scripts, soup
from aggregator.extract.soup import Soup
from aggregator.kit import dates, text, urls
from aggregator.models import Document, Image, Page, SiteRules, Video

#: Elements that make a body even where it has no words.
_SHOWN = "img, table, video, .artical-player-wrap, .art_video"


@dataclass(frozen=True, slots=True)
class _Body:
    html: str
    extractor: str
    images: tuple[Image, ...] = ()
    videos: tuple[Video, ...] = ()
    title: str | None = None
    published: str | None = None


def read(document: Document, rules: SiteRules | None, zone: str) -> Page:
    """Read one page."""
    url = document.final_url or document.url
    page = soup.parse(document)
    body = _body(page, url, rules)
    stated = metadata.read(page, rules, zone)
    identity = address.read(page, document, rules)
    title = stated.title or body.title
    return Page(
        html=body.html,
        extractor=body.extractor,
        title=title,
        published=stated.published or (dates.parse(body.published, zone=zone) if body.published else None),
        updated=stated.updated,
        author=stated.author,
        outlet=stated.outlet,
        docid=identity.docid,
        canonical=identity.canonical,
        aliases=identity.aliases,
        keywords=stated.keywords,
        images=body.images,
        lead_image=_lead(stated.image, url, rules) or (body.images[0].url if body.images else None),
        videos=body.videos,
    )


def _body(page: Soup, url: str, rules: SiteRules | None) -> _Body:
    """The body by the first way that gives one. Raises ExtractError."""
    if rules:
        if found := _selected(page, rules):
            return found
        if shown := scripts.slides(page.source, url):
            return _Body(shown.html, rules.name, images=shown.images, title=shown.title, published=shown.published)
        if urls.host(url).startswith("video.") and (film := _film(page, url, rules)):
            return film
    if refused := refusal.refusal(page, url):
        raise refused
    html = generic.body(page.source, url)
    if html is None or (rules and refusal.chrome(html)):
        raise ExtractError(f"{url}: no article text found on the page ({_heading(page)})")
    return _Body(html, "generic")


def _selected(page: Soup, rules: SiteRules) -> _Body | None:
    """What the first fitting selector names; one that took page chrome along has named the wrong element."""
    for selector in rules.body:
        for element in page.elements(selector):
            html = soup.inner(element)
            if _holds_something(element) and not _took_chrome(html, rules):
                return _Body(html, rules.name)
    return None


def _took_chrome(html: str, rules: SiteRules) -> bool:
    """True where words of the page around the article are in it, other than in parts that clean/ drops."""
    return bool(refusal.chrome(html)) and bool(refusal.chrome(soup.without(html, rules.drop)))


def _holds_something(element: Tag) -> bool:
    if len(text.plain(soup.inner(element))) > 1:
        return True
    return element.select_one(_SHOWN) is not None


def _film(page: Soup, url: str, rules: SiteRules) -> _Body | None:
    """A video page: its description is its text."""
    poster = urls.absolute(url, page.first(('meta[property="og:image"]@content',)))
    video = scripts.video(page.source, urls.canonical(url), poster)
    if video is None:
        return None
    words = page.first(('meta[name="description"]@content', "title")) or ""
    return _Body(f"<p>{words.replace('&', '&amp;').replace('<', '&lt;')}</p>", rules.name, videos=(video,))


def _lead(stated: str | None, url: str, rules: SiteRules | None) -> str | None:
    found = urls.absolute(url, stated)
    if found and found.startswith("http:") and urls.is_sina(urls.host(url)):
        found = "https:" + found[5:]
    if found and rules and metadata.matches(found, rules.image_blocklist):
        return None
    return found


def _heading(page: Soup) -> str:
    title = page.first(("title",))
    return f"its title is “{text.truncate(title, 60)}”" if title else "it has no title either"

"""Feeds in browsers, the list of outputs, pages of the past: what the server answers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from lxml import etree, html
from starlette.types import ASGIApp

from aggregator import publish
from aggregator.archive import opml
from aggregator.archive.items import Followed
from aggregator.publish import preview
from aggregator.publish.static import Shelf
from aggregator.web import create_app
from tests.support import asgi, stories
from tests.support.stories import NOW, OUTPUT, SITE, FakeBackend


@dataclass(frozen=True)
class Page:
    """A page of the past."""

    body: bytes = b"<feed/>"
    full: bool = True


class Backend(FakeBackend):
    """Knows one page."""

    made = 0

    async def past(self, slug: str, name: str, extension: str) -> Page | None:
        self.made += 1
        return Page() if (slug, name, extension) == ("all", "01234567-1", "atom") else None


@pytest.mark.asyncio
async def test_a_page_of_the_past_is_made_once_and_revalidated() -> None:
    backend = Backend()
    app = create_app(backend)
    first = await asgi.get(app, "/feeds/all/archive/01234567-1.atom")
    assert (first.status, first.body) == (200, b"<feed/>")
    assert first.headers["cache-control"] == "public, max-age=86400"
    again = await asgi.get(app, "/feeds/all/archive/01234567-1.atom", {"if-none-match": first.headers["etag"]})
    assert (again.status, again.body, backend.made) == (304, b"", 1)


@pytest.mark.asyncio
@pytest.mark.parametrize("name", ["01234567-2.atom", "01234567-1.exe", "..%2f01234567-1.atom", "1.atom", "x" * 10_000])
async def test_what_is_no_page_is_404(name: str) -> None:
    assert (await asgi.get(create_app(Backend()), f"/feeds/all/archive/{name}")).status == 404


#: What browsers send when an address is opened: where the connection is trusted, and over plain HTTP.
BROWSERS = [
    {
        "accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
        "sec-fetch-dest": "document",
    },
    {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "upgrade-insecure-requests": "1"},
]
READERS = [
    {},
    {"accept": "*/*"},
    {"accept": "*/*", "upgrade-insecure-requests": "1"},
    {"accept": "application/atom+xml,application/rss+xml;q=0.9,application/xml;q=0.8,text/html;q=0.7,*/*;q=0.1"},
    {"accept": "application/xml, application/rss+xml, text/html, */*;q=0.9", "upgrade-insecure-requests": "1"},
    {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},  # it says that it is a browser
    {"accept": "text/html;q=1,*/*;q=0.8", "sec-fetch-dest": "empty"},
]


@pytest.fixture
def app(tmp_path: Path) -> ASGIApp:
    shelf = Shelf(tmp_path)
    told = [*stories.stories(), stories.hostile("<script>alert(1)</script>")]
    for form in publish.FORMATS:
        shelf.put("all", form, publish.render(form, OUTPUT, SITE, told, now=NOW), NOW)
    return create_app(FakeBackend(shelf=shelf))


@pytest.mark.asyncio
@pytest.mark.parametrize("headers", READERS, ids=str)
@pytest.mark.parametrize("form", publish.FORMATS)
async def test_readers_get_the_feed(app: ASGIApp, form: str, headers: dict[str, str]) -> None:
    answer = await asgi.get(app, f"/feeds/all.{form}", headers)
    assert answer.headers["content-type"] == publish.FORMATS[form].media_type
    assert answer.body == (await asgi.get(app, f"/feeds/all.{form}")).body
    assert {"Accept", "Sec-Fetch-Dest", "Upgrade-Insecure-Requests"} <= set(answer.headers["vary"].split(", "))


@pytest.mark.asyncio
@pytest.mark.parametrize("headers", BROWSERS, ids=["trusted", "plain"])
@pytest.mark.parametrize("form", publish.FORMATS)
async def test_browsers_get_a_page_of_the_feed(app: ASGIApp, form: str, headers: dict[str, str]) -> None:
    feed = await asgi.get(app, f"/feeds/all.{form}")
    page = await asgi.get(app, f"/feeds/all.{form}", headers)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["vary"] == feed.headers["vary"]
    assert page.headers["etag"] != feed.headers["etag"]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    shown = html.document_fromstring(page.body)
    assert shown.xpath("//script") == []
    assert len(shown.xpath("//li")) == len(stories.stories()) + 1
    assert "样例股份前三季度营收增长8.3%" in shown.text_content()
    assert "<p>" not in shown.text_content()
    assert f"{SITE.base_url}/feeds/all.{form}" in shown.text_content()
    assert all(link.startswith(("http://", "https://")) for link in shown.xpath("//a/@href"))
    for address in shown.xpath("//link/@href"):
        assert (await asgi.get(app, address)).status == 200
    again = await asgi.get(app, f"/feeds/all.{form}", headers | {"if-none-match": page.headers["etag"]})
    assert (again.status, again.body) == (304, b"")
    other = await asgi.get(app, f"/feeds/all.{form}", headers | {"if-none-match": feed.headers["etag"]})
    assert other.status == 200


@pytest.mark.asyncio
@pytest.mark.parametrize("form", ["atom", "rss"])
async def test_a_feed_names_its_style(app: ASGIApp, form: str) -> None:
    feed = etree.fromstring((await asgi.get(app, f"/feeds/all.{form}")).body)
    (named,) = [one.get("href") for one in feed.xpath("/processing-instruction()")]
    assert (await asgi.get(app, named)).headers["content-type"].startswith("application/xslt+xml")


def test_summaries_of_feeds_without_full_text_are_told_as_plain_text() -> None:
    told = [stories.story(1, stories.article("标题", text="营收 <增长> & 利润"))]
    for form in ("atom", "rss", "json"):
        made = publish.render(form, replace(OUTPUT, full_text=False), SITE, told, now=NOW)
        style = Path("aggregator/web/static/feed.xsl").read_bytes()
        shown = html.document_fromstring(preview.page(made, style, "/static/"))
        assert "营收 <增长> & 利润" in shown.xpath("//li")[0].text_content()
        assert "<p>" not in shown.text_content()


@pytest.mark.asyncio
async def test_all_outputs_are_one_list_for_readers() -> None:
    from aggregator.models import Output

    backend = FakeBackend(configured=[OUTPUT, Output("b", "A & B", formats=("json", "rss"))])
    answer = await asgi.get(create_app(backend), "/outputs.opml")
    assert answer.headers["content-type"].startswith("text/x-opml")
    listed = [one for one in opml.parse(answer.body, "outputs.opml") if isinstance(one, Followed)]
    assert [(one.name, one.url) for one in listed] == [
        ("全部报道", f"{SITE.base_url}/feeds/all.atom"),
        ("A & B", f"{SITE.base_url}/feeds/b.rss"),
    ]

"""Small feeds and pages that a test makes up and lets the stand-in origin serve, and a clock that the test moves."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.support.origin.client import Origin

#: Added to a feed in config: the stand-in origin is on this machine.
OWN = {"allow_private": True}

#: A body that is plainly a whole article.
LONG = "<p>" + "样本公司三季度营收同比增长，海外订单占比提升。" * 20 + "</p>"

TODAY = "Mon, 23 Nov 2026 01:00:00 GMT"


class Clock:
    """A clock that a test moves; it starts on the day of TODAY, an hour later."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def item(title: str, *, guid: str = "", link: str = "", date: str = TODAY, body: str = LONG) -> str:
    """One RSS item; `title` and `body` are put in as they are."""
    return (
        f'<item><title>{title}</title><link>{link}</link><guid isPermaLink="false">{guid or title}</guid>'
        f"<pubDate>{date}</pubDate><description><![CDATA[{body}]]></description></item>"
    )


def rss(*items: str) -> str:
    """An RSS document of the items."""
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>样本</title>{"".join(items)}</channel></rss>'


def serve(origin: Origin, name: str, body: str, **headers: str) -> None:
    """Let `/made/<name>.xml` answer with `body` from now on."""
    headers = {"Content-Type": "application/rss+xml; charset=utf-8"} | headers
    origin.fault(f"/made/{name}.xml", status=200, headers=headers, body=body)


def serve_page(origin: Origin, path: str, body: str) -> str:
    """Let `path` answer with an article page around `body`; gives its address."""
    page = f'<html><head><title>样本</title></head><body><div id="artibody">{body}</div></body></html>'
    origin.fault(path, status=200, headers={"Content-Type": "text/html; charset=utf-8"}, body=page)
    return f"{origin.url}{path}"

"""Documents as the walk hands them over to be kept, with invented text."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from aggregator.models import Document, Entry, Exchange, Fetched, RawKind

#: Ten in the morning in Beijing.
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def page(name: str, words: str = "样本公司三季度营收同比增长，海外订单占比提升。", times: int = 20) -> bytes:
    """An article page."""
    body = f"<p>{words}</p>" * times
    return f'<html><head><title>{name}</title></head><body><div id="artibody">{body}</div></body></html>'.encode()


def fetched(name: str, body: bytes | None = None, **changes: Any) -> Fetched:
    """The page of the entry `name`."""
    url = f"https://finance.example.com/{name}.html"
    exchange = Exchange(
        f"/{name}.html",
        (("Host", "finance.example.com"), ("User-Agent", "aggregator"), ("Authorization", "geheim")),
        "HTTP/1.1 200 OK",
        ((b"Content-Type", b"text/html; charset=utf-8"), (b"Content-Encoding", b"gzip"), (b"X-Name", "样本".encode())),
    )
    document = Document(url, url, 200, page(name) if body is None else body, AT, {}, exchange=exchange)
    entry = Entry(id=name, title=f"{name}的标题", link=url, published=AT)
    return Fetched(**{"document": document, "kind": RawKind.PAGE, "slug": "a", "entry": entry, **changes})

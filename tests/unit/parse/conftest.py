"""What the parser tests share: reading a document from its text or bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from aggregator import parse
from aggregator.models import Document, ParsedFeed

Read = Callable[..., ParsedFeed]


@pytest.fixture
def read() -> Read:
    """`read(text_or_bytes, url=…, media_type=…, zone=…)` parses it as a document fetched on 16 October 2026."""

    def call(
        body: str | bytes,
        *,
        url: str = "https://feeds.example/all.xml",
        final_url: str | None = None,
        media_type: str = "",
        zone: str = "Asia/Shanghai",
        language: str | None = None,
    ) -> ParsedFeed:
        document = Document(
            url=url,
            final_url=final_url or url,
            status=200,
            body=body.encode() if isinstance(body, str) else body,
            fetched_at=datetime(2026, 10, 16, 10, 0, tzinfo=UTC),
            headers={"content-type": media_type} if media_type else {},
        )
        return parse.parse(document, zone=zone, language=language)

    return call


@pytest.fixture
def rss() -> Callable[..., str]:
    """`rss("<item>…</item>", …)` is an RSS 2.0 document of these items; `root` and `channel` add to their elements."""

    def build(*items: str, channel: str = "", root: str = "", prolog: str = '<?xml version="1.0"?>') -> str:
        head = f"<title>示例频道</title><link>https://site.example/</link><description>说明</description>{channel}"
        return f'{prolog}<rss version="2.0"{root}><channel>{head}{"".join(items)}</channel></rss>'

    return build


@pytest.fixture
def atom() -> Callable[..., str]:
    """`atom("<entry>…</entry>", …)` is an Atom 1.0 document of these entries."""

    def build(*entries: str, head: str = "<title>示例</title><id>urn:x:feed</id>", root: str = "") -> str:
        return f'<feed xmlns="http://www.w3.org/2005/Atom"{root}>{head}{"".join(entries)}</feed>'

    return build

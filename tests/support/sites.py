"""The shipped site rules, and short ways to clean and extract with them."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from aggregator import clean, extract
from aggregator.models import Article, Document, Page, SiteRules

_SITES = Path(__file__).resolve().parent.parent.parent / "config" / "sites"
NOW = datetime(2026, 10, 17, tzinfo=UTC)
ARTICLE = "https://finance.sina.com.cn/stock/s/2026-10-16/doc-intaaqwi2000999.shtml"


@cache
def sina() -> SiteRules:
    """config/sites/sina.toml as the loader makes it: top-level keys are the fields."""
    stated = tomllib.loads((_SITES / "sina.toml").read_text("utf-8"))
    return SiteRules(name="sina", **{key: tuple(value) for key, value in stated.items()})


def raw(html: str, **fields: Any) -> Article:
    """An article that is not clean yet."""
    return Article(**{"entry_id": "1", "title": "样本标题", "url": ARTICLE, "html": html} | fields)


def cleaned(html: str, *, rules: SiteRules | None = None, **fields: Any) -> Article:
    """Cleaned with Sina's rules, or those given."""
    return clean.clean(raw(html, **fields), rules or sina())


def page(body: str | bytes, url: str = ARTICLE, *, content_type: str = "text/html") -> Document:
    """An article page as fetched."""
    content = body.encode() if isinstance(body, str) else body
    return Document(url, url, 200, content, NOW, {"content-type": content_type})


def extracted(body: str | bytes, url: str = ARTICLE) -> Page:
    """Extracted with the shipped rules."""
    return extract.extract(page(body, url), [sina()])

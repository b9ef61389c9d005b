"""The corpus pages, extracted and cleaned: everything expected_pages.json says of article pages holds."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator import clean
from aggregator.models import Article, Page
from tests.support import unsafe
from tests.support.sites import extracted, sina

ADDRESSES = {
    "ordinary_2026.html": "https://finance.sina.com.cn/stock/s/2026-10-16/doc-intaaqwi2000103.shtml",
    "old_2011_gbk.html": "http://finance.sina.com.cn/china/20111221/081611111111.shtml",
    "mobile.html": "https://finance.sina.cn/hkstock/ggscyd/2026-10-16/detail-intaaqwm3000106.d.html?vt=4",
    "slide.html": "http://slide.finance.sina.com.cn/slide_9_100_700001.html",
    "video_article.html": "https://finance.sina.com.cn/jryx/bank/2026-10-16/doc-intaaqwp4000107.shtml",
}
#: What the file also describes and no article page is.
NOT_ARTICLES = {
    "video_play.json": "answer of the player's API, whose signed addresses are never asked for",
    "roll_c_column.html": "a list of links",
    "stock_news_gbk.html": "a list of links",
}
Case = tuple[dict[str, Any], Page, Article]


@pytest.fixture(scope="module", params=ADDRESSES)
def case(request: pytest.FixtureRequest, corpus: Path) -> Case:
    folder = corpus / "api" / "pages"
    expected = json.loads((folder / "expected_pages.json").read_text("utf-8"))[request.param]
    page = extracted((folder / request.param).read_bytes(), ADDRESSES[request.param])
    raw = Article(
        entry_id="1",
        title=page.title or "",
        html=page.html,
        url=page.canonical,
        outlet=page.outlet,
        image=page.lead_image,
        images=page.images,
        videos=page.videos,
        symbols=page.symbols,
    )
    return expected, page, clean.clean(raw, sina())


def test_every_expectation_is_checked_or_excused(corpus: Path) -> None:
    expected = json.loads((corpus / "api" / "pages" / "expected_pages.json").read_text("utf-8"))
    assert set(expected) == set(ADDRESSES) | set(NOT_ARTICLES)


def test_title_times_and_identity(case: Case) -> None:
    expected, page, _ = case
    assert page.title == expected["title"]
    for field, key in (("published", "published_utc"), ("updated", "updated_utc")):
        if key in expected:
            at = getattr(page, field)
            assert at is not None
            assert at.isoformat() == expected[key].replace("Z", "+00:00")
    if "docid" in expected:
        assert page.docid == expected["docid"]
    if "url" in expected:
        assert page.canonical == expected["url"]
    if "keywords" in expected:
        assert list(page.keywords) == expected["keywords"]


def test_media_and_source(case: Case) -> None:
    expected, page, article = case
    assert page.outlet == expected.get("media")
    assert article.outlet == expected.get("source", expected.get("media"))
    if expected.get("source"):
        assert article.extra["media"] == expected["media"]
    for key in ("editor", "editor_code"):
        if key in expected:
            assert getattr(article, key) == expected[key]


def test_symbols(case: Case) -> None:
    expected, _, article = case
    assert [symbol.code for symbol in article.symbols] == expected.get("symbols", [])


def test_text_and_furniture(case: Case) -> None:
    expected, _, article = case
    lines = re.findall(r"<(?:p|h[2-6])>.+?</(?:p|h[2-6])>", article.html)
    assert len(lines) == expected.get("paragraphs", 0)
    for sentence in expected.get("must_survive", ()):
        assert sentence in article.text
    for words in expected.get("must_not_survive", ()):
        assert words not in article.text
        assert words not in article.html
    assert unsafe.findings(article.html) == []


def test_tables(case: Case) -> None:
    expected, _, article = case
    assert article.html.count("<table>") == expected.get("tables", 0)
    assert article.html.count("<tr>") == expected.get("table_rows", 0)


def test_pictures_and_captions(case: Case) -> None:
    expected, _, article = case
    assert len(article.images) == article.html.count("<img ") == expected["images"]
    if "image_urls" in expected:
        assert [image.url for image in article.images] == expected["image_urls"]
    if "captions" in expected:
        assert [image.caption or "" for image in article.images] == expected["captions"]
    assert article.image == (article.images[0].url if article.images else None)


def test_video(case: Case) -> None:
    expected, _, article = case
    stated = expected.get("video")
    found = [{"videoid": v.video_id, "page": v.page, "poster": v.poster} for v in article.videos]
    assert found == ([stated] if stated else [])


def test_cleaning_twice_is_cleaning_once(case: Case) -> None:
    _, _, article = case
    assert clean.clean(article, sina()) == article
    assert clean.clean(replace(article, text=""), sina()) == article

"""Captured and invented answers of Sina's APIs and of feeds, against what the corpus says a correct reader gets."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from aggregator import parse
from aggregator.errors import NotAFeed
from aggregator.kit import urls
from aggregator.models import Document, ParsedFeed

Reader = Callable[[str], ParsedFeed]

ROLL = "https://feed.mix.sina.com.cn/api/roll/get?pageid=153&lid=2516&num={}&page=1"
LIVE = "https://zhibo.sina.com.cn/api/zhibo/feed?page=1&page_size=20&zhibo_id=152"
NEWS = "https://interface.sina.cn/pc_api/public_news_data.d.json?cids=57045&pageSize=50&up=0"


def _reader(folder: Path) -> Reader:
    def read(name: str) -> ParsedFeed:
        url = (
            ROLL.format(30)
            if "roll" in name
            else LIVE
            if "zhibo" in name
            else NEWS
            if "news" in name
            else "https://f.example/"
        )
        body = (folder / name).read_bytes()
        return parse.parse(Document(url, url, 200, body, datetime(2026, 10, 16, 10, 5, tzinfo=UTC)))

    return read


@pytest.fixture(scope="module")
def api(corpus: Path) -> Reader:
    return _reader(corpus / "api")


@pytest.fixture(scope="module")
def feed(corpus: Path) -> Reader:
    return _reader(corpus / "feeds")


@pytest.fixture(scope="module")
def expected(corpus: Path) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads((corpus / "api" / "expected.json").read_text("utf-8"))
    return whole


@pytest.fixture(scope="module")
def expected_feeds(corpus: Path) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads((corpus / "feeds" / "expected.json").read_text("utf-8"))
    return whole


def _instant(stated: str) -> datetime:
    return datetime.fromisoformat(stated)


def test_every_expected_error_is_one(api: Reader, expected: dict[str, Any]) -> None:
    failing = [name for name, facts in expected.items() if isinstance(facts, dict) and facts.get("error")]
    assert len(failing) == 4
    for name in failing:
        with pytest.raises(NotAFeed):
            api(name)


def test_every_other_answer_is_read_whole(api: Reader, expected: dict[str, Any]) -> None:
    for name, facts in expected.items():
        if name == "_note" or facts.get("error"):
            continue
        parsed = api(name)
        if "items_in_file" in facts:
            lost = len(facts.get("skipped", ())) or (1 if name == "public_news_57045.json" else 0)
            assert len(parsed.entries) == facts["items_in_file"] - lost, name
            assert bool(parsed.problems) == bool(lost), name


def test_the_roll_page(api: Reader, expected: dict[str, Any]) -> None:
    facts = expected["roll_2516_p1.json"]
    parsed = api("roll_2516_p1.json")
    by_id = {entry.docid or entry.id: entry for entry in parsed.entries}
    # The self-media row states a docid in its own field, though its address holds none.
    assert len(by_id) == facts["unique_documents"]
    assert {name: by_id[name].published for name in facts["published_utc"]} == {
        name: _instant(stated) for name, stated in facts["published_utc"].items()
    }
    first = {entry.docid: entry for entry in reversed(parsed.entries)}
    for docid, url in facts["canonical_url"].items():
        assert urls.canonical(first[docid].link or "") == url
    for docid, title in facts["clean_titles"].items():
        assert first[docid].title == title
    for docid in facts["same_document"]:
        assert len([entry for entry in parsed.entries if entry.docid == docid]) == 2
    newest = max((e for e in parsed.entries if e.docid == "ntaaqwi2000103"), key=lambda e: e.updated or e.published)
    assert newest.title.endswith("（更新）")
    assert parsed.next_page == ROLL.format(30).replace("page=1", "page=2")


def test_rows_are_known_again_in_another_list(api: Reader, expected: dict[str, Any]) -> None:
    facts = expected["roll_1686_p1.json"]
    known = {entry.id for entry in api("roll_2516_p1.json").entries}
    here = [entry.id for entry in api("roll_1686_p1.json").entries]
    assert [entry_id for entry_id in here if entry_id in known] == facts["already_in_2516_p1"]
    assert [entry_id for entry_id in here if entry_id not in known] == facts["new"]


def test_the_live_page(api: Reader, expected: dict[str, Any]) -> None:
    facts = expected["zhibo_152_p1.json"]
    parsed = api("zhibo_152_p1.json")
    rows = {int(entry.id.rpartition("-")[2]): entry for entry in parsed.entries}
    assert [number for number, entry in rows.items() if entry.deleted] == facts["deleted"]
    assert sum(not entry.deleted for entry in rows.values()) == facts["visible"]
    assert [number for number, entry in rows.items() if "focus" in entry.flags] == facts["focus"]
    assert [number for number, entry in rows.items() if "pinned" in entry.flags] == facts["pinned"]
    assert [number for number, entry in rows.items() if "#feed-" in (entry.link or "")] == facts["no_docurl"]
    for number in facts["bad_ext"] + facts["empty_ext"]:
        assert rows[number].symbols == ()
    for number, images in facts["images"].items():
        assert [image.url for image in rows[int(number)].images] == images
    stated = {str(number): [symbol.code for symbol in entry.symbols] for number, entry in rows.items() if entry.symbols}
    assert stated == facts["symbols"]
    assert {str(number): entry.published for number, entry in rows.items()} == {
        number: _instant(stated) for number, stated in facts["published_utc"].items()
    }
    for number in facts["comments_must_not_be_stored"]:
        assert "样本评论" not in repr(rows[number])
    assert "staff" not in repr(parsed)
    assert len({rows[number].title for number in facts["same_headline"]}) == 1
    assert rows[facts["no_bracket_headline"][0]].title == "样本国际组织上调全球增长预期0.1个百分点"
    assert (parsed.next_page or "").startswith("https://zhibo.sina.com.cn/api/zhibo/feed?page=2&")


def test_the_next_live_page_overlaps(api: Reader, expected: dict[str, Any]) -> None:
    facts = expected["zhibo_152_p2_overlap.json"]
    known = {entry.id for entry in api("zhibo_152_p1.json").entries}
    here = [entry.id for entry in api("zhibo_152_p2_overlap.json").entries]
    assert [int(i.rpartition("-")[2]) for i in here if i in known] == facts["already_in_p1"]
    assert len([i for i in here if i not in known]) == facts["new"]


def test_the_column(api: Reader, expected: dict[str, Any]) -> None:
    parsed = api("public_news_57045.json")
    assert len({entry.docid for entry in parsed.entries}) == expected["public_news_57045.json"]["usable"]
    assert all(entry.published for entry in parsed.entries)


def test_feeds(feed: Reader, expected_feeds: dict[str, Any]) -> None:
    for name, facts in expected_feeds.items():
        if name == "_note":
            continue
        if facts.get("error"):
            with pytest.raises(NotAFeed):
                feed(name)
            continue
        entries = feed(name).entries
        assert len(entries) == facts["items"], name
        if "first_title" in facts:
            assert entries[0].title == facts["first_title"]
        if "first_published" in facts:
            assert entries[0].published == _instant(facts["first_published"])
        for field, get in _FIELDS.items():
            if field in facts:
                assert [get(entry) for entry in entries] == facts[field], name


_FIELDS: dict[str, Callable[[Any], Any]] = {
    "docids": lambda entry: entry.docid,
    "titles": lambda entry: entry.title,
    "guids": lambda entry: entry.id,
    "links": lambda entry: entry.link,
}


def test_posts(corpus: Path) -> None:
    from aggregator.parse import post

    facts = json.loads((corpus / "posts" / "facts.json").read_text("utf-8"))
    files = [*sorted((corpus / "posts").glob("*.md")), corpus / "seed.md"]
    for path in files:
        content = path.read_bytes().decode("utf-8")
        entry = post.read(content, where=path.name)
        again = post.read(post.compose(entry.extra["front"], entry.content or ""), where=path.name)
        assert (again.extra["front"], again.content, again.id) == (entry.extra["front"], entry.content, entry.id)
        assert entry.original == content
        if (stated := facts.get(path.name)) is not None:
            assert entry.title == stated["title"]
            assert entry.published == _instant(stated["date"])
            assert (list(entry.categories), entry.author) == (stated["categories"], stated["author"])
    seed = (corpus / "seed.md").read_bytes().decode("utf-8")
    entry = post.read(seed, where="seed.md")
    assert post.compose(entry.extra["front"], entry.content or "") == seed

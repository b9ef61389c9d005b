"""kit.hashing: what changes a hash, and what must not."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.kit import hashing
from aggregator.models import Article, Completeness, Entry, Found, Image, Symbol, Video

AT = datetime(2026, 10, 16, 2, 0, tzinfo=UTC)
ENTRY = Entry(
    id="ntaaqwy1000125",
    title="样本公司上调指引",
    published=AT,
    symbols=(Symbol("600000.SH", Found.API, "sh600000"),),
    extra={"oid": "17", "intime": 1, "nested": {"comment_total": 3, "kept": [1, 2]}},
)
ARTICLE = Article(
    entry_id="1",
    title="样本公司上调指引",
    html="<p>第一段。</p><p>第二段 12.4%。</p>",
    text="第一段。\n第二段 12.4%。",
    outlet="样本晨报",
    published=AT,
    images=(Image("https://n.example.com/a.png?x=1", "说明"),),
    videos=(Video("17"),),
)


def test_digest_has_a_version_and_160_bits() -> None:
    made = hashing.digest("甲")
    assert made.startswith("01")
    assert len(made) == 2 + 40
    assert hashing.digest("甲", version=2)[:2] == "02"


@pytest.mark.parametrize(
    ("a", "b"),
    [(("ab", "c"), ("a", "bc")), (("", "a"), ("a", "")), ((None,), ("",)), ((), ("",)), (("1:a",), ("a",))],
)
def test_digest_joins_without_ambiguity(a: tuple[str | None, ...], b: tuple[str | None, ...]) -> None:
    assert hashing.digest(*a) != hashing.digest(*b)


def test_digest_of_text_is_digest_of_its_bytes() -> None:
    assert hashing.digest("甲", None) == hashing.digest("甲".encode(), None)
    assert hashing.body("甲".encode()) == hashing.digest("甲")
    assert hashing.digest("\ud800") != hashing.digest("?")


def test_stated_is_the_same_for_equal_entries() -> None:
    beijing = AT.astimezone(timezone(timedelta(hours=8)))
    again = dataclasses.replace(ENTRY, published=beijing, extra=dict(reversed(ENTRY.extra.items())))
    assert hashing.stated(again) == hashing.stated(ENTRY)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "other"},
        {"title": "样本公司下调指引"},
        {"published": AT + timedelta(seconds=1)},
        {"updated": AT},
        {"summary": "摘要"},
        {"deleted": True},
        {"symbols": ()},
        {"flags": ("focus",)},
        {"original": "---\n"},
        {"extra": {**ENTRY.extra, "oid": "18"}},
    ],
)
def test_stated_sees_every_change(change: dict[str, object]) -> None:
    assert hashing.stated(dataclasses.replace(ENTRY, **change)) != hashing.stated(ENTRY)  # type: ignore[arg-type]


def test_stated_overlooks_what_moves_on_its_own() -> None:
    moved = {"oid": "17", "intime": 2, "hot": 9, "lids": "1,2", "nested": {"comment_total": 4, "kept": [1, 2]}}
    assert hashing.stated(dataclasses.replace(ENTRY, extra=moved)) == hashing.stated(ENTRY)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "样本公司上调指引（更新）"},
        {"text": "第一段。\n第二段 12.5%。"},
        {"outlet": "另一家"},
        {"editor": "某某"},
        {"byline": "某某"},
        {"published": AT + timedelta(minutes=1)},
        {"images": ()},
        {"images": (Image("https://n.example.com/a.png?x=1", "别的说明"),)},
        {"videos": ()},
        {"completeness": Completeness.SUMMARY},
        {"deleted": True},
    ],
)
def test_content_sees_what_an_article_says(change: dict[str, object]) -> None:
    assert hashing.content(dataclasses.replace(ARTICLE, **change)) != hashing.content(ARTICLE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {"html": "<div><p>第一段。</p></div>"},
        {"text": "第一段。 第二段\u300012.4%。"},
        {"symbols": (Symbol("600000.SH", Found.PROSE, "600000.SH"),)},
        {"keywords": ("样本",)},
        {"extractor": "sina"},
        {"url": "https://example.com/"},
        {"images": (Image("http://n.example.com/a.png?x=1", "说明", width=5),)},
        {"original_title": "原标题"},
        {"updated": AT},
    ],
)
def test_content_overlooks_furniture(change: dict[str, object]) -> None:
    assert hashing.content(dataclasses.replace(ARTICLE, **change)) == hashing.content(ARTICLE)  # type: ignore[arg-type]


def test_content_reads_html_where_there_is_no_text_yet() -> None:
    assert hashing.content(dataclasses.replace(ARTICLE, text="")) == hashing.content(ARTICLE)


def test_hashes_stay_as_they_are() -> None:
    """A changed recipe must raise its version: these hashes are stored for years."""
    assert hashing.digest("甲", None, "") == "01991fddb2459f575302f5f654c703727de8da929f"
    assert hashing.stated(Entry(id="1", title="甲")) == "019c282653a715ffe385614d4fcfefee5213139fc8"
    plain = Article(entry_id="1", title="甲", html="", text="乙")
    assert hashing.content(plain) == "0271f8540030f3d40cd755e0b262d86c4e8428dd22"
    assert hashing.content(plain, version=1) == "0171f8540030f3d40cd755e0b262d86c4e8428dd22"
    pictured = dataclasses.replace(plain, images=(Image("https://n.example.com/w10h20/a.png?x=1"),))
    assert hashing.content(pictured) == "0220de52f0fe97ebaaa89da16b6d019ebaa4a01e50"
    assert hashing.content(pictured, version=1) == "01772dfd28f25d7bcb4d8a87cc40cca9cf098453d5"
    assert [hashing.recipe(one) for one in ("01ab", "02ab", "")] == [1, 2, 2]


@settings(max_examples=200)
@given(
    st.text(alphabet='涨a"\\\n\r\t\x00\x1f\x7f\u2028\ud800😀', max_size=400),
    st.lists(st.text(alphabet='字"\\\n', max_size=3), max_size=3),
)
def test_stated_is_the_hash_of_plain_json(words: str, names: list[str]) -> None:
    """Stored hashes must stay valid: the quick way writes the bytes that json would."""
    entry = Entry(
        "1", "字", content=words, keywords=tuple(names), extra={"a": [words, None]}, deleted=True, published=AT
    )
    facts = {field.name: getattr(entry, field.name) for field in dataclasses.fields(entry)}
    facts["published"] = "2026-10-16T02:00:00+00:00"
    filled = {name: value for name, value in facts.items() if value not in (None, "", False, (), {})}
    whole = json.dumps(filled, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert hashing.stated(entry) == hashing.digest(whole)

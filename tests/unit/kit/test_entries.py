"""Entries as lines of JSON: nothing is lost, and nothing else passes for one."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime

import pytest

from aggregator.kit import entries
from aggregator.models import Entry, Found, Image, Symbol

FULL = Entry(
    id="g1",
    title="样本\u2028题 \ud800",
    link="https://news.example.org/a",
    aliases=("https://m.example.org/a",),
    docid="abcdefg1234567",
    published=datetime(2026, 11, 23, 1, 2, 3, 4, tzinfo=UTC),
    updated=datetime(2026, 11, 23, 2, tzinfo=UTC),
    author="甲",
    outlet="样本日报",
    summary="一句",
    content="<p>正文\r\n两行</p>",
    content_is_text=True,
    categories=("财经", "国内"),
    keywords=("词",),
    symbols=(Symbol("600941.SH", Found.MARKUP, "sh600941", "样本移动"), Symbol("X.US", Found.PROSE, "X", kind="index")),
    images=(Image("https://n.example.org/1.png", "图", 3, 4), Image("https://n.example.org/2.png")),
    language="zh-CN",
    deleted=True,
    flags=("focus",),
    extra={"a": [1, {"b": None}], "front": {"x": "y"}},
    original="---\ntitle: x\n---\n",
    shares_link=True,
)


def test_every_field_comes_back() -> None:
    missing = [one.name for one in dataclasses.fields(Entry) if not getattr(FULL, one.name)]
    assert set(missing) <= {"stated_hash", "thin"}, "a new field: give it a value here"
    line = entries.dump(FULL)
    assert "\n" not in line
    assert "\r" not in line
    assert entries.load(line) == FULL
    assert entries.load(entries.dump(Entry(id="x", title=""))) == Entry(id="x", title="")


def test_what_is_unknown_is_passed_over() -> None:
    assert entries.load('{"id":"x","title":"t","later":[1]}') == Entry(id="x", title="t")


@pytest.mark.parametrize("line", [
    "", "null", "[]", "{}", '{"id":""}', '{"id":5}', '{"id":"x","title":5}', '{"id":"x","published":"gestern"}',
    '{"id":"x","published":"2026-01-01T00:00:00"}', '{"id":"x","aliases":"a"}', '{"id":"x","aliases":[1]}',
    '{"id":"x","symbols":[{"code":"a"}]}', '{"id":"x","images":[{"url":1}]}', '{"id":"x","images":[3]}',
    '{"id":"x","extra":[1]}', "[" * 100_000,
])  # fmt: skip
def test_anything_else_is_refused(line: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with it
        entries.load(line)

from __future__ import annotations

import json
from dataclasses import fields
from datetime import UTC, datetime

import pytest

from aggregator.models import Article, Completeness, Found, Image, Symbol, Video
from aggregator.store import codec

WHOLE = Article(
    entry_id="e1",
    title="标题",
    html="<p>正文</p>",
    url="https://finance.example.com/1.html",
    aliases=("https://m.example.com/1.html",),
    docid="abcdefg1234567",
    text="正文",
    completeness=Completeness.FLASH,
    published=datetime(2022, 6, 14, 11, 54, 4, tzinfo=UTC),
    updated=datetime(2022, 6, 14, 12, 0, 0, 5, tzinfo=UTC),
    author="作者甲",
    outlet="示例日报",
    byline="记者乙",
    editor="编辑丙",
    editor_code="EN001",
    original_title="原来的标题",
    keywords=("央行", "利率"),
    categories=("金融", "新浪财经－國内"),
    symbols=(
        Symbol("600941.SH", Found.MARKUP, "sh600941", "中国移动"),
        Symbol("HSI.HK", Found.API, "hsi", kind="index"),
    ),
    image="https://img.example.com/1.jpg",
    images=(Image("https://img.example.com/1.jpg", "图注", 640, 480), Image("https://img.example.com/2.jpg")),
    videos=(Video("v1", "https://video.example.com/1", None),),
    related=(("相关一", "https://finance.example.com/2.html"),),
    language="zh-HK",
    extractor="sina",
    deleted=True,
    flags=("focus",),
    extra={"front": {"title": "标题", "headimg": None, "list": [1, {"a": "b"}]}},
    original="---\ntitle: 标题\n---\n正文",
    shares_link=True,
)


def test_the_example_fills_every_field() -> None:
    bare = Article("", "", "")
    assert [f.name for f in fields(Article) if getattr(WHOLE, f.name) == getattr(bare, f.name)] == []


def test_an_article_comes_back_whole() -> None:
    content = codec.encode(WHOLE)
    stored = content._replace(facts=json.loads(json.dumps(content.facts)))
    assert codec.decode(stored) == WHOLE


def test_a_bare_article_has_no_facts_but_its_entry() -> None:
    bare = Article("e", "标题", "")
    assert codec.encode(bare).facts == {"entry_id": "e"}
    assert codec.decode(codec.encode(bare)) == bare


def test_facts_of_a_newer_version_are_passed_over() -> None:
    content = codec.encode(WHOLE)
    assert codec.decode(content._replace(facts={**content.facts, "mood": "bullish"})) == WHOLE


@pytest.mark.parametrize(
    ("url", "image", "facts"),
    [
        ("e", "a.jpg", {"url": True, "image": True}),
        ("other", "b.jpg", {"url": "other", "image": "b.jpg"}),
        (None, None, {}),
    ],
)
def test_what_is_said_twice_is_stored_once(url: str | None, image: str | None, facts: dict[str, object]) -> None:
    given = Article("e", "标题", "", url=url, image=image, images=(Image("a.jpg"),))
    content = codec.encode(given)
    assert {name: content.facts[name] for name in ("url", "image") if name in content.facts} == facts
    assert codec.decode(content) == given

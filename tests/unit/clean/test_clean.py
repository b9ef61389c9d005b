"""clean.clean: what wins, what stays, and that cleaning twice is cleaning once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator import clean
from aggregator.clean import tree
from aggregator.clean.draft import Draft
from aggregator.kit import text
from aggregator.models import Completeness
from tests.support import unsafe
from tests.support.pieces import PIECES
from tests.support.sites import cleaned, extracted, raw, sina


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
@example("<table><caption>表题<hr><tr>")
@example("<ul><p>甲</p>乙<figure><p>丙</figure>")
@example("<pre>代码<img src=/a.png><p>段</pre>")
def test_cleaning_twice_is_cleaning_once_and_always_safe(html: str) -> None:
    once = cleaned(html, title="标题甲")
    assert clean.clean(once, sina()) == once
    assert unsafe.findings(once.html) == []
    assert "\u3000" not in (once.text[:1], once.text[-1:])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
@example("<p>甲<b>乙</b>\xa0丙&lt;&amp;lt;</p><p>丁\u200b \u2028戊<i><u>己</u></i></p>")
@example("<p>甲<br>乙</p>")
@example("甲<p>乙</p>丙")
def test_the_text_is_that_of_the_html(html: str) -> None:
    once = cleaned(html, title="标题甲")
    assert once.text == text.plain(once.html)


def test_pages_of_every_kind_clean_twice_alike() -> None:
    folder = Path(__file__).parent.parent.parent / "data" / "pages"
    pages = sorted(folder.glob("*.html"))
    assert pages
    for path in pages:
        once = cleaned(extracted(path.read_bytes()).html)
        assert clean.clean(once, sina()) == once, path.name


@pytest.mark.parametrize("rules", [None, sina()])
def test_cleaning_again_with_other_rules_changes_nothing_in_clean_text(rules: object) -> None:
    once = cleaned("<p>　　正文<b>重点</b>。</p><table><tr><td>1</td></tr></table><p>结尾。</p>")
    assert clean.clean(once, rules).html == once.html  # type: ignore[arg-type]


def test_a_source_line_beats_the_stated_outlet_which_is_kept() -> None:
    article = cleaned("<p>来源：样本日报</p><p>正文。</p>", outlet="市场资讯", extra={"lids": "1,2"})
    assert article.outlet == "样本日报"
    assert article.extra == {"lids": "1,2", "media": "市场资讯"}
    again = clean.clean(replace(article, html="<p>来源：样本晚报</p><p>正文。</p>"), sina())
    assert (again.outlet, again.extra["media"]) == ("样本晚报", "市场资讯")


def test_stated_fields_stay_where_the_body_says_nothing() -> None:
    stated = {
        "outlet": "样本网",
        "byline": "甲",
        "editor": "乙",
        "editor_code": "SF1",
        "original_title": "题",
        "author": "丙",
    }
    article = cleaned("<p>正文。</p>", **stated)
    assert {name: getattr(article, name) for name in stated} == stated
    assert article.extra == {}


def test_what_clean_does_not_own_comes_out_as_it_went_in() -> None:
    fields = {
        "docid": "aaaaaaa1234567", "aliases": ("https://a.example/",), "published": datetime(2026, 1, 1, tzinfo=UTC),
        "categories": ("财经",), "keywords": ("词",), "flags": ("focus",), "original": "原文", "deleted": True,
        "completeness": Completeness.FLASH, "language": "zh-TW", "extractor": "sina",
    }  # fmt: skip
    article = cleaned("<p>正文。</p>", **fields)
    assert {name: getattr(article, name) for name in fields} == fields


def test_text_is_one_line_a_block() -> None:
    html = "<p>甲<br>乙</p><ul><li>丙</li></ul><table><tr><td>1</td><td>2</td></tr></table><h3>丁</h3><p>戊</p>"
    assert cleaned(html).text == "甲\n乙\n丙\n1\t2\n丁\n戊"


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("/x/doc-intaaqwi2000103.shtml?cre=a#b", "https://finance.sina.com.cn/x/doc-intaaqwi2000103.shtml"),
        ("http://stock.finance.sina.com.cn/q.html?code=1", "https://stock.finance.sina.com.cn/q.html?code=1"),
        ("http://a.example/x?utm_source=b&id=1#part", "http://a.example/x?id=1#part"),
        ("http://cj.sina.cn/article/norm_detail?url=https%3A%2F%2Fa.example%2Fy", "https://a.example/y"),
    ],
)
def test_links_are_absolute_and_canonical(href: str, expected: str) -> None:
    assert (
        cleaned(f"<p><a href='{href}'>链</a></p>").html == f'<p><a href="{expected}" rel="noopener nofollow">链</a></p>'
    )


@pytest.mark.parametrize("href", ["", "#top", "javascript:;", "mailto:a@b.example", "tel:1"])
def test_links_to_nowhere_are_words(href: str) -> None:
    assert cleaned(f"<p>见<a href='{href}'>此处</a>。</p>").html == "<p>见此处。</p>"


def test_without_address_relative_links_are_words() -> None:
    article = clean.clean(raw("<p><a href='/x'>链</a><img src='/a.png'></p>", url=None), sina())
    assert article.html == "<p>链</p>"


def test_the_rules_table_is_what_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(clean.RULES, "tidy again", lambda draft: draft.root.clear())
    assert cleaned("<p>甲</p>").html == ""


def test_what_a_rule_changes_in_a_line_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def rewrite(draft: Draft) -> None:
        for line in tree.elements(draft.root, "p"):
            assert draft.words(line) == tree.text_of(line)
            line.text = (line.text or "").replace("供稿者", "来源：样本日报")

    rules = {}
    for name, rule in clean.RULES.items():
        rules[name] = rule
        if name == "notices":
            rules["a rule of somebody's"] = rewrite
    monkeypatch.setattr(clean, "RULES", rules)
    article = cleaned("<p>供稿者</p><p>正文一句，足够长，是一段正文的样子。</p>")
    assert (article.outlet, article.text) == ("样本日报", "正文一句，足够长，是一段正文的样子。")


def test_rules_said_to_leave_words_exist_and_do(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(clean.RULES) > clean._LEAVE_WORDS

    def check(rule: object) -> object:
        def checked(draft: Draft) -> None:
            rule(draft)  # type: ignore[operator]
            for line in tree.elements(draft.root, "p", "h2", "h3"):
                assert draft.words(line) == tree.text_of(line)

        return checked

    for name in clean._LEAVE_WORDS:
        monkeypatch.setitem(clean.RULES, name, check(clean.RULES[name]))
    folder = Path(__file__).parent.parent.parent / "data" / "pages"
    for path in sorted(folder.glob("*.html")):
        cleaned(extracted(path.read_bytes()).html)
    for html in (
        "<p>甲<br><br>乙</p>",
        "<p>作者：甲某<br>来源：某报<br>正文。</p>",
        "<p>正文一句，足够长，是一段正文的样子。（来源：某报）</p>",
    ):
        cleaned(html)

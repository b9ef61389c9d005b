from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aggregator.kit import comparison
from aggregator.kit.comparison import Fact
from aggregator.models import Article, Completeness, Found, Image, Symbol

AT = datetime(2026, 10, 16, 9, 45, tzinfo=UTC)
OLD = Article(
    entry_id="1",
    title="样本标题",
    html="<p>第一段。</p><p>第二段，12.5亿元。</p>",
    text="第一段。\n第二段，12.5亿元。",
    outlet="样本日报",
    published=AT,
    keywords=("甲", "乙"),
    images=(Image("https://n.sinaimg.cn/a/w100h100/1.jpg", "说明"),),
)


def test_facts_that_differ_are_told_in_order_and_lists_by_what_differs() -> None:
    new = replace(
        OLD,
        title="样本标题（更新）",
        outlet=None,
        published=AT + timedelta(hours=1),
        keywords=("乙", "丙"),
        completeness=Completeness.SUMMARY,
        symbols=(Symbol("600941.SH", Found.MARKUP, "sh600941"),),
        images=(Image("https://n.sinaimg.cn/a/w900h900/1.jpg", "说明"), Image("https://n.sinaimg.cn/a/2.jpg")),
    )
    made = comparison.compare(OLD, new)
    assert made.facts == (
        Fact("title", "样本标题", "样本标题（更新）"),
        Fact("outlet", "样本日报", None),
        Fact("published", AT, AT + timedelta(hours=1)),
        Fact("complete", Completeness.FULL, Completeness.SUMMARY),
        Fact("keywords", ("甲",), ("丙",)),
        Fact("symbols", (), ("600941.SH",)),
        Fact("pictures", (), ("https://n.sinaimg.cn/a/2.jpg",)),
    )
    assert not any(row.changed for row in made.rows)
    assert not made.empty


def test_what_nobody_sees_is_no_difference() -> None:
    new = replace(
        OLD, html="<div>第一段。</div>", title=" 样本标题 ", extractor="sina", text="第一段。 \n第二段，12.5亿元。"
    )
    assert comparison.compare(OLD, new).empty


def test_text_that_differs_is_told_by_paragraph() -> None:
    made = comparison.compare(OLD, replace(OLD, text="第一段。\n第二段，12.6亿元。"))
    assert made.facts == ()
    assert [row.changed for row in made.rows] == [False, True]

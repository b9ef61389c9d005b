"""clean.lines: stating lines become fields where they stand in the right place, and only there."""

from __future__ import annotations

import pytest

from tests.support.sites import cleaned

PROSE = "<p>　　甲乙公司周五晚间公告，前三季度净利润同比增长35%，主要由于海外订单增加。</p>"
MORE = "<p>　　公司预计四季度订单保持平稳，全年目标不变，资本开支按计划推进。</p>"
TEXT = [
    "甲乙公司周五晚间公告，前三季度净利润同比增长35%，主要由于海外订单增加。",
    "公司预计四季度订单保持平稳，全年目标不变，资本开支按计划推进。",
]


@pytest.mark.parametrize(
    ("html", "field", "value"),
    [
        ("<p>　　来源：样本日报</p>{}", "outlet", "样本日报"),
        ("<p><font cms-style='font-L strong-Bold'>来源：样本日报</font></p>{}", "outlet", "样本日报"),
        ("<div>来源：样本日报</div>{}", "outlet", "样本日报"),
        ("<p>來源：樣本日報</p>{}", "outlet", "樣本日報"),
        ("{}<p>（来源：样本通讯社）</p>", "outlet", "样本通讯社"),
        ('<p class="ori_titlesource">　　原标题：甲乙报喜</p>{}', "original_title", "甲乙报喜"),
        ("<p>原标题：甲乙报喜</p>{}", "original_title", "甲乙报喜"),
        ("{}<p>（原题为《甲乙报喜》）</p>", "original_title", "甲乙报喜"),
        ("<p>作者：甲某某</p>{}", "byline", "甲某某"),
        ("<p>文/甲某某</p>{}", "byline", "甲某某"),
        ("<p>作者：样本日报记者 甲某某</p>{}", "byline", "甲某某"),
        ('{}<p class="article-editor">责任编辑：甲某某 SF001 </p>', "editor", "甲某某"),
        ('{}<p class="article-editor">责任编辑：甲某某 SF001 </p>', "editor_code", "SF001"),
        ('{}<p class="show_author">(编辑：SN1)</p>', "editor_code", "SN1"),
        ('{}<p class="show_author">(编辑：SN1)</p>', "editor", None),
        ("{}<p>责编：甲某某</p>", "editor", "甲某某"),
    ],
)
def test_a_stating_line_becomes_a_field_and_goes(html: str, field: str, value: str | None) -> None:
    article = cleaned(html.format(PROSE + MORE))
    assert getattr(article, field) == value
    assert article.text.splitlines() == TEXT


def test_original_title_and_editor_count_in_the_middle_too() -> None:
    article = cleaned(PROSE + "<p>原标题：另一题</p><p>责任编辑：甲某</p>" + MORE)
    assert (article.original_title, article.editor, article.text.splitlines()) == ("另一题", "甲某", TEXT)


def test_rows_divided_by_line_breaks_are_read_one_by_one() -> None:
    article = cleaned("<p>来源：样本日报<br>作者：甲某某<br>" + TEXT[0] + "</p>" + MORE)
    assert (article.outlet, article.byline, article.text.splitlines()) == ("样本日报", "甲某某", TEXT)


@pytest.mark.parametrize(
    "line",
    [
        "<p>来源：样本数据库</p>",
        "<p>作者：甲某某</p>",
    ],
)
def test_origin_in_the_middle_of_the_text_is_text(line: str) -> None:
    article = cleaned(PROSE + line + MORE)
    assert (article.outlet, article.byline) == (None, None)
    assert len(article.text.splitlines()) == 3


@pytest.mark.parametrize("thing", ["<img src=/a.png>", "<table><tr><td>1</td></tr></table>"])
def test_origin_right_after_a_picture_or_table_belongs_to_it(thing: str) -> None:
    article = cleaned(PROSE + MORE + thing + "<p>来源：样本数据库</p>")
    assert article.outlet is None
    assert article.text.endswith("来源：样本数据库")


def test_closing_brackets_are_read_and_cut() -> None:
    article = cleaned(PROSE + f"<p>{TEXT[1]}（来源：样本社）（责任编辑：甲某 SF002）</p>")
    assert (article.outlet, article.editor, article.editor_code) == ("样本社", "甲某", "SF002")
    assert article.text.splitlines() == TEXT


@pytest.mark.parametrize(
    ("closing", "field", "value"),
    [
        ("（样本台记者 甲某某）", "byline", "甲某某"),
        ("（作者：甲某某）", "byline", "甲某某"),
        ("（原题为《另一题》）", "original_title", "另一题"),
    ],
)
def test_closing_brackets_that_are_part_of_the_telling_stay(closing: str, field: str, value: str) -> None:
    article = cleaned(PROSE + f"<p>{TEXT[1]}{closing}</p>")
    assert getattr(article, field) == value
    assert article.text.endswith(closing)


def test_bylines_are_read_and_stay() -> None:
    line = "样本经济报道记者 甲某 实习生 乙某某 北京报道"
    article = cleaned(f"<p><strong>{line}</strong></p>" + PROSE + MORE)
    assert article.byline == "甲某 实习生 乙某某"
    assert article.html.startswith(f"<p><strong>{line}</strong></p>")


def test_an_author_line_wins_over_a_byline_in_brackets_and_over_what_was_stated() -> None:
    article = cleaned("<p>作者：甲某某</p>" + PROSE + MORE + "<p>（记者 乙某某）</p>", byline="丙某")
    assert article.byline == "甲某某"
    assert cleaned(PROSE + MORE + "<p>（记者 乙某某）</p>", byline="丙某").byline == "丙某"


def test_topic_link_leaves_the_text_and_is_kept() -> None:
    article = cleaned('<p>\t<a href="../../zt_d/subject-1" target="_blank">专题：样本三季报</a></p>' + PROSE + MORE)
    assert article.text.splitlines() == TEXT
    assert article.extra["topic"] == {
        "title": "样本三季报",
        "url": "https://finance.sina.com.cn/stock/zt_d/subject-1",
    }


def test_sub_editors_and_credits_are_kept_beside_the_editor() -> None:
    article = cleaned(PROSE + MORE + "<p>编辑：乙某 校对：丙某</p><p>责任编辑：甲某</p>")
    assert article.editor == "甲某"
    assert article.extra["credits"] == {"编辑": "乙某", "校对": "丙某"}


def test_nothing_is_invented() -> None:
    article = cleaned(PROSE + MORE)
    fields = (article.outlet, article.byline, article.editor, article.editor_code, article.original_title)
    assert fields == (None,) * 5
    assert dict(article.extra) == {}


def test_a_dateline_names_the_agency_only_where_nothing_else_does() -> None:
    html = "<p>　　新华社北京3月22日电（记者甲某某）样本部门发布消息，多部门联合发布通知，进一步加大力度。</p>"
    assert (cleaned(html).outlet, cleaned(html).byline) == ("新华社", "甲某某")
    assert cleaned(html, outlet="样本网").outlet == "样本网"


def test_a_text_of_statements_only_keeps_nothing_but_fields() -> None:
    article = cleaned("<p>来源：样本日报</p><p>责任编辑：甲某</p>")
    assert (article.outlet, article.editor, article.html, article.text) == ("样本日报", "甲某", "", "")

"""clean.emphasis: bold once, and headings where a whole line is bold."""

from __future__ import annotations

import pytest

from tests.support.sites import cleaned

NEXT = "<p>其后的一段文字。</p>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<p>甲<font cms-style="font-L strong-Bold">乙</font>丙</p>', "<p>甲<strong>乙</strong>丙</p>"),
        (
            '<p>甲<font cms-style="strong-Bold font-L"><font cms-style="font-L strong-Bold">乙</font></font></p>',
            "<p>甲<strong>乙</strong></p>",
        ),
        ("<p>甲<b>乙</b><b>丙</b><strong>丁</strong></p>", "<p>甲<strong>乙丙丁</strong></p>"),
        ("<p>甲<b>乙</b> <b>丙</b></p>", "<p>甲<strong>乙</strong> <strong>丙</strong></p>"),
        ("<p>甲<b> </b>乙<strong></strong></p>", "<p>甲 乙</p>"),
        ('<p>甲<span style="color:red;font-weight: 700">乙</span></p>', "<p>甲<strong>乙</strong></p>"),
        ('<p>甲<font cms-style="font-L">乙</font></p>', "<p>甲乙</p>"),
        ("<p>甲<i>乙</i><strike>丙</strike></p>", "<p>甲<em>乙</em><s>丙</s></p>"),
        (
            '<p cms-style="font-L strong-Bold">整段加粗，是一个完整的句子。</p>',
            "<p><strong>整段加粗，是一个完整的句子。</strong></p>",
        ),
    ],
)
def test_bold(html: str, expected: str) -> None:
    assert cleaned(html).html == expected


@pytest.mark.parametrize(
    "html",
    [
        '<p cms-style="font-L strong-Bold">　　订单充足，毛利率回升</p>',
        '<p cms-style="strong-Bold font-L">　　<font cms-style="font-L strong-Bold">订单充足，毛利率回升</font></p>',
        "<p><strong>订单充足，</strong><b>毛利率回升</b></p>",
        "<p>　<strong>　订单充足，毛利率回升</strong></p>",
    ],
)
def test_a_short_line_that_is_bold_as_a_whole_is_a_heading(html: str) -> None:
    assert cleaned("<p>甲。</p>" + html + NEXT).html == f"<p>甲。</p>\n<h3>订单充足，毛利率回升</h3>\n{NEXT}"


@pytest.mark.parametrize(
    "line",
    [
        "公司回应如下：",
        "一个完整的句子。",
        "问：怎么看？",
        "（征求意见稿）",
        "样本日报记者 甲某某",
        "这一行文字太长，" * 6,
    ],
)
def test_other_bold_lines_stay_paragraphs(line: str) -> None:
    assert (
        cleaned(f"<p>甲。</p><p><b>{line}</b></p>{NEXT}").html == f"<p>甲。</p>\n<p><strong>{line}</strong></p>\n{NEXT}"
    )


def test_the_last_line_is_no_heading() -> None:
    assert cleaned(NEXT + "<p><b>完</b></p>").html.endswith("<p><strong>完</strong></p>")


def test_a_heading_is_not_bold_a_second_time() -> None:
    assert cleaned("<h3><strong>小题</strong></h3>" + NEXT).html.startswith("<h3>小题</h3>")

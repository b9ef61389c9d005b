"""clean.structure and clean.tidy: one plain structure out of any nesting."""

from __future__ import annotations

import pytest

from tests.support.sites import cleaned


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("纯文本", "<p>纯文本</p>"),
        ("<div>甲<div>乙</div>丙</div>", "<p>甲</p>\n<p>乙</p>\n<p>丙</p>"),
        ("<div><section><article><p>甲</p></article></section></div>", "<p>甲</p>"),
        ("<p>甲<p>乙", "<p>甲</p>\n<p>乙</p>"),
        ("甲<br><br>乙<br>丙", "<p>甲</p>\n<p>乙<br>丙</p>"),
        ("<p>　　甲<br>　　乙</p>", "<p>甲</p>\n<p>乙</p>"),
        ("<p><br>甲<br></p>", "<p>甲</p>"),
        ("<p>　　甲 乙　丙　　</p>", "<p>甲 乙　丙</p>"),
        ("<p>\n甲\n  乙\n</p>", "<p>甲 乙</p>"),
        ("<p>&nbsp;&nbsp;\u200b甲\ufeff</p>", "<p>甲</p>"),
        ("<p><strong>　　甲</strong>乙</p>", "<p><strong>甲</strong>乙</p>"),
        ("<h1>题</h1><h4>小</h4>", "<h2>题</h2>\n<h4>小</h4>"),
        ("<center>甲</center><address>乙</address>", "<p>甲</p>\n<p>乙</p>"),
        ("<ul><li>一</li><li><p>二</p></li><li></li>三</ul>", "<ul><li>一</li><li>二</li><li>三</li></ul>"),
        ("<ol start=3><li>三</li></ol>", '<ol start="3"><li>三</li></ol>'),
        ("<li>孤</li>", "<p>孤</p>"),
        ("<dl><dt>词</dt><dd>义</dd></dl>", "<dl><dt>词</dt><dd>义</dd></dl>"),
        ("<blockquote>引</blockquote>", "<blockquote><p>引</p></blockquote>"),
        ("<blockquote><p></p></blockquote>", ""),
        ("<pre>  甲\n\t乙</pre>", "<pre>  甲\n\t乙</pre>"),
        ("<span><font color=red>甲</font></span>", "<p>甲</p>"),
        ("<p><a href='https://a.example/x?b=1#c'>链</a></p>",
         '<p><a href="https://a.example/x?b=1#c" rel="noopener nofollow">链</a></p>'),
        ("<a href='https://a.example/'><div>甲</div><div>乙</div></a>",
         '<p><a href="https://a.example/" rel="noopener nofollow">甲</a></p>\n'
         '<p><a href="https://a.example/" rel="noopener nofollow">乙</a></p>'),
        ("H<sub>2</sub>O，m<sup>2</sup>", "<p>H<sub>2</sub>O，m<sup>2</sup></p>"),
        ("<p>甲</p><hr><p>乙</p>", "<p>甲</p>\n<hr>\n<p>乙</p>"),
        ("</body></html><p>其后的文字</p>", "<p>其后的文字</p>"),
        ("<html><head><title>不是正文</title></head><body><p>甲</p></body></html>", "<p>甲</p>"),
        ("", ""),
        ("   \n", ""),
    ],
)  # fmt: skip
def test_structure(html: str, expected: str) -> None:
    assert cleaned(html).html == expected


def test_tables_keep_every_cell_and_their_spans() -> None:
    html = """<table border=1 style="x" width=500><colgroup><col></colgroup><caption>表一</caption>
      <tr><th colspan=2 class=a>指标</th><th>同比</th></tr>
      <tr><td rowspan="2"><p>净利润</p></td><td><div>6.1亿</div></td><td>+35%</td></tr>
      <tr><td></td><td>—</td></tr></table>"""
    assert cleaned(html).html == (
        "<table><caption>表一</caption><tbody>"
        '<tr><th colspan="2">指标</th><th>同比</th></tr>'
        '<tr><td rowspan="2">净利润</td><td>6.1亿</td><td>+35%</td></tr>'
        "<tr><td></td><td>—</td></tr></tbody></table>"
    )


def test_what_strays_into_a_table_stands_before_it() -> None:
    html = "<table>注<tr><td>1</td></tr><p>段</p></table>"
    assert cleaned(html).text.splitlines() == ["注", "段", "1"]


@pytest.mark.parametrize(
    "words",
    [
        "《关于修改<样本条例实施细则>的决定（征求意见稿）》的说明",
        "净利润<10%，营收>3.5亿元，比值 a<b>c 不变",
        "</样本条例>与<ETF联接A>",
        "“四季度”‘仍需’——关注……（原材料）1,234.56元/吨 ±0.5% ℃ ￥ ① Ⅱ",
        "㐀𠮷镕喆 😀",
    ],
)
def test_words_signs_and_numbers_survive_exactly(words: str) -> None:
    escaped = words if "a<b" not in words else words.replace("a<b>c", "a&lt;b&gt;c")
    for html in (f"<p>　　{escaped}</p>", f"<p><strong>{escaped}</strong>。</p>"):
        assert words in cleaned(html).text


def test_hostile_nesting_is_flattened_in_time() -> None:
    deep = cleaned("<div>" * 1500 + "深" + "</div>" * 1500)
    assert deep.html == "<p>深</p>"
    assert "浅" in cleaned("浅" + "<b>" * 80_000 + "x").text
    assert cleaned("<blockquote>" * 1000 + "引").text == "引"


def test_ten_thousand_attributes_do_no_harm() -> None:
    html = "<p " + " ".join(f"a{i}=1" for i in range(10_000)) + ">甲</p>"
    assert cleaned(html).html == "<p>甲</p>"

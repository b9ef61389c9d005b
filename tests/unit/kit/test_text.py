"""kit.text: one-line titles, plain text, folding, cutting."""

from __future__ import annotations

import html
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.kit import text


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("& 上调指引 <更新>", "& 上调指引 <更新>"),
        ("甲乙科技…&amp; 上调指引 &lt;更新&gt;", "甲乙科技…& 上调指引 <更新>"),
        ("&quot;新规&quot;落地首日", '"新规"落地首日'),
        ("<b>甲</b>乙<em class='x'>丙</em><font color=red>丁</font>", "甲乙丙丁"),
        ("&lt;b&gt;甲&lt;/b&gt;乙", "甲乙"),
        ("甲<br/>乙<p>丙", "甲 乙 丙"),
        ("关于修改<条例>的决定", "关于修改<条例>的决定"),
        ("a < b > c", "a < b > c"),
        ("PE<10的<ETF联接>", "PE<10的<ETF联接>"),
        ("<<b>b>甲", "甲"),
        ("甲<!-- 注 -->乙", "甲乙"),
        ("甲<script>alert(1)</script>乙", "甲 乙"),
        ('<a href="x>y">甲</a>', "甲"),
        (
            " 样本交易所：\u3000\u3000关于调整 部分标的证券折算率的通知 \n",
            "样本交易所： 关于调整 部分标的证券折算率的通知",
        ),
        ("3.1级地震\u200b。\ufeff", "3.1级地震。"),
        ("甲\u00a0\t乙\x0b\x00丙\ud800\uffff", "甲 乙丙"),
        ("R&D AT&T ?a=1&copy=2", "R&D AT&T ?a=1&copy=2"),
        ("&#x4e2d;&#22269;&#0;&#xD800;", "中国\ufffd\ufffd"),
        ("甲&amp;amp;乙", "甲&amp;乙"),
        ("", ""),
    ],
)
def test_title(raw: str, clean: str) -> None:
    assert text.title(raw) == clean


MARKUP = st.text(alphabet="<>b/ pa甲=\"'!-\u200b\u3000\x0b", max_size=30)


@given(MARKUP | st.text(alphabet=st.characters(exclude_characters="&"), max_size=60))
def test_line_is_idempotent(raw: str) -> None:
    once = text.line(raw)
    assert text.line(once) == once


@given(st.text(max_size=60))
def test_line_is_one_trimmed_line(raw: str) -> None:
    made = text.line(raw)
    assert made == " ".join(made.split())


@pytest.mark.parametrize("code", [0x00, 0x08, 0x0B, 0x0C, 0x1F, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF])
def test_characters_that_xml_forbids_go(code: int) -> None:
    assert text.strip_controls(f"甲{chr(code)}乙") == "甲乙"


@pytest.mark.parametrize("good", ["\t", "\n", "\r", "\x7f", "\ufffd", "😀", "㐀", "\U0001fffe"])
def test_characters_that_xml_allows_stay(good: str) -> None:
    assert text.strip_controls(f"甲{good}乙") == f"甲{good}乙"


@given(st.text(max_size=60))
def test_fold_is_idempotent_and_normal(raw: str) -> None:
    folded = text.fold(raw)
    assert text.fold(folded) == folded
    assert unicodedata.is_normalized("NFKC", folded)


@given(st.text(max_size=60))
def test_fold_does_what_nfkc_and_casefold_do(raw: str) -> None:
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", raw).casefold())
    assert text.fold(raw) == plain


def test_fold_keeps_traditional_characters() -> None:
    assert text.fold("ＡＢＣ１２３％，國內　ß…") == "abc123%,國內 ss..."


@pytest.mark.parametrize(
    ("raw", "dense"),
    [
        ("沪指 涨，0.5%！", "沪指涨0.5%"),
        ("-0.6% 与 0.6%", "-0.6%与0.6%"),
        ("甲-乙.丙+丁_戊", "甲乙丙丁戊"),
        ("ＡＢ　１２", "ab12"),
        ("", ""),
    ],
)
def test_dense(raw: str, dense: str) -> None:
    assert text.dense(raw) == dense


@pytest.mark.parametrize(
    ("markup", "plain"),
    [
        ("<p>甲<strong>乙</strong></p>\n<p>　　丙</p>", "甲乙\n丙"),
        ("甲<br>乙\n丙", "甲\n乙 丙"),
        ("<ul><li>甲</li><li>乙</li></ul>", "甲\n乙"),
        ("<table><tr><th>甲</th><td>1</td></tr><tr><td>乙</td><td>2</td></tr></table>", "甲\t1\n乙\t2"),
        ("<div><style>p{}</style><script>var a='<p>x</p>';</script>甲<!-- 乙 --></div>", "甲"),
        ("关于修改<条例>的决定 &amp; PE<10 &lt;更新&gt;", "关于修改<条例>的决定 & PE<10 <更新>"),
        ("<p>a&nbsp;&nbsp;b</p>", "a b"),
        ("纯文本\n第二行", "纯文本\n第二行"),
        ('<img alt="a>b" src="x">甲', "甲"),
        ('<img alt="a<b" src="x">甲', "甲"),
        ("<P>甲</P>乙<BR/>丙", "甲\n乙\n丙"),
        ("<<b>p>甲", "<p>甲"),
        ("<p<b>>甲", "<p>甲"),
        ("<p>甲\x0b乙&#12;丙\x1c丁</p>", "甲 乙丙 丁"),
        ("<p>甲\t乙\r\n丙\u2028丁\u200b戊</p>", "甲 乙 丙 丁戊"),
        ("<p>甲&Tab;乙&NewLine;丙</p>", "甲\t乙\n丙"),
        ("<p>甲]]>乙</p>", "甲乙"),
        ("甲<p", "甲<p"),
        ("", ""),
    ],
)
def test_plain(markup: str, plain: str) -> None:
    assert text.plain(markup) == plain


@pytest.mark.parametrize(
    ("raw", "n", "cut"),
    [
        ("央行下调利率", 10, "央行下调利率"),
        ("央行下调利率", 6, "央行下调利率"),
        ("央行下调利率", 5, "央行下调…"),
        ("净利润增长12.5%", 9, "净利润增长…"),
        ("read the news", 10, "read the…"),
        ("supercalifragilistic", 5, "supe…"),
        ("甲\u0301乙丙", 2, "…"),
        ("甲乙", 1, "…"),
        ("甲乙", 0, ""),
    ],
)
def test_truncate(raw: str, n: int, cut: str) -> None:
    assert text.truncate(raw, n) == cut


@given(st.text(max_size=80), st.integers(0, 90))
def test_truncate_never_passes_its_limit(raw: str, n: int) -> None:
    assert len(text.truncate(raw, n)) <= n


@pytest.mark.parametrize("piece", ["<a ", '<a "', "<a '<a \"", "<!--", "<script>", "&amp", "<b x=", "<?", "<!a"])
def test_hostile_markup_takes_linear_time(piece: str) -> None:
    hostile = piece * (200_000 // len(piece))
    started = time.process_time()
    text.plain(hostile)
    text.line(hostile)
    assert time.process_time() - started < 4


@given(st.lists(st.text(st.sampled_from("甲A1 \t\n\r\x85\xa0\u200b\u2028\u3000<&;"), max_size=12), max_size=5))
def test_rows_are_the_plain_text_of_their_html(lines: list[str]) -> None:
    markup = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
    assert text.rows(lines) == text.plain(markup)

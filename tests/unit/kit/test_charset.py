"""kit.charset: the matrix of declarations and bytes, damage, wide encodings, undeclared encodings."""

from __future__ import annotations

import codecs
import json
import random
import time
from pathlib import Path

import pytest

from aggregator.kit import charset

TITLE = "甲乙科技三季报预告：净利润同比增长35%至48%，朱镕基、喆某表示"
FEED = '<?xml version="1.0"{}?>\n<rss><channel><title>' + TITLE + "</title></channel></rss>"


def feed(declared: str | None, title: str = TITLE) -> str:
    return FEED.format(f' encoding="{declared}"' if declared else "").replace(TITLE, title)


@pytest.mark.parametrize("header", [None, "text/xml", "text/xml; charset=ISO-8859-1", "text/xml;charset=us-ascii",
                                    "application/xml; charset=utf-8", "text/xml; charset='gbk'", "bogus"])  # fmt: skip
@pytest.mark.parametrize("declared", ["gb2312", "GBK", "gb18030", "utf-8", None, "ISO-8859-1", "bogus"])
@pytest.mark.parametrize("actual", ["gb18030", "utf-8"])
def test_any_declaration_over_any_chinese_bytes(header: str | None, declared: str | None, actual: str) -> None:
    text = feed(declared)
    assert charset.decode(text.encode(actual), header=header) == charset.Decoded(text, actual, 0)


def test_four_byte_characters() -> None:
    text = feed("gb2312", "㐀一笑😀甲乙科技公告")
    assert charset.decode(text.encode("gb18030")).text == text
    assert charset.decode(text.encode("utf-8")).text == text


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
        (b"", "utf-16-le"),
        (b"", "utf-16-be"),
        (b"", "utf-32-le"),
        (b"", "utf-32-be"),
    ],
)
def test_marks_and_nul_patterns_beat_every_declaration(mark: bytes, encoding: str) -> None:
    text = feed("gb2312")
    decoded = charset.decode(mark + text.encode(encoding), header="text/xml; charset=gbk")
    assert decoded == charset.Decoded(text, encoding, 0)


def test_a_utf8_mark_glued_to_gbk_bytes() -> None:
    text = feed("gb2312")
    assert charset.decode(codecs.BOM_UTF8 + text.encode("gbk")).text == text


def test_utf16_declared_but_not_used() -> None:
    text = feed("utf-16")
    assert charset.decode(text.encode("utf-8")).text == text
    assert charset.decode(text.encode("gb18030"), header="text/xml; charset=utf-16").text == text


@pytest.mark.parametrize(
    ("encoding", "label", "title"),
    [
        ("big5hkscs", "big5", "騰訊控股公佈業績，股價上升"),
        ("big5hkscs", "Big5-HKSCS", "香港嘅財經新聞"),
        ("cp949", "euc-kr", "삼성전자 주가 상승"),
        ("cp932", "Shift_JIS", "日経平均株価①は上昇した"),
        ("euc_jp", "euc-jp", "日経平均株価は上昇した"),
        ("koi8-r", "koi8-r", "Курс рубля вырос"),
        ("cp1251", "windows-1251", "Курс рубля вырос"),
        ("cp1252", "iso-8859-1", "Les marchés “européens” – hausse €"),
        ("iso2022_jp", "iso-2022-jp", "日経平均株価"),
        ("hz", "hz-gb-2312", "股市上涨"),
    ],
)
def test_other_declared_encodings(encoding: str, label: str, title: str) -> None:
    body = feed(label, title).encode(encoding)
    assert charset.decode(body) == charset.Decoded(feed(label, title), encoding, 0)
    undeclared = feed(None, title)
    assert charset.decode(undeclared.encode(encoding), header=f"text/xml; charset={label}").text == undeclared


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("gb18030", "股市上涨"),
        ("big5hkscs", "騰訊控股公佈業績，股價上升"),
        ("cp932", "これはテストの記事です"),
        ("koi8-r", "Курс рубля к доллару вырос на торгах биржи"),
        ("cp1251", "Курс рубля к доллару вырос на торгах биржи"),
        ("cp1252", "Les marchés européens"),
    ],
)
def test_undeclared_encodings_are_told_by_their_looks(encoding: str, title: str) -> None:
    assert charset.decode(feed(None, title).encode(encoding)) == charset.Decoded(feed(None, title), encoding, 0)


def test_a_wrong_default_header_never_beats_the_document() -> None:
    text = feed("big5", "騰訊控股公佈業績")
    for header in ("text/xml; charset=iso-8859-1", "text/xml; charset=us-ascii", "text/xml; charset=windows-1252"):
        assert charset.decode(text.encode("big5"), header=header).text == text


def test_latin_text_stays_latin() -> None:
    text = feed("iso-8859-1", "Ärger über Öl – café")
    assert charset.decode(text.encode("cp1252")).text == text
    assert charset.decode(b"\x81 caf\xe9", header="iso-8859-1").text == "\x81 café"


def test_short_gbk_that_happens_to_be_utf8() -> None:
    """Every pair of bytes here is a valid two-byte UTF-8 sequence."""
    body = "摹拢".encode("gbk")
    assert body.decode("utf-8")
    assert charset.decode(body, header="text/plain; charset=gb2312", kind="text").text == "摹拢"
    assert charset.decode("é".encode(), header="text/plain; charset=iso-8859-1", kind="text").text == "é"


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
@pytest.mark.parametrize("bad", [0xFF, 0x80, 0x20, 0x3C])
def test_one_wrong_byte_costs_two_characters_at_most(encoding: str, bad: int) -> None:
    text = feed(encoding)
    body = text.encode(encoding)
    start = body.index("甲".encode(encoding))
    losses = []
    for i in range(start, body.index(b"</title>")):
        if body[i] < 0x80:
            continue
        decoded = charset.decode(body[:i] + bytes([bad]) + body[i + 1 :])
        assert decoded.encoding == encoding
        losses.append(_lost(text, decoded.text))
    # An ASCII byte in the middle of GBK leaves two places here where both alignments read as everyday Chinese.
    ambiguous = 2 if encoding == "gb18030" and bad < 0x80 else 0
    assert sum(loss > 2 for loss in losses) <= ambiguous
    assert max(losses) <= 3


def test_damage_at_random_places_seldom_costs_more_than_two_characters() -> None:
    """Measured on 1,500 real headlines: 2.5 %. Chinese without blanks can be read out of step by accident."""
    dice = random.Random(7)
    titles = [
        "证监会核准样本公司非公开发行股票的批复",
        "两市低开高走，煤炭有色板块领涨，成交放量",
        "央行开展逆回购操作，利率维持不变",
        "样本银行拟下调存款利率并调整起存金额",
        "机构看好四季度消费板块的投资机会",
    ]
    losses = []
    for _ in range(400):
        text = feed("gbk", dice.choice(titles))
        body = text.encode("gbk")
        i = dice.choice([k for k, byte in enumerate(body) if byte >= 0x80])
        decoded = charset.decode(body[:i] + bytes([dice.choice((0xFF, 0x20, 0x80))]) + body[i + 1 :])
        losses.append(_lost(text, decoded.text))
    assert sum(loss > 2 for loss in losses) <= 0.04 * len(losses)


def test_a_truncated_last_character() -> None:
    for encoding in ("utf-8", "gb18030"):
        body = feed(encoding)[:-30].encode(encoding)
        decoded = charset.decode(body[:-1])
        assert (decoded.encoding, decoded.replaced) == (encoding, 1)
        assert decoded.text[:-1] == feed(encoding)[:-31]


def test_several_bad_bytes_in_a_long_utf8_feed() -> None:
    body = bytearray(feed("gbk", TITLE * 20).encode("utf-8"))
    for i in (100, 400, 900):
        body[i] = 0xFF
    decoded = charset.decode(bytes(body), header="text/xml; charset=gbk")
    assert decoded.encoding == "utf-8"
    assert 3 <= decoded.replaced <= 9


def test_replacement_characters_of_the_author_are_not_counted() -> None:
    body = feed("utf-8", "甲\ufffd乙丙丁戊己").encode() + b"\xff"
    assert charset.decode(body).replaced == 1


def _lost(wanted: str, got: str) -> int:
    """Characters between the common start and the common end."""
    start = next((i for i, (a, b) in enumerate(zip(wanted, got, strict=False)) if a != b), min(len(wanted), len(got)))
    room = min(len(wanted), len(got)) - start
    end = next((i for i in range(room) if wanted[-1 - i] != got[-1 - i]), room)
    return len(wanted) - start - end


PAGE = "<html><head>{}<meta {}></head><body>朱镕基时代以来的房改亲历者表示</body></html>"


@pytest.mark.parametrize(
    "meta", ['charset="gb2312"', "charset=gbk", 'http-equiv="Content-Type" content="text/html; charset=gb2312"']
)
@pytest.mark.parametrize("before", ["", "<script>" + "var a=1;" * 500 + "</script>", '<!-- <meta charset="big5"> -->'])
def test_html_declares_in_meta(meta: str, before: str) -> None:
    page = PAGE.format(before, meta)
    for kind in ("html", "xml"):
        assert charset.decode(page.encode("gbk"), kind=kind) == charset.Decoded(page, "gb18030", 0)  # type: ignore[arg-type]


def test_meta_decides_where_looks_would_not() -> None:
    page = PAGE.format("", 'charset="euc-kr"').replace("朱镕基时代以来的房改亲历者表示", "삼성전자")
    assert charset.decode(page.encode("cp949"), kind="html").text == page


def test_json_and_text_declare_nothing_inside() -> None:
    body = '{"a":"<?xml encoding=\\"big5\\"?> 甲乙科技公告"}'
    assert charset.decode(body.encode(), kind="json").text == body
    assert charset.decode(body.encode("gbk"), kind="json").text == body


@pytest.mark.parametrize(
    "label", ["utf-7", "rot13", "base64", "idna", "unicode_escape", "zlib", "undefined", "x" * 500, "\u0130"]
)
def test_dangerous_and_unknown_labels_count_as_none(label: str) -> None:
    body = b"<a>+ADw-script+AD4- \\u0041</a>"
    assert charset.decode(body, header=f"text/xml; charset={label}").text == body.decode()


def test_empty_and_binary_bodies() -> None:
    assert charset.decode(b"") == charset.Decoded("", "utf-8", 0)
    for body in (b"\x00", b"\xff", b"\xff\xfe", bytes(range(256)) * 20, b"\x00\x01\x02\x03"):
        charset.decode(body)
        charset.decode(body, header="gbk")


def test_junk_takes_bounded_time() -> None:
    junk = random.Random(1).randbytes(2_000_000)
    started = time.process_time()
    charset.decode(junk, header="gbk")
    charset.decode(b"\x81\xff" * 500_000, header="gbk")
    assert time.process_time() - started < 6


def test_corpus_of_encodings(corpus: Path) -> None:
    """Where a manifest names the encoding of bytes that are not ASCII, the same is found."""
    same = {
        "gb18030": {"gb2312", "gbk"},
        "cp949": {"euc-kr"},
        "cp932": {"shift_jis"},
        "big5hkscs": {"big5"},
        "cp1252": set(),
    }
    checked = 0
    for row in (corpus / "parsers" / "manifest.jsonl").read_text("utf-8").splitlines():
        case = json.loads(row)
        if case["category"] not in ("encoding", "illformed/chardet"):
            continue
        body = (corpus / "parsers" / case["path"]).read_bytes()
        header = {k.lower(): v for k, v in case["headers"].items()}.get("content-type")
        decoded = charset.decode(body, header=header)
        title = case["expected"].get("feed", {}).get("title")
        assert not title or title in decoded.text, case["path"]
        assert decoded.replaced <= (1 if "linenoise" in case["path"] else 0), case["path"]
        expected = (case["expected"].get("encoding") or "").lower()
        if not body.isascii() and expected:
            plain = decoded.encoding.replace("-", "")
            assert expected.replace("-", "") == plain or expected in same[decoded.encoding], case["path"]
            checked += 1
    assert checked >= 6


def test_corpus_page_in_gbk(corpus: Path) -> None:
    decoded = charset.decode((corpus / "api" / "pages" / "old_2011_gbk.html").read_bytes(), kind="html")
    assert decoded.encoding == "gb18030"
    assert decoded.replaced == 0
    assert "朱镕基" in decoded.text
    assert "喆" in decoded.text

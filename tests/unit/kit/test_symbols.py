"""kit.symbols: every form of mark, comments, links, prose, merging."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from aggregator.kit import symbols
from aggregator.models import Found, Symbol


@pytest.mark.parametrize(
    ("raw", "market", "code", "kind"),
    [
        ("sh600941", None, "600941.SH", "stock"),
        ("SZ300750", "cn", "300750.SZ", "stock"),
        ("bj430047", None, "430047.BJ", "stock"),
        ("sh900901", None, "900901.SH", "stock"),
        ("sh510300", None, "510300.SH", "fund"),
        ("sh000001", None, "000001.SH", "index"),
        ("sz000001", None, "000001.SZ", "stock"),
        ("sz399006", None, "399006.SZ", "index"),
        ("bj899050", None, "899050.BJ", "index"),
        ("600519", "cn", "600519.SH", "stock"),
        ("002611", "stock", "002611.SZ", "stock"),
        ("si931775", "cn", "931775.CSI", "index"),
        ("sb430542", None, "430542.NQ", "stock"),
        ("430000", "sb", "430000.NQ", "stock"),
        ("hk00700", None, "0700.HK", "stock"),
        ("rt_hk09988", None, "9988.HK", "stock"),
        ("00005", "hk", "0005.HK", "stock"),
        ("80700", "hk", "80700.HK", "stock"),
        ("hkHSI", None, "HSI.HK", "index"),
        ("HSI", "hk", "HSI.HK", "index"),
        ("usstock_MU", None, "MU.US", "stock"),
        ("gb_aapl", None, "AAPL.US", "stock"),
        ("usr_aapl", None, "AAPL.US", "stock"),
        ("aapl", "us", "AAPL.US", "stock"),
        ("gb_$dji", None, "DJI.US", "index"),
        ("gb_ixic", None, "IXIC.US", "index"),
        ("$ixic", "us", "IXIC.US", "index"),
        (".INX", "us", "INX.US", "index"),
        ("BRK.A", "us", "BRK.A.US", "stock"),
        ("gb_brk$a", None, "BRK.A.US", "stock"),
        ("of110022", None, "110022.OF", "fund"),
        ("f_110022", None, "110022.OF", "fund"),
        ("fu_110022", None, "110022.OF", "fund"),
        ("002611", "fund", "002611.OF", "fund"),
        ("515290", "fund", "515290.SH", "fund"),
        ("159949", "fund", "159949.SZ", "fund"),
        ("161725", "fund", "161725.SZ", "fund"),
        ("nf_RB0", None, "RB0.SHFE", "future"),
        ("nf_RB0", "SHFE", "RB0.SHFE", "future"),
        ("RB2601", None, "RB2601.SHFE", "future"),
        ("nf_I0", "DCE", "I0.DCE", "future"),
        ("nf_t0", "CFF", "T0.CFFEX", "future"),
        ("CFF_RE_IF0", None, "IF0.CFFEX", "future"),
        ("nf_SC0", None, "SC0.INE", "future"),
        ("SR601", None, "SR601.CZCE", "future"),
        ("nf_LC0", None, "LC0.GFEX", "future"),
        ("XY0", "DCE", "XY0.DCE", "future"),
        ("hf_CL", "global", "CL.HF", "future"),
        ("CL", "overseas_futures", "CL.HF", "future"),
        ("fx_susdcny", "foreign", "USDCNY.FX", "forex"),
        ("forex_fx_susdcny", None, "USDCNY.FX", "forex"),
        ("USDCNY", None, "USDCNY.FX", "forex"),
        ("DINIW", "foreign", "DINIW.FX", "forex"),
        ("stock_sh600000", None, "600000.SH", "stock"),
        ("quote_hk00700", None, "0700.HK", "stock"),
        ("600519.SH", None, "600519.SH", "stock"),
        ("600519.SS", None, "600519.SH", "stock"),
        ("00700.HK", None, "0700.HK", "stock"),
        ("AAPL.US", None, "AAPL.US", "stock"),
        ("AAPL.O", None, "AAPL.US", "stock"),
        ("RB2601.SHFE", None, "RB2601.SHFE", "future"),
        ("110022.OF", None, "110022.OF", "fund"),
    ],
)
def test_read(raw: str, market: str | None, code: str, kind: str) -> None:
    assert symbols.read(f" {raw} ", Found.API, market=market, name=" 样本 ") == Symbol(
        code, Found.API, raw, "样本", kind
    )


@pytest.mark.parametrize(
    ("raw", "market"),
    [("", None), ("sh60", None), ("600519", None), ("110022", None), ("MU", None), ("quote_XYZ", None), ("甲乙", "cn"),
     ("XX0", None), ("ABCDEF", None), ("12345678", "us"), ("hk123456", None), ("AAPL.XX", None), ("700000", "cn"),
     ("-", "stock"), ("202608", None), ("rb2", None)],
)  # fmt: skip
def test_what_names_nothing_gives_none(raw: str, market: str | None) -> None:
    assert symbols.read(raw, Found.API, market=market) is None


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("news_keyword_pub,stock,sh600941&sz000001", ["600941.SH", "000001.SZ"]),
        ("<!-- news_keyword_pub,stock,sz000000&hk09999 -->", ["000000.SZ", "9999.HK"]),
        (" news_keyword_pub,usstock,AAA&BRK.B ", ["AAA.US", "BRK.B.US"]),
        ("news_keyword_pub,overseas_futures,CL&hf_GC", ["CL.HF", "GC.HF"]),
        ("news_keyword_pub,fund,110022", ["110022.OF"]),
        ("news_keyword_pub,stock,sh600941&sh600941&nonsense", ["600941.SH"]),
        ("news_keyword_pub,stock, ", []),
        ("news_keyword_pub,stock, -->", []),
        ("正文下iframe", []),
    ],
)
def test_from_comment(comment: str, codes: list[str]) -> None:
    found = symbols.from_comment(comment)
    assert [s.code for s in found] == codes
    assert all(s.found is Found.COMMENT for s in found)


@pytest.mark.parametrize(
    ("href", "code"),
    [
        ("https://finance.sina.com.cn/realstock/company/sz000000/nc.shtml", "000000.SZ"),
        ("/realstock/company/sh000001/nc.shtml", "000001.SH"),
        ("https://stock.finance.sina.com.cn/hkstock/quotes/00700.html", "0700.HK"),
        ("https://stock.finance.sina.com.cn/hkstock/quotes/HSI.html", "HSI.HK"),
        ("http://stock.finance.sina.com.cn/usstock/quotes/MU.html", "MU.US"),
        ("http://stock.finance.sina.com.cn/usstock/quotes/BRK.A.html", "BRK.A.US"),
        ("https://stock.finance.sina.com.cn/usstock/quotes/.IXIC.html", "IXIC.US"),
        ("https://finance.sina.com.cn/fund/quotes/110022/bc.shtml", "110022.OF"),
        ("https://finance.sina.com.cn/futures/quotes/RB0.shtml", "RB0.SHFE"),
        ("https://finance.sina.com.cn/futures/quotes/CL.shtml", "CL.HF"),
        ("https://finance.sina.com.cn/money/future/quote.html?code=nf_RB0", "RB0.SHFE"),
        ("https://finance.sina.com.cn/money/forex/hq/USDCNY.shtml", "USDCNY.FX"),
        ("https://vip.stock.finance.sina.com.cn/corp/go.php/vCB_AllNewsStock/symbol/sh600396.phtml", "600396.SH"),
        ("https://example.com/realstock/company/sz000000/nc.shtml", None),
        ("https://finance.sina.com.cn/roll/2026-10-16/doc-intaaqwy1000125.shtml", None),
        ("", None),
    ],
)
def test_from_link(href: str, code: str | None) -> None:
    found = symbols.from_link(href)
    assert (found.code if found else None) == code
    assert found is None or found.found is Found.MARKUP


@pytest.mark.parametrize(
    ("prose", "codes"),
    [
        ("样本酒业（600519.SH）与样本控股（0700.HK）", ["600519.SH", "0700.HK"]),
        ("样本(00700.HK)、样本(AAPL.US)、样本(AAPL.O)", ["0700.HK", "AAPL.US"]),
        ("样本科技（NASDAQ：AAPL）、（NYSE: BRK.A）", ["AAPL.US", "BRK.A.US"]),
        ("样本（股票代码 MU）、（股票代码：600519）、（股票代码：09988）", ["MU.US", "600519.SH", "9988.HK"]),
        ("样本（港交所：9988）（上交所：600519；纳斯达克：XYZ）", ["9988.HK", "600519.SH", "XYZ.US"]),
        ("样本指数000300.SH收涨", ["000300.SH"]),
        ("第600519号文件、（2026.10）、1600519.SH、v1.2.HK", []),
        ("上交所 2026年发布公告，深交所 10 家公司", []),
        ("甲.乙（600519.SH）\n00700.HK\n（股票代码：600000）AAPL.US", ["600519.SH", "0700.HK", "600000.SH", "AAPL.US"]),
        ("（股票代码：\n600000）", ["600000.SH"]),
        ("", []),
    ],
)
def test_from_prose(prose: str, codes: list[str]) -> None:
    assert [s.code for s in symbols.from_prose(prose)] == codes


def test_merge_keeps_the_first_place_the_strongest_find_and_any_name() -> None:
    prose = Symbol("0700.HK", Found.PROSE, "0700.HK")
    api = Symbol("600000.SH", Found.API, "sh600000", "样本")
    markup = Symbol("600000.SH", Found.MARKUP, "stock_sh600000")
    merged = symbols.merge([prose, api], [markup], iter([prose]))
    assert merged == (prose, Symbol("600000.SH", Found.MARKUP, "stock_sh600000", "样本"))
    assert symbols.merge() == ()


def test_corpus_tags(corpus: Path) -> None:
    api = corpus / "api"
    expected = json.loads((api / "expected.json").read_text("utf-8"))["zhibo_152_p1.json"]["symbols"]
    rows = json.loads((api / "zhibo_152_p1.json").read_text("utf-8"))["result"]["data"]["feed"]["list"]
    found = {}
    for row in rows:
        try:
            tags = json.loads(row["ext"]).get("stocks") or []
        except ValueError:
            continue
        read = [symbols.read(tag["symbol"], Found.API, market=tag["market"], name=tag["key"]) for tag in tags]
        if codes := [s.code for s in symbols.merge(s for s in read if s)]:
            found[str(row["id"])] = codes
    assert found == expected


@pytest.mark.parametrize(
    ("value", "code"),
    [
        *((one, "600941.SH") for one in ("600941", "sh600941", " 600941.sh ", "SH600941")),
        ("000001", "000001.SZ"),
        *((one, "0700.HK") for one in ("700", "00700", "hk00700")),
        ("aapl", "AAPL.US"),
        ("IF2412", "IF2412.CFFEX"),
        ("样例", "样例"),
        ("1234567", "1234567"),
        ("", ""),
    ],
)
def test_what_a_person_types_is_read_as_a_code(value: str, code: str) -> None:
    assert symbols.typed(value) == code

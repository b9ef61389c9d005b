"""clean.stocks and clean.comments: stock mark-up and keyword comments become symbols."""

from __future__ import annotations

import pytest

from aggregator.models import Found, Symbol
from tests.support.sites import cleaned

CN = """<span id="stock_sz000000"><a href="https://finance.sina.com.cn/realstock/company/sz000000/nc.shtml"
 class="keyword" target="_blank" data-sudaclick="content_marketkeywords_p">甲乙科技</a></span><span id="quote_sz000000">
</span>"""
HK = (
    "<span id=hkstock_hk09999><a href=https://stock.finance.sina.com.cn/hkstock/quotes/09999.html class=keyword "
    "target=_blank>样本控股</a></span><span id=quote_hk09999>(12.3, 0.1%)</span>"
)
US = "<span id=usstock_XYZ><a href=http://stock.finance.sina.com.cn/usstock/quotes/XYZ.html>样本集团</a></span>"


def test_marks_become_symbols_and_their_words_stay() -> None:
    article = cleaned(f"<p>　　{CN}、{HK}与{US}昨日收涨。</p>")
    assert article.html == "<p>甲乙科技、样本控股与样本集团昨日收涨。</p>"
    assert article.symbols == (
        Symbol("000000.SZ", Found.MARKUP, "sz000000", "甲乙科技"),
        Symbol("9999.HK", Found.MARKUP, "hk09999", "样本控股"),
        Symbol("XYZ.US", Found.MARKUP, "usstock_XYZ", "样本集团"),
    )


def test_a_quote_link_without_span_counts_too() -> None:
    article = cleaned(
        "<p><a href='/realstock/company/sh600000/nc.shtml'>样本银行</a>上涨。</p>", url="https://finance.sina.com.cn/x"
    )
    assert [(s.code, s.name) for s in article.symbols] == [("600000.SH", "样本银行")]
    assert article.html == "<p>样本银行上涨。</p>"


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("<!-- news_keyword_pub,stock,sz000000&sh600000 -->", ["000000.SZ", "600000.SH"]),
        ("<!-- news_keyword_pub,usstock,AAA&BBB -->", ["AAA.US", "BBB.US"]),
        ("<!-- news_keyword_pub,stock, -->", []),
        ("<!-- news_keyword_pub -->", []),
    ],
)
def test_keyword_comment(comment: str, codes: list[str]) -> None:
    article = cleaned(f"<p>甲。</p>{comment}")
    assert [(s.code, s.found) for s in article.symbols] == [(code, Found.COMMENT) for code in codes]
    assert article.html == "<p>甲。</p>"


def test_mark_comment_stated_and_prose_are_merged_strongest_first() -> None:
    stated = (Symbol("300750.SZ", Found.API, "sz300750", "样本电池"),)
    article = cleaned(
        f"<p>{CN}（000000.SZ）与样本（600519.SH）。</p><!-- news_keyword_pub,stock,sz000000 -->", symbols=stated
    )
    assert [(s.code, s.found) for s in article.symbols] == [
        ("000000.SZ", Found.MARKUP),
        ("300750.SZ", Found.API),
        ("600519.SH", Found.PROSE),
    ]


def test_a_mark_nothing_is_known_of_loses_only_its_tags() -> None:
    article = cleaned("<p><span id=stock_nonsense>某公司</span>上涨。</p>")
    assert (article.html, article.symbols) == ("<p>某公司上涨。</p>", ())


def test_origin_in_the_advertisement_comment() -> None:
    html = "<p>甲。</p><!--article_adlist[<p>(本文来自样本新闻，更多原创资讯请下载“样本新闻”APP)</p>]article_adlist-->"
    article = cleaned(html, outlet="市场资讯")
    assert (article.outlet, article.extra["media"], article.text) == ("样本新闻", "市场资讯", "甲。")


def test_credits_in_the_advertisement_comment() -> None:
    article = cleaned("<p>甲。</p><!--article_adlist[<p>校对：甲某</p>]article_adlist-->")
    assert article.extra["credits"] == {"校对": "甲某"}

"""clean: what Sina puts round and into a text is gone, and the text is not."""

from __future__ import annotations

import pytest

from aggregator import clean
from aggregator.clean import furniture
from aggregator.errors import ConfigError
from aggregator.models import SiteRules
from tests.support.sites import cleaned, raw

BEFORE = "<p>　　甲乙公司周五公告，前三季度净利润同比增长35%。</p>"
AFTER = "<p>　　公司预计四季度订单保持平稳。</p>"
EXPECTED = "<p>甲乙公司周五公告，前三季度净利润同比增长35%。</p>\n<p>公司预计四季度订单保持平稳。</p>"

FURNITURE = {
    "app QR": """<style>.appendQr_wrap{border:1px}</style><div class="clearfix appendQr_wrap">
        <div class="appendQr_normal"><img src="//n.sinaimg.cn/finance/cece9e13/x.png"></div>
        <div class="appendQr_normal_txt">尽在样本APP</div></div>""",
    "account QR": '<div class="app-kaihu-qr"><span>扫二维码，3分钟开户</span><img src="//n.sinaimg.cn/a/q.png"></div>',
    "futures account QR": '<div id="app-qihuo-kaihu-qr" class="app-qihuo-kaihu-qr"><span>安装【下载地址】</span></div>',
    "section comments": "<!-- 正文下iframe --><!-- 总声明--><!-- 文末二维码 start -->",
    "advertisement comment": "<!--article_adlist[<p>更多内容请关注样本</p>]article_adlist-->",
    "report advertisement": "<blockquote><p>　　炒股就看<a href='http://a.example/r'>样本分析师研报</a>，权威，专业！</p></blockquote>",
    "ranking pitch": "<p>　　登录新浪财经APP 搜索【信披】查看更多考评等级</p>",
    "client pitch": "<p>安装新浪财经客户端第一时间接收资讯→【<a href='http://a.example/d'>下载地址</a>】</p>",
    "column bar": "<p>热点栏目 自选股 数据中心 行情中心 资金流向</p>",
    "notice by class": '<p class="article-notice">声明：此消息系转载，不代表观点。</p>',
    "notice by words": "<p>新浪声明：新浪网登载此文出于传递更多信息之目的，并不意味着赞同其观点。</p>",
    "disclaimer": "<p>　　免责声明：本文内容与数据仅供参考。</p>",
    "special notice": "<p>　　特别声明：以上文章内容仅代表作者本人观点。</p>",
    "indent only": "<p>　　</p><p>&nbsp;</p><p> </p><p><font> </font></p>",
    "paywall marks": "<p><!--if 私家信息||未兑换积分 --></p><p><!--if end--></p>",
    "iframe": '<p><iframe src="https://ads.example/x.html" width="1"></iframe></p>',
    "sinaads": '<ins class="sinaads" data-ad-pdps="P"></ins><script>(sinaads=[]).push({})</script>',
    "quote chart": '<div class="ct_hqimg clearfix"><a>样本行情</a><iframe src="//a.example/hq.html"></iframe></div>',
    "other content": '<div class="otherContent_01"><p>更多信息请访问：<a href="/">某频道</a></p></div>',
    "app banner": '<div class="finance_app_zqtg">下载APP</div><div class="xb_new_finance_app">领红包</div>',
    "quotation box": '<div class="tech-quotation">科技评论</div><div id="left_hzh_ad"><a href="/ad">推广</a></div>',
    "more content": "<p>更多精彩内容请关注样本公众号</p>",
    "page chrome": "<p>缩小字体 放大字体 收藏 微博 分享</p><h2>VIP课程推荐</h2><h2>热门推荐</h2><p>@@title@@</p>",
    "keywords line": "<p>文章关键词：甲乙 丙丁</p>",
    "publish helper": "<!-- publish_helper name='原始正文' p_id='1' --><!-- publish_helper_end -->",
    "mobile bottom": '<div class="j_article_wbreco"><p>相关微博推荐</p></div><div class="unfold_btn">展开全文</div>',
}


@pytest.mark.parametrize("name", FURNITURE)
def test_furniture_goes_and_the_text_stays(name: str) -> None:
    for html in (BEFORE + FURNITURE[name] + AFTER, FURNITURE[name] + BEFORE + AFTER, BEFORE + AFTER + FURNITURE[name]):
        article = cleaned(html)
        assert article.html == EXPECTED
        assert article.image is None
        assert article.images == ()


@pytest.mark.parametrize(
    "html",
    [
        "<p>公司在公告中声明：此前的报道与事实不符。</p>",
        "<p>记者下载新浪财经APP后发现，该功能已上线。</p>",
        "<p>多位分析师认为，炒股就看业绩的时代已经到来。</p>",
        "<p>“" + "免责声明" * 120 + "”</p>",
        '<div class="advert-free admin">只是类名里有这些字母。</div>',
    ],
)
def test_prose_that_only_looks_like_furniture_stays(html: str) -> None:
    assert len(cleaned(html).text) >= 11


def test_text_after_a_dropped_element_stays() -> None:
    assert cleaned("<p>甲<script>x()</script>乙<!-- c -->丙<iframe></iframe>丁</p>").html == "<p>甲乙丙丁</p>"


def test_paywall_marks_leave_the_text_between_them() -> None:
    html = "<p><!--if 私家信息||未兑换积分 --></p><p>　　付费段落的文字。</p><!--if end-->"
    assert cleaned(html).html == "<p>付费段落的文字。</p>"


def test_forms_lose_their_controls_and_keep_their_words() -> None:
    html = "<form action='/x'><p>正文一。</p><input name=a value=b><select><option>选</option></select></form>"
    assert cleaned(html).html == "<p>正文一。</p>"


def test_without_rules_only_general_furniture_goes() -> None:
    article = clean.clean(raw("<p>炒股就看样本。</p><script>x</script><p class=ad>文字</p>"))
    assert article.html == "<p>炒股就看样本。</p>\n<p>文字</p>"


def test_rules_that_cannot_be_read_say_so() -> None:
    with pytest.raises(ConfigError, match=r"drop_text: '\(' is no regular expression"):
        cleaned("<p>甲</p>", rules=SiteRules(name="x", drop_text=("(",)))
    with pytest.raises(ConfigError, match="cannot read the selector 'p:first-child'"):
        cleaned("<p>甲</p>", rules=SiteRules(name="x", drop=("p:first-child",)))


@pytest.mark.parametrize(
    ("pattern", "beginning"),
    [
        ("甲乙(?:丙|丁)$", "甲乙"),
        ("甲乙[丙丁]+", "甲乙"),
        ("甲乙?丙", "甲"),
        ("甲乙{0,2}丙", "甲"),
        ("甲*", ""),
        ("甲|乙", ""),
        (r"甲\(|乙\)", ""),
        ("甲[(]|乙[)]", ""),
        (r"甲[\](]x|乙[)]", ""),
        ("甲[](]x|乙[)]", ""),
        ("甲((a|b)|c)|乙", ""),
        ("(?i)ab", ""),
        (r"\d甲", ""),
    ],
)
def test_what_a_pattern_begins_with(pattern: str, beginning: str) -> None:
    assert furniture._beginning(pattern) == beginning


def test_a_pattern_that_may_begin_in_many_ways_is_looked_for_everywhere() -> None:
    rules = SiteRules(name="a", drop_text=("甲甲|乙乙", "丙丙"))
    html = "<p>一乙乙</p><p>一丙丙</p><p>一甲甲</p><p>留下</p>"
    assert clean.clean(raw(html), rules).html == "<p>留下</p>"

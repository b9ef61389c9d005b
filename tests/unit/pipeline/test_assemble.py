from __future__ import annotations

from datetime import UTC, datetime, timedelta

from aggregator.models import Completeness, Entry, Page
from aggregator.pipeline import assemble

NOW = datetime(2026, 10, 16, 9, 45, 2, tzinfo=UTC)
LONG = "<p>" + "样本公司三季度营收增长。" * 60 + "</p>"
LINK = "http://finance.sina.com.cn/china/2026-10-16/doc-intaaqwe1000101.shtml?from=wap"


def test_the_page_fills_what_the_list_lacks() -> None:
    page = Page(LONG, "sina", title="页面标题", outlet="样本日报", docid="ntaaqwe1000101", keywords=("营收",))
    article = assemble.article(Entry("ntaaqwe1000101", "列表标题", LINK, published=NOW), page)
    assert (article.title, article.outlet, article.completeness) == ("列表标题", "样本日报", Completeness.FULL)
    assert article.url == "https://finance.sina.com.cn/china/2026-10-16/doc-intaaqwe1000101.shtml"
    assert (article.extractor, article.keywords, article.published) == ("sina", ("营收",), NOW)


def test_the_feeds_outlet_stands_before_the_pages() -> None:
    page = Page(LONG, "sina", outlet="市场资讯")
    assert assemble.article(Entry("a", "标题", outlet="样本证券报"), page).outlet == "样本证券报"


def test_without_a_page_a_teaser_is_a_summary_and_a_long_text_is_whole() -> None:
    teaser = assemble.article(Entry("a", "标题", summary="<p>短讯。</p>"), None)
    whole = assemble.article(Entry("a", "标题", summary="<p>短讯。</p>", content=LONG), None)
    assert (teaser.completeness, teaser.html) == (Completeness.SUMMARY, "<p>短讯。</p>")
    assert (whole.completeness, whole.html) == (Completeness.FULL, LONG)


def test_a_page_that_holds_less_than_the_feed_did_not_get_the_article() -> None:
    article = assemble.article(Entry("a", "标题", content=LONG), Page("<p>热门推荐</p>", "generic"))
    assert (article.html, article.extractor) == (LONG, "entry")


def test_plain_text_becomes_paragraphs() -> None:
    article = assemble.article(Entry("a", "标题", summary="第一行 <条例>\n\n第二行", content_is_text=True), None)
    assert article.html == "<p>第一行 &lt;条例&gt;</p><p>第二行</p>"


def test_publish_time_keeps_seconds_and_trusts_the_page_when_they_differ() -> None:
    minute = NOW.replace(second=0)
    earlier = NOW - timedelta(hours=3)
    assert assemble.article(Entry("a", "t", published=NOW), Page("", "sina", published=minute)).published == NOW
    assert assemble.article(Entry("a", "t", published=NOW), Page("", "sina", published=earlier)).published == earlier
    assert assemble.article(Entry("a", "t"), Page("", "sina", published=earlier)).published == earlier
    assert assemble.article(Entry("a", "t"), None).published is None


def test_other_addresses_become_aliases_once() -> None:
    mobile = "https://finance.sina.cn/2026-10-16/detail-intaaqwe1000101.d.html"
    page = Page(LONG, "sina", canonical=LINK, aliases=(mobile,))
    article = assemble.article(Entry("a", "t", mobile, aliases=(mobile, LINK)), page)
    assert article.url == "https://finance.sina.com.cn/china/2026-10-16/doc-intaaqwe1000101.shtml"
    assert article.aliases == (mobile,)


def test_a_flash_is_neither_summary_nor_cut() -> None:
    article = assemble.article(Entry("sina-live-152-1", "短线拉升", content="<p>短线拉升</p>"), None)
    assert article.completeness is Completeness.FLASH

from __future__ import annotations

from dataclasses import replace
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


def test_what_the_page_called_itself_is_kept_where_the_article_goes_by_other_names() -> None:
    page = Page(LONG, "sina", title="页面标题", outlet="样本日报")
    other = assemble.article(Entry("a", "列表标题", outlet="样本证券报", extra={"oid": "1"}), page)
    assert other.extra == {"oid": "1", "page": {"title": "页面标题", "outlet": "样本日报"}}
    assert assemble.article(Entry("a", "页面标题", outlet="样本日报"), page).extra == {}
    assert assemble.article(Entry("a", ""), page).extra == {}


def test_a_page_read_again_changes_names_only_where_it_changed_them() -> None:
    page = Page(LONG, "sina", title="页面标题", outlet="样本日报")
    first = assemble.article(Entry("a", "列表标题", outlet="样本证券报"), page)
    again = assemble.read_again(first, page)
    assert (again.title, again.outlet, again.extra) == (first.title, first.outlet, first.extra)
    moved = assemble.read_again(first, replace(page, title="页面标题（更正）", outlet="样本时报"))
    assert (moved.title, moved.outlet, moved.extra) == ("页面标题（更正）", "样本时报", {})
    silent = assemble.read_again(first, replace(page, title=None, outlet=None))
    assert (silent.title, silent.outlet) == (first.title, first.outlet)


def test_what_was_said_before_keeps_its_place() -> None:
    stored = {"oid": "1", "page": {"title": "甲"}, "topic": "丙"}
    made = assemble.said_before({"oid": "1", "topic": "丙", "new": 1, "page": {"title": "乙"}}, stored)
    assert list(made.items()) == [*stored.items(), ("new", 1)]
    assert list(assemble.said_before({"new": 1, "topic": "丙"}, stored)) == ["new", "page", "topic"]
    assert assemble.said_before({"page": {"title": "乙"}}, {}) == {}

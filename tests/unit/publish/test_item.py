from __future__ import annotations

from dataclasses import replace
from datetime import timedelta, timezone
from typing import Any

import pytest

from aggregator.models import Found, Site, Story, Symbol
from aggregator.publish import item
from tests.support import stories
from tests.support.stories import NOW, OUTPUT, SITE


def made(story: Story | None = None, full_text: bool = True) -> item.Item:
    told = story or stories.story()
    return item.make(told, item.alive(told), full_text, NOW)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.com/a?b=c&d=e#f", "https://example.com/a?b=c&d=e#f"),
        ("https://example.com/$a!b'c(d);e", "https://example.com/$a!b'c(d);e"),
        ("http://example.com/已经/路", "http://example.com/%E5%B7%B2%E7%BB%8F/%E8%B7%AF"),
        ("https://example.com/%E8%B7%AF?q=%2F", "https://example.com/%E8%B7%AF?q=%2F"),
        ("https://example.com/100%?q=50%", "https://example.com/100%25?q=50%25"),
        ("https://例子.测试/a", "https://xn--fsqu00a.xn--0zwm56d/a"),
        ('https://example.com/a"b<c>d', "https://example.com/a%22b%3Cc%3Ed"),
        ("https://example.com/a[1]|2", "https://example.com/a%5B1%5D%7C2"),
        ("//example.com/a", "https://example.com/a"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("/relative", None),
        ("", None),
        (None, None),
        ("https://", None),
        ("https://[bad/", None),
    ],
)
def test_addresses_are_absolute_ascii_or_none(url: str | None, expected: str | None) -> None:
    assert item.address(url) == expected


def test_author_is_byline_else_author_else_outlet() -> None:
    def author(**fields: Any) -> str | None:
        return made(stories.story(1, stories.article(**fields))).author

    assert author(byline="记者 丙丁") == "记者 丙丁"
    assert author(byline=None) == "样例财经"
    assert author(byline=" \u3000", author="") == "样例商报"
    assert author(byline=None, author=None, outlet=None) is None


def test_every_outlet_is_named_with_its_link_once() -> None:
    two = stories.article(outlet="甲报", url="https://a.example.com/1")
    three = stories.article(outlet=None, url="https://b.example.net/2?x=1&y=2")
    entry = made(stories.story(1, two, two, three))
    assert [(one.outlet, one.url) for one in entry.sources] == [
        ("甲报", "https://a.example.com/1"),
        ("要闻", "https://b.example.net/2?x=1&y=2"),
    ]
    assert entry.html.endswith(
        '<p>本文见于：<a href="https://a.example.com/1">甲报</a>、'
        '<a href="https://b.example.net/2?x=1&amp;y=2">要闻</a></p>'
    )


def test_an_article_without_outlet_and_address_is_named_by_its_subscription() -> None:
    entry = made(stories.story(1, stories.flash("快讯")))
    assert [one.outlet for one in entry.sources] == ["要闻"]
    assert entry.html.endswith("<p>来源：要闻</p>")


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("国务院发布《<条例>》", "正文", "国务院发布《<条例>》"),
        ("<b>重磅</b>：降准", "正文", "重磅：降准"),
        ("一行\n两行\t", "正文", "一行 两行"),
        ("", "沪指涨0.2%", "沪指涨0.2%"),
        ("\x0b", "", "（无标题）"),
        ("", "长" * 100, "长" * 59 + "…"),
    ],
)
def test_titles_are_one_line_of_text_and_never_empty(title: str, text: str, expected: str) -> None:
    assert made(stories.story(1, stories.article(title, text=text, html=f"<p>{text}</p>"))).title == expected


def test_summary_alone_when_the_output_wants_no_full_text() -> None:
    long = stories.article(html="<p>" + "文<b>字</b>" * 300 + "</p>", text="文字" * 300)
    entry = made(stories.story(1, long), full_text=False)
    assert not entry.full
    assert len(entry.summary) == 200
    assert entry.html.startswith("<p>" + entry.summary)
    assert "样例商报</a></p>" in entry.html
    assert "<b>" not in entry.html


def test_summary_is_text_and_escaped_in_html() -> None:
    entry = made(stories.story(1, stories.article(text="A<B & C，\n用 <b> 与 &lt; 书写\x0b")), full_text=False)
    assert entry.summary == "A<B & C， 用 <b> 与 &lt; 书写"
    assert entry.html.startswith("<p>A&lt;B &amp; C， 用 &lt;b&gt; 与 &amp;lt; 书写</p>")


def test_times_are_whole_seconds_in_order_and_never_in_the_future() -> None:
    ahead = stories.story(1, at=NOW + timedelta(days=900), updated=NOW + timedelta(days=901))
    assert (made(ahead).published, made(ahead).updated) == (NOW, NOW)
    backwards = stories.story(1, at=NOW, updated=NOW - timedelta(days=1))
    assert made(backwards).updated == NOW
    fine = stories.story(1, at=NOW - timedelta(seconds=1.5), updated=NOW - timedelta(microseconds=1))
    assert made(fine).published.microsecond == made(fine).updated.microsecond == 0
    zoned = stories.story(1, at=(NOW - timedelta(hours=1)).astimezone(timezone(timedelta(hours=8))))
    assert made(zoned).published.utcoffset() == timedelta(0)


def test_symbols_of_all_articles_once_with_the_best_name() -> None:
    bare = Symbol("600941.SH", Found.PROSE, "600941.SH")
    other = Symbol("00700.HK", Found.MARKUP, "hk00700", "腾讯控股")
    one, two = stories.article(symbols=(bare,)), stories.article(symbols=(stories.SYMBOL, other))
    assert [(tag.code, tag.name) for tag in made(stories.story(1, one, two)).symbols] == [
        ("600941.SH", "中国移动"),
        ("00700.HK", "腾讯控股"),
    ]


def test_withdrawn_articles_are_not_told() -> None:
    gone = stories.article(outlet="撤稿报", deleted=True)
    told = stories.story(1, gone, stories.article(outlet="样例时报"))
    assert [one.outlet for one in made(told).sources] == ["样例时报"]
    assert item.alive(stories.story(1, gone)) == ()


def test_the_head_states_addresses_from_base_url_only() -> None:
    site, spot = Site("https://news.example.org/cj/", "样例"), item.Spot("/feeds/all")
    head = item.head(OUTPUT, site, spot, "atom", "application/atom+xml", None)
    assert head.address == head.id == "https://news.example.org/cj/feeds/all.atom"
    assert head.home == "https://news.example.org/cj/"
    assert head.updated == item.NEVER


def test_ttl_is_whole_minutes_and_at_least_one() -> None:
    def ttl(**length: float) -> int:
        return item.head(OUTPUT, replace(SITE, ttl=timedelta(**length)), item.Spot("/feeds/all"), "rss", "", None).ttl

    assert [ttl(seconds=20), ttl(minutes=5), ttl(seconds=301)] == [1, 5, 6]

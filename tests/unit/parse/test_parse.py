"""The door: which reader takes a document, what is refused and in which words, what is reported."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator import parse
from aggregator.errors import NotAFeed
from aggregator.models import Document

ITEM = "<item><title>甲乙科技三季报</title><link>https://a.example/1</link></item>"


def test_every_parser_of_the_table_can_be_imported() -> None:
    for name in parse.PARSERS:
        assert callable(parse._reader(name))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b" \r\n\t", "empty"),
        (b"\xef\xbb\xbf  ", "empty"),
        ("<!DOCTYPE html><html><head><title>登录</title></head></html>", "HTML page .*登录"),
        ("<html><body>hello</body></html>", "HTML page"),
        ("<script>location='/x'</script>", "HTML page"),
        ("<!-- x --><!doctype html><title>Just a moment...</title>", "challenge page"),
        ("<html><head><title>访问验证</title></head><body>访问过于频繁</body></html>", "challenge page"),
        ('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><p>captcha</p></html>', "challenge page"),
        ('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"/>', "root <urlset>"),
        ('<opml version="2.0"><body/></opml>', "OPML"),
        ("<!-- nothing -->", "no element"),
        ('{"code":-1,"msg":"参数错误"}', "code -1, 参数错误"),
        ('{"error":"not found"}', "not found"),
        ('{"result":{"status":{"code":11,"msg":"未注册"},"data":[]}}', "code 11 .*未注册.*pageid"),
        ('{"result":{"status":{"code":"12"},"data":[]}}', "code 12"),
        ('{"result":{"status":{"code":0},"data":{}}}', "empty object"),
        ('{"result":{"status":{"code":0}}}', "data is null"),
        ('{"status":{"code":5,"msg":"busy"},"data":[]}', "code 5"),
        ('{"code":0,"items":[]}', "code 0"),
        ('{"items":[{"name":"x"}]}', "keys: items"),
        ("[1, 2]", "JSON list"),
        ('{"a": 1}', "keys: a"),
        ('{"version":"https://jsonfeed.org/version/1.1","items":{}}', "no list"),
        ('{"items":[', "breaks off"),
        ('{"a":' * 100_000, "nested"),
        ("Too many requests", "plain text.*Too many"),
        ("HTTP/1.1 403 Forbidden\n<html></html>", "plain text"),
    ],
)
def test_what_is_no_feed_is_refused_in_words(read, body: str | bytes, words: str) -> None:
    with pytest.raises(NotAFeed, match=words):
        read(body)


@pytest.mark.parametrize("media_type", ["", "text/html", "application/json", "application/octet-stream", "text/plain"])
def test_the_media_type_does_not_overrule_the_content(read, rss, media_type: str) -> None:
    assert [entry.title for entry in read(rss(ITEM), media_type=media_type).entries] == ["甲乙科技三季报"]


def test_a_feed_without_items_is_valid(read, rss) -> None:
    parsed = read(rss())
    assert (parsed.entries, parsed.problems, parsed.feed.title) == ((), (), "示例频道")


@pytest.mark.parametrize("junk", ["Warning: x in /a.php\n", "<br />\n<b>Warning</b>: x<br />\n", "\ufeff\n\n "])
def test_junk_before_the_feed_is_passed_over(read, rss, junk: str) -> None:
    parsed = read(junk + rss(ITEM))
    assert [entry.title for entry in parsed.entries] == ["甲乙科技三季报"]
    assert bool(parsed.problems) == bool(junk.strip("\ufeff\n "))


def test_a_feed_quoted_in_a_page_is_no_feed(read, rss) -> None:
    with pytest.raises(NotAFeed, match="HTML page"):
        read(f"<html><body>{rss(ITEM)}</body></html>")


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", "utf-8"), ("gb18030", "gb2312"), ("gb18030", "gbk"), ("utf-16", "utf-16"), ("big5", "big5")],
)
def test_declared_encodings(read, rss, encoding: str, declared: str) -> None:
    prolog = f'<?xml version="1.0" encoding="{declared}"?>'
    title = "甲乙鎔科技" if encoding == "big5" else "镕基与喆：甲乙科技"
    body = rss(f"<item><title>{title}</title></item>", prolog=prolog)
    parsed = read(body.encode(encoding, "replace" if encoding == "big5" else "strict"))
    assert parsed.entries[0].title == title


def test_a_bad_byte_costs_little_and_is_reported(read, rss) -> None:
    good = rss(
        "<item><title>央行示例开展逆回购操作</title></item>", prolog='<?xml version="1.0" encoding="UTF-8"?>'
    ).encode()
    at = good.index("逆".encode()) + 1
    parsed = read(good[:at] + b"\xff" + good[at + 1 :])
    assert "央行示例开展" in parsed.entries[0].title
    assert "操作" in parsed.entries[0].title
    assert any("lost" in problem for problem in parsed.problems)


def test_language_and_zone_reach_the_entries(read, rss) -> None:
    item = "<item><title>甲</title><pubDate>2026-10-16 09:30:00</pubDate></item>"
    beijing = read(rss(item), language="zh-CN").entries[0]
    assert (beijing.published, beijing.language) == (datetime(2026, 10, 16, 1, 30, tzinfo=UTC), "zh-CN")
    assert read(rss(item), zone="UTC").entries[0].published == datetime(2026, 10, 16, 9, 30, tzinfo=UTC)


def test_an_unread_date_is_none_and_reported_once(read, rss) -> None:
    item = "<item><title>甲{}</title><pubDate>next blue moon</pubDate></item>"
    parsed = read(rss(item.format(1), item.format(2)))
    assert [entry.published for entry in parsed.entries] == [None, None]
    assert parsed.problems == ("2 dates could not be read, such as 'next blue moon'",)


def test_relative_links_start_at_the_final_address() -> None:
    body = b"<rss><channel><item><title>a</title><link>../1.html</link></item></channel></rss>"
    moved = Document(
        "https://old.example/f", "https://new.example/feeds/f", 200, body, datetime(2026, 1, 1, tzinfo=UTC)
    )
    assert parse.parse(moved).entries[0].link == "https://new.example/1.html"

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from datetime import datetime, timedelta
from time import struct_time
from typing import Any

import feedparser
import pytest
from lxml import etree

from aggregator import publish
from aggregator.models import Output, Site, Story
from aggregator.publish.item import SYMBOL_SCHEME
from tests.support import feedcheck, stories
from tests.support.stories import NOW, OUTPUT, SITE

NAMES = sorted(publish.FORMATS)
XML_NAMES = ["atom", "rss"]


def render(name: str, told: list[Story], output: Output = OUTPUT, site: Site = SITE, now: datetime = NOW) -> bytes:
    return publish.render(name, output, site, told, now=now)


def faults(name: str, body: bytes) -> list[str]:
    form = publish.FORMATS[name]
    address = f"{SITE.base_url}/feeds/all.{form.extension}"
    return feedcheck.faults(body, form.media_type, address=address, now=NOW)


def read(name: str, body: bytes) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # feedparser about its own mapping of updated
        parsed = feedparser.parse(body, response_headers={"content-type": publish.FORMATS[name].media_type})
    assert not parsed.bozo, parsed.bozo_exception
    return parsed


@pytest.mark.parametrize("full_text", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_documents_keep_their_specification(name: str, full_text: bool) -> None:
    body = render(name, stories.stories(), replace(OUTPUT, full_text=full_text))
    assert faults(name, body) == []


@pytest.mark.parametrize("name", NAMES)
def test_an_output_without_stories_is_a_valid_feed(name: str) -> None:
    body = render(name, [])
    assert faults(name, body) == []
    assert body == render(name, [], now=NOW + timedelta(days=3))


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "]]> <![CDATA[ <b>x</b>",
        "&lt;img src=x onerror=alert(1)&gt;",
        "a\x00b\x0b\x1f\ufffe\ud800c",
        "\"quoted\" & 'both' <条例> \u2028 \x85 \U0001f680 \U00020000",
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_text_from_feeds_cannot_break_out(name: str, text: str) -> None:
    body = render(name, [stories.hostile(text)], Output("all", text, text), Site(SITE.base_url, text))
    assert faults(name, body) == []


@pytest.mark.parametrize("name", NAMES)
def test_a_rebuild_of_the_same_members_is_byte_identical(name: str) -> None:
    assert render(name, stories.stories()) == render(name, stories.stories(), now=NOW + timedelta(hours=5))


@pytest.mark.parametrize("name", NAMES)
def test_a_revised_story_changes_the_document(name: str) -> None:
    told = stories.stories()
    revised = [replace(told[0], updated=told[0].updated + timedelta(minutes=3)), *told[1:]]
    assert render(name, revised) != render(name, told)


@pytest.mark.parametrize("name", NAMES)
def test_order_is_kept_as_given(name: str) -> None:
    told = [stories.story(3), stories.story(1), stories.story(2)]
    body = render(name, told).decode()
    places = [body.index(one.uid) for one in told]
    assert places == sorted(places)


@pytest.mark.parametrize("name", NAMES)
def test_a_story_of_withdrawn_articles_is_left_out(name: str) -> None:
    told = [stories.story(1, stories.article(deleted=True)), stories.story(2)]
    body = render(name, told).decode()
    assert told[0].uid not in body
    assert told[1].uid in body


@pytest.mark.parametrize("name", XML_NAMES)
def test_feedparser_reads_what_was_meant(name: str) -> None:
    told = stories.stories()
    parsed = read(name, render(name, told))
    assert parsed.version == {"rss": "rss20", "atom": "atom10"}[name]
    feed = parsed.feed
    assert feed.title == "全部报道"
    assert feed.subtitle == OUTPUT.description
    assert feed.language == "zh-CN"
    assert feed.link == f"{SITE.base_url}/"
    assert [link.href for link in feed.links if link.rel == "self"] == [f"{SITE.base_url}/feeds/all.{name}"]
    assert [entry.id for entry in parsed.entries] == [one.uid for one in told]

    first = parsed.entries[0]
    assert first.title == "样例股份前三季度营收增长8.3%"
    assert first.link == "https://finance.example.com/a/2026-11-23/doc-1.shtml"
    assert first.author == "记者 甲乙"
    assert _at(first.published_parsed) == _at((NOW - timedelta(minutes=30)).utctimetuple())
    assert first.content[0].value.startswith("<p>样例股份（<b>虚构</b>）")
    assert ">样例商报</a></p>" in first.content[0].value
    assert first.media_thumbnail == [{"url": "https://img.example.com/lead.jpg"}]
    assert [(tag.term, tag.scheme) for tag in first.tags] == [
        ("金融", None),
        ("公司", None),
        ("600941.SH", SYMBOL_SCHEME),
    ]

    second = parsed.entries[1]
    assert _at(second.updated_parsed) == _at((NOW - timedelta(minutes=5)).utctimetuple())
    related = [(link.title, link.href) for link in second.links if link.rel == "related"]
    assert related == [("样例网", "https://m.example.net/2?from=a&to=b")]
    for outlet in ("样例时报", "样例网", "样例晚报"):
        assert outlet in second.content[0].value
    assert parsed.entries[3].title == "国务院发布《<条例>》解读 & A<B"


def _at(time: struct_time) -> tuple[int, ...]:
    return tuple(time[:6])


def test_rss_states_its_ttl_and_generator_and_guards_titles() -> None:
    body = render("rss", [stories.story(1, stories.article("R&D 占比 <5% 与 A<B"))])
    channel = etree.fromstring(body).find("channel")
    assert channel is not None
    assert channel.findtext("ttl") == "5"
    assert channel.findtext("generator") == "aggregator 0.1.0"
    assert channel.findtext("item/title") == "R&D 占比 <5% 与 A<B"
    assert "<title>R&#x26;D 占比 &#x3C;5% 与 A&#x3C;B</title>".encode() in body


def test_rss_without_stories_claims_no_date() -> None:
    assert etree.fromstring(render("rss", [])).find("channel/lastBuildDate") is None


def test_rss_description_alone_carries_the_text_when_there_is_no_full_text() -> None:
    output = replace(OUTPUT, full_text=False)
    item = etree.fromstring(render("rss", stories.stories(), output)).find("channel/item")
    assert item is not None
    assert item.find(f"{feedcheck.CONTENT}encoded") is None
    assert "样例商报</a></p>" in (item.findtext("description") or "")


def test_atom_names_outlets_in_links_and_symbols_in_labels() -> None:
    feed = etree.fromstring(render("atom", stories.stories()))
    entry = feed.findall(f"{feedcheck.ATOM}entry")[1]
    links = [(link.get("rel"), link.get("title")) for link in entry.findall(f"{feedcheck.ATOM}link")]
    assert links == [("alternate", None), ("via", "样例时报"), ("related", "样例网")]
    symbol = [one for one in entry.findall(f"{feedcheck.ATOM}category") if one.get("scheme")]
    assert [(one.get("term"), one.get("label")) for one in symbol] == [("600941.SH", "中国移动")]


def test_atom_has_content_where_there_is_nothing_to_link_to() -> None:
    flash = stories.story(1, stories.flash("快讯一则"))
    feed = etree.fromstring(render("atom", [flash], replace(OUTPUT, full_text=False)))
    entry = feed.find(f"{feedcheck.ATOM}entry")
    assert entry is not None
    assert entry.find(f"{feedcheck.ATOM}link") is None
    assert "快讯一则" in (entry.findtext(f"{feedcheck.ATOM}content") or "")


def test_json_feed_carries_what_it_has_no_field_for() -> None:
    feed = json.loads(render("json", stories.stories()))
    assert feed["_aggregator"]["ttl_minutes"] == 5
    item = feed["items"][1]
    assert item["_aggregator"]["revision"] == 1
    assert [one["outlet"] for one in item["_aggregator"]["sources"]] == ["样例时报", "样例网", "样例晚报"]
    assert item["_aggregator"]["symbols"] == [{"code": "600941.SH", "kind": "stock", "name": "中国移动"}]
    assert item["tags"] == ["金融", "公司", "600941.SH"]
    assert item["image"] == "https://img.example.com/lead.jpg"
    assert "url" not in feed["items"][2]


def test_the_feed_is_dated_by_its_newest_update_not_by_the_build() -> None:
    newest = NOW - timedelta(minutes=5)
    rss, atom, feed = (render(name, stories.stories()) for name in ("rss", "atom", "json"))
    assert etree.fromstring(rss).findtext("channel/lastBuildDate") == f"{newest:%a, %d %b %Y %H:%M:%S} +0000"
    updated = etree.fromstring(atom).findtext(f"{feedcheck.ATOM}updated")
    assert updated
    assert datetime.fromisoformat(updated) == newest
    assert json.loads(feed)["_aggregator"]["updated"] == f"{newest:%Y-%m-%dT%H:%M:%SZ}"


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(KeyError):
        render("rdf", [])

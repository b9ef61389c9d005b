"""The tolerant reader: old formats, sloppy markup, broken-off documents."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from aggregator.models import Image

RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="https://a.example/"><title>旧格式</title>
 <link>https://a.example/</link></channel><item rdf:about="https://a.example/1"><title>甲</title>
 <link>https://a.example/1</link><dc:date>2026-10-16T18:00:00+08:00</dc:date></item></rdf:RDF>"""
ATOM03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>旧格式</title><entry><title>甲</title>
 <link rel="alternate" type="text/html" href="https://a.example/1"/><id>tag:a.example,2026:1</id>
 <issued>2026-10-16T10:00:00Z</issued><content type="text/html" mode="escaped">&lt;p&gt;文&lt;/p&gt;</content>
 </entry></feed>"""


@pytest.mark.parametrize("document", [RDF, ATOM03])
def test_old_formats(read, document: str) -> None:
    parsed = read(document)
    assert (parsed.format, parsed.feed.title, parsed.problems) == ("tolerant", "旧格式", ())
    [entry] = parsed.entries
    assert (entry.title, entry.link) == ("甲", "https://a.example/1")
    assert entry.published == datetime(2026, 10, 16, 10, tzinfo=UTC)


def test_zone_less_dates_are_read_by_our_rules(read, rss) -> None:
    """feedparser itself would call these UTC, and CST US Central."""
    item = "<item><title>a</title><unknown/><pubDate>{}</pubDate></item>"
    stamps = [
        "2026-10-16 18:00:00",
        "Fri, 16 Oct 2026 18:00:00 CST",
        "2026年10月16日 18:00",
        "Fri, 16 Oct 2026 10:00:00 GMT",
    ]
    parsed = read(rss(*(item.format(stamp) for stamp in stamps)))
    assert parsed.format == "tolerant"
    assert [entry.published for entry in parsed.entries] == [datetime(2026, 10, 16, 10, tzinfo=UTC)] * 4


def test_markup_in_text_comes_through_untouched(read, rss) -> None:
    body = '<p onclick="x()">文<script>1</script><img src="/a.png"></p>'
    [entry] = read(rss(f"<item><title>a</title><x/><description><![CDATA[{body}]]></description></item>")).entries
    assert entry.summary == body


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("A & B", "A & B"),
        ("R&D 投入 &lt;5%", "R&D 投入 <5%"),
        ("caf&eacute; &hellip;", "café …"),
        ("a&#11;b&#0;c", "abc"),
        ("&unknown; x", "&unknown; x"),
        ("&#x4e2d;&#22269;", "中国"),
        ("&#150; dash", "– dash"),
    ],
)
def test_entities_and_stray_ampersands(read, rss, text: str, title: str) -> None:
    assert read(rss(f"<item><title>{text}</title><x/></item>")).entries[0].title == title


def test_declared_entities_are_resolved(read, rss) -> None:
    prolog = '<!DOCTYPE rss [<!ENTITY co "甲乙科技"> <!ENTITY odd "<b>x</b>">]>'
    assert read(rss("<item><title>&co;：&odd;</title></item>", prolog=prolog)).entries[0].title == "甲乙科技：&odd;"


@pytest.mark.parametrize("cut", [8, 25, 40, 50])
def test_a_broken_off_document_keeps_its_whole_items(read, rss, cut: int) -> None:
    item = "<item><title>第{}条</title><link>https://a.example/{}</link></item>"
    whole = rss(item.format(1, 1), item.format(2, 2))
    parsed = read(whole[: whole.index("</channel>") - cut])
    assert [entry.title for entry in parsed.entries] == ["第1条"]
    assert any("breaks off" in problem for problem in parsed.problems)
    assert "only 1 of 2 items could be read" in parsed.problems


def test_a_missing_end_loses_nothing(read, rss) -> None:
    parsed = read(rss("<item><title>a</title></item>").removesuffix("</channel></rss>"))
    assert [entry.title for entry in parsed.entries] == ["a"]
    assert parsed.problems


def test_an_undeclared_prefix_is_no_loss(read, rss) -> None:
    parsed = read(rss("<item><title>a</title><itunes:x>1</itunes:x></item>", "<item><title>b</title></item>"))
    assert [entry.title for entry in parsed.entries] == ["a", "b"]
    assert parsed.problems


def test_relative_links_follow_xml_base(read, atom) -> None:
    entry = '<entry xml:base="posts/"><title>a</title><id>urn:x:1</id><link href="1.html"/></entry>'
    base = ' xml:base="https://b.example/feeds/"'
    assert read(atom(entry, root=base)).entries[0].link == "https://b.example/feeds/posts/1.html"


def test_relative_links_of_a_mirror_mean_the_site(read, rss) -> None:
    item = "<item><title>a</title><x/><link>/posts/1</link></item>"
    assert read(rss(item), url="https://mirror.example/f").entries[0].link == "https://site.example/posts/1"
    assert read(rss(item), url="https://site.example/feeds/f").entries[0].link == "https://site.example/posts/1"


def test_media_pictures(read, rss) -> None:
    item = (
        '<item xmlns:media="http://search.yahoo.com/mrss/"><title>a</title><x/>'
        '<media:content medium="image" url="https://a.example/1.jpg" width="640" height="wide"/>'
        '<media:content medium="video" url="https://a.example/1.mp4"/><media:thumbnail url="javascript:x"/></item>'
    )
    assert read(rss(item)).entries[0].images == (Image("https://a.example/1.jpg", width=640),)


def test_the_address_behind_a_feed_service_is_an_alias(read, rss) -> None:
    item = (
        '<item xmlns:f="http://rssnamespace.org/feedburner/ext/1.0"><title>a</title><x/>'
        "<link>https://proxy.example/1</link><f:origLink>https://a.example/1</f:origLink></item>"
    )
    assert read(rss(item)).entries[0].aliases == ("https://a.example/1",)


def test_a_second_address_in_an_attribute_is_not_the_link(read, rss) -> None:
    item = '<item><title>a</title><link uri="at://did:x/1">https://a.example/1</link></item>'
    assert read(rss(item)).entries[0].link == "https://a.example/1"


def test_markup_in_an_id_is_kept(read, rss) -> None:
    assert read(rss("<item><title>a</title><guid><p>abc</p></guid></item>")).entries[0].id == "<p>abc</p>"

"""The strict reader: what it takes and what it leaves to the tolerant one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from aggregator.models import Image
from aggregator.parse import feedxml, xmltext
from aggregator.parse.feedtext import FeedText

SPACES = (
    ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"'
    ' xmlns:other="https://other.example/ns"'
)


def test_a_full_rss_item(read, rss) -> None:
    parsed = read(
        rss(
            """<item>
              <title><![CDATA[ 样本公司：净利润增长35% &amp; 上调指引 ]]></title>
              <link>https://a.example/1?x=1&amp;y=2</link>
              <guid isPermaLink="false">id-1</guid>
              <pubDate>Fri, 16 Oct 2026 10:02:11 GMT</pubDate>
              <dc:creator>样本记者</dc:creator>
              <category domain="https://a.example/c">公司</category><category>财报</category><category>公司</category>
              <description>摘要</description>
              <content:encoded><![CDATA[<p>全文&nbsp;在此，比摘要长。</p>]]></content:encoded>
              <source url="https://b.example/feed">样本日报</source>
              <enclosure url="https://a.example/p.jpg" type="image/jpeg" length="9"/>
              <enclosure url="https://a.example/p.mp3" type="audio/mpeg" length="10"/>
              <media:thumbnail url="https://a.example/t.jpg" width="120" height="90"/>
              <slash:comments>3</slash:comments>
            </item>""",
            root=SPACES,
            channel="<ttl>5</ttl><language>zh-cn</language>"
            '<atom:link rel="self" href="https://a.example/f"/><atom:link rel="hub" href="https://hub.example/"/>',
        )
    )
    assert parsed.format == "feedxml"
    assert parsed.problems == ()
    assert (parsed.feed.language, parsed.feed.ttl, parsed.feed.hub) == (
        "zh-cn",
        timedelta(minutes=5),
        "https://hub.example/",
    )
    [entry] = parsed.entries
    assert entry.id == "id-1"
    assert entry.title == "样本公司：净利润增长35% & 上调指引"
    assert entry.link == "https://a.example/1?x=1&y=2"
    assert entry.published == datetime(2026, 10, 16, 10, 2, 11, tzinfo=UTC)
    assert (entry.author, entry.outlet, entry.categories) == ("样本记者", "样本日报", ("公司", "财报"))
    assert (entry.summary, entry.content) == ("摘要", "<p>全文&nbsp;在此，比摘要长。</p>")
    assert entry.images == (Image("https://a.example/p.jpg"), Image("https://a.example/t.jpg", width=120, height=90))
    assert entry.extra == {"enclosures": [{"href": "https://a.example/p.mp3", "type": "audio/mpeg", "length": "10"}]}


def test_a_full_atom_entry(read, atom) -> None:
    parsed = read(
        atom(
            """<entry><title type="html">&lt;b&gt;甲&lt;/b&gt;乙</title><id>urn:x:1</id>
              <link rel="alternate" href="https://a.example/1"/>
              <link rel="enclosure" type="audio/mpeg" href="https://a.example/a.mp3"/>
              <published>2026-10-16T18:02:11+08:00</published><updated>2026-10-16T11:00:00Z</updated>
              <author><name>样本日报</name></author><category term="macro" label="宏观"/>
              <summary>一句话</summary><content type="html">&lt;p&gt;全文比一句话长得多&lt;/p&gt;</content></entry>""",
            root=' xml:lang="zh-CN"',
        )
    )
    assert (parsed.format, parsed.feed.language) == ("feedxml", "zh-CN")
    [entry] = parsed.entries
    assert (entry.id, entry.title, entry.link) == ("urn:x:1", "甲乙", "https://a.example/1")
    assert entry.published == datetime(2026, 10, 16, 10, 2, 11, tzinfo=UTC)
    assert entry.updated == datetime(2026, 10, 16, 11, 0, tzinfo=UTC)
    assert (entry.author, entry.categories) == ("样本日报", ("宏观",))
    assert (entry.summary, entry.content, entry.content_is_text) == ("一句话", "<p>全文比一句话长得多</p>", False)


def test_plain_text_stays_plain_text_only_together(read, atom) -> None:
    alone = read(atom("<entry><id>1</id><summary>a &lt; b</summary></entry>")).entries[0]
    assert (alone.summary, alone.content_is_text) == ("a < b", True)
    whole = '<content type="html">&lt;p&gt;long text&lt;/p&gt;</content>'
    mixed = read(atom(f"<entry><id>1</id><summary>a &lt; b</summary>{whole}</entry>"))
    assert (mixed.entries[0].summary, mixed.entries[0].content_is_text) == ("a &lt; b", False)
    lying = read(atom("<entry><id>1</id><summary>&lt;p&gt;HTML in truth&lt;/p&gt;</summary></entry>")).entries[0]
    assert (lying.summary, lying.content_is_text) == ("<p>HTML in truth</p>", False)


@pytest.mark.parametrize(
    "item",
    [
        "<item><title>a</title><title>b</title></item>",
        "<item><title>a <b>b</b></title></item>",
        "<item><title type='html'>a</title></item>",
        "<item><title>a</title><unknown>x</unknown></item>",
        "<item><title>a</title><other:x>y</other:x></item>",
        "<item><title>a</title><dc:title>b</dc:title></item>",
        "<item><title>a</title><media:group><media:content url='https://a.example/x'/></media:group></item>",
        "<item><title>a</title><author>x@a.example (X)</author></item>",
        "<item><title>a</title><dc:creator>x</dc:creator><author>y</author></item>",
        "<item><title>a</title><atom:link href='https://a.example/'/></item>",
        "<item about='x'><title>a</title></item>",
        "<item><title>Ã©tÃ©</title></item>",
        "<item><title>a</title><link>https:///a.example/</link></item>",
        "<item><title>a</title><link>https://a.example/?x=1&amp;amp;y=2</link></item>",
        "<item><title>a &nbsp; b</title></item>",
        "<item xml:base='https://b.example/'><title>a</title></item>",
    ],
)
def test_what_is_out_of_the_ordinary_is_left_to_the_tolerant_reader(read, rss, item: str) -> None:
    parsed = read(rss(item, root=SPACES))
    assert parsed.format == "tolerant"
    assert len(parsed.entries) == 1


@pytest.mark.parametrize(
    "entry",
    [
        "<entry><title type='xhtml'><div xmlns='http://www.w3.org/1999/xhtml'>a</div></title></entry>",
        "<entry><title>a</title><link href='https://a.example/1'/><link href='https://a.example/2'/></entry>",
        "<entry><title>a</title><content src='https://a.example/1'/></entry>",
        "<entry><title>a</title><source><title>b</title></source></entry>",
        "<entry><title>a</title><author><email>x@a.example</email></author></entry>",
        "<entry><title>a</title><link rel='alternate' type='application/pdf' href='https://a.example/1'/></entry>",
    ],
)
def test_odd_atom_is_left_to_the_tolerant_reader(read, atom, entry: str) -> None:
    parsed = read(atom(entry))
    assert (parsed.format, len(parsed.entries)) == ("tolerant", 1)


def test_a_doctype_is_left_to_the_tolerant_reader(read, rss) -> None:
    document = rss("<item><title>caf&eacute;</title></item>", prolog="<!-- <rss> --><!DOCTYPE rss>")
    assert (read(document).format, read(document).entries[0].title) == ("tolerant", "café")


def test_dc_date_dates_an_item(read, rss) -> None:
    item = "<item><title>a</title><dc:date>2026-10-16T10:00:00Z</dc:date></item>"
    [entry] = read(rss(item, root=SPACES)).entries
    assert entry.published == entry.updated == datetime(2026, 10, 16, 10, tzinfo=UTC)


def test_sy_period_is_a_ttl(read, rss) -> None:
    channel = "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
    assert read(rss(root=SPACES, channel=channel)).feed.ttl == timedelta(minutes=30)


@pytest.mark.parametrize("sign", [chr(c) for c in range(32) if c not in (9, 10, 13)] + ["\ufffe", "\uffff"])
@pytest.mark.parametrize(
    "around",
    ["<r>涨{}</r>", "<r a='{}涨'/>", "<r><![CDATA[{}]]></r>", "<r><!--{}--></r>", "<?p {}?><r/>", "<r/>{}", "<r {}/>"],
)
def test_what_xml_forbids_is_never_read_as_it_came(sign: str, around: str) -> None:
    """Documents are read without a look for control characters, because lxml refuses them wherever they stand."""
    data = xmltext.as_it_is(around.format(sign), around.format(sign).encode())
    assert data is None or feedxml._well_formed(data) is None


@pytest.mark.parametrize("sign", ["\x00", "\x01", "\x0b", "\x1f", "\x7f", "\x85", "&#133;", "\ufffe", "\uffff"])
@pytest.mark.parametrize("bare", [True, False])
def test_a_document_is_read_the_same_with_and_without_its_bytes(sign: str, bare: bool) -> None:
    """What has to be taken out is taken out, whether the text or its bytes are at hand."""
    words = f'<?xml version="1.0"?><rss><channel><item><title>涨{sign}停</title></item></channel></rss>'
    now = datetime(2026, 10, 16, tzinfo=UTC)
    address = "https://a.example/"
    feed = FeedText(words, address, address, "UTC", None, now, data=None if bare else words.encode())
    parsed = feedxml.read(feed)
    assert parsed is not None
    assert parsed.entries[0].title == ("涨…停" if sign in ("\x85", "&#133;") else "涨停")

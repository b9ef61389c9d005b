"""Documents that attack their reader, and items that lack what an item should have."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from aggregator.errors import NotAFeed
from aggregator.parse import xmltext

ITEM = "<item><title>甲</title><description>{}</description></item>"
LAUGHS = (
    '<!DOCTYPE rss [<!ENTITY a0 "ha">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12)) + "]>"
)


@contextmanager
def within(seconds: float, megabytes: int = 64) -> Iterator[None]:
    """Fail when the block takes more processor time, or makes the process grow more."""
    grown, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    yield
    assert time.process_time() - began < seconds
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - grown) / 1024 < megabytes


@pytest.mark.parametrize("prolog", [LAUGHS, "<!-- <rss> -->" + LAUGHS, "<?x <rss> ?>" + LAUGHS])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "utf-32"])
def test_billion_laughs_stay_silent(read, rss, prolog: str, encoding: str) -> None:
    document = rss(ITEM.format("&a11;"), prolog=prolog)
    with within(1):
        [entry] = read(document.encode(encoding)).entries
    assert "ha" not in entry.summary


def test_quadratic_blow_up_is_refused(read, rss) -> None:
    prolog = f'<!DOCTYPE rss [<!ENTITY a "{"x" * 50_000}">]>'
    with within(1), pytest.raises(NotAFeed, match="expand"):
        read(rss(ITEM.format("&a;" * 20_000), prolog=prolog))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
@pytest.mark.parametrize("before", ["", "<!-- <rss> -->"])
def test_external_entities_open_no_file(read, rss, tmp_path: Path, encoding: str, before: str) -> None:
    (tmp_path / "secret").write_text("TOP SECRET")
    address = (tmp_path / "secret").as_uri()
    for declaration in (f'<!ENTITY x SYSTEM "{address}">', f'<!ENTITY % p SYSTEM "{address}"> %p;'):
        prolog = f"{before}<!DOCTYPE rss [{declaration}]>"
        parsed = read(rss(ITEM.format("&x;"), prolog=prolog).encode(encoding))
        assert len(parsed.entries) == 1
        assert "SECRET" not in repr(parsed)


def test_an_external_dtd_is_not_fetched(read, rss) -> None:
    """Port 1 of loopback refuses at once; a parser that tried would raise or report it."""
    prolog = '<!DOCTYPE rss PUBLIC "-//X//DTD RSS 0.91//EN" "http://127.0.0.1:1/rss.dtd">'
    parsed = read(rss(ITEM.format("x"), prolog=prolog))
    assert (len(parsed.entries), parsed.problems) == (1, ())


@pytest.mark.parametrize("declaration", ["", '<!ENTITY a "', "<!-- x -->" * 10_000, '<!ENTITY a "b">' * 10_000])
def test_a_doctype_without_end_is_passed_over(read, rss, declaration: str) -> None:
    with within(1):
        try:
            parsed = read(rss(ITEM.format("&a;"), prolog=f"<!DOCTYPE rss [{declaration}"))
        except NotAFeed:
            return
    assert [entry.title for entry in parsed.entries] == ["甲"]
    assert parsed.problems


@pytest.mark.parametrize(
    ("inside", "words"),
    [
        ("<item " + " ".join(f'a{n}="1"' for n in range(40_000)) + "/>", "attributes"),
        ("<a>" * 80_000, "deep"),
        ("<a>" * 80_000 + "</a>" * 80_000, "deep"),
        ("<item>" * 80_000, "deep"),
    ],
    ids=["attributes", "open", "nested", "items"],
)
def test_bombs_of_markup_are_refused_quickly(read, rss, inside: str, words: str) -> None:
    with within(1), pytest.raises(NotAFeed, match=words):
        read(rss(inside))


@pytest.mark.parametrize(
    "unit", ["<", "<!--", "<![CDATA[", "&", "&x;", "<?x", '<a "', "<!", "</a>", "<br/>", "<guid ", "\x01"]
)
def test_floods_of_signs_end_in_time(read, rss, unit: str) -> None:
    flood = unit * (100_000 // len(unit))
    for document in (rss(ITEM.format(flood)), f"<rss><channel>{flood}", f"{unit * 5_000}{rss(ITEM)}"):
        with within(5, 200):
            try:
                read(document)
            except NotAFeed:
                continue


def test_more_elements_than_feedparser_can_take_are_cut_and_reported(read, rss, monkeypatch) -> None:
    monkeypatch.setattr(xmltext, "MOST_ELEMENTS", 200)
    many = "".join(f"<item><title>{n}</title>{'<x/>' * 18}</item>" for n in range(20))
    parsed = read(rss(many))
    assert [entry.title for entry in parsed.entries] == [str(n) for n in range(10)]
    assert any("more than 200 elements" in problem for problem in parsed.problems)
    assert "only 10 of 20 items could be read" in parsed.problems


def test_control_characters_are_dropped(read, rss) -> None:
    document = rss("<item><title>甲\x0b乙\x00\ufffe</title><guid>a\x1fb</guid><description>x\x08y</description></item>")
    [entry] = read(document).entries
    assert (entry.title, entry.id, entry.summary) == ("甲乙", "ab", "xy")


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "JaVaScript:alert(1)",
        "data:text/html,x",
        "mailto:a@b.example",
        "file:///etc/passwd",
        " java\nscript:x",
    ],
)
@pytest.mark.parametrize("odd", ["", "<x/>"])
def test_links_that_are_no_pages_are_none(read, rss, link: str, odd: str) -> None:
    [entry] = read(rss(f"<item><title>甲</title>{odd}<link>{link}</link></item>")).entries
    assert entry.link is None
    assert entry.id


@pytest.mark.parametrize("odd", ["", "<x/>"])
@pytest.mark.parametrize(
    ("stated", "title"),
    [
        ("&lt;b&gt;甲&lt;/b&gt;", "甲"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;甲", "甲"),
        ("&amp;lt;b&amp;gt;甲", "甲"),
        ("<![CDATA[<img src=x onerror=y>甲]]>", "甲"),
        ("关于修改&lt;条例&gt;的决定", "关于修改<条例>的决定"),
    ],
)
def test_markup_in_titles(read, rss, odd: str, stated: str, title: str) -> None:
    assert read(rss(f"<item><title>{stated}</title>{odd}</item>")).entries[0].title == title


@pytest.mark.parametrize("odd", ["", "<x/>"])
def test_what_is_missing_stays_missing(read, rss, odd: str) -> None:
    parsed = read(
        rss(
            f"<item><title>只有标题</title>{odd}</item>",
            f"<item><description>只有正文</description>{odd}</item>",
            "<item><guid isPermaLink='false'/><link>https://a.example/1</link></item>",
            "<item><guid isPermaLink='false'>only-id</guid></item>",
            "<item><guid isPermaLink='true'/></item>",
            "<item/>",
        )
    )
    assert len(parsed.entries) == 4
    assert [entry.title for entry in parsed.entries] == ["只有标题", "", "", ""]
    assert all(entry.id and entry.published is None for entry in parsed.entries)
    assert parsed.entries[2].id == "a.example/1"
    assert len({entry.id for entry in parsed.entries}) == 4
    assert parsed.problems == ("2 items stating nothing skipped",)


@pytest.mark.parametrize(
    "item",
    [
        "</category>",
        "<link><![CDATA[x</link>",
        "<title><![CDATA[&#xD800; &#x110000;</title>",
        "<!--&#xD800;",
        "</link>",
    ],
)
def test_what_feedparser_trips_over_costs_no_crash(read, rss, item: str) -> None:
    for document in (rss(ITEM, f"<item>{item}</item>", "<"), rss(item, ITEM, "<x>"), rss(ITEM, item)[:-9]):
        assert len(read(document).entries) <= 2

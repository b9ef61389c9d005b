from __future__ import annotations

from dataclasses import replace

from aggregator.models import Article, Completeness
from aggregator.store.merge import merge
from tests.support.writes import MINUTE, NOW, article

FULL = article("a", docid="abcdefg1234567", editor="编辑丙", author=None)
TEASER = article(
    "a",
    text="导语",
    completeness=Completeness.SUMMARY,
    outlet=None,
    author="作者甲",
    title="改过的标题",
    categories=("金融",),
)
FLASH = replace(TEASER, completeness=Completeness.FLASH)


def test_an_edit_replaces_everything_but_what_identifies() -> None:
    edited = article("a", text="改过的正文", url=None, published=None, outlet=None)
    merged = merge(FULL, edited, edit=True)
    assert (merged.text, merged.outlet, merged.editor) == ("改过的正文", None, None)
    assert (merged.docid, merged.url, merged.published) == (FULL.docid, FULL.url, FULL.published)


def test_another_feed_with_as_whole_a_text_only_fills_gaps() -> None:
    other = article("a", text="别处的正文", title="别处的标题", author="作者甲", outlet="别的报", published=NOW)
    assert merge(FULL, other, edit=False) == replace(FULL, author="作者甲")


def test_a_teaser_never_replaces_a_whole_text() -> None:
    for written in (TEASER, FLASH):
        merged = merge(FULL, written, edit=True)
        assert (merged.html, merged.text, merged.completeness) == (FULL.html, FULL.text, Completeness.FULL)
        assert (merged.title, merged.categories) == ("改过的标题", ("金融",))
        assert (merged.outlet, merged.author, merged.editor) == ("示例日报", "作者甲", "编辑丙")


def test_a_teaser_from_another_feed_leaves_the_title_alone() -> None:
    assert merge(FULL, TEASER, edit=False) == replace(FULL, author="作者甲")


def test_a_whole_text_replaces_a_teaser_wherever_it_comes_from() -> None:
    for edit in (True, False):
        merged = merge(TEASER, FULL, edit=edit)
        assert (merged.text, merged.title, merged.completeness) == (FULL.text, FULL.title, Completeness.FULL)
        assert merged.author is None


def test_addresses_are_never_lost() -> None:
    mobile = article("a", url="https://m.example.com/a.html", aliases=("https://m.example.com/x.html",))
    merged = merge(FULL, mobile, edit=True)
    assert merged.url == "https://m.example.com/a.html"
    assert merged.aliases == ("https://m.example.com/x.html", FULL.url)
    back = merge(merged, TEASER, edit=True)
    assert back.url == merged.url
    assert set(back.aliases) == set(merged.aliases)


def test_a_withdrawal_keeps_the_text() -> None:
    gone = Article(entry_id="entry-a", title="", html="", completeness=Completeness.SUMMARY, deleted=True)
    assert merge(FULL, gone, edit=True) == replace(FULL, deleted=True)


def test_only_an_edit_takes_a_withdrawal_back() -> None:
    withdrawn = replace(FULL, deleted=True)
    assert merge(withdrawn, replace(FULL, text="新"), edit=True).deleted is False
    assert merge(withdrawn, TEASER, edit=True).deleted is False
    assert merge(withdrawn, TEASER, edit=False).deleted is True


def test_a_tombstone_without_text_takes_any_text() -> None:
    tombstone = Article(entry_id="entry-a", title="标题", html="", deleted=True)
    merged = merge(tombstone, TEASER, edit=True)
    assert (merged.text, merged.completeness) == ("导语", Completeness.SUMMARY)


def test_merging_twice_changes_nothing_more() -> None:
    later = replace(TEASER, updated=NOW + MINUTE)
    for stored, written in ((FULL, later), (TEASER, FULL), (FULL, replace(FULL, text="新"))):
        for edit in (True, False):
            once = merge(stored, written, edit=edit)
            assert merge(once, written, edit=edit) == once


def test_an_edit_that_is_dated_anew_stays_on_its_day() -> None:
    bumped = replace(FULL, html="<p>补充</p>", text="补充", published=NOW + 3 * MINUTE)
    first = replace(FULL, published=NOW)
    assert merge(first, bumped, edit=True).published == NOW
    assert merge(bumped, first, edit=True).published == NOW
    renamed = replace(bumped, title="次日的另一期")
    assert merge(first, renamed, edit=True).published == bumped.published

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from aggregator import config
from aggregator.config import edit
from aggregator.errors import ConfigError
from tests.support import mistakes
from tests.unit.config.conftest import Write

FEEDS = """# 我的订阅
# second line

[[feed]]            # the first
name = "甲"
slug='a'
url = "https://example.org/a.xml"   # odd   spacing
# a note that ends it

# about b
[[feed]]
name  =  "乙"
slug = "b"
url = "https://example.org/b.xml"
[feed.headers]
Accept-Language = "zh"


# [[feed]]
# name = "an example"

[[feed]]
name = "丙"
slug = "c"
url = "https://example.org/c.xml"
"""


def text(place: Path) -> str:
    return (place / "feeds.toml").read_bytes().decode()


def test_add_appends_and_changes_nothing_else(folder: Write) -> None:
    place = folder(feeds=FEEDS)
    added = edit.add_feed(
        place,
        "https://example.org/d.xml",
        name='丁 "d"',
        slug="d",
        interval="5m",
        categories=["宏观", "国内"],
        environ={},
    )
    assert text(place) == FEEDS + (
        '\n[[feed]]\nname = "丁 \\"d\\""\nslug = "d"\nurl = "https://example.org/d.xml"\ninterval = "5m"\n'
        'categories = ["宏观", "国内"]\n'
    )
    assert (added.slug, added.name, added.interval.total_seconds()) == ("d", '丁 "d"', 300)
    assert added in config.load(place, environ={}).subscriptions


@pytest.mark.parametrize(
    ("slug", "lines"),
    [("a", slice(3, 9)), ("b", slice(9, 18)), ("c", slice(20, 26))],
)
def test_remove_takes_the_table_with_its_comments_only(folder: Write, slug: str, lines: slice) -> None:
    place = folder(feeds=FEEDS)
    edit.remove_feed(place, slug, environ={})
    kept = FEEDS.splitlines(keepends=True)
    del kept[lines]
    assert text(place) == "".join(kept)
    assert slug not in [feed.slug for feed in config.load(place, environ={}).subscriptions]


@pytest.mark.parametrize("before", [FEEDS, "", "# only a comment\n", FEEDS.replace("\n", "\r\n"), "\ufeff" + FEEDS])
def test_what_was_added_can_be_removed_without_a_trace(folder: Write, before: str) -> None:
    place = folder()
    (place / "feeds.toml").write_bytes(before.encode())
    edit.add_feed(place, "sina:roll/384/2671", name="股市", slug="stock", environ={})
    assert text(place).startswith(before)
    assert ("\r\n" in before) == ("\r\n" in text(place))
    assert text(place).count("\n") == text(place).count("\r\n") or "\r\n" not in before
    edit.remove_feed(place, "stock", environ={})
    assert text(place) == before


def test_a_comment_at_the_top_speaks_of_the_whole_file(folder: Write) -> None:
    place = folder(feeds="# my feeds\n" + mistakes.feed('slug = "a"'))
    edit.remove_feed(place, "a", environ={})
    assert text(place) == "# my feeds\n"


def test_a_feed_without_a_slug_is_removed_by_the_one_made_from_its_name(folder: Write) -> None:
    place = folder(feeds=mistakes.feed(name="Plain feed"))
    edit.remove_feed(place, "plain-feed", environ={})
    assert text(place) == ""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"url": "https://example.org/a.xml"}, r"feed\[4\]\.url: is the same as in .*feeds\.toml:7"),
        ({"slug": "b"}, r"feed\[4\]\.slug: is the same as in"),
        ({"url": "gopher://example.org"}, r"feed\[4\]\.url: .* no http or https address"),
        ({"interval": "1s"}, r"feed\[4\]\.interval: 1 s is too often"),
        ({"url": "http://127.0.0.1/"}, r"feed\[4\]\.url: leads to 127\.0\.0\.1.*allow_private"),
    ],
)
def test_a_wrong_feed_is_refused_and_nothing_written(folder: Write, change: dict[str, str], told: str) -> None:
    place = folder(feeds=FEEDS)
    given = {"url": "https://example.org/d.xml", "name": "丁", "slug": "d"} | change
    with pytest.raises(ConfigError, match=rf"nothing was changed[\s\S]*{told}"):
        edit.add_feed(place, given.pop("url"), environ={}, **given)  # type: ignore[arg-type]
    assert text(place) == FEEDS


def test_an_unknown_slug_names_those_that_there_are(folder: Write) -> None:
    place = folder(feeds=FEEDS)
    with pytest.raises(ConfigError, match=r'no feed with the slug "x"; it has: a, b, c'):
        edit.remove_feed(place, "x", environ={})


def test_a_feed_that_an_output_names_is_not_removed(folder: Write) -> None:
    place = folder(feeds=FEEDS, outputs=mistakes.output('feeds = ["a"]'))
    with pytest.raises(ConfigError, match=r'outputs\.toml:4: the output "all" shows this feed; take a out'):
        edit.remove_feed(place, "a", environ={})
    assert text(place) == FEEDS


@pytest.mark.parametrize(
    "given", [{"url": "https://example.org/\udcff"}, {"name": "\udcff"}, {"categories": ["\udcff"]}]
)
def test_bytes_that_are_no_text_are_refused(folder: Write, given: dict[str, Any]) -> None:
    place = folder(feeds=FEEDS)
    told = {"url": "https://example.org/d.xml", "name": "d"} | given
    with pytest.raises(ConfigError, match="is not UTF-8"):
        edit.add_feed(place, told.pop("url"), environ={}, **told)
    assert text(place) == FEEDS


def test_outputs_that_are_wrong_already_hinder_a_removal_in_words(folder: Write) -> None:
    place = folder(feeds=FEEDS, outputs=mistakes.output("feeds = 5"))
    with pytest.raises(ConfigError, match=r"output\[1\]\.feeds: must be a list"):
        edit.remove_feed(place, "a", environ={})


def test_feeds_in_one_list_are_left_to_an_editor(folder: Write) -> None:
    inline = 'feed = [{ name = "a", url = "https://example.org/a.xml" }]\n'
    place = folder(feeds=inline)
    with pytest.raises(ConfigError, match="with an editor"):
        edit.remove_feed(place, "a", environ={})
    with pytest.raises(ConfigError, match=r"feeds\.toml:\d+: is no TOML"):
        edit.add_feed(place, "https://example.org/b.xml", name="b", environ={})
    assert text(place) == inline


def test_a_broken_file_is_not_edited(folder: Write) -> None:
    place = folder(feeds="[[feed]\n")
    for edit_it in (lambda: edit.remove_feed(place, "a"), lambda: edit.add_feed(place, "sina:live/152", name="a")):
        with pytest.raises(ConfigError, match=r"feeds\.toml:1: is no TOML"):
            edit_it()


def test_mode_and_link_are_kept_and_nothing_is_left_over(folder: Write, tmp_path: Path) -> None:
    place = folder(feeds=FEEDS)
    target = tmp_path / "kept" / "my-feeds.toml"
    target.parent.mkdir()
    (place / "feeds.toml").rename(target)
    (place / "feeds.toml").symlink_to(target)
    target.chmod(0o640)
    edit.remove_feed(place, "a", environ={})
    assert (place / "feeds.toml").is_symlink()
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert 'slug = "b"' in target.read_text(encoding="utf-8")
    assert [one.name for one in target.parent.iterdir()] == ["my-feeds.toml"]


def test_many_at_once_and_why_the_others_not(folder: Write) -> None:
    place = folder(feeds=FEEDS)
    wanted: list[dict[str, Any]] = [
        {"name": "丁", "url": "https://example.org/d.xml", "categories": ("宏观",)},
        {"name": "ftp", "url": "ftp://example.org/"},
        {"name": "甲", "url": "https://example.org/e.xml", "slug": "a"},
        {"name": "same name", "url": "https://example.org/f.xml"},
        {"name": "same name", "url": "https://example.org/g.xml"},
        {"name": "twice", "url": "https://example.org/f.xml"},
        {"name": "own", "url": "http://192.168.0.9/x"},
        {"name": "often", "url": "https://example.org/h.xml", "interval": "1s"},
        {"name": "b\udcff", "url": "https://example.org/i.xml"},
    ]
    told = edit.add_feeds(place, wanted, write=False, environ={})
    assert text(place) == FEEDS
    assert told == edit.add_feeds(place, wanted, environ={})
    assert list(told.slugs) == [0, 3, 4]
    assert (told.slugs[3], told.slugs[4]) == ("same-name", "same-name-2")
    reasons = {number: why.partition(":")[0] for number, why in told.refused.items()}
    no_utf8 = "'b\\udcff' is not UTF-8; write it in UTF-8"
    assert reasons == {1: "url", 2: "slug", 5: "url", 6: "url", 7: "interval", 8: no_utf8}
    loaded = config.load(place, environ={})
    assert [one.url for one in loaded.subscriptions][3:] == [f"https://example.org/{name}.xml" for name in "dfg"]
    assert text(place).startswith(FEEDS)
    assert edit.add_feeds(place, [], environ={}) == edit.Added({}, {})


def test_nothing_is_added_to_a_config_that_is_wrong(folder: Write) -> None:
    place = folder(feeds=FEEDS + '[[feed]]\nname = "x"\n')
    with pytest.raises(ConfigError, match="url"):
        edit.add_feeds(place, [{"name": "丁", "url": "https://example.org/d.xml"}], environ={})

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator import publish
from aggregator.models import Story
from aggregator.publish import item
from aggregator.publish.fragments import Fragments, Key, key_of
from tests.support import stories
from tests.support.stories import NOW, OUTPUT, SITE


class Counting:
    """A writer that counts, for Fragments.get."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, entry: item.Item) -> bytes:
        self.count += 1
        return f"<{entry.title}>".encode()


def ask(kept: Fragments, write: Counting, told: Story, *, name: str = "rss", full_text: bool = True) -> bytes:
    return kept.get(key(told, full_text), told, NOW, full_text, {name: write})[name]


def key(told: Story, full_text: bool = True) -> Key:
    return key_of(told, item.alive(told), full_text, NOW)


def test_an_unchanged_story_is_written_once() -> None:
    kept, write = Fragments(), Counting()
    first = ask(kept, write, stories.story())
    assert ask(kept, write, stories.story()) is first
    assert write.count == 1


def test_whatever_an_entry_depends_on_makes_it_new() -> None:
    told = stories.story()
    head = told.articles[0]
    renamed = replace(head.appearances[0], name="新名")
    others = [
        replace(told, uid=stories.uid(77)),
        replace(told, at=told.at - timedelta(seconds=1)),
        replace(told, updated=told.updated + timedelta(seconds=1)),
        replace(told, articles=(replace(head, revision=2),)),
        replace(told, articles=(replace(head, id=5),)),
        replace(told, articles=(head, stories.stored(2))),
        replace(told, articles=(replace(head, appearances=(renamed,)),)),
    ]
    kept, write = Fragments(), Counting()
    ask(kept, write, told)
    ask(kept, write, told, name="atom")
    ask(kept, write, told, full_text=False)
    for other in others:
        ask(kept, write, other)
    assert write.count == 3 + len(others)


def test_the_least_recently_used_go_first() -> None:
    kept, write = Fragments(max_bytes=100), Counting()
    many = [stories.story(number, stories.article("字" * 10)) for number in range(4)]  # 32 bytes each
    for told in many[:3]:
        ask(kept, write, told)
    ask(kept, write, many[0])
    ask(kept, write, many[3])
    assert (len(kept), write.count) == (3, 4)
    ask(kept, write, many[0])
    assert write.count == 4
    ask(kept, write, many[1])
    assert write.count == 5


def test_what_no_output_shows_any_more_is_dropped() -> None:
    kept, write = Fragments(), Counting()
    one, two = stories.story(1), stories.story(2)
    for told in (one, two):
        ask(kept, write, told)
    kept.shows("all", [key(one), key(two)])
    kept.shows("bank", [key(one)])
    kept.shows("all", [key(two)])
    assert len(kept) == 2  # `bank` still shows the first
    kept.shows("bank", [])
    assert len(kept) == 1
    kept.forget({"bank"})
    assert len(kept) == 0
    ask(kept, write, one)
    assert write.count == 3


def test_formats_and_outputs_share_what_is_written() -> None:
    kept, write = Fragments(), Counting()
    told = stories.story()
    both = {"rss": write, "atom": write}
    assert kept.get(key(told), told, NOW, True, both).keys() == both.keys()
    kept.get(key(told), told, NOW, True, both)
    assert write.count == 2
    publish.documents(OUTPUT, SITE, [told], now=NOW, fragments=kept)
    publish.documents(replace(OUTPUT, slug="bank"), SITE, [told], now=NOW, fragments=kept)
    assert len(kept) == 3  # the two that were kept, and JSON


def test_an_entry_is_made_once_for_all_formats(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    make = item.make
    monkeypatch.setattr(item, "make", lambda story, *rest: made.append(story.uid) or make(story, *rest))
    kept = Fragments()
    for _ in range(2):
        publish.documents(OUTPUT, SITE, stories.stories(), now=NOW, fragments=kept)
    assert made == [told.uid for told in stories.stories()]


def test_kept_fragments_give_the_same_document() -> None:
    kept = Fragments()
    fresh = {name: publish.render(name, OUTPUT, SITE, stories.stories(), now=NOW) for name in publish.FORMATS}
    for _ in range(2):
        assert publish.documents(OUTPUT, SITE, stories.stories(), now=NOW, fragments=kept) == fresh
    assert len(kept) == 3 * len(stories.stories())

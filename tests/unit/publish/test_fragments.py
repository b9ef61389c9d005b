from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from aggregator import publish
from aggregator.models import Story
from aggregator.publish import item
from aggregator.publish.fragments import Fragments
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
    return kept.get(name, told, item.alive(told), full_text, NOW, write)


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


def test_kept_fragments_give_the_same_document() -> None:
    kept = Fragments()
    for name in publish.FORMATS:
        fresh = publish.render(name, OUTPUT, SITE, stories.stories(), now=NOW)
        for _ in range(2):
            assert publish.render(name, OUTPUT, SITE, stories.stories(), now=NOW, fragments=kept) == fresh
    assert len(kept) == 3 * len(stories.stories())

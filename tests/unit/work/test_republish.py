from __future__ import annotations

import asyncio
import threading
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.models import Output, Site, Story
from aggregator.work.republish import Republisher
from tests.support import stories as made

SITE = Site("https://feeds.example")


def clock() -> datetime:
    return datetime(2026, 11, 23, tzinfo=UTC)


class Stories:
    """Nothing is stored; the output `bad` cannot be selected, and a selection may have to wait."""

    def __init__(self) -> None:
        self.selecting, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()

    def select(self, output: Output, now: datetime) -> list[Story]:
        self.selecting.set()
        assert self.go_on.wait(60)
        if output.slug == "bad":
            raise RuntimeError("a bug")
        return []


class Shelf:
    """Remembers what it shows."""

    def __init__(self) -> None:
        self.shown: dict[tuple[str, str], bytes] = {}
        self.marks: dict[str, str] = {}

    def put_all(self, slug: str, bodies: Mapping[str, bytes], modified: datetime) -> list[str]:
        changed = [name for name, body in bodies.items() if self.shown.get((slug, name)) != body]
        self.shown |= {(slug, name): body for name, body in bodies.items()}
        return changed

    def drop(self, keep: Mapping[str, Collection[str]]) -> list[str]:
        gone = [key for key in self.shown if key[1] not in keep.get(key[0], ())]
        for key in gone:
            del self.shown[key]
        return [key[0] for key in gone]

    def marked(self, slug: str, names: Collection[str], mark: str) -> bool:
        return self.marks.get(slug) == mark

    def mark(self, slug: str, names: Collection[str], mark: str) -> None:
        self.marks[slug] = mark


def test_an_output_that_fails_does_not_hold_back_the_others() -> None:
    shelf = Shelf()
    outputs = [Output("bad", "坏", formats=("json",)), Output("good", "好", formats=("json",))]
    with pytest.raises(RuntimeError, match="a bug"):
        Republisher(Stories(), shelf, outputs, SITE, clock).render()
    assert set(shelf.shown) == {("good", "json")}


def test_what_is_rendered_while_the_outputs_change_is_taken_down_and_rendered_again() -> None:
    stories, shelf = Stories(), Shelf()
    old, kept = Output("old", "旧", formats=("json",)), Output("kept", "留", formats=("json",))
    republisher = Republisher(stories, shelf, [old, kept], SITE, clock)
    stories.go_on.clear()
    rendering = threading.Thread(target=republisher.render)
    rendering.start()
    assert stories.selecting.wait(60)
    changing = threading.Thread(target=republisher.configure, args=([kept], Site("https://new.example")))
    changing.start()
    stories.go_on.set()
    rendering.join(5)
    changing.join(5)
    assert set(shelf.shown) == {("kept", "json")}
    republisher.render()
    assert b"https://new.example" in shelf.shown["kept", "json"]


class Counted:
    """Counts selections; `version` is what the store stands at."""

    def __init__(self, told: list[Story] | None = None) -> None:
        self.count = 0
        self.version = 1
        self.told = told or []

    def select(self, output: Output, now: datetime) -> list[Story]:
        self.count += 1
        return self.told


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = clock()

    def __call__(self) -> datetime:
        return self.now


def looking(told: list[Story] | None = None) -> tuple[Counted, Clock, Republisher]:
    stories, at = Counted(told), Clock()
    outputs = [Output("all", "全", formats=("json",)), Output("bank", "行", formats=("json",))]
    return stories, at, Republisher(stories, Shelf(), outputs, SITE, at, lambda: stories.version)


def test_a_look_at_a_store_where_nothing_was_written_selects_nothing() -> None:
    stories, _, republisher = looking()
    republisher.render(told=False)
    assert stories.count == 2  # nothing is known yet
    republisher.render(told=False)
    assert stories.count == 2
    stories.version = 2
    republisher.render(told=False)
    assert stories.count == 4
    republisher.render()
    assert stories.count == 6  # told that stories changed: no questions asked


def test_a_look_selects_all_the_same_after_a_while_and_when_the_clock_was_set() -> None:
    stories, at, republisher = looking()
    republisher.render()
    at.now += timedelta(minutes=4)
    republisher.render(told=False)
    assert stories.count == 2
    at.now += timedelta(minutes=2)
    republisher.render(told=False)
    assert stories.count == 4
    at.now -= timedelta(hours=1)
    republisher.render(told=False)
    assert stories.count == 6


def test_a_story_whose_time_is_to_come_is_looked_at_again() -> None:
    told = made.story(at=clock() - timedelta(hours=1), updated=clock() + timedelta(seconds=40))
    stories, at, republisher = looking([told])
    republisher.render()
    republisher.render(told=False)
    assert stories.count == 4
    at.now += timedelta(minutes=1)
    republisher.render(told=False)
    republisher.render(told=False)
    assert stories.count == 6


def test_a_look_after_a_failure_tries_again() -> None:
    stories, shelf = Stories(), Shelf()
    republisher = Republisher(stories, shelf, [Output("bad", "坏", formats=("json",))], SITE, clock, lambda: 1)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="a bug"):
            republisher.render(told=False)


def test_a_look_after_the_outputs_changed_renders_them() -> None:
    _, _, republisher = looking()
    republisher.render()
    republisher.configure([Output("new", "新", formats=("json",))], SITE)
    assert republisher.render(told=False) == ["new.json"]


async def test_changes_are_followed_and_a_burst_is_one_rendering() -> None:
    stories, _, republisher = looking()
    following = asyncio.create_task(republisher.follow())
    for _ in range(5):
        republisher.touch()
        await asyncio.sleep(0.01)
    async with asyncio.timeout(10):
        while stories.count < 2:
            await asyncio.sleep(0.01)
    republisher.look()
    await asyncio.sleep(0.5)
    assert stories.count == 2
    republisher.touch()
    async with asyncio.timeout(10):
        while stories.count < 4:
            await asyncio.sleep(0.01)
    following.cancel()


def test_another_process_renders_only_what_changed_since() -> None:
    shelf = Shelf()
    output = Output("all", "全", formats=("json",))
    told = made.story(at=clock() - timedelta(hours=1), updated=clock() - timedelta(hours=1))

    def anew(told: list[Story], *, output: Output = output, site: Site = SITE) -> list[str]:
        return Republisher(Counted(told), shelf, [output], site, clock).render()

    assert anew([told]) == ["all.json"]
    shelf.shown.clear()  # whatever is put again shows
    assert anew([told]) == []
    assert anew([replace(told, at=told.at - timedelta(seconds=1))]) == ["all.json"]
    assert anew([told], site=Site("https://new.example")) == ["all.json"]
    assert anew([told], output=Output("all", "全部", formats=("json",))) == ["all.json"]
    assert anew([]) == ["all.json"]


def test_what_was_rendered_with_a_time_to_come_is_rendered_again_by_another_process() -> None:
    shelf, at = Shelf(), Clock()
    told = made.story(at=clock() - timedelta(hours=1), updated=clock() + timedelta(seconds=40))
    output = Output("all", "全", formats=("json",))
    Republisher(Counted([told]), shelf, [output], SITE, at).render()
    at.now += timedelta(minutes=1)
    assert Republisher(Counted([told]), shelf, [output], SITE, at).render() == ["all.json"]

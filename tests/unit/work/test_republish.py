from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

import pytest

from aggregator.models import Output, Site, Story
from aggregator.work.republish import Republisher

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
        assert self.go_on.wait(5)
        if output.slug == "bad":
            raise RuntimeError("a bug")
        return []


class Shelf:
    """Remembers what it shows."""

    def __init__(self) -> None:
        self.shown: dict[tuple[str, str], bytes] = {}

    def put(self, slug: str, name: str, body: bytes, modified: datetime) -> bool:
        changed = self.shown.get((slug, name)) != body
        self.shown[slug, name] = body
        return changed

    def drop(self, keep: Mapping[str, Collection[str]]) -> list[str]:
        gone = [key for key in self.shown if key[1] not in keep.get(key[0], ())]
        for key in gone:
            del self.shown[key]
        return [key[0] for key in gone]


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
    assert stories.selecting.wait(5)
    changing = threading.Thread(target=republisher.configure, args=([kept], Site("https://new.example")))
    changing.start()
    stories.go_on.set()
    rendering.join(5)
    changing.join(5)
    assert set(shelf.shown) == {("kept", "json")}
    republisher.render()
    assert b"https://new.example" in shelf.shown["kept", "json"]

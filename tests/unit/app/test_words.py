"""New words of outputs: what a short command does about them, and what it leaves to the next."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator import config
from aggregator.app.core import App
from aggregator.store import words
from tests.support import place as places
from tests.support.writes import MINUTE, NOW, article, plan

OUTPUT = '[[output]]\nslug = "rate"\ntitle = "利率"\ninclude = ["{word}"]\n'


def _open(place: places.Place, word: str) -> App:
    (place.config / "outputs.toml").write_text(OUTPUT.format(word=word), "utf-8")
    app = App(config.load(place.config, environ={}), clock=lambda: NOW)
    app.prepare()
    return app


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> places.Place:
    """An archive of nine articles that hold a word; the newest two are read when a new one is learnt."""
    monkeypatch.setattr(words, "AT_ONCE", 2)
    monkeypatch.setattr(words, "PIECE", 3)
    place = places.make(tmp_path, "http://127.0.0.1:9")
    place.feeds({"name": "甲", "slug": "a", "url": "https://news.example.com/a.xml"})
    with _open(place, "别的") as app:
        given = (article(f"{n}", text="央行降准", published=NOW - n * MINUTE) for n in range(9))
        app.store.articles.commit([plan(*given)], NOW)
    return place


def _shown(app: App) -> int:
    return (app.data / "public" / "feeds" / "rate.rss").read_text("utf-8").count("<item>")


def test_publish_looks_everywhere(place: places.Place) -> None:
    with _open(place, "降准") as app:
        app.publish()
        assert _shown(app) == 9


def test_refresh_looks_for_a_while_and_the_next_one_goes_on(
    place: places.Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(App.look_for_words, "__defaults__", (0.0,))
    shown = []
    for _ in range(4):
        with _open(place, "降准") as app:
            app.refresh()
            shown.append(_shown(app))
    assert shown == sorted(shown)
    assert (shown[0] < 9, shown[-1]) == (True, 9)
    with _open(place, "降准") as app:
        app.refresh()
        assert "shelf" not in vars(app)  # nothing was rendered


def test_two_configs_in_turn(place: places.Place) -> None:
    for word, expected in (("降准", 9), ("央行", 9), ("没有", 0), ("降准", 9)):
        with _open(place, word) as app:
            app.publish()
            assert _shown(app) == expected

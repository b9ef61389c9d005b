"""What a person asks of an article's history at the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.store import open_store
from tests.support import place as places
from tests.support.place import Place
from tests.support.writes import MINUTE, NOW, article, plan, subscription, write


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A place with an article of three states, and one of one."""
    folder: Path = tmp_path_factory.mktemp("history")
    place = places.make(folder, "http://127.0.0.1:9")
    place.data.mkdir()
    with open_store(f"sqlite:///{place.data / 'aggregator.sqlite'}") as store:
        store.migrate()
        store.subscriptions.sync([subscription("a")], NOW)
        store.articles.commit([plan(article("甲", text="投资12.5亿元。\n末段。"), article("乙"))], NOW)
        for minute, words in enumerate(["投资13.5亿元。\n末段。", "投资13.5亿元。\n末段改了。"], 1):
            edited = write(article("甲", text=words), cause="edited")
            store.articles.commit([plan(edited)], NOW + minute * MINUTE)
    return place


def test_the_last_two_states_are_compared_and_any_two_on_demand(here: Place) -> None:
    last = here.run("diff", "1")
    assert (last.returncode, last.stderr) == (0, "")
    assert "末段{+改了+}。" in last.stdout
    assert "12.5" not in last.stdout
    assert "投资[-12.5-]{+13.5+}亿元。" in here.run("diff", "1", "1", "2").stdout
    told = here.json("diff", "1", "1", "3")
    assert [len(one["pieces"]) for one in told["paragraphs"]] == [4, 3]


def test_old_states_are_shown_whole_and_the_history_is_listed(here: Place) -> None:
    now = here.run("show", "1").stdout
    assert "末段改了。" in now
    assert "revisions       3 edited 2026-08-01 12:02; 2 edited 2026-08-01 12:01; 1 stated 2026-08-01 12:00" in now
    old = here.run("show", "1", "--revision", "1").stdout
    assert "投资12.5亿元。" in old
    assert "1, revision 1, story" in old
    told = here.json("show", "1", "--revision", "2")
    assert (told["revision"], told["revised_at"]) == (2, "2026-08-01T04:01:00Z")
    assert [(one["number"], one["cause"]) for one in told["revisions"]] == [(1, "stated"), (2, "edited"), (3, "edited")]
    assert "revisions  " not in here.run("show", "2").stdout


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("diff", "99"), 1, "nothing stored is called 99"),
        (("diff", "1", "9"), 1, "article 1 has revisions 1 to 3, none with the number 9"),
        (("show", "1", "--revision", "4"), 1, "none with the number 4"),
        (("show", "https://nowhere.example/x", "--revision", "1"), 1, "nothing stored is called"),
        (("diff", "1", "0"), 2, "greater than or equal to 1"),
        (("diff", "1", "x"), 2, "valid integer"),
    ],
)
def test_what_does_not_exist_is_told(here: Place, words: tuple[str, ...], code: int, told: str) -> None:
    done = here.run(*words)
    assert done.returncode == code
    assert told in " ".join(done.stderr.split())


def test_one_state_only_is_no_failure(here: Place) -> None:
    done = here.run("diff", "2")
    assert done.returncode == 0
    assert "nothing to compare" in done.stdout

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from aggregator.app import history
from aggregator.cli import changes
from aggregator.errors import StoreError
from aggregator.models import Revision
from tests.support import stories
from tests.support.stories import NOW

LONG = "样本公司前三季度营收增长，海外订单占比提升，" * 5
ONE = stories.article("样本标题", text=f"第一段。\n{LONG}投资12.5亿元。{LONG}\n末段。", outlet="样本日报")
TWO = replace(ONE, text=ONE.text.replace("12.5", "13.5"), outlet="样本时报", keywords=("储能",))
STATES = [
    Revision(1, NOW, "stated", "01ab", ONE),
    Revision(2, NOW + timedelta(hours=1), "edited", "02ab", TWO),
    Revision(3, NOW + timedelta(hours=2), "edited", "02ac", replace(TWO, title="改过的样本标题")),
]
STORED = stories.stored(7, STATES[-1].article, revision=3)


def test_only_what_changed_is_shown() -> None:
    lines = list(changes.lines(history.compare(STORED, STATES, 1, 2), coloured=False))
    assert lines[:5] == [
        "样本标题",
        "  from  revision 1, stated, 2026-11-23 19:54:04 Beijing, 2026-11-23 11:54:04 UTC",
        "  to    revision 2, edited, 2026-11-23 20:54:04 Beijing, 2026-11-23 12:54:04 UTC",
        "  outlet:         [-样本日报-] → {+样本时报+}",
        "  keywords:       {+储能+}",
    ]
    assert lines[5:] == [
        "",
        "  … 1 unchanged paragraph …",
        f"… {LONG[-18:]}投资[-12.5-]{{+13.5+}}亿元。{LONG[:17]} …",
        "  … 1 unchanged paragraph …",
    ]


def test_a_terminal_shows_colours_and_no_marks() -> None:
    text = "\n".join(changes.lines(history.compare(STORED, STATES, 1, 2), coloured=True))
    assert "[-" not in text
    assert "{+" not in text
    assert "\x1b[31m\x1b[9m12.5\x1b[0m\x1b[32m" in text


@pytest.mark.parametrize(
    ("first", "second", "old", "new"), [(None, None, 2, 3), (1, None, 1, 3), (1, 2, 1, 2), (3, 1, 3, 1)]
)
def test_which_two_are_compared(first: int | None, second: int | None, old: int, new: int) -> None:
    made = history.compare(STORED, STATES, first, second)
    assert made.old is not None
    assert (made.old.number, made.new.number) == (old, new)


def test_one_revision_only_says_so() -> None:
    made = history.compare(STORED, STATES[:1])
    assert list(changes.lines(made, coloured=False))[1].endswith("the only one, so there is nothing to compare")
    assert changes.plain(made)["old"] is None


@pytest.mark.parametrize(
    ("states", "number", "words"),
    [
        (STATES, 9, "article 7 has revisions 1 to 3, none with the number 9"),
        (STATES[:1], 2, "article 7 has only revision 1, none with the number 2"),
    ],
)
def test_numbers_that_are_not_there(states: list[Revision], number: int, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        history.compare(STORED, states, number)
    with pytest.raises(StoreError, match=words):
        history.as_of(STORED, states, number)


def test_equal_states_differ_in_nothing() -> None:
    made = history.compare(STORED, STATES, 2, 2)
    assert list(changes.lines(made, coloured=False))[-1] == "  nothing that a reader could see differs"


def test_json_holds_every_changed_paragraph_with_its_pieces() -> None:
    told = json.loads(json.dumps(changes.plain(history.compare(STORED, STATES, 1, 2))))
    assert (told["id"], told["old"]["number"], told["new"]["cause"]) == (7, 1, "edited")
    assert told["facts"] == [
        {"name": "outlet", "old": "样本日报", "new": "样本时报"},
        {"name": "keywords", "old": [], "new": ["储能"]},
    ]
    (paragraph,) = told["paragraphs"]
    assert (paragraph["old"], paragraph["new"]) == (2, 2)
    assert {"kind": "new", "text": "13.5"} in paragraph["pieces"]
    assert "".join(one["text"] for one in paragraph["pieces"] if one["kind"] != "new") == ONE.text.splitlines()[1]

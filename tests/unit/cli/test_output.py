from __future__ import annotations

import sys

import pytest

from aggregator.cli import output


def test_a_table_in_a_pipe_is_lines_with_tabs(capsys: pytest.CaptureFixture[str]) -> None:
    output.table(("Feed", "Problem"), [("a", None), ("乙", "two\nlines\tand [bold]markup[/bold] " + "x" * 200)])
    lines = capsys.readouterr().out.split("\n")
    assert lines == ["feed\tproblem", "a\t", "乙\ttwo lines and [bold]markup[/bold] " + "x" * 200, ""]


def test_a_table_on_a_terminal_takes_nothing_for_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    output.table(("Feed", "Name"), [("a", "[bold]x[/bold]")])
    drawn = capsys.readouterr().out
    assert "[bold]x[/bold]" in drawn
    assert "Feed" in drawn


def test_long_notes_stand_below_the_table(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    output.table(("Feed", "New", "Problem"), [("roll", 1, None), ("live", 0, "no answer")], notes=True)
    drawn = capsys.readouterr().out
    assert "Problem" not in drawn
    assert drawn.rstrip().endswith("live: no answer")
    assert "roll:" not in drawn


def test_json_keeps_chinese_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    output.as_json([{"title": "财经"}])
    assert capsys.readouterr().out == '[\n  {\n    "title": "财经"\n  }\n]\n'


def test_progress_says_nothing_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    with output.progress("polling", 2) as step:
        step("a")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(("number", "words"), [(0, "0 feeds"), (1, "1 feed"), (2, "2 feeds")])
def test_count(number: int, words: str) -> None:
    assert output.count(number, "feed") == words


def test_what_feeds_state_commands_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "\x1b]0;owned\x07标题\x9b2J\u202e反\x7f\t\n"
    assert output.safe(hostile) == "\ufffd]0;owned\ufffd标题\ufffd2J\ufffd反\ufffd\t\n"
    output.table(("Title",), [(hostile,)])
    assert capsys.readouterr().out == "title\n\ufffd]0;owned\ufffd标题\ufffd2J\ufffd反\ufffd\n"

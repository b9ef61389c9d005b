from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.config import locate
from aggregator.config.locate import Span

SOURCE = '''# head
title = "x" # a [[feed]] in a comment
[limits]
deadline = "30s"
"per host" = 2
a.b = { c = 1, d = [
  "x]", # not the end ]
  'y',
] }

[[feed]]
name = """
[[feed]]
name = "inner"
"""
categories = [
    "a",

    "b", # [
]

[feed.headers]
Accept = "x"

[[feed]]
name = \'\'\'
two\'\'\'
on = 1979-05-27T07:32:00Z
'''


@pytest.mark.parametrize(
    ("path", "span"),
    [
        (("title",), Span(2, 2)),
        (("limits",), Span(3, 9)),
        (("limits", "per host"), Span(5, 5)),
        (("limits", "a", "b"), Span(6, 9)),
        (("limits", "a", "b", "d", 1), Span(8, 8)),
        (("feed", 0), Span(11, 23)),
        (("feed", 0, "name"), Span(12, 15)),
        (("feed", 0, "categories", 1), Span(19, 19)),
        (("feed", 0, "headers", "Accept"), Span(23, 23)),
        (("feed", 1), Span(25, 28)),
        (("feed", 1, "name"), Span(26, 27)),
        (("feed", 1, "on"), Span(28, 28)),
    ],
)
def test_where_keys_stand(path: locate.Path, span: Span) -> None:
    tomllib.loads(SOURCE)  # what is searched must be TOML
    assert locate.spans(SOURCE)[path] == span


def test_what_is_not_there_is_looked_for_around_it() -> None:
    found = locate.spans(SOURCE)
    assert locate.line(found, ("feed", 1, "url")) == 25
    assert locate.line(found, ("nowhere",)) is None


def test_arrays_of_tables_inside_tables_of_arrays() -> None:
    found = locate.spans("[[a]]\n[[a.b]]\nx=1\n[[a.b]]\nx=2\n[[a]]\n[[a.b]]\nx=3\n")
    assert [found["a", *place, "x"].first for place in ((0, "b", 0), (0, "b", 1), (1, "b", 0))] == [3, 5, 8]


def test_lines_are_counted_by_newlines_only() -> None:
    assert locate.spans('a = "\u2028\x85"\r\nb = 1\r\n')["b",] == Span(2, 2)


_text = st.text(st.sampled_from("ab\"'\\[]{}#=,.\n\t 中"), max_size=8)
_value = st.recursive(
    st.one_of(st.integers(), st.booleans(), _text),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=6,
)


@settings(derandomize=True, deadline=None)
@given(st.dictionaries(_text, _value, max_size=4))
def test_every_key_of_any_document_is_found(table: dict[str, Any]) -> None:
    import tomlkit

    source = tomlkit.dumps(table)
    read = tomllib.loads(source)
    found = locate.spans(source)
    assert set(_paths(read)) == set(found)


def _paths(value: Any, above: locate.Path = ()) -> list[locate.Path]:
    if isinstance(value, dict):
        below = list(value.items())
    elif isinstance(value, list):
        below = list(enumerate(value))
    else:
        return []
    return [path for key, inner in below for path in ((*above, key), *_paths(inner, (*above, key)))]

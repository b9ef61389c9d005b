"""Selectors that config takes by their form alone must be right for those who use them."""

from __future__ import annotations

import itertools

import pytest

from aggregator.clean import selectors
from aggregator.config import checks
from aggregator.extract import soup

_PARTS = ("h1", "*", ".a-b", "#c_d", "p.x", 'meta[name="weibo: article"]', "a[href]", 'i[id*="x"]', "ins.s#t[u]")


@pytest.mark.parametrize("joint", [" ", " > ", ">", "  "])
def test_plain_forms_can_be_read(joint: str) -> None:
    for pair in itertools.product(_PARTS, repeat=2):
        selector = joint.join(pair)
        assert checks._PLAIN.fullmatch(selector), selector
        soup.check(selector, attribute=False)
        selectors.compiled((selector,))


@pytest.mark.parametrize(
    "selector", ["", ">a", "a >", "div[", "::before", "a:hover(", "a,,b", "[x=", '[x="a]', "1a", "a..b"]
)
def test_what_is_not_plain_is_left_to_those_who_read_it(selector: str) -> None:
    assert not checks._PLAIN.fullmatch(selector)

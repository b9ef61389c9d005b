"""kit.lines: the short way must give what the long way gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.kit import lines, text

SIGNS = "涨a0 &;<>　\u200b\xa0\n\x00\x7f“”，。%-\ud800😀"


@settings(max_examples=500)
@given(st.text(alphabet=SIGNS, max_size=12) | st.text(max_size=8))
def test_a_line_is_the_line_of_text(words: str) -> None:
    assert lines.line(words) == lines.label(words) == text.line(words)


def test_what_is_called_clean_stays_as_it_is() -> None:
    clean = [c for c in map(chr, range(0x110000)) if lines.clean().fullmatch(c)]
    assert len(clean) > 20_000
    for sign in clean:
        for words in (sign, f"{sign} {sign}", f"a{sign};"):
            assert text.line(words) == words, ascii(sign)


@pytest.mark.parametrize("words", ["涨停潮来袭 三大指数收高", "A股：创业板指涨1.5%（附股）"])
def test_ordinary_titles_take_the_short_way(words: str) -> None:
    assert lines.clean().fullmatch(words)

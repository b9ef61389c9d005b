"""clean.tree: the words of an element are all of them, those after its children too."""

from __future__ import annotations

import pytest

from aggregator.clean import tree


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>甲<b>乙</b>丙<br>丁</p>戊", "甲乙丙丁"),
        ("<p><img src=/a>甲</p>", "甲"),
        ("<p><br><b></b>甲</p>", "甲"),
        ("<p>\u3000甲 \n 乙\u3000</p>", "甲 乙"),
        ("<p></p>甲", ""),
    ],
)
def test_words(html: str, words: str) -> None:
    line = tree.parse(html).find("p")
    assert line is not None
    assert tree.text_of(line) == words
    assert tree.is_empty(line) == (not words)

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


@pytest.mark.parametrize(
    ("html", "written"),
    [
        ("<p class=a>甲</p>\n<p id=b>乙<b>丙</b></p>", "<p>甲</p>\n\n\n<p>乙<b>丙</b></p>"),
        ("<p>甲</p><p>乙&lt;</p>", "<p>甲</p>\n<p>乙&lt;</p>"),
        ("甲&amp;<p>乙</p>丙", "甲&amp;\n<p>乙</p>\n丙"),
        ("", ""),
    ],
)
def test_written_are_the_children_one_a_line(html: str, written: str) -> None:
    root = tree.parse(html)
    assert tree.write(root) == written
    assert tree.write(root) == written


@pytest.mark.parametrize(
    "html", ["<p>甲<b>乙</b>丙</p>", "<p>甲<b>乙<i>丙</i>丁</b>戊</p>", "<p><b></b>甲</p>", "<p><b>甲</b></p>"]
)
def test_unwrapping_loses_no_words(html: str) -> None:
    root = tree.parse(html)
    words = tree.text_of(root)
    (bold,) = tree.elements(root, "b")
    tree.unwrap(bold)
    assert tree.text_of(root) == words
    assert not tree.has(root, "b")

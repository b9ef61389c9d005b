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


def test_rules_make_only_elements_that_a_look_for_them_expects() -> None:
    root = tree.parse("<p>甲</p>")
    for tag in sorted(tree.MADE):
        line = tree.new(tag)
        root.append(line)
        assert tree.elements(root, tag)[-1] is line
    with pytest.raises(ValueError, match="<table>"):
        tree.new("table")
    with pytest.raises(ValueError, match="<img>"):
        tree.rename(root.everything[0], "img")


@pytest.mark.parametrize(
    ("html", "lines"),
    [
        ("<p>甲<b>乙</b>丙</p><h2>丁&lt;</h2>", None),
        ("<p>甲<strong>乙</strong>丙</p><h2>丁&lt;</h2>", ["甲乙丙", "丁<"]),
        ("<p>甲<br>乙</p>", None),
        ("<p>甲</p>乙", None),
        ("甲<p>乙</p>", None),
        ("<ul><li>甲</li></ul>", None),
        ("<figure><img src='/a.png'><figcaption>甲<a href='/b'>乙</a></figcaption></figure><p>丙</p>", ["甲乙", "丙"]),
        ("<figure><img src='/a.png'></figure>", [""]),
        ("<figure><img src='/a.png'>甲</figure>", None),
        ("<figure>甲<img src='/a.png'></figure>", None),
        ("<figure><img src='/a.png'><img src='/b.png'></figure>", None),
        ("<figure><figcaption>甲</figcaption><img src='/a.png'></figure>", None),
        ("<figure><img src='/a.png'><figcaption><p>甲</p></figcaption></figure>", None),
        ("", []),
    ],
)
def test_lines_are_told_where_all_is_simple(html: str, lines: list[str] | None) -> None:
    assert tree.lines(tree.parse(html)) == lines


def test_addresses_are_written_as_libxml2_writes_them() -> None:
    written = tree.write(tree.parse("<p><a href=' http://a/甲 乙?b=\"c\"&d=1%20'>丙</a></p>"))
    assert (
        written
        == '<p><a href="http://a/%E7%94%B2%20%E4%B9%99?b=&quot;c&quot;&amp;d=1%20" rel="noopener nofollow">丙</a></p>'
    )

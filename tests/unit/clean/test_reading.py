"""clean.reading: plain mark-up is read as libxml2 reads it, and what is not plain is left to libxml2."""

from __future__ import annotations

import random

import pytest

from aggregator.clean import reading
from aggregator.clean.nodes import Body


def shape(body: Body) -> list[object]:
    """All that rules can see of a tree."""
    seen: list[object] = [body.text, body.comments, body.names, len(body.everything)]
    for element in body.iter():
        if element is not body:
            before = element.before.tag if element.before else None
            seen.append((element.tag, element.text, element.tail, dict(element.attrib), element.parent, before))
    return [(*row[:4], row[4].tag, row[5]) if isinstance(row, tuple) else row for row in seen]


PLAIN = [
    "",
    "甲",
    "<p>甲</p>\n<p>乙</p>丙",
    "<P CMS-Style='font-L'>甲</P ><B>乙</b>",
    '<p>甲<font cms-style="font-L strong-Bold">乙</font>丙<br/>丁<br>戊</p>',
    '<div class="img_wrapper"><img src="https://n.sinaimg.cn/a.jpg?a=1&b=2&amp;c=&quot;" alt><span>甲</span></div>',
    "<style>.a{b:c}&amp;</style><script></script>甲",
    "甲<!-- news_keyword_pub,stock,sh600941 -->乙<p>丙<!---->丁</p><!--a--->戊",
    "<!--article_adlist[<p>甲</p>]article_adlist-->乙",
    "<!--[if IE]><p>甲</p><![endif]-->乙",
    "&lt;甲&gt; &amp;nbsp; R & D&nbsp;&#8220;乙&#39;",
    "甲\r\n乙\r<p>\r\n丙</p>",
    "<ul><li>甲</li><li>乙<ul><li>丙</li></ul></li></ul>",
    "<table><tbody><tr><td>甲</td><th>乙<p>丙</p></th></tr></tbody></table>",
    "<blockquote><p>甲</p></blockquote><h2>乙</h2><hr><center>丙</center>",
]


@pytest.mark.parametrize("html", PLAIN)
def test_plain_markup_is_read_the_same(html: str) -> None:
    assert shape(reading.read_plain(html)) == shape(reading.read_any(html))


@pytest.mark.parametrize(
    "html",
    [
        "<p>甲",
        "甲</p>",
        "<b><i>甲</b></i>",
        "<p><p>甲</p></p>",
        "<p><div>甲</div></p>",
        "<a><a>甲</a></a>",
        "<p/>甲",
        "<p id=a>甲</p>",
        '<p id="a" id="b">甲</p>',
        '<p id="a"class="b">甲</p>',
        '<p id="a>甲</p>',
        '<p title="甲 > 乙">丙</p>',
        '<img alt="甲 > 乙">',
        "关于修改<条例>的决定",
        "甲 < 乙",
        "甲<",
        "<video></video>",
        "<o:p>甲</o:p>",
        "<?xml version='1.0'?>甲",
        "<!DOCTYPE html>甲",
        "<html><body>甲</body></html>",
        "<!-- 甲",
        "<!--> 甲 -->",
        "<!-- 甲 --!> 乙 -->",
        "<!-- 关于<条例> -->",
        "<style><b></style>",
        "<style><!-- a --></style>",
        "甲]]>乙",
        "甲&copy乙",
        "甲&hellip;乙",
        "甲&#150;乙",
        "甲&#0;乙",
        "甲\x00乙",
        "甲\x1f乙",
        "甲\ufffe乙",
        "甲\ud800乙",
        "<table><p>甲</p></table>",
        "<div>" * 200 + "甲" + "</div>" * 200,
        "<p " + "a " * 2_000 + ">甲</p>",
        "<p" + " " * 1_900 + "x!>甲</p>",
    ],
)
def test_what_is_not_plain_is_left_to_libxml2(html: str) -> None:
    with pytest.raises((reading._NotPlainError, UnicodeEncodeError)):
        reading.read_plain(html)
    assert isinstance(reading.parse(html), Body)


def test_what_may_stand_in_what_is_as_libxml2_has_it() -> None:
    for outer in sorted(reading._KNOWN - reading._VOID - reading._RAW):
        for inner in sorted(reading._KNOWN):
            within = f"<{inner}>" if inner in reading._VOID else f"<{inner}>乙</{inner}>"
            html = f"<{outer}>甲{within}丙</{outer}>丁"
            if inner not in reading._REFUSED[outer] and outer not in reading._REFUSED["body"]:
                assert shape(reading.read_plain(html)) == shape(reading.read_any(html)), html


_TEXTS = (
    "甲",
    "\n",
    "  乙 ",
    " ",
    "&amp;",
    "&lt;b",
    "& c",
    "&nbsp;",
    "<!-- c -->",
    "\r\n",
    "",
    "\u3000丙",
    "a&b",
    "&copy",
)
_ATTRIBUTES = ("", ' class="a b"', " id='x'", ' href="http://a/?a=1&amp;b=2&c=3"', ' a="1" a="2"', " alt", ' x="\n q"')


def _random(dice: random.Random, parent: str, depth: int) -> str:
    html = dice.choice(_TEXTS)
    for _ in range(dice.randrange(4) if depth else 0):
        name = dice.choice(sorted(reading._KNOWN))
        if dice.random() < 0.9 and name in reading._REFUSED[parent]:
            continue
        html += f"<{name}{dice.choice(_ATTRIBUTES)}>"
        if name in reading._RAW:
            html += dice.choice(("", "a&amp;", "x{y}")) + f"</{name}>"
        elif name not in reading._VOID:
            html += _random(dice, name, depth - 1) + (f"</{name}>" if dice.random() < 0.98 else "")
        html += dice.choice(_TEXTS)
    return html


def test_random_markup_is_read_the_same_or_left() -> None:
    dice = random.Random(601)
    plain = 0
    for _ in range(1_500):
        html = _random(dice, "body", 4)
        try:
            body = reading.read_plain(html)
        except reading._NotPlainError:
            continue
        plain += 1
        assert shape(body) == shape(reading.read_any(html)), html
    assert plain > 300


def test_comments_stand_nowhere_in_the_tree() -> None:
    for read in (reading.read_plain, reading.read_any):
        body = read("<p>甲<!-- 一 -->乙<b>丙</b><!-- 二 -->丁</p>")
        assert body.comments == [" 一 ", " 二 "]
        (line, bold) = body.everything
        assert (line.text, bold.tail) == ("甲乙", "丁")


def test_a_dissolved_tree_holds_itself_no_longer() -> None:
    body = reading.parse("<p>甲<b>乙</b></p><p>丙</p>")
    elements = list(body.everything)
    body.dissolve()
    assert body.first is None
    assert all(e.parent is e.before is e.after is None for e in elements)

"""clean.nodes: links between elements stay whole, whatever is put where."""

from __future__ import annotations

import random

from aggregator.clean import tree
from aggregator.clean.nodes import Element


def whole(top: Element) -> list[str]:
    """Names in document order, once all links are seen to agree."""
    for element in top.iter():
        children = list(element)
        assert element.first is (children[0] if children else None)
        assert element.last is (children[-1] if children else None)
        for left, right in zip([None, *children], [*children, None], strict=True):
            assert left is None or (left.after is right and left.parent is element)
            assert right is None or right.before is left
    return [element.tag for element in top.iter()]


def test_elements_are_put_where_they_are_said_to() -> None:
    body = tree.parse("<p>甲<b>乙</b>丙</p><div>丁</div>戊")
    line, bold, box = body.everything
    box.put_after(bold)
    assert whole(body) == ["body", "p", "div", "b"]
    assert (bold.tail, box.tail) == ("丙戊", None)
    line.put_before(box)
    assert whole(body) == ["body", "div", "p", "b"]
    line.append(box)
    assert whole(body) == ["body", "p", "div", "b"]
    assert line.find("div") is box
    assert list(box.ancestors()) == [line, body]
    box.clear()
    assert (whole(body), box.text) == (["body", "p", "div", "b"], None)


def test_links_stay_whole_through_random_changes() -> None:
    dice = random.Random(7)
    body = tree.parse("<div><p>甲<b>乙</b></p><p>丙</p></div><ul><li>丁</li></ul>" * 3)
    for _ in range(500):
        one, other = dice.sample(body.everything, 2)
        if one.parent is None or other.parent is None or one in (other, *other.ancestors()):
            continue
        dice.choice([other.put_before, other.put_after, other.append])(one)
        whole(body)


def test_shared_attributes_are_never_changed() -> None:
    first, second = tree.parse('<p class="a">甲</p><p class="a">乙</p>').everything
    first.set("class", "b")
    tree.rename(first, "div")
    assert (first.get("class"), second.get("class")) == (None, "a")

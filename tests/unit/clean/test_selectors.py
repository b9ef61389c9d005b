"""clean.selectors: the CSS that site rules may use."""

from __future__ import annotations

import pytest

from aggregator.clean import selectors, tree
from aggregator.errors import ConfigError

HTML = """<div id="a" class="box big"><p class="note">1</p><section><p data-x="kaihu-qr">2</p></section></div>
<div id="b" class="box"><p class="note last">3</p><span>4</span></div>"""


@pytest.mark.parametrize(
    ("selector", "found"),
    [
        ("p", ["1", "2", "3"]),
        (".note", ["1", "3"]),
        ("#b", ["34"]),
        ("p.note.last", ["3"]),
        ("div.box.big", ["12"]),
        ("#a.missing", []),
        ("[data-x]", ["2"]),
        ("[data-x='kaihu-qr']", ["2"]),
        ('[data-x*="kaihu"]', ["2"]),
        ("p[data-x^=kai]", ["2"]),
        ("[data-x$=qr]", ["2"]),
        ("[class~=last]", ["3"]),
        ("[class=note]", ["1"]),
        ("#a p", ["1", "2"]),
        ("#a > p", ["1"]),
        ("div > section > p", ["2"]),
        (".big .note, span", ["1", "4"]),
        ("P.note", ["1", "3"]),
        ("[id]", ["12", "34"]),
        ("[id*=a], [class$=last]", ["12", "3"]),
        ("[class^=no][data-x]", []),
        ("[data-x], .note", ["1", "2", "3"]),
    ],
)
def test_selector(selector: str, found: list[str]) -> None:
    elements = selectors.compiled((selector,)).find(tree.parse(HTML))
    assert ["".join(tree.text_of(e).split()) for e in elements] == found


@pytest.mark.parametrize("selector", ["", ">p", "p:hover", "p + p", "[x", "..a", "p >"])
def test_what_is_not_understood_is_an_error(selector: str) -> None:
    with pytest.raises(ConfigError):
        selectors.Selection([selector]).find(tree.parse(HTML))

"""Front matter is read by libyaml where that cannot matter: both loaders give the same values, types and order."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import NotAPost
from aggregator.parse import post

_WORDS = ("title", "a", "中文", "true", "null", "~", "010", "1.5", "1e5", "yes", "2022-01-01", "<<", "\\x41", "\\u4e2d")
_SIGNS = (
    ": ",
    ":",
    "- ",
    "-",
    "'",
    '"',
    "''",
    "\\",
    "\\n",
    "#",
    " #",
    " ",
    ",",
    "：",
    "---",
    "...",
    "=",
    "%",
    "?",
    "@",
)
_OTHERS = ("$", "(", "“", "é", "😀", "\u3000", "[", "{", "*a", "&a ", "!", "|", "\n", "\n ", "\n  ", "\n- ", "\n? ")
_PIECES = st.lists(st.sampled_from((*_WORDS, *_SIGNS, *_OTHERS)), max_size=25).map("".join)

_FRONTS = {
    "seed": "title: '样本：22部门_联合发文'\ncategories: \n - 金融\n - 新浪财经\nauthor: 新浪财经\ncomments: false\n"
    "date: Tue, 14 Jun 2022 11:54:04 GMT\nthumbnail: 'https://n.example/h.png?a=1%20'\n",
    "kinds": "a: 010\nb: 12\nc: 1.50\nd: yes\ne: True\nf: ~\ng:\nh: 2022-01-01\ni: 1e5\nj: -0\n"
    "k: 12345678901234567890\n",
    "quotes": "a: 'it''s'\nb: \"\\x41\\u4e2d\\n\"\nc: x # told\nd: x#y\ne: \"a\n  b\"\n",
    "nested": "a:\n  b:\n  - c\n  -\n    d: 1\n  ? e\n  : f\n",
    "twice": "a: 1\na: 2\n",
    "flow": "a: {b: [1, 'c']}\n",
    "aliases": "a: &x 1\nb: *x\n",
}


def _both(front: str) -> tuple[object, object]:
    return post._data(post._Quick(front)), post._data(post._Loader(front))


def test_there_is_a_quick_loader() -> None:
    assert yaml.__with_libyaml__
    assert issubclass(post._Quick, yaml.CSafeLoader)


@pytest.mark.parametrize(("name", "plain"), [*((one, one not in ("flow", "aliases")) for one in _FRONTS)])
def test_only_what_both_read_alike_is_plain(name: str, plain: bool) -> None:
    front = _FRONTS[name]
    assert post._is_plain(front) is (plain and "? e" not in front)
    if name != "aliases":
        quick, slow = _both(front)
        assert repr(quick) == repr(slow)


@settings(max_examples=400, deadline=None)
@given(_PIECES)
def test_what_is_plain_and_read_is_read_alike(front: str) -> None:
    try:
        quick = post._data(post._Quick(front)) if post._is_plain(front) else None
    except (yaml.YAMLError, ValueError):
        quick = None
    if quick is not None:
        assert repr(quick) == repr(post._data(post._Loader(front)))


@pytest.mark.parametrize(
    ("front", "told"),
    [("a: 'x\n", "x.md:"), ("a: *x\n", "aliases are not allowed"), ("- " * 20_000 + "a\n", "nested too deep")],
)
def test_errors_are_those_of_the_slow_one(front: str, told: str) -> None:
    with pytest.raises(NotAPost, match=told):
        post.read(f"---\n{front}---\nbody", where="x.md")


@pytest.mark.parametrize("nested", ["- " * 3_000, "? " * 3_000, "[" * 3_000])
def test_depth_within_the_bound_is_told_as_well(nested: str) -> None:
    with pytest.raises(NotAPost, match="nested too deep"):
        post.read(f"---\na:\n {nested}a\n---\nbody", where="x.md")

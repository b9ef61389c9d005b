"""CSS selectors for the lxml tree: the part of the language that site rules need, matched in one walk.

In: selectors of `SiteRules.drop`. Out: the elements they name. Called by clean/furniture.py. An index from ids, classes
and tags to selectors makes a walk over an article cost the same for ten selectors as for fifty.

Supported: `tag`, `.class`, `#id`, `[attr]`, `[attr=value]` with `=`, `^=`, `$=`, `*=`, `~=`; any of them joined;
descendants (`a b`), children (`a > b`), and groups (`a, b`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from aggregator.clean import tree
from aggregator.clean.tree import Element
from aggregator.errors import ConfigError

_PIECE = re.compile(
    r"(?P<tag>[A-Za-z][\w-]*|\*)"
    r"|\.(?P<class>-?[A-Za-z_][\w-]*)"
    r"|\#(?P<id>[\w-]+)"
    r"|\[\s*(?P<attr>[\w:-]+)\s*(?:(?P<op>[~^$*]?=)\s*(?:\"(?P<dq>[^\"]*)\"|'(?P<sq>[^']*)'|(?P<bare>[^\]\s\"']+))\s*)?\]"
)
_GAP = re.compile(r"\s*>?\s*")
_TESTS: dict[str, Callable[[str, str], bool]] = {
    "=": lambda have, want: have == want,
    "^=": lambda have, want: bool(want) and have.startswith(want),
    "$=": lambda have, want: bool(want) and have.endswith(want),
    "*=": lambda have, want: bool(want) and want in have,
    "~=": lambda have, want: want in have.split(),
}


@dataclass(frozen=True, slots=True)
class _Compound:
    """What one element must be; `parent` is what an element above it must be, `direct` the one right above."""

    tag: str | None
    id: str | None
    classes: frozenset[str]
    attributes: tuple[tuple[str, str | None, str], ...]
    parent: _Compound | None = None
    direct: bool = False

    def fits(self, element: Element) -> bool:
        if self.tag and element.tag != self.tag:
            return False
        if self.id and element.get("id") != self.id:
            return False
        if self.classes and not self.classes.issubset((element.get("class") or "").split()):
            return False
        for name, test, want in self.attributes:
            have = element.get(name)
            if have is None or (test and not _TESTS[test](have, want)):
                return False
        return self.parent is None or self._below(element, self.parent)

    def may_fit(self, own: str | None, words: str | None) -> bool:
        """False where an element's id and class alone show that it does not fit."""
        stated = {"id": own, "class": words}
        for name, test, want in self.attributes:
            if name in stated:
                have = stated[name]
                if have is None or (test and not _TESTS[test](have, want)):
                    return False
        return True

    def _below(self, element: Element, parent: _Compound) -> bool:
        above = element.parent
        if self.direct:
            return above is not None and parent.fits(above)
        return any(parent.fits(ancestor) for ancestor in element.ancestors())


class Selection:
    """Compiled selectors. `find(root)` gives every element below `root` that one of them names."""

    def __init__(self, selectors: Iterable[str]) -> None:
        self._by_id: dict[str, list[_Compound]] = defaultdict(list)
        self._by_class: dict[str, list[_Compound]] = defaultdict(list)
        self._by_tag: dict[str, list[_Compound]] = defaultdict(list)
        self._by_attribute: list[_Compound] = []
        for selector in selectors:
            for part in _split_groups(selector):
                self._add(_parse(part))
        #: Of all that know an element by its attributes, those that need another one than id and class.
        self._unnamed = [c for c in self._by_attribute if c.may_fit(None, None)]
        # Sites write the same few classes again and again.
        self._candidates = lru_cache(maxsize=1024)(self._find_candidates)

    def _add(self, compound: _Compound) -> None:
        if compound.id:
            self._by_id[compound.id].append(compound)
        elif compound.classes:
            self._by_class[min(compound.classes)].append(compound)
        elif compound.tag:
            self._by_tag[compound.tag].append(compound)
        else:
            self._by_attribute.append(compound)

    def find(self, root: Element) -> list[Element]:
        """The elements, in document order."""
        found = []
        tags, unnamed = self._by_tag, self._unnamed
        for element in tree.elements(root):
            candidates: Sequence[_Compound] = ()
            if attrib := element.attrib:
                own, words = attrib.get("id"), attrib.get("class")
                candidates = unnamed if own is None and words is None else self._candidates(own, words)
            tag = element.tag
            if tag in tags:
                candidates = (*tags[tag], *candidates)
            if candidates and any(c.fits(element) for c in candidates):
                found.append(element)
        return found

    def _find_candidates(self, own: str | None, words: str | None) -> tuple[_Compound, ...]:
        """The selectors that an element with this id and class may fit, whatever its tag."""
        candidates = self._by_id.get(own, []) if own else []
        for word in (words or "").split():
            candidates = [*candidates, *self._by_class.get(word, ())]
        return (*candidates, *(c for c in self._by_attribute if c.may_fit(own, words)))


@lru_cache(maxsize=64)
def compiled(selectors: tuple[str, ...]) -> Selection:
    """Selectors made ready, once. Raises ConfigError for one that cannot be read."""
    return Selection(selectors)


def _split_groups(selector: str) -> list[str]:
    return [part.strip() for part in re.split(r",(?![^\[]*\])", selector)]


def _parse(selector: str) -> _Compound:
    compound: _Compound | None = None
    direct = False
    place = 0
    while place < len(selector):
        gap = _GAP.findall(selector, place)[0]
        direct = ">" in gap
        place += len(gap)
        pieces: list[re.Match[str]] = []
        while found := _PIECE.match(selector, place):
            pieces.append(found)
            place = found.end()
        if not pieces or (direct and compound is None):
            raise ConfigError(
                f"drop: cannot read the selector {selector!r} from {selector[place:]!r} on; use tag, .class, #id, "
                "[attr=value], and blanks or > between them"
            )
        compound = _join(pieces, compound, direct)
    if compound is None:
        raise ConfigError("drop: an empty selector")
    return compound


def _join(pieces: list[re.Match[str]], parent: _Compound | None, direct: bool) -> _Compound:
    tag = next((p["tag"] for p in pieces if p["tag"]), None)
    attributes = tuple((p["attr"].lower(), p["op"], p["dq"] or p["sq"] or p["bare"] or "") for p in pieces if p["attr"])
    return _Compound(
        tag=None if tag in (None, "*") else tag.lower(),
        id=next((p["id"] for p in pieces if p["id"]), None),
        classes=frozenset(p["class"] for p in pieces if p["class"]),
        attributes=attributes,
        parent=parent,
        direct=direct,
    )

"""Every text of the interface is used by a page, and every text that a page asks for is there."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from functools import cache

import jinja2
import pytest
from jinja2 import nodes

from aggregator.errors import QueryError
from aggregator.kit import comparison
from aggregator.models import Cause, Completeness
from aggregator.schedule.vitality import Fault
from aggregator.web import aboutpage, listing, looks, searchpage
from aggregator.web.chinese import TEXTS
from tests.house.source import REPO, modules

_WEB = REPO / "aggregator" / "web"
_CATALOGUES = ("aggregator/web/chinese.py", "aggregator/web/english.py")

#: Keys that are put together at run time, as the source has them, with all that can stand in the gap.
_COMPOSED: dict[str, Iterable[str]] = {
    "listing.{}": (listing.LATEST, *listing.NAMED, listing.SEARCH),  # the kind is part of the address
    "filter.{}": (*listing.FILTERS, "after", "before"),  # named as the parameters
    "search.help.{}": (key for _, key in searchpage._HELP),
    "pulse.{}": ("ok", "warn", "fail", "new"),  # levels of words.State
    "fault.{}": Fault,
    "fault.{}.detail": Fault,
    "query.{}": QueryError.KINDS,
    "query.{}.mend": QueryError.KINDS,
    "error.{}": (*map(str, looks._ERRORS), "other"),  # status codes
    "error.{}.hint": (*(str(one) for one in looks._ERRORS if one != 400), "other"),
    "about.{}": ("articles", "stories", "revisions"),  # named as the counts of the store
    "about.size.{}": aboutpage._SIZES.values(),
}
#: The same; but what is not in the catalogue is shown as it stands, so that it need not be there.
_NAMED: dict[str, Iterable[str]] = {
    "cause.{}": Cause,
    "fact.{}": (*comparison._FACTS.values(), "symbols", "pictures", "videos"),
    "value.{}": Completeness,
}


def _python() -> Iterator[tuple[str, ast.AST]]:
    for module in modules("aggregator/web"):
        if module.path not in _CATALOGUES:
            yield from ((module.path, node) for node in ast.walk(module.tree))


def _pattern(node: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)


def _results(node: ast.expr) -> Iterator[ast.expr]:
    """What an expression can come to."""
    if isinstance(node, ast.IfExp):
        yield from _results(node.body)
        yield from _results(node.orelse)
    else:
        yield node


def _asked_by_modules() -> Iterator[tuple[str, ast.expr]]:
    """The first argument of every call of a Language; the key of every refusal."""
    for path, node in _python():
        if isinstance(node, ast.Call) and node.args:
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            place = {"t": 0, "language": 0, "RequestError": 1}.get(called)
            if place is not None and len(node.args) > place:
                yield from ((path, one) for one in _results(node.args[place]))


def _templates() -> Iterator[tuple[str, nodes.Template]]:
    for path in sorted(_WEB.glob("templates/*.html")):
        yield path.name, jinja2.Environment(autoescape=True).parse(path.read_text("utf-8"))


def _asked_by_templates() -> Iterator[tuple[str, str]]:
    for name, tree in _templates():
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t":
                first = call.args[0]
                found = [first.expr1, first.expr2] if isinstance(first, nodes.CondExpr) else [first]
                for one in found:
                    assert isinstance(one, nodes.Const), f"{name}:{call.lineno} composes a key; do that in a module"
                    yield name, one.value


def _composed(patterns: dict[str, Iterable[str]]) -> set[str]:
    return {pattern.replace("{}", part) for pattern, parts in patterns.items() for part in parts}


COMPOSED = _composed(_COMPOSED)
NAMED = _composed(_NAMED)
ASKED = list(_asked_by_modules())


@cache
def used() -> set[str]:
    """Every key that a template asks for, that a module names, or that is put together."""
    named = {node.value for _, node in _python() if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return COMPOSED | NAMED | {key for _, key in _asked_by_templates()} | named


def test_every_text_is_used() -> None:
    assert [key for key in TEXTS if key not in used()] == []


def test_every_text_that_is_asked_for_is_there() -> None:
    asked = [(path, one.value) for path, one in ASKED if isinstance(one, ast.Constant)]
    assert len(asked) > 80, "the calls are no longer found: this test looks at nothing"
    assert [one for one in [*asked, *_asked_by_templates()] if one[1] not in TEXTS] == []
    assert sorted(COMPOSED - set(TEXTS)) == []


def test_keys_that_are_put_together_are_known() -> None:
    written = {_pattern(one) for _, one in ASKED if isinstance(one, ast.JoinedStr)}
    assert written == set(_COMPOSED)
    named = {_pattern(node) for _, node in _python() if isinstance(node, ast.JoinedStr)}
    assert set(_NAMED) <= named


@pytest.mark.parametrize("key", ["list.nothing", "search.help.nothing", "fault.nothing", "about.daemon.nothing"])
def test_a_text_that_nobody_uses_is_found(key: str) -> None:
    assert key not in used()

"""How our pages look: the style sheet that all of them begin with, and the icon.

In: nothing. Out: text of files that lie here. Called by web (its pages) and archive (the pages of an exported site).
"""

from __future__ import annotations

import re
from importlib import resources

_ROOT = re.compile(r":root \{(.*?)\}", re.DOTALL)
_DECLARED = re.compile(r"(--[a-z]+):\s*([^;]+);")


def base() -> str:
    """The CSS that stands before a page's own: colours of both schemes, type, frame, lists of stories."""
    return _text("base.css")


def tokens() -> dict[str, str]:
    """The names and values that it declares, for the light scheme: `--serif` and so on. For books (archive/epub.py)."""
    root = _ROOT.search(base())
    return {name: " ".join(value.split()) for name, value in _DECLARED.findall(root[1] if root else "")}


def icon() -> str:
    """The icon, as SVG."""
    return _text("icon.svg")


def _text(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text("utf-8")

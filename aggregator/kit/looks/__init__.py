"""How our pages look: the style sheet that all of them begin with, and the icon.

In: nothing. Out: text of files that lie here. Called by web (its pages) and archive (the pages of an exported site).
"""

from __future__ import annotations

from importlib import resources


def base() -> str:
    """The CSS that stands before a page's own: colours of both schemes, type, frame, lists of stories."""
    return _text("base.css")


def icon() -> str:
    """The icon, as SVG."""
    return _text("icon.svg")


def _text(name: str) -> str:
    return resources.files(__name__).joinpath(name).read_text("utf-8")

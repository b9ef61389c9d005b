"""The working state of one article while the rules of clean/ change it.

In: an Article and its SiteRules. Out: the tree, and what the rules found beside the text. Each rule takes the draft and
changes it in place; clean.clean() turns it into an Article again. It is the only mutable thing in clean/.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aggregator.clean import tree
from aggregator.clean.nodes import Body
from aggregator.clean.tree import Element
from aggregator.models import Image, SiteRules, Symbol, Video


@dataclass(slots=True)
class Draft:
    """Found so far. Text fields are None until a rule finds them; nothing is guessed."""

    root: Body  #: the body; its children are the article
    title: str
    base: str | None  #: address that relative links are resolved against
    rules: SiteRules
    outlet: str | None = None  #: from a 来源 line
    outlet_hint: str | None = None  #: from a comment: weaker than the line, stronger than what the feed stated
    dateline: str | None = None  #: agency named at the start of the text: weakest
    byline: str | None = None  #: from an 作者 line
    byline_hint: str | None = None  #: from a byline in brackets or the dateline: weaker than what was stated
    editor: str | None = None
    editor_code: str | None = None
    original_title: str | None = None
    marked: list[Symbol] = field(default_factory=list)  #: symbols of stock mark-up
    commented: list[Symbol] = field(default_factory=list)  #: symbols of the keyword comment
    images: list[Image] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)  #: addresses of QR pictures of the body
    videos: list[Video] = field(default_factory=list)
    related: list[tuple[str, str]] = field(default_factory=list)  #: (title, address)
    extra: dict[str, Any] = field(default_factory=dict)
    _words: dict[Element, str] = field(init=False, repr=False, default_factory=dict)

    def words(self, line: Element) -> str:
        """`tree.text_of` a line (a `p` or heading without blocks in it), which is read once for several rules."""
        words = self._words.get(line)
        if words is None:
            words = self._words[line] = tree.text_of(line)
        return words

    def know_words(self, line: Element, words: str) -> None:
        """For a rule that has read, or made, the words of a line."""
        self._words[line] = words

    def forget_words(self) -> None:
        """To be called where the words of a line have changed; clean.clean() does so after most rules."""
        self._words.clear()

"""The elements that the rules of clean/ work on: names, attributes and strings of Python, linked both ways.

In: what clean/reading.py and the rules put in. Out: the tree of one article. They are shaped like lxml's (the text
after an element is its `tail`), and are not lxml's, because those decode a paragraph each time it is read, and encode
and check it each time it is written. Links instead of lists: each change costs the same however many siblings an
element has, as hostile bodies have many.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

NOTHING: Mapping[str, str] = {}


def words(listed: str) -> frozenset[str]:
    """A set of names, written as one line of words."""
    return frozenset(listed.split())


#: Names of elements that rules make, or make of others. No other comes into a tree after it was read (but for figures,
#: where there are pictures), so that a look for one that the source has not ends at once.
MADE = words("p h1 h2 h3 h4 h5 h6 div li dd strong em s code")


class Element:
    """One element. `parent`, `first`, `last` (child), `before` and `after` (sibling) are read freely, and changed only
    by what is below and in clean/tree.py. `attrib` may be shared with other elements: it is replaced, never changed.
    """

    __slots__ = ("after", "attrib", "before", "first", "last", "parent", "tag", "tail", "text")

    def __init__(
        self,
        tag: str,
        text: str | None = None,
        attrib: Mapping[str, str] = NOTHING,
        parent: Element | None = None,
        before: Element | None = None,
    ) -> None:
        """`parent` and `before` are for the reader, which links those to the new element itself."""
        self.tag = tag
        self.text = text
        self.attrib = attrib
        self.parent = parent
        self.before = before
        self.tail: str | None = None
        self.first: Element | None = None
        self.last: Element | None = None
        self.after: Element | None = None

    def __iter__(self) -> Iterator[Element]:
        """The children; the tree must not change meanwhile (`list(element)` for that)."""
        child = self.first
        while child is not None:
            yield child
            child = child.after

    def iter(self, *tags: str) -> Iterator[Element]:
        """The element itself and all below it, in document order, those with one of the tags; no changes meanwhile."""
        node: Element | None = self
        while node is not None:
            if not tags or node.tag in tags:
                yield node
            node = node.following(self)

    def following(self, top: Element) -> Element | None:
        """The next element in document order within `top`."""
        if self.first is not None:
            return self.first
        node = self
        while node is not top:
            if node.after is not None:
                return node.after
            if node.parent is None:
                break
            node = node.parent
        return None

    def ancestors(self) -> Iterator[Element]:
        """What it stands in, from its parent up."""
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def find(self, tag: str) -> Element | None:
        """The first child of that name."""
        return next((child for child in self if child.tag == tag), None)

    def get(self, name: str) -> str | None:
        """An attribute."""
        return self.attrib.get(name)

    def set(self, name: str, value: str) -> None:
        """Give it an attribute."""
        self.attrib = {**self.attrib, name: value}

    def clear(self) -> None:
        """Take all that it holds out of it."""
        self.text = self.first = self.last = None

    def detach(self) -> None:
        """Take it out of its place, with the text after it."""
        parent, before, after = self.parent, self.before, self.after
        if parent is None:
            return
        if before is None:
            parent.first = after
        else:
            before.after = after
        if after is None:
            parent.last = before
        else:
            after.before = before
        self.parent = self.before = self.after = None

    def append(self, child: Element) -> None:
        """Make `child` the last child, with the text after it, wherever it stood."""
        child.detach()
        child.parent, child.before = self, self.last
        if self.last is None:
            self.first = child
        else:
            self.last.after = child
        self.last = child

    def extend(self, children: list[Element]) -> None:
        """Append them all."""
        for child in children:
            self.append(child)

    def put_before(self, new: Element) -> None:
        """Put `new` right before this element, with the text after it."""
        new.detach()
        parent = self.parent
        if parent is None:
            return
        new.parent, new.before, new.after = parent, self.before, self
        if self.before is None:
            parent.first = new
        else:
            self.before.after = new
        self.before = new

    def put_after(self, new: Element) -> None:
        """Put `new` right after this element; the text after this one now follows that of the new one."""
        new.detach()
        parent = self.parent
        if parent is None:
            return
        new.parent, new.before, new.after = parent, self, self.after
        if self.after is None:
            parent.last = new
        else:
            self.after.before = new
        self.after = new
        if self.tail:
            new.tail, self.tail = (new.tail or "") + self.tail, None


class Body(Element):
    """The root of an article: what its source held, beside the tree."""

    __slots__ = ("comments", "everything", "names")

    def __init__(self, text: str | None = None) -> None:
        super().__init__("body", text)
        self.comments: list[str] = []  #: comments and processing instructions, which stand nowhere in the tree
        self.everything: list[Element] = []  #: every element that was read, in document order
        self.names = MADE  #: names that its elements may have, now and later

    def dissolve(self) -> None:
        """Unlink all elements, so that they go at once and not when the garbage collector comes by."""
        for element in self.everything:
            element.parent = element.before = element.after = None  # links downwards make no circle
        self.first = self.last = None

"""Gives an article the plain structure that readers and the sanitiser agree on.

In: any nesting of div, section, font and br. Out: a list of blocks (paragraphs, headings, lists, tables, figures,
quotations), with inline text only inside them. Called by the rules table, after everything that reads class names.

Works from the leaves to the root, so that an element is looked at when all below it is in order already.
"""

from __future__ import annotations

from aggregator.clean import tidy, tree
from aggregator.clean.draft import Draft
from aggregator.clean.tree import BLANKS, Element, words

#: Inline elements that an article may hold; all other inline elements only lose their tags.
INLINE = words("a strong em u s del ins sub sup small mark abbr q cite code kbd samp ruby rb rp rt br img")
#: What is in order where it holds no element.
_LIKE_LEAVES = INLINE | tree.LINES - {"h1"}
_CONTAINERS = words(
    "div section article main header footer aside nav center address details summary fieldset legend form "
    "dir menu hgroup search dialog body noscript"
)
#: Blocks that stay, and hold either one line or other blocks.
_CELLS = frozenset(["li", "td", "th", "dd"])
_ONE_LINE = frozenset(["dt", "figcaption", "caption", "pre"])
_TABLE_PARTS = {
    "table": frozenset(["caption", "thead", "tbody", "tfoot", "tr"]),
    "thead": frozenset(["tr"]),
    "tbody": frozenset(["tr"]),
    "tfoot": frozenset(["tr"]),
    "tr": frozenset(["td", "th"]),
}
#: Where a part of a table, list or figure may stand; anywhere else parsers ignore its tag, so it is a mere container.
_HOMES = {
    "caption": words("table"),
    "thead": words("table"),
    "tbody": words("table"),
    "tfoot": words("table"),
    "tr": words("table thead tbody tfoot"),
    "td": words("tr"),
    "th": words("tr"),
    "li": words("ul ol"),
    "dt": words("dl"),
    "dd": words("dl"),
    "figcaption": words("figure"),
}
_PLACED = frozenset(["figure", *_HOMES])
_LIST_PARTS = {"ul": frozenset(["li"]), "ol": frozenset(["li"]), "dl": frozenset(["dt", "dd"])}


def flatten(draft: Draft) -> None:
    """Rule: dissolve containers, give stray text its paragraph, put parts of tables and lists in their places."""
    root = draft.root
    everything = tree.elements(root)
    for element in everything:
        if element.tag in _PLACED and not _stands_right(element):
            tree.rename(element, "div")
    for element in reversed(everything):
        if element.first is not None or element.tag not in _LIKE_LEAVES:
            _settle(element)
    _wrap_runs(root)


def split(draft: Draft) -> None:
    """Rule: a double line break, or one before an indent of wide blanks, begins a new paragraph."""
    if not tree.has(draft.root, "br"):
        return
    for line in tree.elements(draft.root, *tree.LINES):
        split_at(line, [mark for mark in line if mark.tag == "br" and _is_paragraph_end(mark)])
    draft.forget_words()


def _stands_right(element: Element) -> bool:
    tag = element.tag
    if tag == "figure":
        return tree.pictures(element) and all(child.tag in ("img", "figcaption") for child in element)
    return tag not in _HOMES or _home(element) in _HOMES[tag]


def _home(element: Element) -> str | None:
    """The block that the element stands in, whatever containers are between."""
    return next((above.tag for above in element.ancestors() if above.tag in tree.BLOCKS), None)


def _settle(element: Element) -> None:
    tag = element.tag
    if tag in tree.LINES or tag in _CONTAINERS:
        if tag in _CONTAINERS or _holds_blocks(element):
            _wrap_runs(element)
            tree.unwrap(element)
        elif tag == "h1":
            tree.rename(element, "h2")
    elif tag in _CELLS:
        _settle_cell(element)
    elif tag == "blockquote":
        _wrap_runs(element)
    elif tag in _ONE_LINE:
        _inline_only(element)
    elif tag in _TABLE_PARTS:
        _expel(element, _TABLE_PARTS[tag])
    elif tag in _LIST_PARTS:
        _itemise(element, _LIST_PARTS[tag])
    elif tag in tree.BLOCKS:
        return
    elif _holds_blocks(element):
        _push_down(element)
    elif tag not in INLINE:
        tree.unwrap(element)


def _holds_blocks(element: Element) -> bool:
    child = element.first
    while child is not None:
        if child.tag in tree.BLOCKS:
            return True
        child = child.after
    return False


def _settle_cell(cell: Element) -> None:
    """A cell holds either one line or only blocks; tidy.trim unwraps a paragraph that is left alone in it."""
    if _holds_blocks(cell):
        _wrap_runs(cell)


def _inline_only(element: Element) -> None:
    """Dissolve the blocks in what may hold one line only; pictures move out before it."""
    for inner in reversed(tree.elements(element)):
        if inner.tag in tree.BLOCKS:
            inner.tail = ("\n" if element.tag == "pre" else " ") + (inner.tail or "")
            tree.unwrap(inner)
    for picture in tree.elements(element, "img"):
        tree.drop(picture)
        home = picture if element.tag == "figcaption" else tree.new("figure")
        if home is not picture:
            home.append(picture)
        element.put_before(home)


def _push_down(inline: Element) -> None:
    """An inline element around blocks: each line within gets its own, and the outer one goes."""
    _wrap_runs(inline)
    if inline.tag in INLINE:
        for line in tree.elements(inline, *tree.LINES):
            wrapper = tree.wrap_children(line, inline.tag)
            wrapper.attrib = inline.attrib
    tree.unwrap(inline)


def _expel(part: Element, allowed: frozenset[str]) -> None:
    """Move what may not stand directly in a table out before it, as HTML parsers would; only cells hold text there."""
    strays = [_run(part.text)]
    part.text = None
    for child in list(part):
        stray, child.tail = child.tail, None
        strays += [None if child.tag in allowed else child, _run(stray)]
    table = part if part.tag == "table" else next((above for above in part.ancestors() if above.tag == "table"), part)
    for found in strays:
        if found is not None:
            table.put_before(found)


def _itemise(part: Element, allowed: frozenset[str]) -> None:
    """Everything in a list that is no item becomes one."""
    item = "dd" if part.tag == "dl" else "li"
    if part.text and part.text.strip(BLANKS):
        first = tree.new(item, part.text)
        if part.first is None:
            part.append(first)
        else:
            part.first.put_before(first)
    part.text = None
    for child in list(part):
        stray, child.tail = child.tail, None
        kept = child if child.tag in allowed else _wrap_in(child, item)
        if stray and stray.strip(BLANKS):
            kept.put_after(tree.new(item, stray))


def _wrap_in(child: Element, tag: str) -> Element:
    wrapper = tree.new(tag)
    child.put_before(wrapper)
    wrapper.append(child)
    _settle_cell(wrapper)
    return wrapper


def _wrap_runs(container: Element) -> None:
    """Put each run of text and inline elements between blocks into a paragraph of its own."""
    run = None
    if text := container.text:
        run, container.text = _run(text), None
    content: list[Element] = []
    made = False
    for child in list(container):
        if child.tag in tree.BLOCKS:
            if run is not None and not tree.is_empty(run):
                content.append(run)
                made = True
            run = None
            content.append(child)
            if stray := child.tail:
                run, child.tail = _run(stray), None
        else:
            run = tree.new("p") if run is None else run
            run.append(child)  # takes the tail along
    if run is not None and not tree.is_empty(run):
        content.append(run)
        made = True
    if made:  # else all blocks stand where they stood
        container.extend(content)


def _run(text: str | None) -> Element | None:
    return tree.new("p", text) if text and text.strip(BLANKS) else None


def split_at(line: Element, marks: list[Element]) -> None:
    """Cut a line into several at these of its line breaks.

    From the last to the first: each cut moves only what stands after it, however many there are.
    """
    for mark in reversed(marks):
        rest = tree.new(line.tag, mark.tail)
        while mark.after is not None:
            rest.append(mark.after)
        mark.detach()
        tidy.line(rest)
        if not tree.is_empty(rest):
            rest.tail, line.tail = line.tail, None
            line.put_after(rest)
    if marks:
        tidy.line(line)


def _is_paragraph_end(mark: Element) -> bool:
    tail = mark.tail or ""
    following = mark.after
    if following is not None and following.tag == "br" and not tail.strip(BLANKS):
        return True
    return tail.lstrip(" \t\r\n").startswith(("\u3000", "\xa0\xa0"))

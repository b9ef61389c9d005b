"""Rule: lines that state facts about the article become its fields and leave the text.

Where a line stands decides whether it counts. 责任编辑 and 原标题 count anywhere. 来源 and 作者 count before the
first and after the last paragraph of prose, and not right after a picture or table, where they name the origin of that
instead. Bylines (某报记者 甲某) are read and stay: they are part of how the outlet tells it.
"""

from __future__ import annotations

import re

from aggregator.clean import links, statements, structure, tidy, tree
from aggregator.clean.draft import Draft
from aggregator.clean.statements import Kind, Statement
from aggregator.clean.tree import Element

_ANYWHERE = frozenset([Kind.EDITOR, Kind.SUBEDITOR, Kind.TITLE])
#: A line as long as this, or a third as long with a full stop in it, is prose.
_PROSE = 60
_FULL_STOP = re.compile(r"[。；]|[！？!?…”’」]\Z")
_LONGEST = 200
_TOPIC = re.compile(r"(?:专题|專題|点击(?:进入|查看)专题)\s*[：:]\s*(?P<title>\S.*)")
_CLOSING = re.compile(r"[（(【\[]\s*([^（）()【】\[\]]{3,80})[）)】\]]\s*\Z")
_CLOSERS = ("）", ")", "】", "]")
_LONGEST_CLOSING = 100
#: How far into a text its dateline, with the byline in it, may reach.
_DATELINE = 80


def read(draft: Draft) -> None:
    """Read and remove the stating lines; read bylines and the dateline."""
    if tree.has(draft.root, "br"):
        for line in tree.elements(draft.root, "p"):
            _split_statements(line)
        draft.forget_words()
    blocks = list(draft.root)
    first, last = _prose(draft, blocks)
    for place, block in enumerate(blocks):
        outside = place < first or place > last
        words = draft.words(block) if block.tag in tree.LINES else ""
        if not words or len(words) > _LONGEST or tree.pictures(block):
            continue
        if place < first and _read_topic(draft, block, words):
            continue
        stated = statements.parse(words)
        if stated and _counts(stated, outside, block):
            _take(draft, stated)
            tree.drop(block)
        elif outside and draft.byline_hint is None:
            draft.byline_hint = statements.byline(words)
    if first < len(blocks):
        _read_edges(draft, blocks[first], blocks[last])


def _prose(draft: Draft, blocks: list[Element]) -> tuple[int, int]:
    """Places of the first and last paragraph of prose; past the end where there is none."""
    first = next((place for place, block in enumerate(blocks) if _is_prose(draft, block)), len(blocks))
    last = next((place for place in reversed(range(len(blocks))) if _is_prose(draft, blocks[place])), len(blocks))
    return first, last


def _is_prose(draft: Draft, block: Element) -> bool:
    if block.tag not in tree.LINES:
        return False
    words = draft.words(block)
    if block.first is not None and words == "".join(map(tree.text_of, tree.elements(block, "a"))):
        return False
    long = len(words) >= _PROSE or (len(words) >= _PROSE // 3 and _FULL_STOP.search(words) is not None)
    return long and not statements.parse(words) and statements.byline(words) is None


def _counts(stated: list[Statement], outside: bool, block: Element) -> bool:
    if all(statement.kind in _ANYWHERE for statement in stated):
        return True
    before = block.before
    return outside and (before is None or before.tag not in ("figure", "table"))


def _take(draft: Draft, stated: list[Statement]) -> None:
    for statement in stated:
        value = statement.value
        if not value:
            continue
        if statement.kind is Kind.OUTLET:
            draft.outlet = draft.outlet or value
        elif statement.kind is Kind.AUTHOR:
            draft.byline = draft.byline or statements.names(value)
        elif statement.kind is Kind.TITLE:
            draft.original_title = draft.original_title or value
        elif statement.kind is Kind.EDITOR and draft.editor is None:
            name, code = statements.editor_and_code(value)
            draft.editor, draft.editor_code = name, code or draft.editor_code
        else:
            _credit(draft, statement)


def _credit(draft: Draft, statement: Statement) -> None:
    """编辑 on its own line is Sina's old form of 责任编辑; beside a 责任编辑 it is the outlet's own editor."""
    if statement.kind is Kind.SUBEDITOR:
        name, code = statements.editor_and_code(statement.value)
        if code and draft.editor_code is None:
            draft.editor, draft.editor_code = draft.editor or name, code
            return
    draft.extra.setdefault("credits", {}).setdefault(statement.label, statement.value)


def _read_topic(draft: Draft, block: Element, words: str) -> bool:
    found = _TOPIC.fullmatch(words)
    anchor = next(block.iter("a"), None) if found else None
    if found is None or anchor is None:
        return False
    draft.extra.setdefault("topic", {"title": found["title"], "url": links.secure(draft.base, anchor.get("href"))})
    tree.drop(block)
    return True


def _read_edges(draft: Draft, opening: Element, closing: Element) -> None:
    """The dateline at the start of the prose, and brackets at its end: （来源：X）, （责任编辑：X）, （某台记者 X）."""
    words = tree.last_text(closing)
    cut = len(words)
    while words[cut - 1 : cut] in _CLOSERS and (found := _CLOSING.search(words[max(0, cut - _LONGEST_CLOSING) : cut])):
        stated = statements.parse(found.group(1))
        if not stated or not _take_closing(draft, stated):
            break
        cut -= len(found.group())
        cut = len(words[:cut].rstrip(tree.BLANKS))
    if cut < len(words):
        tree.set_last_text(closing, words[:cut])
        tidy.line(closing)
        draft.forget_words()
    start, end = draft.words(opening), draft.words(closing)
    draft.dateline = statements.agency(start)
    if draft.byline_hint is None:
        draft.byline_hint = statements.bracketed_byline(start[:_DATELINE]) or statements.bracketed_byline(end[-_PROSE:])


def _take_closing(draft: Draft, stated: list[Statement]) -> bool:
    """Read a closing bracket; False for one that is part of the telling and stays."""
    kinds = {statement.kind for statement in stated}
    if Kind.TITLE in kinds:
        draft.original_title = draft.original_title or stated[0].value
    elif Kind.AUTHOR in kinds:
        draft.byline_hint = draft.byline_hint or statements.names(stated[0].value)
    else:
        _take(draft, stated)
        return True
    return False


def _split_statements(line: Element) -> None:
    """`作者：甲某<br>来源：某报<br>正文` in one paragraph: give each stating row its own."""
    marks = []
    for mark in line:
        if mark.tag != "br":
            continue
        row = (mark.tail or "").strip(tree.BLANKS)
        before = mark.before
        ahead = ((line.text if before is None else before.tail) or "").strip(tree.BLANKS)
        if (row and statements.parse(row)) or (ahead and statements.parse(ahead)):
            marks.append(mark)
    structure.split_at(line, marks)

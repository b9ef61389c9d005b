"""Reads the lines that newsrooms put around a text: 来源, 作者, 责任编辑, 原标题, 记者.

In: the plain text of one line. Out: what it states, or nothing. Pure text work; clean/lines.py decides where in an
article such a line counts. A line states something only if it is nothing but statements: prose that begins with 来源 is
prose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Kind(StrEnum):
    """What a statement is about."""

    OUTLET = "outlet"
    AUTHOR = "author"
    EDITOR = "editor"
    SUBEDITOR = "subeditor"
    TITLE = "original title"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class Statement:
    """One `label：value` of a line."""

    kind: Kind
    label: str
    value: str


_LABELS = {
    Kind.OUTLET: "文章来源 稿件来源 本文来源 信息来源 消息来源 新闻来源 内容来源 来源 來源 稿源 转载自 转自 转载来源",
    Kind.TITLE: "原文标题 原标题 原標題 原题",
    Kind.AUTHOR: "本文作者 作者 撰文 撰稿 采写 文 记者 本报记者 本刊记者 见习记者 实习记者 實習記者 記者 报道记者",
    Kind.EDITOR: "责任编辑 責任編輯 责任编缉 责编 責編 本文责编 新浪编辑",
    Kind.SUBEDITOR: "编辑 編輯 文字编辑",
    Kind.CREDIT: "校对 校審 审校 流程编辑 值班编辑 值班编委 版面编辑 图片编辑 视觉编辑 实习生 通讯员 摄影 制图 监制 "
    "统筹 审核 主编 排版 策划",
}
_KIND_OF = {label: kind for kind, labels in _LABELS.items() for label in labels.split()}
_ALTERNATIVES = "|".join(sorted(_KIND_OF, key=len, reverse=True))
_INITIALS = frozenset(label[0] for label in _KIND_OF)
_EDGE = r"(?:(?<=^)|(?<=[\s（(【\[；;，,。、|丨｜]))"
_LABEL = re.compile(rf"{_EDGE}(?P<label>{_ALTERNATIVES})\s*(?P<mark>[：:]|(?:\s*[/／|丨｜]\s*)+)\s*")
_LIMIT = {
    Kind.OUTLET: 40, Kind.TITLE: 150, Kind.AUTHOR: 60, Kind.EDITOR: 40, Kind.SUBEDITOR: 40, Kind.CREDIT: 40,
}  # fmt: skip
_LEAD = " \t\u3000\xa0■□●◎◆▲△★☆*·—-"
_BRACKETS = {"（": "）", "(": ")", "【": "】", "[": "]", "［": "］"}
#: A label, or what is cut off before it.
_BEGINNINGS = _INITIALS.union(_LEAD, _BRACKETS)
_VALUE_EDGES = " \t\u3000\xa0\u200b\ufeff；;，,、|丨｜"

_NAME = r"[\u4e00-\u9fff]{2,4}(?:·[\u4e00-\u9fff]{1,8})*"
_NAMES = rf"{_NAME}(?:[\s、，,/]+{_NAME})*"
_REPORTER = r"(?:首席|高级|资深|特约|特派|见习|实习|本报|本刊|特稿)*(?:记者|記者)"
_BYLINE = re.compile(rf"[^\s，。；：、]{{0,20}}?{_REPORTER}[\s：:|丨｜/]+(?P<names>{_NAMES})")
_BRACKETED = re.compile(
    rf"[（(【][^（）()【】：，。]{{0,20}}?{_REPORTER}[\s：:]*(?P<names>{_NAMES})\s*(?:[\u4e00-\u9fff]{{0,4}}摄影?)?[）)】]"
)
#: Words after 记者 that make it prose (记者提问, 记者从…获悉) and not a name.
_NO_NAME = re.compile(
    r"提问|追问|插话|获悉|了解|采访|发现|注意到|注意|看到|整理|手记|观察|查询|按语|问答|招待会|见面会|怎么|[从在就向于请您你吗呢]"
)
_PLACE_REPORT = re.compile(r"[\s、，]+\S*?(?:报道|报导|摄|讯|电)\Z")
_ONLY_NAMES = re.compile(_NAMES)
_BEFORE_REPORTER = re.compile(rf"\s+(?={_REPORTER}\s)")
_AFTER_REPORTER = re.compile(rf"{_REPORTER}[\s：:]*")
_BLANKS = re.compile(r"\s+")
_WORD = re.compile(r"\w")
_CODE = re.compile(r"(?:\A|\s|[\u4e00-\u9fff])([A-Z]{1,3}\d{1,5})\Z")
_AGENCY = re.compile(
    r"[（(]?(?P<agency>新华社|新华网|中新社|中新网|新华财经)(?:客户端)?[^\s，。：]{0,12}?(?:\d{1,2}月)?\d{1,2}日(?:专?电|讯)"
)
_SENTENCE = re.compile(r"[。！？!?]")
_FROM = re.compile(r"本文(?:来自|转自|来源于|源自|首发于)[：:于“《\s]*([^，,。；;）)”》\s]{2,24})")
_RETITLED = re.compile(r"[（(]?原(?:标题|题)[为是：:]*\s*[《“](?P<title>.{2,120})[》”][）)]?\Z")


def parse(words: str) -> list[Statement]:
    """The statements of a line that holds nothing else; [] for every other line. Not to be changed: it is kept."""
    first = words[:1]
    if first not in _BEGINNINGS and not first.isspace():  # most lines end here
        return []
    return _parsed(words) if len(words) <= _LONGEST_KEPT else _parse(words)


def _parse(words: str) -> list[Statement]:
    line = _unbracketed(words.strip(_LEAD))
    if line[:1] not in _INITIALS:
        return []
    if retitled := _RETITLED.match(line):
        return [Statement(Kind.TITLE, "原题", retitled.group("title"))]
    label = _LABEL.match(line)
    if label is None:
        return []
    marks = [label, *_LABEL.finditer(line, label.end())]
    if _KIND_OF[marks[0].group("label")] is Kind.TITLE:  # a headline may hold anything but a second statement far on
        marks = marks[:1] + [m for m in marks[1:] if re.search(r"\s{2}\Z", line[: m.start()])]
    statements = []
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        end = following.start() if following else len(line)
        statement = _statement(mark, line[mark.end() : end].strip(_VALUE_EDGES))
        if statement is None:
            return []
        statements.append(statement)
    return statements


def editor_and_code(value: str) -> tuple[str | None, str | None]:
    """`某某 SF001` into name and staff code; either may be missing."""
    value = _unbracketed(value).strip(_VALUE_EDGES + "）)(（")
    found = _CODE.search(value)
    if not found:
        return value or None, None
    return value[: found.start(1)].strip(_VALUE_EDGES) or None, found.group(1)


def byline(words: str) -> str | None:
    """Names of a line that is nothing but a byline: `某报记者 甲某 实习生 乙某 北京报道`."""
    if not _names_reporter(words):
        return None
    return _known_byline(words) if len(words) <= _LONGEST_KEPT else _byline(words)


def _byline(words: str) -> str | None:
    line = _unbracketed(words.strip(_LEAD))
    if len(line) > 60 or not (found := _BYLINE.match(line)):
        return None
    rest = line[found.end("names") :]
    return _names(found.group("names")) if not rest.strip() or _PLACE_REPORT.fullmatch(" " + rest.strip()) else None


def bracketed_byline(words: str) -> str | None:
    """Names of the first byline in brackets: `（某台记者 甲某 乙某）`."""
    for found in _BRACKETED.finditer(words) if _names_reporter(words) else ():
        if names := _names(found.group("names")):
            return names
    return None


def _names_reporter(words: str) -> bool:
    """What all bylines hold, and few lines do: the expressions are tried on those only."""
    return "记者" in words or "記者" in words


def agency(words: str) -> str | None:
    """The news agency in a dateline that opens a text: `新华社北京3月22日电`."""
    found = _AGENCY.match(words.lstrip(_LEAD))
    return found.group("agency") if found else None


def names(value: str) -> str:
    """Names as an author line states them, without the outlet before 记者 and the place after them."""
    tail = _AFTER_REPORTER.split(value)[-1].strip(_VALUE_EDGES)
    return _names(tail) or value


def of_adlist(words: str) -> tuple[str | None, dict[str, str]]:
    """Origin and credits stated in the comment that Sina keeps other outlets' closing lines in."""
    origin, credited = None, {}
    if found := _FROM.search(words):
        origin = found.group(1)
    for line in words.splitlines():
        for statement in parse(line):
            if statement.kind is Kind.OUTLET:
                origin = origin or statement.value
            elif statement.kind is not Kind.TITLE and statement.value:
                credited[statement.label] = statement.value
    return origin, credited


def _statement(mark: re.Match[str], value: str) -> Statement | None:
    label = mark.group("label")
    kind = _KIND_OF[label]
    if len(value) > _LIMIT[kind] or (kind is not Kind.TITLE and _SENTENCE.search(value)):
        return None
    if label == "文" and mark.group("mark").strip() in "：:" and not _ONLY_NAMES.fullmatch(value):
        return None
    if "记者" in label and (not _ONLY_NAMES.fullmatch(value) or _NO_NAME.search(value)):
        return None
    if kind is Kind.OUTLET:
        value = _BEFORE_REPORTER.split(value, 1)[0].strip(_VALUE_EDGES)
        if value[:1] in "《“" and value[-1:] in "》”" and len(value) > 2:
            value = value[1:-1]
        if "://" in value or not _WORD.search(value + "_"):
            return None
    return Statement(kind, label, value)


def _names(found: str) -> str | None:
    while cut := _PLACE_REPORT.search(found):
        found = found[: cut.start()]
    found = _BLANKS.sub(" ", found).strip(_VALUE_EDGES)
    return found if found and not _NO_NAME.search(found) else None


def _unbracketed(line: str) -> str:
    while len(line) > 2 and _BRACKETS.get(line[0]) == line[-1] and line[-1] not in line[1:-1]:
        line = line[1:-1].strip(_LEAD)
    return line.strip()


# Several rules ask for the same few lines.
_LONGEST_KEPT = 200
_parsed = lru_cache(maxsize=32)(_parse)
_known_byline = lru_cache(maxsize=32)(_byline)

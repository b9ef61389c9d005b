"""Posts: files with YAML front matter and an HTML body, as RSSHub page builders for Hexo write them.

In: the text of a file, or front matter and body. Out: an Entry, or the text. Called by archive (import and export)
and for seeds. The form that `compose` writes, blanks at line ends included:

    (an empty line)
    ---
    title: '中文标题'
    categories:·
     - 金融
    author: 新浪财经
    comments: false
    date: Tue, 14 Jun 2022 11:54:04 GMT
    ---
    (an empty line)
    <div>···
    body
    </div>
    ············

Braces of the body stand as `&#123;` and `&#125;`, because Hexo takes them for template marks. A post has no address
and no id: its identity is title and date.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import yaml

from aggregator.errors import NotAPost
from aggregator.kit import dates, hashing, text, urls
from aggregator.models import Entry

#: A date further ahead than this is a mistake, whatever the zone.
AHEAD = timedelta(days=2)

_FENCE = re.compile(
    r"\A\ufeff?\s*---[ \t]*\r?\n(?P<front>.*?)^---[ \t]*(?:\r?\n|\Z)(?P<body>.*)\Z", re.DOTALL | re.MULTILINE
)
_OPENING = re.compile(r"\A\ufeff?\s*---[ \t]*\r?\n")
_WRAPPER = re.compile(r"\A\s*<div>[ \t]*\r?\n(?P<inner>.*)\r?\n</div>\s*\Z", re.DOTALL | re.IGNORECASE)
_QUOTED_KEYS = frozenset({"title", "headimg", "thumbnail"})
#: What YAML 1.1 (§5.1) prints, but for line separators and the byte order mark.
_PRINTABLE = re.compile("[ -~\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]*")

#: Characters of front matter that are read by libyaml at most, and what may not be among them.
_QUICK = 8192
_UNLIKE = re.compile(
    r"[*&!|>{}\[\]`\t\r\x7f-\xa0\u2028\u2029\ufeff]|[^\n -\ud7ff\ue000-\ufffd]|^ *[%@?]|^ *- +[-?](?: |$)", re.MULTILINE
)


class _Loader(yaml.SafeLoader):
    """YAML as people mean it in front matter: dates, times, `yes` and `010` are strings. No aliases: they can bomb."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.composer.ComposerError(None, None, "aliases are not allowed", mark)
        return super().compose_node(parent, index)


class _Quick(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The same by libyaml, where PyYAML has it: five times as fast. It is only asked for what `_is_plain` lets pass."""


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", r"(?:true|false|True|False)\Z", "tTfF"),
    ("tag:yaml.org,2002:null", r"(?:~|null|Null|)\Z", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:int", r"-?(?:0|[1-9][0-9]{0,17})\Z", "-0123456789"),
    ("tag:yaml.org,2002:float", r"-?(?:0|[1-9][0-9]{0,14})\.[0-9]{1,14}\Z", "-0123456789"),
):
    _Loader.add_implicit_resolver(_tag, re.compile(_pattern), list(_first))
_Quick.yaml_implicit_resolvers = _Loader.yaml_implicit_resolvers


def read(content: str, *, where: str, zone: str = "Asia/Shanghai", language: str | None = None) -> Entry:
    """Read a post; `where` names the file in errors, `zone` is for a date that states none.

    Two outlets' posts of one title and date are two entries when they state a link or docid. `extra["front"]` holds the
    whole front matter in its order, `original` the text as it came. Raises NotAPost when the front matter is missing,
    broken or without a title.
    """
    fenced = _FENCE.match(content)
    if fenced is None:
        raise NotAPost(f"{where}:{_line(content)}: {_missing(content)}")
    front = _front(fenced, content, where)
    title = text.title(_words(front.get("title")))
    if not title:
        raise NotAPost(f"{where}:{content.count(chr(10), 0, fenced.start('front')) + 1}: front matter without a title")
    published = dates.parse(_words(front.get("date")), zone=zone)
    updated = dates.parse(_words(front.get("updated")), zone=zone)
    link = next((url for name in ("link", "url") if (url := urls.absolute(None, _words(front.get(name))))), None)
    docid = _words(front.get("docid")) or urls.docid(link)
    when = published.isoformat() if published else _words(front.get("date")) or None
    document = docid or (urls.key(link) if link else None)
    return Entry(
        id=hashing.digest(title, when, document) if document else hashing.digest(title, when),
        title=title,
        link=urls.unwrap(link) if link else None,
        docid=docid,
        published=published,
        updated=updated,
        author=", ".join(_list(front.get("author"))) or None,
        outlet=text.line(_words(front.get("outlet"))) or None,
        content=_inner(fenced["body"]),
        categories=_list(front.get("categories")),
        keywords=_list(front.get("tags")) or _list(front.get("keywords")),
        language=_words(front.get("lang")) or language,
        extra={"front": front},
        original=content,
    )


def doubts(entry: Entry, now: datetime) -> list[tuple[int, str]]:
    """What a post that was read says wrongly of itself, each with the number of its line. It is taken all the same.

    A date that does not exist is left out, as an unknown one: a wrong instant would be a wrong identity.
    """
    front, original = entry.extra.get("front", {}), entry.original or ""
    found = []
    for name, read_as in (("date", entry.published), ("updated", entry.updated)):
        stated = _words(front.get(name))
        if stated and read_as is None:
            found.append((name, f"{stated!r} is no date that exists; taken without it"))
        elif read_as is not None and read_as > now + AHEAD:
            found.append((name, f"{stated!r} lies in the future"))
    return [(_line_of(name, original), f"{name}: {doubt}") for name, doubt in found]


def _line_of(name: str, content: str) -> int:
    """Number of the line of a key; 1 where it is written in another way."""
    key = re.search(rf"^{name}[ \t]*:", content, re.MULTILINE)
    return content.count("\n", 0, key.start()) + 1 if key else 1


def compose(front: Mapping[str, Any], body: str) -> str:
    """Write a post in the form above. `read` gives back the same front matter and body.

    Values of `front` are strings, numbers, booleans, None, dates (written as RFC 822 in GMT), lists or mappings of
    these.
    """
    lines = ["", "---"]
    for name, value in front.items():
        lines.extend(_written(str(name), value))
    escaped = body.replace("{", "&#123;").replace("}", "&#125;")
    return "\n".join([*lines, "---", "", "<div>   ", escaped, "</div>", " " * 12])


def _front(fenced: re.Match[str], content: str, where: str) -> dict[str, Any]:
    first = content.count("\n", 0, fenced.start("front")) + 1
    try:
        front = _loaded(fenced["front"])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "is no YAML"
        raise NotAPost(f"{where}:{first + (mark.line if mark else 0)}: front matter: {problem}") from error
    except RecursionError as error:
        raise NotAPost(f"{where}:{first}: front matter nested too deep") from error
    if not isinstance(front, dict):
        raise NotAPost(f"{where}:{first}: front matter is no list of `key: value`")
    return {str(name): _plain(value) for name, value in front.items()}


def _loaded(front: str) -> Any:
    if _is_plain(front):
        try:
            return _data(_Quick(front))
        except (yaml.YAMLError, ValueError):
            pass  # the other one says what is wrong, and where
    return _data(_Loader(front))


def _data(loader: Any) -> Any:
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()


def _is_plain(front: str) -> bool:
    """Whether it is short, and without anything that the two loaders may take differently.

    libyaml joins aliases by itself and knows no bound for depth, so what nests on one line is none of its; it follows
    another reading of flow collections, block scalars, tags, line separators and blanks that are none.
    """
    return len(front) <= _QUICK and _UNLIKE.search(front) is None


def _plain(value: Any) -> Any:
    """The value as JSON could hold it."""
    if isinstance(value, dict):
        return {str(name): _plain(child) for name, child in value.items()}
    if isinstance(value, list | tuple | set):
        return [_plain(child) for child in value]
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return value.isoformat() if isinstance(value, datetime | date) else str(value)


def _inner(body: str) -> str:
    """The article's HTML: without the wrapping div, braces as they were."""
    wrapped = _WRAPPER.match(body)
    inner = wrapped["inner"] if wrapped else body.strip()
    return text.strip_controls(inner.replace("&#123;", "{").replace("&#125;", "}"))


def _words(value: Any) -> str:
    if value is None or isinstance(value, bool | dict | list):
        return ""
    return str(value).strip()


def _list(value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    words = (text.line(_words(each)) for each in values)
    return tuple(dict.fromkeys(word for word in words if word))


def _missing(content: str) -> str:
    if _OPENING.match(content):
        return "front matter that no line `---` ends"
    return "no front matter: the first line with text must be `---`"


def _line(content: str) -> int:
    """Number of the first line that holds anything."""
    return content[: len(content) - len(content.lstrip("\ufeff \t\r\n"))].count("\n") + 1


def _written(name: str, value: Any) -> list[str]:
    key = _scalar(name, quoted=False)
    if isinstance(value, datetime):
        value = format_datetime(value.astimezone(UTC), usegmt=True)
    if isinstance(value, list | tuple) and value and all(_is_scalar(each) for each in value):
        return [f"{key}: ", *(f" - {_scalar(each, quoted=False)}" for each in value)]
    if _is_scalar(value):
        return [f"{key}: {_scalar(value, quoted=name in _QUOTED_KEYS)}".rstrip()]
    return [f"{key}: {_flow(value)}"]


def _flow(value: Any) -> str:
    """A nested value on one line, as YAML flow collections with every string in double quotes."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_flow(str(name))}: {_flow(child)}" for name, child in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_flow(child) for child in value) + "]"
    if isinstance(value, str):
        return '"' + _escaped(value) + '"'
    return _scalar(_plain(value), quoted=True)


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, str | bool | int | float)


def _scalar(value: Any, *, quoted: bool) -> str:
    """One value on one line: bare where that reads back the same, else in single quotes, else in double quotes."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    words = str(value)
    if not _PRINTABLE.fullmatch(words):
        return '"' + _escaped(words) + '"'
    if not quoted and _reads_back(words):
        return words
    return "'" + words.replace("'", "''") + "'"


def _reads_back(value: str) -> bool:
    try:
        return bool(_loaded(f"k: {value}\n") == {"k": value})
    except yaml.YAMLError:
        return False


def _escaped(value: str) -> str:
    """For double quotes: every character that YAML does not print is written as an escape (YAML 1.1 §5.6)."""
    out = []
    for char in value:
        if char in '\\"':
            out.append("\\" + char)
        elif _PRINTABLE.fullmatch(char):
            out.append(char)
        else:
            code = ord(char)
            out.append(f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}")
    return "".join(out)

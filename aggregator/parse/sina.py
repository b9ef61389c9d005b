"""What Sina's list APIs have in common: rows, addresses, pictures, paging.

Called by sina_roll, sina_live and sina_news. Facts of the APIs, as captured in autumn 2026: every value may be missing,
null, "", "0", a number or the same number as a string; lists may stand as JSON inside a string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from aggregator.kit import text, urls
from aggregator.models import Image

#: Where relative addresses of rows start; they hardly occur.
BASE = "https://finance.sina.com.cn/"

_PLACEHOLDER = re.compile(r"/wx_poster_\w+\.(?:png|jpe?g)\Z")
_DOCID = re.compile(r"(?:[a-z_]+[:-])?([\w-]+)\Z")
_WORDS = re.compile(r"[,，;；、\s\u3000]+")


def said(row: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that says something, as one clean line; '' when none does ("0" says nothing)."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str | int) and not isinstance(value, bool):
            words = text.line(str(value))
            if words not in ("", "0"):
                return words
    return ""


def raw(row: Mapping[str, Any], name: str) -> str:
    """A field as it stands when it is a string, '' otherwise."""
    value = row.get(name)
    return value if isinstance(value, str) else ""


def number(row: Mapping[str, Any], name: str) -> int:
    """A field as a whole number, 0 when it is none."""
    try:
        return int(row.get(name) or 0)
    except (TypeError, ValueError):
        return 0


def listed(value: Any) -> list[Any]:
    """A list that may stand as JSON inside a string; [] for anything else."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return []
    return value if isinstance(value, list) else []


def address(value: Any) -> str | None:
    """An absolute address, redirectors taken off; None when the value is none."""
    found = urls.absolute(BASE, value) if isinstance(value, str) else None
    return urls.unwrap(found) if found else None


def others(link: str | None, candidates: Iterable[Any]) -> tuple[str, ...]:
    """The addresses among `candidates` that differ from `link` and each other in more than scheme and tracking."""
    found: dict[str, str] = {}
    for candidate in candidates:
        if (url := address(candidate)) is not None:
            found.setdefault(urls.key(url), url)
    if link:
        found.pop(urls.key(link), None)
    return tuple(found.values())


def docid(value: Any) -> str | None:
    """`comos:ntaaqwe1000101` -> `ntaaqwe1000101`, `slide:9-100-700001` -> `9-100-700001`; None when there is none."""
    match = _DOCID.match(value.strip()) if isinstance(value, str) else None
    return match[1] if match and match[1] != "0" else None


def words(value: Any) -> tuple[str, ...]:
    """Keywords from a string with commas or blanks between them, or from a list of strings."""
    parts = value if isinstance(value, list) else _WORDS.split(value) if isinstance(value, str) else []
    clean = (text.line(part) for part in parts if isinstance(part, str))
    return tuple(dict.fromkeys(part for part in clean if part and part != "0"))


def pictures(values: Iterable[Any]) -> tuple[Image, ...]:
    """Pictures from `{"u", "w", "h", "t"}` objects or plain addresses; placeholders and repetitions are left out."""
    found: dict[str, Image] = {}
    for value in values:
        facts = value if isinstance(value, Mapping) else {"u": value}
        href = next((facts[name] for name in ("u", "url", "src", "img_url") if isinstance(facts.get(name), str)), None)
        url = picture_address(href)
        if url is None or _PLACEHOLDER.search(url):
            continue
        caption = text.line(facts["t"]) if isinstance(facts.get("t"), str) else ""
        found.setdefault(url, Image(url, caption or None, number(facts, "w") or None, number(facts, "h") or None))
    return tuple(found.values())


def picture_address(href: str | None) -> str | None:
    """The address of a picture when it names its host; Sina's picture hosts serve https, so http becomes that."""
    url = urls.absolute(BASE, href) if href and "//" in href else None
    if url and url.startswith("http://") and urls.host(url).endswith(".sinaimg.cn"):
        return "https://" + url.removeprefix("http://")
    return url


def asked(url: str, name: str) -> int | None:
    """A whole number in the query of the address that was asked for."""
    for key, value in parse_qsl(urlsplit(url).query):
        if key == name and value.isdigit():
            return int(value)
    return None


def with_query(url: str, **changes: int) -> str:
    """The address with these query parameters set, others and their order kept."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    query.update({name: str(value) for name, value in changes.items()})
    return urlunsplit(parts._replace(query=urlencode(query)))

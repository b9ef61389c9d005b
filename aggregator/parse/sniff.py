"""Finds out by its content what a document is; media types lie too often to be more than a hint.

In: bytes (for the kind of decoding) and the decoded text. Out: the names of the parsers that can read it, in the
order in which they should try, or NotAFeed with words that tell the operator what came instead. Called by
parse.parse() only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from aggregator.errors import NotAFeed
from aggregator.kit import text as texts
from aggregator.parse import jsontext

Kind = Literal["xml", "html", "json", "text"]

_SPACE = " \t\r\n\f\v\x00\ufeff\u00a0\u3000"
_XML_START = re.compile(r"<(?:\?xml\b|(?:[A-Za-z][\w.-]*:)?(?:rss|feed|rdf|channel)\b)", re.IGNORECASE)
#: Prolog: declarations, comments, DOCTYPE with its internal subset. Every branch ends or takes the rest at once.
_PROLOG = re.compile(
    r"\s+|<\?[^>]*+>|<!--(?s:.*?)(?:-->|\Z)|<!doctype[^>\[]*+(?:\[(?s:.{0,65536}?)\]\s*)?>", re.IGNORECASE
)
_MOST_JUNK = 8_192
_XML_PARSERS = ("feedxml", "tolerant")
_ROOT = re.compile(r"<(?:([A-Za-z_][\w.-]*):)?([A-Za-z_][\w.-]*)")
_FEED_ROOTS = frozenset({"rss", "feed", "rdf", "channel", "entry"})
_HTML_ROOTS = frozenset(
    {"html", "head", "body", "title", "meta", "script", "style", "div", "p", "h1", "center", "noscript"}
)
_TITLE = re.compile(r"<title[^>]*+>([^<]{0,200})", re.IGNORECASE)
_CHALLENGE = re.compile(
    r"cf-chl|challenge-platform|just a moment|attention required|captcha|anubis|enable javascript|are you a robot|"
    r"verify (?:that )?you are|ddos protection|"
    r"访问验证|安全验证|人机验证|验证码|访问过于频繁|滑动验证|请开启\s*javascript",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Found:
    """What the text is: parsers to try, and the text from where the feed begins or its JSON value."""

    parsers: tuple[str, ...]
    text: str = ""
    value: Any = None
    problem: str | None = None  #: what had to be passed over, in words


def kind(body: bytes, media_type: str) -> Kind:
    """Which rules of decoding fit: those of XML, JSON or HTML. By the first signs, the media type breaking the tie."""
    head = body[:1024].replace(b"\x00", b"").lstrip(b"\xef\xbb\xbf\xfe\xff\xff\xfe \t\r\n\f")
    if head[:1] in (b"{", b"[") or head[:3] == b"try" or media_type.endswith("json"):
        return "json" if head[:1] != b"<" else "xml"
    if re.match(rb"(?i)<!doctype\s+html|<html", head):
        return "html"
    return "xml"


def look(text: str) -> Found:
    """The parsers for `text`. Raises NotAFeed when there are none."""
    start = text.lstrip(_SPACE)
    if not start:
        raise NotAFeed("the body is empty")
    if start[0] == "<":
        return _look_xml(start)
    if (value := jsontext.load(start)) is not jsontext.NO_JSON:
        return Found(_look_json(value), value=value)
    return _behind_junk(start) or _refuse(f"plain text, no feed: {_excerpt(start)}")


def _look_xml(text: str) -> Found:
    root = _root(text)
    if root in _FEED_ROOTS:
        return Found(_XML_PARSERS, text)
    if root in _HTML_ROOTS or re.match(r"<!doctype\s+html", text, re.IGNORECASE):
        return _refuse(_html_words(text))
    if root == "opml":
        return _refuse("an OPML list of feeds, not a feed: import it instead")
    if found := _behind_junk(text):
        return found
    if root is None:
        return _refuse("it begins like XML, but holds no element")
    return _refuse(f"an XML document with root <{root}>, which is no feed format")


def _behind_junk(text: str) -> Found | None:
    """The feed that begins a little later: warnings of a script often stand before one."""
    for begin in _XML_START.finditer(text, 0, _MOST_JUNK):
        if begin.start() and _root(text[begin.start() :]) in _FEED_ROOTS:
            problem = f"{begin.start()} characters before the feed were skipped: {_excerpt(text)}"
            return Found(_XML_PARSERS, text[begin.start() :], problem=problem)
    return None


def _refuse(reason: str) -> Found:
    raise NotAFeed(reason)


def _root(text: str) -> str | None:
    """Local name of the root element in lower case; None when there is none."""
    at = 0
    while match := _PROLOG.match(text, at):
        at = match.end()
    found = _ROOT.match(text, at)
    return found[2].lower() if found else None


def _html_words(text: str) -> str:
    head = text[:20_000]
    title = _TITLE.search(head)
    words = f" (title: {texts.line(title[1])!r})" if title and title[1].strip() else ""
    if _CHALLENGE.search(head):
        return f"a challenge page of an anti-bot service instead of a feed{words}"
    return f"an HTML page instead of a feed{words}"


def _look_json(value: Any) -> tuple[str, ...]:
    if not isinstance(value, dict):
        raise NotAFeed(f"a JSON {_json_name(value)}, not a feed")
    if "jsonfeed.org" in str(value.get("version", "")) or _looks_like_jsonfeed(value):
        return ("jsonfeed",)
    result = value.get("result")
    if isinstance(result, dict) and isinstance(result.get("status"), dict):
        jsontext.check_status(result["status"])
        data = result.get("data")
        if isinstance(data, list):
            return ("sina-roll",)
        if isinstance(data, dict) and isinstance(data.get("feed"), dict):
            return ("sina-live",)
        raise NotAFeed(f"Sina's API answered without a list of rows: data is {_json_name(data)}")
    if isinstance(value.get("status"), dict) and "data" in value:
        jsontext.check_status(value["status"])
        if value["data"] is None or isinstance(value["data"], list):
            return ("sina-news",)
    raise NotAFeed(jsontext.error_words(value))


def _looks_like_jsonfeed(value: dict[str, Any]) -> bool:
    """True for a JSON Feed that forgot its version: lists of `items` are too common to be enough."""
    items = value.get("items")
    if not isinstance(items, list):
        return False
    named = any(isinstance(value.get(name), str) for name in ("title", "home_page_url", "feed_url"))
    first = items[0] if items and isinstance(items[0], dict) else {}
    return named or not {"content_html", "content_text", "date_published"}.isdisjoint(first)


def _json_name(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object" if value else "an empty object"
    names = {list: "list", str: "string", bool: "true or false", int: "number", float: "number"}
    return names.get(type(value), "value")


def _excerpt(text: str) -> str:
    return repr(texts.truncate(" ".join(text[:200].split()), 80))

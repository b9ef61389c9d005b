"""The kinds of values that config knows, with their checks: each takes a value and gives it back, or raises Mistake.

Used by schema.py and tables.py as annotations.
"""

from __future__ import annotations

import re
import zoneinfo
from datetime import timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict

from aggregator.config import units
from aggregator.config.problems import Mistake, suggest
from aggregator.fetch import guard

_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # token of RFC 9110 §5.6.2
_OUR_HEADERS = frozenset(
    ("accept-encoding", "connection", "content-length", "host", "if-modified-since", "if-none-match", "range", "te")
) | {"transfer-encoding", "upgrade"}


class Table(BaseModel):
    """Base of everything read from TOML: nothing unknown, nothing converted by guesswork, nothing changed later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def line(text: str) -> str:
    """One line of text, trimmed, with something in it."""
    if _CONTROL.search(text):
        raise Mistake("holds a line break or control character", "write it on one line")
    if not text.strip():
        raise Mistake("is empty", "write a text")
    return text.strip()


def slug(text: str) -> str:
    """A name fit for addresses and files; '' means: take the default."""
    if text and not _SLUG.fullmatch(text):
        raise Mistake(
            f'"{text}" is no slug', "use a-z, 0-9 and -, at most 64 characters, a letter or digit first: sina-flash"
        )
    return text


def zone(name: str) -> str:
    """A name of the IANA time zone database."""
    known = zoneinfo.available_timezones()
    if name not in known:
        raise Mistake(
            f'"{name}" is no IANA time zone', suggest(name, sorted(known), otherwise='write one like "Asia/Shanghai"')
        )
    return name


def language(tag: str) -> str:
    """A language tag (BCP 47), by its form."""
    if not _LANGUAGE.fullmatch(tag):
        raise Mistake(f'"{tag}" is no language tag', 'write one like "zh-CN" or "en"')
    return tag


def web_address(url: str, example: str = "https://example.org/feed.xml") -> str:
    """An http or https address with a host, without credentials. `example` is shown when it is none."""
    if _CONTROL.search(url) or " " in url.strip():
        raise Mistake("holds a blank or control character", "write the address without, blanks as %20")
    try:
        parts = urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError as fault:
        raise Mistake(f'"{url}" is no address ({fault})', f"write it like {example}") from None
    if parts.scheme.lower() not in ("http", "https"):
        raise Mistake(f'"{url}" is no http or https address', f"write it like {example}")
    if not host or not host.strip("."):
        raise Mistake(f'"{url}" names no host', f"write it like {example}")
    if "@" in parts.netloc:
        raise Mistake("holds a user name", 'send it as a header: headers = { Authorization = "Basic …" }')
    return url.strip()


def header(name: str, value: str) -> None:
    """A header that may be added to a request: a token, not one of ours, a value that cannot break the request."""
    if not _HEADER_NAME.fullmatch(name):
        raise Mistake(f'"{name}" is no header name', "use letters, digits and -: Accept-Language")
    if name.lower() in _OUR_HEADERS:
        raise Mistake(f"{name} is set by the program itself", "leave it out")
    if _CONTROL.search(value) or not value.isascii():
        raise Mistake(f"the value of {name} holds a line break or a character outside ASCII", "write plain ASCII")


def is_private(host: str) -> bool:
    """Whether `host`, as written, is plainly this machine or network: localhost, or an address not for the world."""
    host = host.lower().rstrip(".").strip("[]")
    if host in ("localhost", "") or host.endswith((".localhost", ".local", ".internal", ".home.arpa")):
        return True
    address = guard.literal(host)
    return address is not None and not guard.allowed(address)


def _words(value: Any) -> Any:
    """A list of texts; a text alone is taken as a list of one."""
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


def _each(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line(word) for word in words))


def _ages(value: Any) -> Any:
    """Durations divided by blanks, or a list of them, youngest first; each an hour at least."""
    ages = tuple(sorted(units.duration(one) for one in (value.split() if isinstance(value, str) else value or ())))
    if ages and ages[0] < timedelta(hours=1):
        raise Mistake(f"{units.shown(ages[0])} is too young", 'write an hour or more, like "1d 7d"')
    return ages


Line = Annotated[str, AfterValidator(line)]
Slug = Annotated[str, AfterValidator(slug)]
Zone = Annotated[str, AfterValidator(zone)]
Language = Annotated[str, AfterValidator(language)]
WebAddress = Annotated[str, AfterValidator(web_address)]
Words = Annotated[tuple[str, ...], BeforeValidator(_words), AfterValidator(_each)]
Duration = Annotated[timedelta, BeforeValidator(units.duration)]
OptionalDuration = Annotated[timedelta | None, BeforeValidator(lambda value: units.duration(value) if value else None)]
Ages = Annotated[tuple[timedelta, ...], BeforeValidator(_ages)]
Size = Annotated[int, BeforeValidator(units.size)]
LogLevel = Literal["debug", "info", "warning", "error"]
LogFormat = Literal["auto", "human", "json"]

"""Addresses as they are requested: text in, Target out. Called by fetch.hops for the first address and every redirect.

An address is sent exactly as written. Only what HTTP cannot carry is changed: a host name becomes ASCII (RFC 5890),
blanks, control characters and non-ASCII become percent codes (RFC 3986 §2.1), the fragment is cut (RFC 9110 §4.2.5).
One reading serves the guard, the Host header and the connection, so no two parsers can disagree about the host.
"""

from __future__ import annotations

import re
import urllib.parse
from dataclasses import dataclass

from aggregator.errors import BadTransfer, RefusedAddress
from aggregator.fetch import guard

_SHAPE = re.compile(r"(?P<scheme>https?)://(?P<authority>[^/?#\\]*)(?P<rest>[^#]*)", re.IGNORECASE | re.DOTALL)
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """One address to ask."""

    scheme: str  #: http or https
    host: str  #: lower-case ASCII name, or canonical IP address without brackets
    port: int
    path: str  #: path and query, as sent on the request line
    userinfo: str | None = None  #: 'user:password' as written, never part of `url`

    @property
    def authority(self) -> str:
        """Host, and the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The address as requested: no credentials, no fragment."""
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def place(self) -> tuple[str, int]:
        """Host and port: the machine and service that are asked."""
        return self.host, self.port


def read(url: str) -> Target:
    """Read an address. Raises RefusedAddress when it is no plain http or https address."""
    text = url.strip(" \t\r\n\f\v\0")
    shape = _SHAPE.match(text)
    if shape is None or shape["rest"].startswith("\\"):
        raise RefusedAddress(shown(url), "is no plain http:// or https:// address")
    scheme = shape["scheme"].lower()
    userinfo, _, hostport = shape["authority"].rpartition("@")
    host, port = _host_and_port(shown(url), hostport, _PORTS[scheme])
    path = _sendable(shape["rest"])
    if not path.startswith("/"):
        path = "/" + path
    return Target(scheme, host, port, path, userinfo or None)


def follow(target: Target, location: bytes) -> Target:
    """The target a redirect names (RFC 9110 §10.2.2). `location` is the header's bytes, relative or absolute.

    Raises RefusedAddress for other schemes and for credentials in the target, BadTransfer when nothing can be read.
    """
    text = location.decode("utf-8", "surrogateescape").strip()
    if not text:
        raise BadTransfer(target.url, "redirects without saying where to")
    try:
        joined = urllib.parse.urljoin(target.url, text)
    except ValueError as exc:
        raise BadTransfer(target.url, f"redirects to an address that cannot be read ({exc})") from exc
    after = read(joined)
    if after.userinfo is not None:
        raise RefusedAddress(after.url, "a redirect may not carry credentials")
    return after


def same_keeper(before: Target, after: Target) -> bool:
    """Whether what was meant for `before` may be sent to `after`: same service, or the same host's step up to https."""
    if (before.scheme, before.place) == (after.scheme, after.place):
        return True
    upgrade = (before.scheme, before.port, after.scheme, after.port) == ("http", 80, "https", 443)
    return upgrade and before.host == after.host


def shown(url: str) -> str:
    """The address as messages show it: without credentials."""
    return re.sub(r"(?<=//)[^/?#]*@", "", url, count=1)


def _host_and_port(url: str, hostport: str, default: int) -> tuple[str, int]:
    bracketed = re.fullmatch(r"(\[[^\]]*\])(?::(\d*))?", hostport)
    name, digits = bracketed.groups() if bracketed else _split_port(hostport)
    number = guard.literal(name)
    if bracketed and (number is None or ":" not in number or "%" in number):
        raise RefusedAddress(url, f"{name} is no IPv6 address")
    host = number or _ascii(name)
    if host is None or not (number or _HOST.fullmatch(host)):
        raise RefusedAddress(url, f"{name!r} cannot be a host name")
    if digits and not (digits.isascii() and digits.isdigit() and 0 < int(digits[:6]) < 65536):
        raise RefusedAddress(url, f"{digits!r} cannot be a port")
    return host, int(digits) if digits else default


def _split_port(hostport: str) -> tuple[str, str]:
    name, _, digits = hostport.partition(":")
    return name, digits


def _ascii(name: str) -> str | None:
    """A host name as DNS knows it, or None when it can be none."""
    try:
        return name.encode("idna").decode("ascii").lower().rstrip(".") or None
    except UnicodeError:
        return None


def _sendable(path: str) -> str:
    raw = path.encode("utf-8", "surrogateescape")
    return "".join(chr(byte) if 0x20 < byte < 0x7F else f"%{byte:02X}" for byte in raw)

"""One conditional GET: a URL goes in, Document or NotModified comes out, or an error of the FetchError family.

The only home of the HTTP library. Redirects are followed by hand (fetch.hops), bodies are inflated by fetch.inflate,
every connection passes fetch.guard, every request waits for its turn in fetch.polite. Called by pipeline.update.
"""

from __future__ import annotations

import asyncio
import base64
import errno
import re
import socket
import ssl
import urllib.parse
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from aggregator import __version__
from aggregator.errors import BadStatus, BadTransfer, FetchError, RefusedAddress, TimedOut, TooLarge, Unreachable
from aggregator.fetch import address, dns, freshness, guard, inflate, polite, tls
from aggregator.fetch import target as targets
from aggregator.fetch.hops import REDIRECTS, Hop, Redirect
from aggregator.fetch.target import Target
from aggregator.kit import urls
from aggregator.models import Document, Exchange, NotModified, Validators

with tls.without_certificates():  # _send() brings ours
    import aiohttp
    from aiohttp import abc
    from yarl import URL

_ACCEPT = {
    "feed": (
        "application/atom+xml, application/rss+xml, application/feed+json, application/json;q=0.9, "
        "application/xml;q=0.8, text/xml;q=0.8, */*;q=0.5"
    ),
    "page": "text/html, application/xhtml+xml, */*;q=0.5",
    "picture": "image/*, */*;q=0.1",
    "any": "*/*",
}
#: 203 is a 200 that a proxy rewrote (RFC 9110 §15.3.4); the other 2xx carry no whole representation.
_SUCCESS = frozenset({200, 203})
#: Set by the fetch itself, never by configuration.
_OWN_HEADERS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "expect", "range"}
    | {"accept-encoding", "if-none-match", "if-modified-since", "if-range"}
)
#: Response headers whose repeated lines make one list (RFC 9110 §5.3); of others the first line counts.
_LISTS = frozenset({"cache-control", "content-encoding", "link", "pragma", "vary"})
#: Longest header line: real ones (security policies) reach some 10 KB.
_LONGEST_HEADER = 32 * 1024
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch and all fetches together may take."""

    max_bytes: int = 15 * 1024 * 1024  #: decoded bytes of one body
    deadline: timedelta = timedelta(seconds=30)  #: wall clock of one fetch, all redirects; not the wait for turns
    connect: timedelta = timedelta(seconds=10)  #: for one connection
    per_host: int = 2  #: requests at the same time
    total: int = 32  #: requests at the same time
    max_redirects: int = 5
    user_agent: str = f"aggregator/{__version__} (self-hosted feed reader)"
    spacing: timedelta = timedelta()  #: between two requests to one host, where `address` knows no better
    trusted_networks: tuple[str, ...] = ()  #: always let in, e.g. 198.18.0.0/15 where a local proxy answers DNS


class Fetcher:
    """Asks origins. An async context manager; one for the whole process.

    `lookup` resolves host names (default: the system's resolver). `pace` may be given to share or watch it.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        pace: polite.Pace | None = None,
        clock: Callable[[], datetime] = polite.utcnow,
        *,
        lookup: dns.Lookup | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.pace = pace or polite.Pace(
            per_host=self.limits.per_host, total=self.limits.total, spacing=self.limits.spacing, clock=clock
        )
        self._clock = clock
        self._lookup = lookup
        self._trusted = guard.networks(self.limits.trusted_networks)
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._tls: ssl.SSLContext | None = None
        self._tls_lock = asyncio.Lock()

    async def __aenter__(self) -> Self:
        lookup = self._lookup or dns.system_lookup()
        # Two pools: a kept connection is not checked again, so what one fetch may reach must not serve another.
        for private in (False, True):
            self._sessions[private] = _session(_Door(lookup, self._trusted, private=private), self.limits)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        for session in self._sessions.values():
            await session.close()
        self._sessions.clear()

    async def get(
        self,
        url: str,
        *,
        validators: Validators = Validators(),  # noqa: B008 - frozen
        headers: Iterable[tuple[str, str]] = (),
        allow_private: bool = False,
        accept: str = "feed",
        max_bytes: int | None = None,
    ) -> Document | NotModified:
        """Fetch `url`.

        `validators` are sent byte for byte. `headers` are told only to the host of `url`; those that HTTP cannot carry
        or that the fetch sets itself are left out. `allow_private` lets that very host and port be private.
        `accept` is 'feed', 'page', 'picture' or 'any'. `max_bytes` caps this body instead of Limits.max_bytes.
        Raises RefusedAddress, Unreachable, TimedOut, TooLarge, BadTransfer and BadStatus; while the host is paused, a
        429 is raised without asking (`asked` is False).
        """
        own = [(name, value) for name, value in headers if _sendable(name, value)]
        conditions = _conditions(validators)
        hop = Hop.start(url)
        budget = self.limits.deadline.total_seconds()
        while True:
            ask = _Ask(url, hop, max_bytes, private=allow_private and hop.home, conditional=bool(conditions))
            self._check_literal(ask)
            request = self._request_headers(hop, own, accept) | conditions
            async with self._turn(hop.target):
                started = asyncio.get_running_loop().time()
                try:
                    async with asyncio.timeout(budget):
                        answer = await self._send(ask, request)
                except TimeoutError as exc:
                    raise TimedOut(ask.where, f"took longer than {self.limits.deadline.total_seconds():g} s") from exc
                budget -= asyncio.get_running_loop().time() - started
            if not isinstance(answer, Redirect):
                return answer
            hop = hop.follow(answer, self.limits.max_redirects)

    def complain(self, url: str) -> None:
        """What `url` served with a good status was a refusal in disguise: its host is left alone as after a 403."""
        self.pace.penalise(targets.read(url).host, disguised=True)

    # ------------------------------------------------------------------------------------------ before the request

    def _check_literal(self, ask: _Ask) -> None:
        number = guard.literal(ask.hop.target.host)
        if number is not None and not guard.allowed(number, private=ask.private, trusted=self._trusted):
            raise RefusedAddress(ask.where, _refusal(number))

    @asynccontextmanager
    async def _turn(self, target: Target) -> AsyncIterator[None]:
        self._check_pause(target)
        async with self.pace.turn(target.host, address.host_spacing(target.url)):
            self._check_pause(target)  # another request may have been refused while this one waited
            yield

    def _check_pause(self, target: Target) -> None:
        until = self.pace.paused_until(target.host)
        if until is not None:
            reason = f"not asked: {target.host} wants no requests until {until:%Y-%m-%d %H:%M:%S} UTC"
            wait = max(until - self._clock(), timedelta())
            raise BadStatus(target.url, 429, retry_after=wait, reason=reason, asked=False)

    def _request_headers(self, hop: Hop, own: Sequence[tuple[str, str]], accept: str) -> dict[str, str]:
        sent = {"user-agent": self.limits.user_agent, "accept": _ACCEPT[accept], "accept-encoding": "gzip, deflate"}
        sent |= {name.lower(): value for name, value in address.headers(hop.target.url).items()}
        if hop.kept:
            if hop.first.userinfo is not None:
                sent["authorization"] = _basic(hop.first.userinfo)
            sent |= {name.lower(): value for name, value in own}
        return {name.title(): value for name, value in sent.items()}

    # ------------------------------------------------------------------------------------------------- the request

    async def _send(self, ask: _Ask, request: Mapping[str, str]) -> Document | NotModified | Redirect:
        exact = URL(ask.where, encoded=True)
        session = self._sessions[ask.private]
        try:
            trust = await self._trust() if exact.scheme == "https" else True
            async with session.get(exact, headers=request, allow_redirects=False, ssl=trust) as response:
                return await self._read(ask, response)
        except FetchError as exc:
            raise _at(ask.where, exc) from exc.__cause__
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise _translated(ask.where, exc) from exc

    async def _trust(self) -> ssl.SSLContext:
        async with self._tls_lock:
            if self._tls is None:
                self._tls = await asyncio.to_thread(tls.context)
            return self._tls

    async def _read(self, ask: _Ask, response: aiohttp.ClientResponse) -> Document | NotModified | Redirect:
        status, now = response.status, self._clock()
        headers = _headers(response.raw_headers)
        if status in REDIRECTS:
            location = next((value for name, value in response.raw_headers if name.lower() == b"location"), b"")
            return Redirect(status, location)
        if status == 304:
            if not ask.conditional:
                raise BadTransfer(ask.where, "answered 304 (not modified) to a request without conditions")
            self.pace.forgive(ask.hop.target.host)
            return NotModified(ask.url, ask.where, now, headers, ask.hop.moved_to)
        if status not in _SUCCESS:
            raise self._refused(ask, status, headers, now)
        body = await self._body(ask, response, headers)
        self.pace.forgive(ask.hop.target.host)
        return Document(ask.url, ask.where, status, body, now, headers, ask.hop.moved_to, _exchange(response))

    async def _body(self, ask: _Ask, response: aiohttp.ClientResponse, headers: Mapping[str, str]) -> bytes:
        where, announced = ask.where, response.content_length or 0
        cap, name = (self.limits.max_bytes, "max_body") if ask.max_bytes is None else (ask.max_bytes, "its setting")
        body = inflate.Body(where, headers.get("content-encoding", "").split(","), cap)
        if announced > cap:
            raise TooLarge(where, f"announces {announced / 2**20:.1f} MB, more than the {cap / 2**20:g} MB of {name}")
        try:
            async for chunk in response.content.iter_any():
                body.feed(chunk)
        except (aiohttp.ClientError, OSError) as exc:
            raise BadTransfer(where, f"the body is cut ({exc})") from exc
        return body.finish()

    def _refused(self, ask: _Ask, status: int, headers: Mapping[str, str], now: datetime) -> BadStatus:
        host = ask.hop.target.host
        read = freshness.stay_away if status in (429, 503) else freshness.retry_after
        asked = read(headers, now)
        # Sina answers 403 instead of 429 to clients that ask too often.
        if status == 429 or (status == 403 and urls.is_sina(host)):
            asked = self.pace.penalise(host, asked) - now
        reason = f"answered {status}"
        if headers.get("cf-mitigated") == "challenge":
            reason += " with a challenge for browsers"
        elif status < 300:
            reason += ", which carries no document"
        return BadStatus(ask.where, status, retry_after=asked, reason=reason)


@dataclass(frozen=True, slots=True)
class _Ask:
    """One request of a fetch."""

    url: str  #: as the caller wrote it
    hop: Hop
    max_bytes: int | None
    private: bool
    conditional: bool

    @property
    def where(self) -> str:
        return self.hop.target.url


class _Door(abc.AbstractResolver):
    """Decides which addresses get connected.

    A name is resolved once per connection; what the guard refuses is taken out, and the connection goes to exactly the
    addresses that are left, so a name that changes its mind gains nothing. `open` sees every address once more.
    """

    def __init__(self, lookup: dns.Lookup, trusted: Sequence[guard.Network], *, private: bool) -> None:
        self._lookup = lookup
        self._trusted = trusted
        self._private = private

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - both families are always wanted
    ) -> list[abc.ResolveResult]:
        found = await self._lookup(host)
        good = [ip for ip in found if self._allowed(ip)]
        if found and not good:
            raise RefusedAddress(host, _refusal(found[0]))
        if not good:
            raise OSError(errno.EADDRNOTAVAIL, "the name has no address")
        flags = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
        return [
            abc.ResolveResult(hostname=host, host=ip, port=port, family=_family(ip), proto=0, flags=flags)
            for ip in good
        ]

    def open(self, info: aiohttp.AddrInfoType) -> socket.socket:
        """The socket for one connection. Raises PermissionError for addresses the guard refuses."""
        kind, form, protocol, _, place = info
        ip = str(place[0])
        if not self._allowed(ip):
            raise PermissionError(errno.EACCES, _refusal(ip))
        return socket.socket(family=kind, type=form, proto=protocol)

    async def close(self) -> None:
        """Nothing is held."""

    def _allowed(self, ip: str) -> bool:
        return guard.allowed(ip, private=self._private, trusted=self._trusted)


def _session(door: _Door, limits: Limits) -> aiohttp.ClientSession:
    # limit=0: the pace bounds what runs at the same time, and knows hosts. No DNS cache: the system has one.
    connector = aiohttp.TCPConnector(resolver=door, socket_factory=door.open, limit=0, use_dns_cache=False)
    return aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=limits.connect.total_seconds()),
        max_field_size=_LONGEST_HEADER,
    )


def _family(ip: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in ip else socket.AF_INET


def _refusal(ip: str) -> str:
    return f"{ip} is a private or reserved address; feeds of your own network need allow_private"


def _conditions(validators: Validators) -> dict[str, str]:
    both = {"If-None-Match": validators.etag, "If-Modified-Since": validators.last_modified}
    return {name: value for name, value in both.items() if value and not _CONTROLS.search(value)}


def _sendable(name: str, value: str) -> bool:
    return name.lower() not in _OWN_HEADERS and not _CONTROLS.search(name + value)


def _basic(userinfo: str) -> str:
    return "Basic " + base64.b64encode(urllib.parse.unquote_to_bytes(userinfo)).decode("ascii")


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Response headers by lower-case name. Cookies are forgotten here.

    A validator that is no UTF-8 could not be sent back as it came, so it counts as missing.
    """
    found: dict[str, str] = {}
    for key, value in raw:
        name = key.decode("ascii", "replace").lower()
        text = value.decode("utf-8", "replace")
        if name.startswith("set-cookie") or (name in ("etag", "last-modified") and "\ufffd" in text):
            continue
        if name in _LISTS and name in found:
            found[name] += ", " + text
        else:
            found.setdefault(name, text)
    return found


def _exchange(response: aiohttp.ClientResponse) -> Exchange:
    """What was sent and received, for who keeps the document."""
    sent = tuple((str(name), value) for name, value in response.request_info.headers.items())
    version = response.version
    spoken = f"HTTP/{version.major}.{version.minor}" if version else "HTTP/1.1"
    received = tuple(pair for pair in response.raw_headers if not pair[0].lower().startswith(b"set-cookie"))
    line = f"{spoken} {response.status} {response.reason or ''}".rstrip()
    return Exchange(response.request_info.url.raw_path_qs, sent, line, received)


def _at(where: str, exc: FetchError) -> FetchError:
    """The resolver knows only the host; messages name the address."""
    return RefusedAddress(where, exc.reason) if isinstance(exc, RefusedAddress) else exc


def _translated(where: str, exc: Exception) -> FetchError:
    """What the library raised before an answer could be read, in our words; the most special case first."""
    match exc:
        case aiohttp.ClientConnectorDNSError():
            return Unreachable(where, f"the host name does not resolve ({exc.os_error.strerror or exc.os_error})")
        case aiohttp.ClientConnectorCertificateError():
            return Unreachable(where, f"its TLS certificate does not hold ({exc.certificate_error})")
        case aiohttp.ServerTimeoutError():
            return Unreachable(where, "no connection in time")
        case aiohttp.ClientConnectorError():
            return Unreachable(where, f"cannot connect ({exc.os_error.strerror or exc.os_error})")
        case aiohttp.ServerDisconnectedError():
            return Unreachable(where, "the connection was closed before an answer came")
        case aiohttp.ClientResponseError():
            return BadTransfer(where, f"the answer is no valid HTTP ({' '.join(exc.message.split())[:200]})")
        case _:
            return Unreachable(where, f"the connection failed ({str(exc) or type(exc).__name__})")

"""The frame of every page: one Jinja2 environment, the reader's language, security headers, compression, error pages.

In: the scope of a request, the name of a template and its values. Out: a Response. Made once by server; each page
module gets it. Templates extend base.html and find there, beside their own values:

    t(key, …)          a text of the reader's language (chinese.py, english.py)     site, home, now, outputs, version
    lang               that language: lang.code, lang.tag                          asset(name), path(below)
    moment(at)         a time for the macros `when` and `twice`                    to(below): path(), and keeps `?lang=`
    carried            code of the language that forms must send along, or None
    typed              what the search field holds
    news               where and with which words static/live.js asks for newer stories, or None
    here, feeds        address of this page below the site's own; feeds of what it shows, for autodiscovery

Templates autoescape. What came from elsewhere reaches them as plain text, or as an address that was checked to be
http(s). Pages work without scripts and load nothing from elsewhere; the CSP says so.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import jinja2
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from aggregator import __version__
from aggregator.errors import RequestError
from aggregator.kit import text
from aggregator.models import Output
from aggregator.publish import FORMATS
from aggregator.web import conditional, language, words
from aggregator.web.assets import Assets
from aggregator.web.backend import Backend

LABELS = {"rss": "RSS", "atom": "Atom", "json": "JSON Feed"}

SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
#: Where the head of every page leads: address, key of its text.
NAVIGATION = [("/", "nav.latest"), ("/calendar", "nav.calendar"), ("/subscriptions", "nav.subscriptions")]

_ERRORS = frozenset((400, 403, 404, 405, 500, 503))
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class FeedLink:
    """One subscribe link."""

    label: str
    url: str
    media_type: str
    title: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One output with its links."""

    title: str
    description: str
    feeds: tuple[FeedLink, ...]


class Looks:
    """Makes pages. `clock` gives the time that relative times are counted from."""

    def __init__(self, backend: Backend, assets: Assets, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self._backend = backend
        self._assets = assets
        self.environment = jinja2.Environment(
            loader=jinja2.PackageLoader("aggregator.web"),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=jinja2.StrictUndefined,
        )
        self.environment.globals |= {
            "version": __version__,
            "asset": lambda name: self.path(f"/static/{name}?v={assets.version(name)}"),
            "path": self.path,
        }

    @property
    def base(self) -> str:
        """Our own address, without a slash at its end."""
        return self._backend.site.base_url.rstrip("/")

    def path(self, below: str) -> str:
        """An address below the site's own (`/story/…`) without its host: a page may be read through other names."""
        return urlsplit(self.base).path + below

    def page(
        self,
        scope: Scope,
        template: str,
        status: int = 200,
        *,
        headers: Mapping[str, str] | None = None,
        feeds: Sequence[FeedLink] = (),
        **values: Any,
    ) -> Response:
        """A page of a template. `feeds`: the same contents as feeds; those of all outputs are always named."""
        choice = chosen(scope)
        t = choice.language
        now = self.clock()
        html = self.environment.get_template(template).render(
            {
                "t": t,
                "lang": t,
                "languages": [
                    {"name": one.name, "tag": one.tag, "url": self.path(_switched(scope, one)), "here": one == t}
                    for one in language.LANGUAGES.values()
                ],
                "site": self._backend.site,
                "home": self._carried("/", choice),
                "to": lambda below: self._carried(below, choice),
                "moment": lambda at: words.moment(at, now, t),
                "now": words.moment(now, now, t),
                "outputs": [_shown(one, self.base) for one in self._backend.outputs()],
                "here": _here(scope),
                "feeds": tuple(feeds),
                "navigation": [
                    {"below": below, "name": t(key), "here": scope["path"] == below} for below, key in NAVIGATION
                ],
                "carried": t.code if choice.carried else None,
                "typed": "",
                "news": None,
            }
            | values
        )
        stated = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding, Accept-Language, Cookie", **SECURITY}
        stated |= headers or {}
        body = html.encode("utf-8", "replace")
        if conditional.accepts_gzip(_header(scope, b"accept-encoding")):
            body = gzip.compress(body, 4, mtime=0)
            stated["Content-Encoding"] = "gzip"
        stated["Content-Language"] = t.tag
        response = Response(body, status, stated, "text/html; charset=utf-8")
        if choice.asked:
            response.set_cookie(language.PARAMETER, t.code, max_age=_YEAR, path=self.path("/"), samesite="lax")
        return response

    def redirect(self, scope: Scope, below: str, status: int = 308) -> Response:
        """Leads to another page of ours."""
        location = self._carried(below, chosen(scope))
        return Response(None, status, {"Location": location, "Cache-Control": "no-cache", **SECURITY})

    def error(self, scope: Scope, status: int, headers: Mapping[str, str], hint: str | None = None) -> Response:
        """A page that says what is wrong and where to go on."""
        t = chosen(scope).language
        named = str(status) if status in _ERRORS else "other"
        said = hint or t(f"error.{named}.hint" if status != 400 else "error.other.hint")
        return self.page(
            scope, "error.html", status, headers=headers, code=status, heading=t(f"error.{named}"), hint=said
        )

    def refusal(self, scope: Scope, problem: RequestError) -> Response:
        """The page for a request that makes no sense."""
        return self.error(scope, problem.status, {}, chosen(scope).language(problem.key, **problem.values))

    async def send_error(
        self, scope: Scope, receive: Receive, send: Send, status: int, headers: dict[str, str]
    ) -> None:
        """The same, for plain ASGI applications."""
        await self.error(scope, status, headers)(scope, receive, send)

    def _carried(self, below: str, choice: language.Choice) -> str:
        """An address that leads on in the language of this page, also where no cookie is kept."""
        if choice.carried:
            below, mark, fragment = below.partition("#")
            below += f"{'&' if '?' in below else '?'}{language.PARAMETER}={choice.language.code}{mark}{fragment}"
        return self.path(below)


def chosen(scope: Scope) -> language.Choice:
    """The language that a request gets."""
    parameters = dict(parse_qsl(scope["query_string"].decode("latin-1"), max_num_fields=None)[:200])
    cookie = Request(scope).cookies.get(language.PARAMETER)
    accepted = _header(scope, b"accept-language").decode("latin-1")
    return language.choose(parameters.get(language.PARAMETER), cookie, accepted)


def _header(scope: Scope, wanted: bytes) -> bytes:
    return b",".join(value for name, value in scope["headers"] if name == wanted)


def _here(scope: Scope, *more: tuple[str, str]) -> str:
    """The address of a request, below the site's own, in clean form and without its language."""
    stated = parse_qsl(scope["query_string"].decode("latin-1"))[:100]
    query = urlencode([one for one in stated if one[0] != language.PARAMETER] + list(more), quote_via=quote)
    path = quote(text.strip_controls(scope["path"]), safe="/")
    return "/" + path.lstrip("/") + (f"?{query}" if query else "")


def _switched(scope: Scope, to: language.Language) -> str:
    return _here(scope, (language.PARAMETER, to.code))


def _shown(output: Output, base: str) -> Shown:
    feeds = tuple(
        FeedLink(
            LABELS.get(name, name),
            f"{base}/feeds/{output.slug}.{FORMATS[name].extension}",
            FORMATS[name].media_type.partition(";")[0],
            f"{output.title} ({LABELS.get(name, name)})",
        )
        for name in output.formats
        if name in FORMATS
    )
    return Shown(output.title, output.description, feeds)


def utc_now() -> datetime:
    """The clock of a running server."""
    return datetime.now(UTC)

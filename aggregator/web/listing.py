"""The addresses of lists of stories: which list, filtered how, and from which place on. Pure.

In: the path and the parameters of a request. Out: a Listing, and from a Listing its addresses: as a page, as a feed, as
another page of it. Called by everything that shows a list: its page (timeline), its feeds, and the API.

    /                   the latest             /category/NAME      /day/YYYY-MM-DD     one Beijing day
    /symbol/CODE        an instrument          /outlet/NAME        /search?q=WORDS     see kit/querying.py

On all of them `symbol= category= outlet= feed=` filter (given again: one of them must fit), `q=` are words of a search,
`after=` and `before=` are Beijing days, the first counted in, the second not. `older=CURSOR` and `newer=CURSOR` lead to
the next page and the one before. The same path with `.rss`, `.atom` or `.json` behind it is the same list as a feed
(`/latest.atom` for `/`); `.html` stands behind a name that would read as one of these. The canonical address has its
parameters in a fixed order, each value once, sorted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from urllib.parse import quote, urlencode

from aggregator.errors import RequestError
from aggregator.kit import dates, querying, symbols, text
from aggregator.models import Query
from aggregator.web.language import Language

#: When and id of a story: where a page of a list begins or ends.
Place = tuple[datetime, int]

#: What a list is also served as.
EXTENSIONS = ("rss", "atom", "json")

LATEST, SYMBOL, CATEGORY, OUTLET, DAY, SEARCH = "latest", "symbol", "category", "outlet", "day", "search"

#: Kinds that have a name in their path.
NAMED = (SYMBOL, CATEGORY, OUTLET, DAY)
#: Kinds whose name is a filter, and which.
_BY_NAME = {SYMBOL: "symbols", CATEGORY: "categories", OUTLET: "outlets"}
#: Parameters that filter, and how their fields are called; in the order of canonical addresses.
FILTERS = {"symbol": "symbols", "category": "categories", "outlet": "outlets", "feed": "feeds"}

#: Characters of a name, of the words of a search, and values of one filter that are still answered.
LONGEST_NAME, LONGEST_WORDS, MOST_VALUES = 200, 500, 20

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Seventeen digits end in the year 5138.
_CURSOR = re.compile(r"([0-9]{1,17})-([0-9]{1,18})")
_PATH = re.compile(r"/(?:(latest|search)|(symbol|category|outlet|day)/(.+?))?(?:\.(rss|atom|json|html))?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Listing:
    """One list of stories and a place in it. Values of filters are as they were asked for, sorted, each once."""

    kind: str = LATEST
    name: str = ""  #: of the symbol, category or outlet, or the day; "" for the latest and for searches
    symbols: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    words: str = ""  #: of a search, as typed
    after: date | None = None  #: Beijing day, the first one counted in
    before: date | None = None  #: Beijing day, the first one not counted in
    older: Place | None = None  #: only what comes behind this place
    newer: Place | None = None  #: only what comes before it

    @property
    def day(self) -> date | None:
        """The day of a list of kind `day`."""
        return date.fromisoformat(self.name) if self.kind == DAY else None

    @property
    def filtered(self) -> bool:
        """Whether anything beside its name narrows the list."""
        return bool(self._parameters())

    @property
    def since(self) -> datetime | None:
        """The instant from which on stories are wanted, that one included."""
        return max((dates.beijing_midnight(one) for one in (self.after, self.day) if one), default=None)

    @property
    def until(self) -> datetime | None:
        """The instant from which on stories are no longer wanted."""
        ends = [dates.beijing_midnight(self.before)] if self.before else []
        if self.day:
            ends.append(dates.beijing_midnight(self.day) + timedelta(days=1))
        return min(ends, default=None)

    def query(self, now: datetime) -> Query:
        """What an article must be to stand in the list. Raises QueryError for words that are no search."""
        typed = querying.parse(self.words, now) if self.words else Query()
        return replace(
            typed,
            symbols=_values([*typed.symbols, *self.wanted("symbols")]),
            categories=_values([*typed.categories, *self.wanted("categories")]),
            outlets=_values([*typed.outlets, *self.wanted("outlets")]),
            feeds=_values([*typed.feeds, *self.feeds]),
            since=max((one for one in (typed.since, self.since) if one), default=None),
            until=min((one for one in (typed.until, self.until) if one), default=None),
        )

    def wanted(self, name: str) -> tuple[str, ...]:
        """The values of the filter of this field (`symbols` …), that of the path included."""
        values: tuple[str, ...] = getattr(self, name)
        return _values([*values, self.name]) if _BY_NAME.get(self.kind) == name else values

    def address(self, extension: str | None = None) -> str:
        """The canonical address below the site's own: `/symbol/600941.SH?outlet=…`; without cursors for a feed."""
        parameters = self._parameters()
        if extension is None:
            parameters += [(k, cursor(v)) for k, v in (("older", self.older), ("newer", self.newer)) if v]
        query = urlencode(parameters, quote_via=quote)
        return self._path(extension) + (f"?{query}" if query else "")

    def start(self) -> Listing:
        """The list from its beginning."""
        return replace(self, older=None, newer=None)

    def behind(self, place: Place) -> Listing:
        """The page that comes after a place."""
        return replace(self, older=place, newer=None)

    def ahead(self, place: Place) -> Listing:
        """The page that comes before a place."""
        return replace(self, older=None, newer=place)

    def without(self, field: str, value: str | None = None) -> Listing:
        """The list with a filter taken away: one value of symbols, categories, outlets or feeds, or a field."""
        left: Any = "" if field == "words" else None
        if value is not None:
            left = tuple(one for one in getattr(self, field) if one != value)
        return replace(self.start(), **{field: left})

    def title(self, t: Language, name: str | None = None, names: Mapping[str, str] = MappingProxyType({})) -> str:
        """The list in words; `name`: of the instrument or the day where that is known, `names`: of feeds by slug."""
        head = t("listing.searched", words=self.words) if self.kind == SEARCH and self.words else None
        if head is None:
            head = t(f"listing.{self.kind}", name=name or self.name)
        feeds = [names.get(slug, slug) for slug in self.feeds]
        parts = [*self.symbols, *self.categories, *self.outlets, *feeds]
        parts += [self.words] if self.words and self.kind != SEARCH else []
        parts += [t("listing.after", day=self.after.isoformat())] if self.after else []
        parts += [t("listing.before", day=self.before.isoformat())] if self.before else []
        return " · ".join([head, *parts])

    def _path(self, extension: str | None) -> str:
        if self.kind in (LATEST, SEARCH):
            path = "/" if extension is None and self.kind == LATEST else f"/{self.kind}"
        else:
            path = f"/{self.kind}/{quote(self.name, safe='')}"
        if extension is None:
            named = self.name and self.name.rpartition(".")[2] in (*EXTENSIONS, "html") and "." in self.name
            return f"{path}.html" if named else path
        return f"{path}.{extension}"

    def _parameters(self) -> list[tuple[str, str]]:
        found = [("q", self.words)] if self.words else []
        found += [(name, value) for name, field in FILTERS.items() for value in getattr(self, field)]
        found += [(name, day.isoformat()) for name, day in (("after", self.after), ("before", self.before)) if day]
        return found


def read(path: str, parameters: Iterable[tuple[str, str]]) -> tuple[Listing, str | None]:
    """The list that a decoded path below the site's own and its parameters name, and the extension of a feed.

    Parameters of other names, and empty ones, are left alone. Raises RequestError: 404 for a path of no list or a name
    that cannot be one, 400 for a parameter that makes no sense.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise RequestError(404, "wrong.page")
    kind, extension = match[1] or match[2] or LATEST, match[4]
    if (extension and path == f"/.{extension}") or (extension == "html" and not match[3]):
        raise RequestError(404, "wrong.page")
    name = _name(kind, match[3]) if match[3] is not None else ""
    stated: dict[str, list[str]] = {}
    for key, value in parameters:
        if value.strip():
            stated.setdefault(key, []).append(value)
    fields: dict[str, Any] = {}
    for key, field in FILTERS.items():
        values = _values(_coded(key, one) for one in stated.get(key, ()))
        if len(values) > MOST_VALUES:
            raise RequestError(400, "wrong.many", name=key, n=MOST_VALUES)
        if any(len(one) > LONGEST_NAME for one in values):
            raise RequestError(400, "wrong.long_name", name=key, n=LONGEST_NAME)
        fields[field] = tuple(one for one in values if _BY_NAME.get(kind) != field or one != name)
    words = " ".join(text.strip_controls(" ".join(stated.get("q", ()))).split())
    if len(words) > LONGEST_WORDS:
        raise RequestError(400, "wrong.long_words", n=LONGEST_WORDS, length=len(words))
    after, before = (_date(key, stated[key][-1]) if key in stated else None for key in ("after", "before"))
    older, newer = (place(stated[key][-1]) if key in stated else None for key in ("older", "newer"))
    found = Listing(kind, name, **fields, words=words, after=after, before=before, older=older)
    return (found if older else replace(found, newer=newer)), None if extension == "html" else extension


def cursor(at: Place) -> str:
    """A place as addresses have it: microseconds since 1970 and the id."""
    return f"{(at[0] - _EPOCH) // timedelta(microseconds=1)}-{at[1]}"


def place(stated: str) -> Place:
    """The place that a cursor names. Raises RequestError (400) for what is none."""
    match = _CURSOR.fullmatch(stated)
    if match is None:
        raise RequestError(400, "wrong.cursor")
    return _EPOCH + timedelta(microseconds=int(match[1])), int(match[2])


def of(kind: str, name: str) -> Listing:
    """The list of one symbol, category or outlet; a name that no path can hold becomes a filter."""
    if name in (".", ".."):  # browsers take these for steps
        field: dict[str, Any] = {_BY_NAME[kind]: (name,)}
        return Listing(**field)
    return Listing(kind, name)


def _name(kind: str, stated: str) -> str:
    if kind == DAY:
        try:
            return _date("day", stated).isoformat()
        except RequestError as error:
            raise RequestError(404, "wrong.day", value=stated[:20]) from error
    name = _coded(kind, stated)
    if not name or len(name) > LONGEST_NAME or name in (".", ".."):
        raise RequestError(404, "wrong.page")
    return name


def _coded(key: str, value: str) -> str:
    value = " ".join(text.strip_controls(value).split())
    return symbols.typed(value) if key == SYMBOL and value else value


def _values(stated: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(stated) - {""}))


def _date(name: str, stated: str) -> date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", stated) and "1970" <= stated < "9999":
            return date.fromisoformat(stated)
    except ValueError:
        pass
    raise RequestError(400, "wrong.date", name=name, value=stated[:20])

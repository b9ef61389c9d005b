"""The settings of aggregator.toml. In: its table with the environment laid over. Out: `Settings`, frozen, defaults in.

A setting stands here only when the program honours it. Durations are timedelta, sizes bytes. To add one: a field with
its default and an example (shown when the value is wrong), and a line in config/aggregator.toml.
"""

from __future__ import annotations

import ipaddress
import os
import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from aggregator import __version__
from aggregator.config.fields import (
    Ages,
    Duration,
    Line,
    LogFormat,
    LogLevel,
    OptionalDuration,
    Size,
    Table,
    WebAddress,
    Words,
    line,
    web_address,
)
from aggregator.config.problems import Mistake
from aggregator.models import Site

_LISTEN = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):(?P<port>\d{1,5})")

#: Kinds of documents that can be kept as they came.
RAW = ("pages", "feeds")
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 (compared with, not bound to)


def _listen(text: str) -> str:
    found = _LISTEN.fullmatch(text)
    if not found or int(found["port"]) > 65535:
        raise Mistake(f'"{text}" is no listen address', 'write host:port, like "127.0.0.1:8321" or "[::1]:8321"')
    return text


def _base_url(text: str) -> str:
    if text and "?" in web_address(text, example="https://news.example.org"):
        raise Mistake("holds a query", "write only the address of the site, like https://news.example.org")
    return text.strip().rstrip("/")


def _database(text: str) -> str:
    if text and not re.match(r"sqlite:///[^/]|sqlite:////[^/]|postgresql://.", text):
        mend = 'write "sqlite:////absolute/path/file.sqlite" or "postgresql://user@host/database", or leave it empty'
        raise Mistake(f'"{text}" is no database address', mend)
    return text


def _agent(text: str) -> str:
    if not text:
        return text
    if not line(text).isascii():
        raise Mistake(
            "holds a character outside ASCII", 'write it like "aggregator/1.0 (+https://example.org/contact)"'
        )
    return text


def _instances(urls: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(web_address(url, example="https://rsshub.example.org").rstrip("/") for url in urls)


def _networks(texts: tuple[str, ...]) -> tuple[str, ...]:
    for text in texts:
        try:
            ipaddress.ip_network(text)
        except ValueError as error:
            raise Mistake(f'"{text}" is no network ({error})', 'write it like "198.18.0.0/15"') from error
    return texts


def _raw(kinds: tuple[str, ...]) -> tuple[str, ...]:
    for kind in kinds:
        if kind not in RAW:
            raise Mistake(f'"{kind}" is no kind of document', 'write "pages", "feeds" or both; [] keeps none')
    return kinds


def _path(text: object) -> object:
    if isinstance(text, str):
        if "\0" in text:
            raise Mistake("holds a NUL character", 'write a folder, like "data"')
        try:
            return Path(text).expanduser() if text else text
        except RuntimeError:
            user = text.partition("/")[0]
            raise Mistake(f'"{text}": {user} has no home folder', "write the whole path") from None
    return text


def file_in_the_way(folder: Path) -> Path | None:
    """The file that stands where `folder`, or a folder above it, would have to be; None when there is none."""
    there = next((path for path in (folder, *folder.parents) if os.path.lexists(path)), None)
    return there if there is not None and not there.is_dir() else None


def _auto(value: object) -> object:
    """None for "auto"."""
    if not isinstance(value, str):
        return value
    if value.isdecimal():  # the environment holds nothing but texts
        return int(value)
    if value != "auto":
        raise Mistake(f'"{value}" is neither "auto" nor a number', 'write "auto", or a number like 2')
    return None


class Limits(Table):
    """What one request, one host and all together may take."""

    max_body: Size = Field(default=15 * 2**20, examples=['"15 MB"'])  #: decoded bytes of one response
    deadline: Duration = Field(default=timedelta(seconds=30), examples=['"30s"'])  #: wall clock of one fetch
    connect: Duration = Field(default=timedelta(seconds=10), examples=['"10s"'])
    concurrency: int = Field(default=32, ge=1, le=512, examples=["32"])  #: requests under way at the same time
    per_host: int = Field(default=2, ge=1, le=16, examples=["2"])
    page_concurrency: int = Field(default=4, ge=1, le=64, examples=["4"])  #: article pages under way in one update
    processes: Annotated[Annotated[int, Field(ge=0, le=64)] | None, BeforeValidator(_auto)] = Field(
        default=None, examples=['"auto"', "2"]
    )  #: for CPU work beside the main process; None: one for every core, at most four
    trusted_networks: Annotated[Words, AfterValidator(_networks)] = Field(default=(), examples=['["198.18.0.0/15"]'])
    allow_private_pages: bool = Field(default=False, examples=["false"])  #: article links may lead into the own network

    @model_validator(mode="after")
    def _connect_within_deadline(self) -> Self:
        if self.connect > self.deadline:
            raise Mistake("connect is longer than deadline", "make connect the shorter one")
        return self


class Polling(Table):
    """The rhythm of polls."""

    interval: Duration = Field(default=timedelta(minutes=60), examples=['"60m"'])  #: of web feeds that set none
    no_validators_interval: Duration = Field(default=timedelta(hours=24), examples=['"24h"'])
    max_interval: Duration = Field(
        default=timedelta(hours=24), examples=['"24h"']
    )  #: bound of back-off and adaptive spacing
    roll_interval: Duration = Field(default=timedelta(seconds=90), examples=['"90s"'])
    live_interval: Duration = Field(default=timedelta(seconds=20), examples=['"20s"'])
    tick: Duration = Field(
        default=timedelta(seconds=1), examples=['"1s"']
    )  #: how often the database is asked what is due
    pages_max: int = Field(default=20, ge=1, le=200, examples=["20"])  #: older pages of an API list read in one update
    reread: Duration = Field(
        default=timedelta(hours=6), examples=['"6h"']
    )  #: how far back a list is read again for late rows

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.interval > self.max_interval:
            raise Mistake("interval is longer than max_interval", "make max_interval the longer one")
        return self


class RSSHub(Table):
    """Where `rsshub:` addresses lead, in order of trust."""

    instances: Annotated[Words, AfterValidator(_instances)] = Field(
        default=(), examples=['["https://rsshub.example.org"]']
    )


class Sources(Table):
    """Base addresses of the Sina APIs; other ones serve tests and the offline demo."""

    sina_roll: WebAddress = Field(
        default="https://feed.mix.sina.com.cn/api/roll/get", examples=['"https://…/api/roll/get"']
    )
    sina_live: WebAddress = Field(
        default="https://zhibo.sina.com.cn/api/zhibo/feed", examples=['"https://…/api/zhibo/feed"']
    )


class Dedup(Table):
    """When two articles are one story."""

    near: bool = Field(default=True, examples=["true"])  #: also by nearly equal text within 48 h
    split_differing: bool = Field(
        default=False, examples=["false"]
    )  #: same title and day, clearly other text: two stories


class Archive(Table):
    """What is kept besides the articles."""

    raw: Annotated[Words, AfterValidator(_raw)] = Field(
        default=("pages",), examples=['["pages"]', '["pages", "feeds"]']
    )
    recheck: Ages = Field(default=(), examples=['"1d 7d"'])  #: ages at which article pages are looked at once more
    images: Literal["none", "lead", "all"] = Field(default="lead", examples=['"none"', '"lead"', '"all"'])
    images_budget: Size = Field(
        default=2 * 2**30, examples=['"2 GB"']
    )  #: of all pictures together; the oldest go first
    image_max: Size = Field(default=10 * 2**20, examples=['"10 MB"'])  #: of one picture
    rewrite_images: bool = Field(default=False, examples=["false"])  #: outputs show our copies, not the origins'


class Retention(Table):
    """What is kept."""

    max_age: OptionalDuration = Field(default=None, examples=['"365d"'])  #: of feeds that state none; None: for ever
    max_count: int = Field(default=0, ge=0, examples=["100000"])  #: articles in all; 0: any number
    max_mb: int = Field(default=0, ge=0, examples=["2000"])  #: that all texts take; 0: as many as there are
    spill: bool = Field(default=False, examples=["false"])  #: what goes is written to data/pruned/ before


class Log(Table):
    """How the log looks."""

    level: LogLevel = Field(default="info", examples=['"info"'])
    format: LogFormat = Field(default="auto", examples=['"auto"'])  #: auto: human on a terminal, JSON lines otherwise


class Settings(Table):
    """aggregator.toml, whole. After loading, `data_dir` is absolute, and no text is empty."""

    data_dir: Annotated[Path, BeforeValidator(_path)] = Field(default=Path("data"), examples=['"data"'])
    database: Annotated[str, AfterValidator(_database)] = Field(default="", examples=['"sqlite:////srv/news.sqlite"'])
    listen: Annotated[str, AfterValidator(_listen)] = Field(default="127.0.0.1:8321", examples=['"127.0.0.1:8321"'])
    base_url: Annotated[str, AfterValidator(_base_url)] = Field(default="", examples=['"https://news.example.org"'])
    title: Line = Field(default="财经聚合", examples=['"财经聚合"'])
    user_agent: Annotated[str, AfterValidator(_agent)] = Field(
        default="", examples=['"aggregator/1.0 (+https://example.org/contact)"']
    )
    limits: Limits = Limits()
    polling: Polling = Polling()
    rsshub: RSSHub = RSSHub()
    sources: Sources = Sources()
    dedup: Dedup = Dedup()
    archive: Archive = Archive()
    retention: Retention = Retention()
    log: Log = Log()

    @property
    def host(self) -> str:
        """Host part of `listen`, without brackets."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """Port part of `listen`; 0 lets the system choose."""
        return int(self.listen.rpartition(":")[2])

    @property
    def site(self) -> Site:
        """Our own name and address, as outputs state them."""
        return Site(base_url=self.base_url, title=self.title)

    def settled(self, root: Path) -> Settings:
        """The same with what depends on the place filled in; a relative `data_dir` lies below `root`."""
        data = (root / self.data_dir).resolve()
        host, _, port = self.listen.rpartition(":")
        contact = f"+{self.base_url}" if self.base_url else "self-hosted feed reader"
        return self.model_copy(
            update={
                "data_dir": data,
                "database": self.database or f"sqlite:///{data / 'aggregator.sqlite'}",
                "user_agent": self.user_agent or f"aggregator/{__version__} ({contact})",
                "base_url": self.base_url or f"http://{_EVERYWHERE.get(host, host)}:{port}",
            }
        )

"""The tables of feeds.toml, outputs.toml and sites/NAME.toml. In: one table. Out: what it tells, as models knows it.

Only what one table can tell of itself is checked here; what needs others (duplicates, unknown feeds) is in checks.py.
"""

from __future__ import annotations

import dataclasses
import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, create_model

from aggregator import publish
from aggregator.config.fields import Duration, Language, Line, OptionalDuration, Slug, Table, Words, Zone, header
from aggregator.config.problems import Mistake, suggest
from aggregator.models import FullText, Keep, Output, SiteRules

FORMATS = tuple(publish.FORMATS)  #: what outputs can be written as
_SYMBOL = re.compile(r"[A-Z0-9.$]{1,20}\.[A-Z]{2,5}")


def _full_text(value: Any) -> FullText:
    if isinstance(value, bool):
        return FullText.ALWAYS if value else FullText.NEVER
    if value in tuple(FullText):
        return FullText(value)
    raise Mistake(f'"{value}" is no choice for full_text', 'write "auto", true or false')


def _headers(values: dict[str, str]) -> dict[str, str]:
    for name, value in values.items():
        header(name, value)
    return values


def _formats(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in FORMATS:
            mend = suggest(name, FORMATS, otherwise=f"known: {', '.join(FORMATS)}")
            raise Mistake(f'"{name}" is no output format', mend)
    if not names:
        raise Mistake("is empty", f"name one of {', '.join(FORMATS)}, or leave it out for all")
    return names


def _symbols(codes: tuple[str, ...]) -> tuple[str, ...]:
    for code in codes:
        if not _SYMBOL.fullmatch(code):
            raise Mistake(f'"{code}" is no symbol', "write CODE.MARKET in capitals, like 600941.SH, 0700.HK or AAPL.US")
    return codes


class KeepTable(Table):
    """`keep` of a [[feed]]."""

    max_age: OptionalDuration = Field(default=None, examples=['"30d"'])
    max_count: int = Field(default=0, ge=0, examples=["1000"])
    max_mb: int = Field(default=0, ge=0, examples=["100"])

    def bounds(self) -> Keep:
        """What it says."""
        return Keep(self.max_age, self.max_count or None, self.max_mb * 2**20 or None)


class FeedTable(Table):
    """One [[feed]]."""

    name: Line = Field(examples=['"财经滚动"'])
    url: Line = Field(examples=['"https://example.org/feed.xml"'])
    slug: Slug = Field(default="", examples=['"sina-roll"'])
    interval: Duration | None = Field(default=None, examples=['"60m"'])
    categories: Words = Field(default=(), examples=['["宏观"]'])
    timezone: Zone = Field(default="Asia/Shanghai", examples=['"Asia/Shanghai"'])
    language: Language = Field(default="zh-CN", examples=['"zh-CN"'])
    full_text: Annotated[FullText, BeforeValidator(_full_text)] = Field(default=FullText.AUTO, examples=['"auto"'])
    enabled: bool = Field(default=True, examples=["true"])
    headers: Annotated[dict[str, str], AfterValidator(_headers)] = Field(
        default={}, examples=['{ Accept-Language = "zh" }']
    )
    keep: KeepTable = Field(default=KeepTable(), examples=['{ max_age = "30d", max_count = 1000, max_mb = 100 }'])
    allow_private: bool = Field(default=False, examples=["false"])


class OutputTable(Table):
    """One [[output]]."""

    slug: Slug = Field(min_length=1, examples=['"policy"'])
    title: Line = Field(examples=['"政策"'])
    description: str = Field(default="", examples=['"央行与监管"'])
    limit: int = Field(default=100, ge=1, le=1000, examples=["100"])
    full_text: bool = Field(default=True, examples=["true"])
    formats: Annotated[Words, AfterValidator(_formats)] = Field(default=FORMATS, examples=['["rss", "atom", "json"]'])
    feeds: Words = Field(default=(), examples=['["sina-live"]'])
    categories: Words = Field(default=(), examples=['["宏观"]'])
    outlets: Words = Field(default=(), examples=['["证券时报"]'])
    symbols: Annotated[Words, AfterValidator(_symbols)] = Field(default=(), examples=['["600941.SH"]'])
    include: Words = Field(default=(), examples=['["央行"]'])
    exclude: Words = Field(default=(), examples=['["广告"]'])
    language: Language = Field(default="zh-CN", examples=['"zh-CN"'])

    def output(self) -> Output:
        """The output that this table describes."""
        return Output(**dict(self))


def _site_table() -> type[Table]:
    """A table with the fields of SiteRules but the name, which is the file's: a new field there needs no word here."""
    names = [field.name for field in dataclasses.fields(SiteRules) if field.name != "name"]
    fields: dict[str, Any] = {name: (_Texts, Field(default=(), examples=['["…"]'])) for name in names}
    return create_model("SiteTable", __base__=Table, **fields)


def _texts(value: Any) -> Any:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else value


_Texts = Annotated[tuple[str, ...], BeforeValidator(_texts)]
SiteTable = _site_table()

"""Column types: how instants, days, spans, prints, hashes, JSON values and long bytes lie in the database.

Instants are whole microseconds since 1970 UTC, so they compare and index as integers and come back exact.
Used by schema.py only; the rest of the store sees Python values.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import peewee

if TYPE_CHECKING:
    _Field = peewee.Field[Any]
else:  # generic in the stubs only
    _Field = peewee.Field

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 UTC. Raises ValueError for a naive datetime, which names no instant."""
    if at.tzinfo is None:
        raise ValueError(f"a datetime without zone is no instant: {at!r}")
    return (at - EPOCH) // MICROSECOND


def instant(number: int) -> datetime:
    """The aware UTC datetime of `number` microseconds since 1970."""
    return EPOCH + timedelta(microseconds=number)


def signed(print_: int) -> int:
    """A 64-bit print as the signed integer that SQL has room for."""
    return print_ - (1 << 64) if print_ >= 1 << 63 else print_


def unsigned(number: int) -> int:
    """The 64-bit print behind a signed integer."""
    return number & 0xFFFF_FFFF_FFFF_FFFF


def urn(raw: bytes | bytearray) -> str:
    """The 16 bytes of a UUID as `urn:uuid:…` (RFC 9562 §4)."""
    digits = raw.hex()
    return f"urn:uuid:{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


class SerialField(peewee.AutoField):
    """A primary key that is never given out twice, also not after rows were deleted: addresses hold it."""

    def ddl(self, ctx: Any) -> peewee.NodeList:
        column: peewee.NodeList = super().ddl(ctx)
        if isinstance(self.model._meta.database, peewee.SqliteDatabase):
            return peewee.NodeList((column, peewee.SQL("AUTOINCREMENT")))
        return column


class InstantField(_Field):
    """An aware datetime, stored as integer microseconds since 1970 UTC."""

    field_type = "BIGINT"

    def db_value(self, value: datetime | None) -> int | None:
        if value is None:
            return None
        try:
            return (value - EPOCH) // MICROSECOND  # ten times an article
        except TypeError:
            return micros(value)

    def python_value(self, value: int | None) -> datetime | None:
        return None if value is None else instant(value)


class SpanField(_Field):
    """A timedelta, stored as integer microseconds."""

    field_type = "BIGINT"

    def db_value(self, value: timedelta | None) -> int | None:
        return None if value is None else value // MICROSECOND

    def python_value(self, value: int | None) -> timedelta | None:
        return None if value is None else timedelta(microseconds=value)


class DayField(_Field):
    """A calendar day, stored as ISO 8601 text (2022-06-14)."""

    field_type = "TEXT"

    def db_value(self, value: date | None) -> str | None:
        return None if value is None else value.isoformat()

    def python_value(self, value: str | None) -> date | None:
        return None if value is None else date.fromisoformat(value)


class PrintField(_Field):
    """An unsigned 64-bit fingerprint, stored as the signed integer with the same bits."""

    field_type = "BIGINT"

    def db_value(self, value: int | None) -> int | None:
        return None if value is None else signed(value)

    def python_value(self, value: int | None) -> int | None:
        return None if value is None else unsigned(value)


class HashField(_Field):
    """A hash of kit.hashing, stored as its bytes; any other text as it is."""

    field_type = "BLOB"

    def db_value(self, value: str | None) -> bytes | str | None:
        if value is None:
            return None
        try:
            raw = bytes.fromhex(value)
        except ValueError:
            return value
        return raw if raw.hex() == value else value

    def python_value(self, value: bytes | str | None) -> str | None:
        return value.hex() if isinstance(value, bytes) else value


class UidField(_Field):
    """A `urn:uuid:…`, stored as its 16 bytes."""

    field_type = "BLOB"

    def db_value(self, value: str | None) -> bytes | str | None:
        if value is None:
            return None
        try:
            raw = bytes.fromhex(value.removeprefix("urn:uuid:").replace("-", ""))
        except ValueError:
            return value
        return raw if len(raw) == 16 else value

    def python_value(self, value: bytes | str | None) -> str | None:
        return urn(value) if isinstance(value, bytes) else value


class JsonField(_Field):
    """A JSON value, stored as text that a person can read. Dates inside become ISO 8601 strings."""

    field_type = "TEXT"

    def db_value(self, value: Any) -> str | None:
        return None if value is None else _JSON.encode(value)

    def python_value(self, value: str | None) -> Any:
        return None if value is None else json.loads(value)


class DeflatedField(_Field):
    """Long text, stored as zlib-compressed UTF-8."""

    field_type = "BLOB"

    def db_value(self, value: str | None) -> bytes | None:
        return None if value is None else zlib.compress(value.encode())

    def python_value(self, value: bytes | None) -> str | None:
        return None if value is None else zlib.decompress(value).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, date):  # datetime is one, too
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON value: {value!r}")


_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain)


def short(entry_id: str) -> int:
    """A hash of an entry id that is quick to index (CRC-32). The few ids that share one differ in their text."""
    return zlib.crc32(entry_id.encode("utf-8", "surrogatepass"))

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest

from aggregator.web import conditional
from tests.support.stories import NOW

LATER = NOW.timestamp() + 3600
DATE = format_datetime(NOW, usegmt=True)
HOUR_BEFORE = format_datetime(NOW - timedelta(hours=1), usegmt=True)
HOUR_AFTER = format_datetime(NOW + timedelta(hours=1), usegmt=True)


@pytest.fixture
def resource() -> conditional.Resource:
    return conditional.resource(
        b"plain",
        b"zipped",
        etag='"tag"',
        gzip_etag='"tag-gz"',
        modified=NOW,
        media_type="application/rss+xml; charset=utf-8",
        cache_control="public, max-age=60",
    )


def ask(resource: conditional.Resource, *headers: tuple[str, str]) -> tuple[int, dict[str, str], bytes]:
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers]
    status, sent, body = resource.answer(raw, LATER)
    return status, {name.decode(): value.decode() for name, value in sent}, body


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([], 200),
        # If-None-Match
        ([("If-None-Match", '"tag"')], 304),
        ([("If-None-Match", 'W/"tag"')], 304),
        ([("If-None-Match", '"other"')], 200),
        ([("If-None-Match", '"other", "tag"')], 304),
        ([("If-None-Match", '"a,b" ,W/"c",,"tag"')], 304),
        ([("If-None-Match", '"other"'), ("If-None-Match", '"tag"')], 304),
        ([("If-None-Match", "*")], 304),
        ([("If-None-Match", " * ")], 304),
        ([("If-None-Match", "tag")], 200),
        ([("If-None-Match", '"ta')], 200),
        ([("If-None-Match", "")], 200),
        ([("If-None-Match", '"tag-gz"')], 200),  # another representation's
        # If-Modified-Since
        ([("If-Modified-Since", DATE)], 304),
        ([("If-Modified-Since", HOUR_AFTER)], 304),
        ([("If-Modified-Since", HOUR_BEFORE)], 200),
        ([("If-Modified-Since", "Monday, 23-Nov-26 11:54:04 GMT")], 304),
        ([("If-Modified-Since", "Mon Nov 23 11:54:04 2026")], 304),
        ([("If-Modified-Since", "Mon Nov 23 11:54:03 2026")], 200),
        ([("If-Modified-Since", "yesterday")], 200),
        ([("If-Modified-Since", "")], 200),
        ([("If-Modified-Since", "\xff")], 200),
        ([("If-Modified-Since", "Mon, 99 Nov 2026 99:99:99 GMT")], 200),
        # the tag decides over the date
        ([("If-None-Match", '"other"'), ("If-Modified-Since", DATE)], 200),
        ([("If-None-Match", '"tag"'), ("If-Modified-Since", HOUR_BEFORE)], 304),
        # If-Match, If-Unmodified-Since
        ([("If-Match", '"tag"')], 200),
        ([("If-Match", "*")], 200),
        ([("If-Match", 'W/"tag"')], 412),
        ([("If-Match", '"other"')], 412),
        ([("If-Match", '"tag"'), ("If-Unmodified-Since", HOUR_BEFORE)], 200),
        ([("If-Unmodified-Since", HOUR_BEFORE)], 412),
        ([("If-Unmodified-Since", DATE)], 200),
        ([("If-Unmodified-Since", "nonsense")], 200),
        ([("If-Match", '"other"'), ("If-None-Match", '"tag"')], 412),
        ([("If-Match", '"tag"'), ("If-None-Match", '"tag"')], 304),
        # Range is not offered
        ([("Range", "bytes=0-1")], 200),
    ],
)
def test_preconditions(resource: conditional.Resource, headers: list[tuple[str, str]], status: int) -> None:
    found, _, body = ask(resource, *headers)
    assert found == status
    assert body == (b"plain" if status == 200 else b"")


def test_each_coding_has_its_own_tag(resource: conditional.Resource) -> None:
    gzip = ("Accept-Encoding", "gzip")
    status, headers, body = ask(resource, gzip)
    assert (status, body) == (200, b"zipped")
    assert headers["etag"] == '"tag-gz"'
    assert headers["content-encoding"] == "gzip"
    assert headers["content-length"] == "6"
    assert ask(resource, gzip, ("If-None-Match", '"tag-gz"'))[0] == 304
    assert ask(resource, gzip, ("If-None-Match", '"tag"'))[0] == 200


def test_headers_of_a_200_and_of_a_304(resource: conditional.Resource) -> None:
    _, ok, _ = ask(resource)
    assert ok == {
        "last-modified": "Mon, 23 Nov 2026 11:54:04 GMT",
        "etag": '"tag"',
        "cache-control": "public, max-age=60",
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
        "content-type": "application/rss+xml; charset=utf-8",
        "content-length": "5",
    }
    _, unchanged, _ = ask(resource, ("If-None-Match", "*"))
    assert unchanged == {name: value for name, value in ok.items() if not name.startswith("content-")}


def test_a_date_to_come_is_not_stated(resource: conditional.Resource) -> None:
    _, headers, _ = resource.answer([], NOW.timestamp() - 0.5)
    assert b"last-modified" not in dict(headers)
    assert b"etag" in dict(headers)


@pytest.mark.parametrize(
    ("value", "accepted"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("gzip, deflate, br, zstd", True),
        ("deflate;q=1.0, gzip ; q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0.000", False),
        ("gzip;q=0, *", False),
        ("*", True),
        ("*;q=0", False),
        ("*;q=0.1", True),
        ("identity", False),
        ("br", False),
        ("gzip;q=0.5, identity;q=1", False),
        ("gzip;q=1, identity;q=0.5", True),
        ("identity;q=0, gzip", True),
        ("gzip;q=abc", False),
        ("gzip;q=2", False),
        ("gzip;q=1.000", True),
        ("gzip;level=9", True),
        (",,;q=1", False),
        ("notgzip", False),
    ],
)
def test_content_coding(value: str, accepted: bool) -> None:
    assert conditional.accepts_gzip(value.encode()) is accepted

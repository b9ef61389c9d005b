"""WARC records: written so that other tools read them, and anybody's read, however broken."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.archive import captures, members, warc
from aggregator.archive.items import Broken, LeftOut, PageDocument
from tests.support.kept import AT, fetched, page


def record(kind: str, block: bytes, *, length: int | None = None, **headers: str) -> bytes:
    """A record as some crawler would write it."""
    stated = {
        "WARC-Type": kind,
        "WARC-Record-ID": f"<urn:uuid:{kind}>",
        "WARC-Date": "2026-11-01T08:00:00Z",
        "WARC-Target-URI": "https://news.example.org/a.html",
        "Content-Length": str(len(block) if length is None else length),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in stated.items())
    return f"WARC/1.1\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


def response(body: bytes, *headers: str, status: str = "HTTP/1.1 200 OK") -> bytes:
    """The block of a response."""
    lines = [status, *(headers or ("Content-Type: text/html",))]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


PAGE = page("甲")
GOOD = record("response", response(PAGE))


def read(path: Path, data: bytes, skip: int = 0) -> list[PageDocument | LeftOut | Broken]:
    path.write_bytes(data)
    return list(captures.read(path, skip))


def told(found: list[PageDocument | LeftOut | Broken]) -> list[str]:
    return ["page" if isinstance(one, PageDocument) else one.reason for one in found]


@pytest.mark.parametrize("data", [b"", b"no gzip at all", gzip.compress(b"no record", mtime=0), b"\x1f\x8b\x08\0cut"])
def test_a_file_without_a_record_is_told(tmp_path: Path, data: bytes) -> None:
    found = read(tmp_path / "a.warc.gz", data)
    assert found
    assert all(isinstance(one, Broken) for one in found)


@pytest.mark.parametrize("packed", [True, False])
def test_a_page_of_another_crawler(tmp_path: Path, packed: bool) -> None:
    data = record("warcinfo", b"software: other\r\n") + GOOD
    (found,) = read(tmp_path / "a.warc", gzip.compress(data) if packed else data)
    assert isinstance(found, PageDocument)
    assert found.document.body == PAGE
    assert found.document.url == "https://news.example.org/a.html"
    assert found.document.fetched_at.isoformat() == "2026-11-01T08:00:00+00:00"


CHUNKED = b"%x\r\n%b\r\n%x;name=value\r\n%b\r\n0\r\n\r\n" % (100, PAGE[:100], len(PAGE) - 100, PAGE[100:])
HTML = "Content-Type: text/html"


@pytest.mark.parametrize(("block", "says"), [
    (response(CHUNKED, HTML, "Transfer-Encoding: chunked"), "page"),
    (response(PAGE, HTML, "Transfer-Encoding: chunked"), "page"),  # taken off, and not said
    (response(gzip.compress(PAGE, mtime=0), HTML, "Content-Encoding: gzip"), "page"),
    (response(PAGE, HTML, "Content-Encoding: gzip"), "page"),  # the same
    (response(PAGE, HTML, status="HTTP/2 200"), "page"),
    (response(PAGE, HTML, status="HTTP/1.0 200 fine: really"), "page"),
    (response(PAGE, "X-None: 1"), "page"),
    (response(PAGE, "content-type:TEXT/HTML;charset=utf-8"), "page"),
    (response(CHUNKED[:-20], HTML, "Transfer-Encoding: chunked"), "its chunks are cut"),
    (response(gzip.compress(PAGE, mtime=0)[:-30], HTML, "Content-Encoding: gzip"), "its compressed body is cut"),
    (response(b"\x1f\x8b\x08" + PAGE, HTML, "Content-Encoding: gzip"), "its compressed body is damaged"),
    (response(gzip.compress(bytes(20 * 2**20), mtime=0), HTML, "Content-Encoding: gzip"), "larger than 15 MB"),
    (response(PAGE, HTML, "Content-Encoding: br"), "its content coding, br, cannot be read"),
    (response(PAGE, HTML, status="HTTP/1.1 404 Not Found"), "the origin answered 404"),
    (response(PAGE, "Content-Type: image/png"), "no page: image/png"),
    (response(b"\x89PNG", "X-None: 1"), "no page: of no stated kind"),
    (response(PAGE, HTML, status="SSH-2.0-x"), "no HTTP response"),
    (b"", "no HTTP response"),
    (response(PAGE, *[f"X-{number}: {'x' * 3000}" for number in range(200)]), "its headers are too long"),
    (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 300_000, "its headers are too long"),
])  # fmt: skip
def test_what_a_response_holds(tmp_path: Path, block: bytes, says: str) -> None:
    found = read(tmp_path / "a.warc.gz", gzip.compress(record("response", block)))
    assert len(found) == 1
    assert told(found)[0].startswith(says), told(found)
    if isinstance(found[0], PageDocument):
        assert found[0].document.body == PAGE


@pytest.mark.parametrize(("bad", "says"), [
    (record("response", response(PAGE), length=len(response(PAGE)) - 300), "its length is wrong"),
    (record("response", response(PAGE), length=len(response(PAGE)) + 400), None),
    (record("response", response(PAGE), Content_Length="viele"), "it states no length"),
    (record("response", response(PAGE), Content_Length="-5"), "it states no length"),
    (record("response", response(PAGE))[:900], None),
    (b"WARC/9.9\r\nWARC-Type: response\r\n\r\n", "its headers cannot be read"),
    (b"WARC/1.1\r\n" + b"X: " + b"x" * 400_000 + b"\r\n\r\n", "its headers cannot be read"),
    (b"noise\x00\xff\n" * 50, None),
    (record("revisit", response(b"")), "a revisit"),
    (record("response", response(PAGE), WARC_Target_URI="dns:example.org"), "not fetched over HTTP"),
])  # fmt: skip
@pytest.mark.parametrize("packed", [True, False])
def test_one_bad_record_does_not_stop_the_rest(tmp_path: Path, bad: bytes, says: str | None, packed: bool) -> None:
    parts = [GOOD, bad, GOOD, GOOD]
    data = b"".join(map(gzip.compress, parts)) if packed else b"".join(parts)
    found = told(read(tmp_path / "a.warc.gz", data))
    assert found.count("page") >= 3, found
    if says:
        assert any(one.startswith(says) for one in found), found


@pytest.mark.parametrize("place", ["head", "middle", "tail"])
def test_damaged_members_are_passed_over(tmp_path: Path, place: str) -> None:
    parts = [bytearray(gzip.compress(record("response", response(page(f"n{number}"))))) for number in range(5)]
    at = {"head": 2, "middle": len(parts[2]) // 2, "tail": -6}[place]
    parts[2][at] ^= 0xFF
    found = read(tmp_path / "a.warc.gz", b"".join(parts))
    assert told(found).count("page") >= 4
    assert len([one for one in found if isinstance(one, PageDocument)]) <= 5


@pytest.mark.parametrize("damage", [b"", b"\x00" * 5_000, b"\x1f\x8b\x08" * 50, b"garbage" * 1000])
def test_noise_between_members_and_at_the_begin(tmp_path: Path, damage: bytes) -> None:
    member = gzip.compress(GOOD)
    assert told(read(tmp_path / "a.warc.gz", damage + member + damage + member + damage)).count("page") == 2


def test_a_file_is_taken_up_where_it_was_left(tmp_path: Path) -> None:
    names = [f"https://news.example.org/{number}.html" for number in range(6)]
    data = b"".join(gzip.compress(record("response", response(PAGE), WARC_Target_URI=name)) for name in names)
    whole = read(tmp_path / "a.warc.gz", data)
    assert [one.done for one in whole] == [1, 2, 3, 4, 5, 6]
    rest = read(tmp_path / "a.warc.gz", data, 4)
    assert [one.document.url for one in rest if isinstance(one, PageDocument)] == names[4:]


def test_our_own_records_bring_their_entry_along(tmp_path: Path) -> None:
    some = [fetched("甲"), fetched("乙\n丙")]
    data = warc.warcinfo("x", AT) + b"".join(
        warc.group(one, warc.payload_digest(one.document.body)).data for one in some
    )
    found = read(tmp_path / "a.warc.gz", data)
    assert [one.entry for one in found if isinstance(one, PageDocument)] == [one.entry for one in some]


def test_a_header_that_is_not_ascii_is_kept_byte_for_byte() -> None:
    one = fetched("甲")
    data = warc.group(one, warc.payload_digest(one.document.body)).data
    block = next(iter(warc.records(io.BytesIO(data)))).block
    assert "X-Name: 样本\r\n".encode() in block
    assert b"geheim" not in gzip.decompress(data)
    assert b"aggregator-headers-left-out: Authorization\r\n" in gzip.decompress(data)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_changed_in_a_file_reading_ends_and_holds_what_is_whole(data: st.DataObject) -> None:
    raw = bytearray(b"".join(gzip.compress(record("response", response(page(f"n{number}")))) for number in range(4)))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(raw) - 1))
        if data.draw(st.booleans()):
            raw[at] = data.draw(st.integers(0, 255))
        else:
            del raw[at : at + data.draw(st.integers(1, 300))]
    found = list(warc.records(io.BytesIO(bytes(raw))))
    assert len(found) <= 40
    assert 0 <= members.whole(io.BytesIO(bytes(raw))) <= len(raw)

"""Kept documents as WARC 1.1 records (ISO 28500:2017, https://iipc.github.io/warc-specifications/), and back.

In: documents with what they were fetched for (write), or an open file of anybody's (read). Out: compressed records, or
records with their places and faults. The only door of warcio; what it reads is bounded here, as it takes any line and
any number of headers. Called by archive/warcfiles.py, captures.py and warccheck.py.

A document is three records: the response, the request that led to it, and metadata: what it was fetched for.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, BinaryIO, NamedTuple

from warcio.statusandheaders import StatusAndHeaders, StatusAndHeadersParser, StatusAndHeadersParserException
from warcio.warcwriter import WARCWriter

from aggregator import __version__
from aggregator.archive.members import members
from aggregator.kit import entries
from aggregator.models import Exchange, Fetched, RawDocument

#: zlib's; see docs/decisions/0702. The gain of 9, which warcio has built in, is a percent, for twice the time.
LEVEL = 6

#: Request headers that tell no secret. Names of others are noted, their values are not.
TOLD = frozenset(
    {"host", "user-agent", "accept", "accept-encoding", "accept-language", "referer", "connection"}
    | {"if-none-match", "if-modified-since", "cache-control", "pragma"}
)
#: Response headers that do not fit the body as it is kept: they get this before their name.
CODED, ORIGINALLY = frozenset({b"content-encoding", b"transfer-encoding", b"content-length"}), b"X-Orig-"

#: A larger block is passed over; the documents that we fetch are smaller (limits.max_body).
LARGEST = 64 * 2**20

#: Longest line, and bytes of headers, of a record that is read.
LONGEST_LINE, MOST_HEADERS = 64 * 2**10, 256 * 2**10

_BEGIN = re.compile(rb"WARC/\d\.\d{1,2}\r?\n\Z")
_VERSIONS = ["WARC/1.1", "WARC/1.0", "WARC/0.18", "WARC/0.17"]


class Group(NamedTuple):
    """The records of one document, compressed; the first is its response or revisit."""

    data: bytes
    length: int  #: of the first record


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it was read."""

    offset: int  #: where it begins; of a compressed record: where its gzip member begins
    kind: str  #: WARC-Type; '' when its headers could not be read
    headers: Mapping[str, str]  #: lower-case names
    block: bytes  #: its content; b"" where that was cut, or too large
    fault: str | None = None
    member: bool = False  #: it has a gzip member of its own, at `offset`


# ------------------------------------------------------------------------------------------------------------ writing


def payload_digest(body: bytes) -> str:
    """The digest by which equal payloads are known, hex."""
    return hashlib.sha1(body, usedforsecurity=False).hexdigest()


def warcinfo(name: str, now: datetime, *, level: int = LEVEL) -> bytes:
    """The record that a file begins with."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version="1.1")
    facts = {
        "software": f"aggregator/{__version__}",
        "format": "WARC File Format 1.1",
        "conformsTo": "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
        "description": "Documents that articles were made from. Payloads are stored without their content and "
        "transfer codings: Content-Encoding, Transfer-Encoding and Content-Length stand as received in X-Orig-… "
        "headers, Content-Length is that of the stored payload. Cookies and credentials are left out.",
    }
    record = writer.create_warcinfo_record(name, facts)
    record.rec_headers.replace_header("WARC-Date", _date(now))
    writer.write_record(record)
    return _compressed(out.getvalue(), level)


def group(fetched: Fetched, digest: str, same: RawDocument | None = None, *, level: int = LEVEL) -> Group:
    """The records of a document. `same`: an older one with the same payload, which is then not stored again."""
    document = fetched.document
    body = document.body
    head = _response_head(fetched)
    sign = f"sha1:{base64.b32encode(bytes.fromhex(digest)).decode()}"
    date = _date(document.fetched_at)
    facts = {"WARC-Date": date, "WARC-Payload-Digest": sign}
    if same is not None:
        facts |= {
            "WARC-Profile": "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest",
            "WARC-Refers-To-Target-URI": same.url,
            "WARC-Refers-To-Date": _date(same.fetched_at),
        }
        body = b""
    first, number = _record("revisit" if same else "response", document.final_url, facts, head, body, level)
    told = {"WARC-Date": date, "WARC-Concurrent-To": number}
    rest = b""
    if document.exchange is not None:
        request = _request_head(document.exchange)
        rest, _ = _record("request", document.final_url, told, request, b"", level)
    about, _ = _record("metadata", document.final_url, told, None, _metadata(fetched), level)
    return Group(first + rest + about, len(first))


def _record(
    kind: str, uri: str, facts: dict[str, str], head: bytes | None, body: bytes, level: int
) -> tuple[bytes, str]:
    """One compressed record, and its id."""
    out = io.BytesIO()
    writer = WARCWriter(out, gzip=False, warc_version="1.1")
    digest = _sha1(head + body if head else body)
    if kind in ("request", "metadata"):  # given, as warcio would work it out
        facts = {**facts, "WARC-Payload-Digest": _sha1(b"") if head else digest}
    made = writer.create_warc_record(
        uri,
        kind,
        payload=io.BytesIO(body),
        length=len(body),
        warc_headers_dict={**facts, "WARC-Block-Digest": digest},
        http_headers=None if head is None else _Verbatim(head),
    )
    writer.write_record(made)
    return _compressed(out.getvalue(), level), made.rec_headers.get_header("WARC-Record-ID")


class _Verbatim(StatusAndHeaders):  # type: ignore[misc]
    """The head of an HTTP message that warcio writes as it is: its own way escapes what is not ASCII."""

    def __init__(self, head: bytes) -> None:
        super().__init__("", [])
        self.headers_buff = head

    def __bool__(self) -> bool:
        return True

    def compute_headers_buffer(self, header_filter: object = None) -> None:
        """It is there."""


def _response_head(fetched: Fetched) -> bytes:
    document = fetched.document
    said = document.exchange
    line = said.status_line if said else f"HTTP/1.1 {document.status}"
    stated = said.headers if said else tuple((n.encode(), v.encode()) for n, v in document.headers.items())
    lines = [line.encode("latin-1", "replace")]
    for name, value in stated:
        lines.append((ORIGINALLY + name if name.lower() in CODED else name) + b": " + _one_line(value))
    lines.append(b"Content-Length: %d" % len(document.body))
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _request_head(said: Exchange) -> bytes:
    lines = [f"GET {said.target} HTTP/1.1"]
    lines += (f"{name}: {value}" for name, value in said.request if name.lower() in TOLD)
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def _metadata(fetched: Fetched) -> bytes:
    """What the document was fetched for, as warc-fields; ours begin with the name of the program."""
    document, entry = fetched.document, fetched.entry
    sent = document.exchange.request if document.exchange else ()
    asked = document.url if "@" not in document.url.partition("//")[2].partition("/")[0] else None
    fields = {
        "via": asked if asked != document.final_url else None,
        "aggregator-kind": fetched.kind.value,
        "aggregator-subscription": fetched.slug,
        "aggregator-entry-id": entry.id if entry else None,
        "aggregator-docid": fetched.docid,
        "aggregator-extractor": fetched.extractor,
        "aggregator-headers-left-out": " ".join(name for name, _ in sent if name.lower() not in TOLD),
        "aggregator-entry-of": "article" if fetched.restated else None,
        "aggregator-entry": entries.dump(entry) if entry else None,
    }
    lines = (
        b"%b: %b\r\n" % (name.encode(), _one_line(value.encode(errors="replace")))
        for name, value in fields.items()
        if value
    )
    return b"".join(lines)


def _one_line(value: bytes) -> bytes:
    return b" ".join(value.split()) if b"\n" in value or b"\r" in value else value


def _sha1(data: bytes) -> str:
    return f"sha1:{base64.b32encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode()}"


def _date(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"


def _compressed(data: bytes, level: int) -> bytes:
    deflate = zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return deflate.compress(data) + deflate.flush()


# ------------------------------------------------------------------------------------------------------------ reading


def records(file: BinaryIO, start: int = 0) -> Iterator[Record]:
    """Every record of a WARC file from `start` on, compressed or not, in constant memory.

    What is damaged comes as a record with a fault, and reading goes on behind it.
    """
    file.seek(start)
    found = False
    if not file.read(len(b"WARC/")).startswith(b"WARC/"):
        for member in members(file, start):
            found, any_here = True, False
            for record in _each(_Source(io.BufferedReader(member)), member.offset):
                any_here = True
                yield record
            if member.fault and not any_here:
                yield Record(member.offset, "", {}, b"", member.fault, member=True)
    if not found:
        file.seek(start)
        yield from _each(_Source(file), None)


class _Source:
    """A stream whose lines are bounded, and into which what was read can be put back."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._back = b""
        self._left = 0
        self.place = 0

    def read(self, size: int) -> bytes:
        """`size` bytes, fewer at the end only."""
        out, self._back = self._back[:size], self._back[size:]
        while len(out) < size and (more := self._stream.read(size - len(out))):
            out += more
        self.place += len(out)
        return out

    def skip(self, size: int) -> None:
        """Pass over `size` bytes, or to the end."""
        if not self._back and self._stream.seekable():
            self._stream.seek(size, io.SEEK_CUR)
            self.place += size
            return
        while size and (passed := self.read(min(size, 2**20))):
            size -= len(passed)

    def line(self) -> bytes:
        """The next line, or the first bytes of a longer one; b"" at the end."""
        if self._back:
            at = self._back.find(b"\n", 0, LONGEST_LINE) + 1 or min(len(self._back), LONGEST_LINE)
            out, self._back = self._back[:at], self._back[at:]
            if not out.endswith(b"\n") and len(out) < LONGEST_LINE:
                out += self._stream.readline(LONGEST_LINE - len(out))
        else:
            out = self._stream.readline(LONGEST_LINE)
        self.place += len(out)
        return bytes(out)

    def unread(self, data: bytes) -> None:
        """Put `data`, which was read last, back."""
        self._back = data + self._back
        self.place -= len(data)

    def bounded(self) -> _Source:
        """The same, for warcio: its `readline` gives no more than MOST_HEADERS bytes in all."""
        self._left = MOST_HEADERS
        return self

    def readline(self) -> bytes:
        """One header line. Raises ValueError above the bound."""
        line = self.line()
        self._left -= len(line)
        if self._left < 0 or len(line) >= LONGEST_LINE:
            raise ValueError("its headers are too long")
        return line


def _each(source: _Source, member: int | None) -> Iterator[Record]:
    """The records of one stream. `member`: where its gzip member begins; None for a file that is not compressed."""
    parser = StatusAndHeadersParser(_VERSIONS)
    first = True
    while line := source.line():
        begin = _BEGIN.search(line)
        if begin is None:
            continue  # blank lines, and what stands behind a record whose length is wrong
        line = line[begin.start() :]
        place = source.place - len(line) if member is None else member
        try:
            stated = parser.parse(source.bounded(), line)
        except (StatusAndHeadersParserException, ValueError, EOFError) as error:
            yield Record(place, "", {}, b"", f"its headers cannot be read ({error})"[:200], member is not None)
            continue
        headers = {name.lower(): value for name, value in reversed(stated.headers)}
        block, fault = _block(source, headers)
        kind = headers.get("warc-type", "").lower()
        yield Record(place, kind, headers, block, fault, member is not None and first)
        first = False


def _block(source: _Source, headers: Mapping[str, str]) -> tuple[bytes, str | None]:
    """The content of a record, and what is wrong with it. Behind a wrong length the stream stands where it began."""
    stated = headers.get("content-length", "").strip()
    if not (stated.isascii() and stated.isdigit() and len(stated) < 16):
        return b"", "it states no length"
    length = int(stated)
    if length > LARGEST:
        source.skip(length)
        return b"", f"it is larger than {LARGEST // 2**20} MB"
    block = source.read(length)
    if len(block) < length:
        source.unread(block)
        return b"", "it is cut"
    behind = source.line()
    ends = behind
    while ends and not ends.strip() and len(behind) < 8:
        ends = source.line()
        behind += ends
    ended = behind.startswith(b"\r\n\r\n")
    if ends.strip() and not ended and not _BEGIN.match(ends):
        source.unread(block + behind)
        return b"", "its length is wrong"
    source.unread(behind)
    return block, None


def http(block: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by lower-case name, and body as it stands, of the HTTP response in a block.

    Takes status lines of every version, `HTTP/2 200` too. Raises ValueError for what is no response.
    """
    stream = io.BytesIO(block)
    parser = StatusAndHeadersParser([], verify=False)
    try:
        head = parser.parse(_Source(stream).bounded())
    except (IndexError, EOFError) as error:
        raise ValueError("no HTTP response") from error
    status = head.get_statuscode()
    if not head.protocol.upper().startswith("HTTP/") or not (status.isascii() and status.isdigit()):
        raise ValueError("no HTTP response")
    return int(status), {name.lower(): value for name, value in reversed(head.headers)}, stream.read()


def fields(block: bytes) -> dict[str, str]:
    """The fields of a metadata record, by lower-case name; the first of each name counts."""
    found: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, mark, value = line.partition(": ")
        if mark:
            found.setdefault(name.lower(), value)
    return found


def agrees(stated: str | None, data: bytes) -> bool | None:
    """Whether a digest as records state it (`sha1:…`, base 32 or hex) is that of `data`; None for an unknown one."""
    name, mark, value = (stated or "").strip().partition(":")
    name = name.lower().replace("-", "")
    if not mark or name not in ("md5", "sha1", "sha256", "sha512"):
        return None
    made = hashlib.new(name, data, usedforsecurity=False).digest()
    forms = (base64.b32encode(made).decode().rstrip("="), made.hex())
    return value.rstrip("=").upper() in {form.upper() for form in forms}

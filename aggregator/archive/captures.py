"""Pages out of WARC files, our own and anybody's; and kept documents as one WARC file.

In: a file, as other people's crawlers wrote it, or what an export asks for. Out: PageDocuments, with the entry that led
to them where our own metadata says so; or a file of the same records as they lie in data/warc. One of the formats of
ARCHIVES.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from aggregator.archive import files, warc
from aggregator.archive.items import Broken, Contents, LeftOut, PageDocument, Written
from aggregator.kit import entries
from aggregator.models import Document, Entry

#: A page that is larger when it is decoded is no article.
LARGEST_PAGE = 15 * 2**20

_PAGES = ("text/html", "application/xhtml+xml")
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_CHUNK = re.compile(rb"\s*([0-9A-Fa-f]{1,8})[ \t]*(?:;[^\r\n]*)?\r?\n")


def read(path: Path, skip: int = 0) -> Iterator[PageDocument | LeftOut | Broken]:
    """The pages of a WARC file, in constant memory; what else was fetched is left out, with the reason.

    `skip`: so many responses were taken before. Raises ArchiveError when the file cannot be read.
    """
    number = 0
    waiting: tuple[str, PageDocument] | None = None  # until its metadata comes
    try:
        with path.open("rb") as file:
            written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            empty = True
            for record in warc.records(file):
                empty = False
                if waiting and record.headers.get("warc-concurrent-to") == waiting[0]:
                    if record.kind == "metadata":
                        waiting = waiting[0], _with_entry(waiting[1], record)
                    continue
                if not record.fault and record.kind not in ("response", "revisit", "resource"):
                    continue
                if waiting:
                    yield waiting[1]
                    waiting = None
                number += 1
                if number <= skip:
                    continue
                item = _item(record, f"{files.shown(path)}:{record.offset}", number, written)
                if isinstance(item, PageDocument):
                    waiting = record.headers.get("warc-record-id", ""), item
                else:
                    yield item
            if empty:
                yield Broken(files.shown(path), "holds no WARC record", 1)
    except OSError as error:
        raise files.failed(path, error) from error
    if waiting:
        yield waiting[1]


def write(contents: Contents, dest: Path) -> Generator[Written]:
    """Write the kept documents of the wanted articles to one file. Raises ArchiveError when the disk takes no more."""
    with files.replacing(dest) as out:
        out.write(warc.warcinfo(dest.name, contents.now))
        for kept in contents.documents():
            if isinstance(kept, bytes):
                out.write(kept)
                yield Written(str(dest))
            else:
                yield kept


def _item(record: warc.Record, where: str, number: int, written: datetime) -> PageDocument | LeftOut | Broken:
    """What one record is."""
    if record.fault:
        return Broken(where, record.fault, number)
    try:
        found = _page(record, written)
    except ValueError as error:
        return Broken(where, str(error), number)
    return LeftOut(where, found, number) if isinstance(found, str) else PageDocument(where, found, number)


def _page(record: warc.Record, written: datetime) -> Document | str:
    """The page of a record, or why it is none. Raises ValueError for a damaged one."""
    if record.kind == "revisit":
        return "a revisit: the page is in the record that it names"
    url = record.headers.get("warc-target-uri", "").strip("<> ")
    if not url.startswith(("http://", "https://")):
        return "not fetched over HTTP"
    if record.kind == "resource":
        status, headers, body = 200, {"content-type": record.headers.get("content-type", "")}, record.block
    else:
        status, headers, body = warc.http(record.block)
    if status not in (200, 203):
        return f"the origin answered {status}"
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind and kind not in _PAGES:
        return f"no page: {kind[:60]}"
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
        return f"its content coding, {coding[:20]}, cannot be read"
    body = _decoded(body, chunked="chunked" in headers.get("transfer-encoding", "").lower(), coding=coding)
    if len(body) > LARGEST_PAGE:
        return f"larger than {LARGEST_PAGE // 2**20} MB"
    if not kind and not _HTML.search(body[:1024]):
        return "no page: of no stated kind"
    known = {name: value for name, value in headers.items() if name not in ("content-encoding", "transfer-encoding")}
    return Document(url, url, status, body, _when(record.headers, written), known)


def _with_entry(item: PageDocument, record: warc.Record) -> PageDocument:
    """The page with what a metadata record of ours says of it."""
    about = warc.fields(record.block)
    entry: Entry | None = None
    if line := about.get("aggregator-entry"):
        with suppress(ValueError):
            entry = replace(entries.load(line), original=None, deleted=False)  # a page has neither
    return PageDocument(item.where, item.document, item.done, entry)


def _when(headers: Mapping[str, str], otherwise: datetime) -> datetime:
    try:
        at = datetime.fromisoformat(headers.get("warc-date", ""))
    except ValueError:
        return otherwise
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _decoded(body: bytes, *, chunked: bool, coding: str) -> bytes:
    """The body without its codings, which crawlers take off as they like without saying so. Raises ValueError."""
    if chunked and _CHUNK.match(body):
        body = _unchunked(body)
    if coding in ("gzip", "x-gzip") and body.startswith(b"\x1f\x8b"):
        return _inflated(body, 16 + zlib.MAX_WBITS)
    if coding == "deflate" and body and not _HTML.search(body[:1024]):
        try:
            return _inflated(body, zlib.MAX_WBITS)
        except ValueError:
            return _inflated(body, -zlib.MAX_WBITS)
    return body


def _unchunked(body: bytes) -> bytes:
    """RFC 9112 §7.1."""
    out: list[bytes] = []
    at = 0
    while head := _CHUNK.match(body, at):
        size = int(head[1], 16)
        if size == 0:
            return b"".join(out)
        at = head.end() + size
        if at > len(body):
            break
        out.append(body[head.end() : at])
    raise ValueError("its chunks are cut")


def _inflated(body: bytes, form: int) -> bytes:
    inflate = zlib.decompressobj(form)
    try:
        out = inflate.decompress(body, LARGEST_PAGE + 1)
    except zlib.error as error:
        raise ValueError(f"its compressed body is damaged ({error})") from error
    if not inflate.eof and len(out) <= LARGEST_PAGE:
        raise ValueError("its compressed body is cut")
    return out

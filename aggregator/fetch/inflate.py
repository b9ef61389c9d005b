"""Content codings undone under a cap: chunks of a response body in, its decoded bytes out. Called by fetch.http.

Written on `zlib` with `max_length`, because one network chunk may inflate a thousandfold: a decoder that hands over
whatever a chunk holds has spent the memory before any counter can act.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Protocol

from aggregator.errors import BadTransfer, TooLarge

#: Most bytes any decoder makes in one step.
PIECE = 64 * 1024
#: Most codings we undo; more of them have only been seen in attacks.
DEPTH = 2

_GZIP_MAGIC = b"\x1f\x8b"


class _Stage(Protocol):
    def push(self, data: bytes) -> Iterator[bytes]:
        """Decode some more. Raises zlib.error."""

    def end(self) -> Iterator[bytes]:
        """What is left at the end of the input. Raises zlib.error when the end is missing."""


class Body:
    """Gathers one response body.

    `codings` in the order of Content-Encoding (RFC 9110 §8.4): the last one was applied last. `cap` bounds the decoded
    bytes, the bytes on the wire and every step between. Raises BadTransfer for codings we did not ask for, bytes that
    are not what the coding says, and cut streams; TooLarge past the cap.
    """

    def __init__(self, url: str, codings: Sequence[str], cap: int) -> None:
        names = [name for name in (coding.strip().lower() for coding in codings) if name not in ("", "identity")]
        unknown = [name for name in names if name not in _STAGES]
        if unknown:
            raise BadTransfer(url, f"uses the content coding {unknown[0]!r}, which was not asked for")
        if len(names) > DEPTH:
            raise BadTransfer(url, f"stacks {len(names)} content codings")
        self._url = url
        self._cap = cap
        self._stages: list[_Stage] = [_STAGES[name]() for name in reversed(names)]
        self._counts = [0] * (len(self._stages) + 1)
        self._decoded = bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes from the wire."""
        try:
            self._pass(chunk, 0)
        except zlib.error as exc:
            raise BadTransfer(self._url, f"the compressed body is broken ({exc})") from exc

    def finish(self) -> bytes:
        """The whole body, decoded."""
        try:
            for depth, stage in enumerate(self._stages):
                for piece in stage.end():
                    self._pass(piece, depth + 1)
        except zlib.error as exc:
            raise BadTransfer(self._url, f"the compressed body is cut ({exc})") from exc
        return bytes(self._decoded)

    def _pass(self, data: bytes, depth: int) -> None:
        self._counts[depth] += len(data)
        if self._counts[depth] > self._cap:
            raise TooLarge(self._url, f"the body is larger than {self._cap / 1048576:g} MiB")
        if depth == len(self._stages):
            self._decoded += data
            return
        for piece in self._stages[depth].push(data):
            self._pass(piece, depth + 1)


class _Gzip:
    """gzip (RFC 1952): several members in a row are one body; what follows them and is no member is padding.

    A body without the magic number passes as it is: servers that label plain text as gzip exist.
    """

    def __init__(self) -> None:
        self._held = b""  # fewer bytes than decide what comes next
        self._member: zlib._Decompress | None = None
        self._started = self._plain = self._padding = False

    def push(self, data: bytes) -> Iterator[bytes]:
        while data and not self._padding:
            if self._plain:
                yield data
                return
            if self._member is None:
                data = self._begin(data)
                continue
            yield from _drain(self._member, data)
            data = b""
            if self._member.eof:
                data, self._member = self._member.unused_data, None

    def _begin(self, data: bytes) -> bytes:
        data, self._held = self._held + data, b""
        if len(data) < len(_GZIP_MAGIC):
            self._held = data
            return b""
        if data.startswith(_GZIP_MAGIC):
            self._member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        elif self._started:
            self._padding = True
        else:
            self._plain = True
        self._started = True
        return data

    def end(self) -> Iterator[bytes]:
        if self._member is not None:
            raise zlib.error("the end is missing")
        if not self._started and self._held:
            yield self._held


class _Deflate:
    """deflate: zlib format as RFC 9110 §8.4.1.2 says, or the bare stream that some servers send."""

    def __init__(self) -> None:
        self._held = b""
        self._stream: zlib._Decompress | None = None

    def push(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            data, self._held = self._held + data, b""
            if len(data) < 2:
                self._held = data
                return
            wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS)
        if not self._stream.eof:
            yield from _drain(self._stream, data)

    def end(self) -> Iterator[bytes]:
        if self._held or (self._stream is not None and not self._stream.eof):
            raise zlib.error("the end is missing")
        yield from ()


_STAGES: dict[str, type[_Gzip] | type[_Deflate]] = {"gzip": _Gzip, "x-gzip": _Gzip, "deflate": _Deflate}


def _drain(stream: zlib._Decompress, data: bytes) -> Iterator[bytes]:
    """Everything `data` adds, in pieces of at most PIECE bytes."""
    while True:
        piece = stream.decompress(data, PIECE)
        if piece:
            yield piece
        data = stream.unconsumed_tail
        # A full piece may leave decoded bytes inside the stream although all input is used up.
        if stream.eof or not (data or len(piece) == PIECE):
            return

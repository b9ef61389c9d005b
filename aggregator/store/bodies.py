"""How the long texts of articles lie in the database: packed together, a few articles to a frame.

In: the HTML and the plain text of each new revision. Out: rows of the body table and where in them each revision
lies; and back. Called by changes.py, loading.py, revisions.py, filters.py and the migration that packed old rows.
A frame is a Zstandard frame (RFC 8878) of the texts in GB 18030, in which a Chinese character takes two bytes, not
three; what that cannot hold is in UTF-8. Why so, and how to read a frame by hand: docs/decisions/0603.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from aggregator.errors import StoreError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

#: Characters to a frame, unless one article has more: some six articles. More save little and make reading one dear.
FRAME = 18_000

#: Decided by measuring short Chinese texts: the presets of zstd for this size of input look for longer repetitions.
_OPTIONS: dict[int, int] = {
    zstd.CompressionParameter.window_log: 17,
    zstd.CompressionParameter.hash_log: 14,
    zstd.CompressionParameter.min_match: 4,
    zstd.CompressionParameter.strategy: zstd.Strategy.fast,
}
_compressor = zstd.ZstdCompressor(options=_OPTIONS)  # takes a lock of its own for each frame


class Frame(NamedTuple):
    """A row of the body table, but for its id."""

    encoding: str  #: what Python calls it: gb18030 or utf-8
    data: bytes


class Spot(NamedTuple):
    """Where the texts of one revision lie. Lengths are in characters; the plain text follows the HTML."""

    frame: int | None  #: number of the frame, id of the body; None: there is no text
    start: int
    html_length: int
    text_length: int


@dataclass(slots=True)
class Packed:
    """Frames, numbered from 0, and a spot for each of the texts, in their order."""

    frames: list[Frame]
    spots: list[Spot]


def pack(texts: Iterable[tuple[str, str] | None]) -> Packed:
    """Pack pairs of HTML and plain text, in order; None where there is nothing to keep."""
    packed, size = Packed([], []), 0
    waiting: list[str] = []
    for both in texts:
        if both is None:
            packed.spots.append(Spot(None, 0, 0, 0))
            continue
        html, text = both
        if size + len(html) + len(text) > FRAME and waiting:
            packed.frames.append(compress("".join(waiting)))
            waiting, size = [], 0
        packed.spots.append(Spot(len(packed.frames), size, len(html), len(text)))
        waiting += both
        size += len(html) + len(text)
    if waiting:
        packed.frames.append(compress("".join(waiting)))
    return packed


def pair(html: str, text: str, original: str | bytes | None) -> tuple[str, str] | None:
    """What `pack` takes for a revision. One with an original has a spot even without texts: it can be let go of."""
    return (html, text) if html or text or original is not None else None


def compress(text: str) -> Frame:
    """One frame."""
    try:
        encoding, raw = "gb18030", text.encode("gb18030")
    except UnicodeEncodeError:  # half a surrogate pair
        encoding, raw = "utf-8", text.encode("utf-8", "surrogatepass")
    return Frame(encoding, _compressor.compress(raw, zstd.ZstdCompressor.FLUSH_FRAME))


def expand(encoding: str, data: bytes) -> str:
    """The text of a frame. Raises StoreError in words for a damaged one."""
    return _decoded(encoding, _raw(data))


def _raw(data: bytes) -> bytes:
    try:
        return zstd.decompress(data)
    except zstd.ZstdError as error:
        raise StoreError(f"a text in the database is damaged ({error}); restore a backup") from error


def _decoded(encoding: str, raw: bytes) -> str:
    try:
        return raw.decode(encoding, "surrogatepass" if encoding == "utf-8" else "strict")
    except UnicodeDecodeError as error:
        raise StoreError(f"a text in the database is damaged ({error}); restore a backup") from error


class Texts:
    """The texts of some frames, by the id of their body. Raises StoreError for a damaged one."""

    def __init__(self, rows: Iterable[tuple[int, str, bytes]]) -> None:
        self._raw = {number: (encoding, _raw(data)) for number, encoding, data in rows}
        self._whole: dict[int, str] = {}
        self._looked: dict[tuple[int, tuple[str, ...]], bool] = {}

    def html(self, spot: Sequence[int]) -> str:
        """The HTML that lies at a spot."""
        body, start, length, _ = spot
        return self._frame(body)[start : start + length] if body else ""

    def text(self, spot: Sequence[int]) -> str:
        """The plain text that lies at a spot."""
        body, start, before, length = spot
        return self._frame(body)[start + before : start + before + length] if body else ""

    def may_hold(self, spot: Sequence[int], words: Sequence[str]) -> bool:
        """False where the bytes of its frame show that none of the words is in it: decoding costs more than looking."""
        body = spot[0]
        if not body:
            return False
        asked = body, tuple(words)
        if asked not in self._looked:
            encoding, raw = self._raw[body]
            self._looked[asked] = any(word.encode(encoding, "ignore") in raw for word in words)
        return self._looked[asked]

    def _frame(self, body: int) -> str:
        if body not in self._whole:
            self._whole[body] = _decoded(*self._raw[body])
        return self._whole[body]


def wanted(spots: Iterable[Sequence[int]]) -> Iterator[int]:
    """The bodies that hold the spots."""
    return (spot[0] for spot in spots if spot[0])

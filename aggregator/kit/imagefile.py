"""What a picture file is, by its own bytes: its type, its size in pixels, and whether it is whole.

In: the bytes of a response. Out: Shape, or ValueError in words. What a server says of its type does not count. Pictures
that can carry scripts (SVG), and everything that is no picture, are refused. Pure; called by pipeline/pictures.py.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

#: Extension -> media type. Nothing else is kept, and nothing else is served.
TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "bmp": "image/bmp",
}

#: Start-of-frame markers of JPEG (ITU-T T.81 table B.1): all of C0 to CF but DHT, JPG and DAC.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_AVIF = (b"avif", b"avis")
_TEXT = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*(<\?xml|<!doctype|<html|<svg|<|\{|\[)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a file shows of itself. `width` and `height` are None where they are not cheap to read."""

    extension: str
    width: int | None
    height: int | None
    whole: bool  #: its end is there


def read(body: bytes) -> Shape:
    """The type and size of a picture. Raises ValueError in words for what is none, or none that may be kept."""
    for extension, begins, look in _LOOKS:
        if begins(body):
            width, height, whole = look(body)
            sound = bool(width and height)
            return Shape(extension, width if sound else None, height if sound else None, whole)
    raise ValueError(_what(body))


def _what(body: bytes) -> str:
    if not body.strip():
        return "is empty"
    head = body[:1024].lower()
    if b"<svg" in head:
        return "is an SVG drawing, which may carry scripts and is not kept"
    if b"<html" in head or b"<!doctype html" in head:
        return "is an HTML page instead of a picture"
    return "is text instead of a picture" if _TEXT.match(body) else "is no picture of a known type"


Size = tuple[int | None, int | None, bool]


def _png(body: bytes) -> Size:
    """W3C PNG §11.2.1: IHDR stands first, IEND last."""
    width, height = struct.unpack(">II", body[16:24]) if body[12:16] == b"IHDR" and len(body) >= 24 else (None, None)
    return width, height, b"IEND" in body[-64:] or b"\0\0\0\0IEND\xaeB`\x82" in body


def _gif(body: bytes) -> Size:
    """GIF89a §18: the logical screen; the trailer is 0x3B."""
    width, height = struct.unpack("<HH", body[6:10]) if len(body) >= 10 else (None, None)
    return width, height, body.rstrip(b"\0").endswith(b";")


def _bmp(body: bytes) -> Size:
    """BITMAPFILEHEADER and BITMAPINFOHEADER; a negative height stands the picture on its head."""
    if len(body) < 26:
        return None, None, False
    width, height = struct.unpack("<ii", body[18:26])
    return abs(width), abs(height), len(body) >= int(struct.unpack("<I", body[2:6])[0])


def _jpeg(body: bytes) -> Size:
    """ITU-T T.81 §B.1: segments up to the first frame; the end of the image is FFD9."""
    place, whole = 2, body.rfind(b"\xff\xd9") > 2
    while place + 9 <= len(body) and body[place] == 0xFF:
        marker = body[place + 1]
        if marker == 0xFF:  # fill bytes
            place += 1
            continue
        if marker in _FRAMES:
            height, width = struct.unpack(">HH", body[place + 5 : place + 9])
            return width, height, whole
        place += (
            2 if 0xD0 <= marker <= 0xD8 or marker == 0x01 else 2 + max(int.from_bytes(body[place + 2 : place + 4]), 2)
        )
    return None, None, whole


def _webp(body: bytes) -> Size:
    """RFC 9649 §2.4 to 2.7: a RIFF file of one of three kinds."""
    whole = len(body) >= 8 + int(struct.unpack("<I", body[4:8])[0])
    kind, data = body[12:16], body[20:30]
    if len(data) < 10:
        return None, None, whole
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little"), whole
    if kind == b"VP8L":
        bits = int.from_bytes(data[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF), whole
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[6:10])
        return width & 0x3FFF, height & 0x3FFF, whole
    return None, None, whole


def _avif(body: bytes) -> Size:
    """ISO/IEC 14496-12 §4.2 boxes, 23008-12 §6.5.3 `ispe`: the largest image of the file."""
    ends = list(_boxes(body))
    whole = bool(ends) and ends[-1] == len(body)
    found = [
        struct.unpack(">II", body[one.end() + 4 : one.end() + 12])
        for one in re.finditer(rb"\x00\x00\x00\x14ispe", body[: 1 << 16])
        if one.end() + 12 <= len(body)
    ]
    width, height = max(found, key=lambda size: size[0] * size[1], default=(None, None))
    return width, height, whole


def _boxes(body: bytes) -> Iterator[int]:
    """Where each box of the file ends, up to one that is cut."""
    place = 0
    while place + 8 <= len(body):
        size = int.from_bytes(body[place : place + 4])
        if size == 1:
            size = int.from_bytes(body[place + 8 : place + 16])
        place = len(body) if size == 0 else place + max(size, 8)
        if place > len(body):
            return
        yield place


_LOOKS: tuple[tuple[str, Callable[[bytes], bool], Callable[[bytes], Size]], ...] = (
    ("jpg", lambda body: body.startswith(b"\xff\xd8\xff"), _jpeg),
    ("png", lambda body: body.startswith(b"\x89PNG\r\n\x1a\n"), _png),
    ("gif", lambda body: body.startswith((b"GIF87a", b"GIF89a")), _gif),
    ("webp", lambda body: body.startswith(b"RIFF") and body[8:12] == b"WEBP", _webp),
    ("avif", lambda body: body[4:8] == b"ftyp" and any(brand in body[8:48] for brand in _AVIF), _avif),
    ("bmp", lambda body: body.startswith(b"BM") and body[14:18] in (b"\x28\0\0\0", b"\x6c\0\0\0", b"\x7c\0\0\0"), _bmp),
)

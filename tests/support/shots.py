"""Small pictures of every kind that is kept, made from nothing."""

from __future__ import annotations

import struct

from tests.support.origin import pages

PNG = pages.picture(1)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x11\x08\x00\x5a\x00\xa0\x03\x01\x22\x00\x02\x11\x01\x03\x11\x01"
    b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00sample\xff\xd9"
)
GIF = b"GIF89a" + struct.pack("<HH", 160, 90) + b"\x80\x00\x00\x00\x00\x00\xff\xff\xff,sample;"
WEBP = b"RIFF" + struct.pack("<I", 30 - 8) + b"WEBPVP8X" + struct.pack("<I", 10) + b"\0\0\0\0\x9f\0\0\x59\0\0"
LOSSLESS = (
    b"RIFF"
    + struct.pack("<I", 32 - 8)
    + b"WEBPVP8L"
    + struct.pack("<I", 12)
    + b"\x2f"
    + struct.pack("<I", 159 | 89 << 14)
) + b"\0" * 7
LOSSY = (
    b"RIFF" + struct.pack("<I", 30 - 8) + b"WEBPVP8 " + struct.pack("<I", 10) + b"\0\0\0\x9d\x01\x2a"
) + struct.pack("<HH", 160, 90)
BMP = b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + struct.pack("<Iii", 40, 160, -90) + b"\0" * 28
_ISPE = struct.pack(">I", 20) + b"ispe" + b"\0\0\0\0" + struct.pack(">II", 160, 90)
AVIF = struct.pack(">I", 20) + b"ftypavif\0\0\0\0avif" + struct.pack(">I", 8 + len(_ISPE)) + b"meta" + _ISPE

#: Extension -> pictures of that type, 160 by 90 but for the PNG.
ALL = {"jpg": [JPEG], "png": [PNG], "gif": [GIF], "webp": [WEBP, LOSSLESS, LOSSY], "avif": [AVIF], "bmp": [BMP]}

from __future__ import annotations

import contextlib
import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import BadTransfer, TooLarge
from aggregator.fetch import inflate


def zipped(data: bytes) -> bytes:
    """As gzip.compress, the same bytes at all times: they name tests, and workers must agree on names."""
    return gzip.compress(data, mtime=0)


TEXT = "样本快讯：示例股份发布公告。".encode() * 400


def bare(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


def decode(data: bytes, *codings: str, piece: int = 1000, cap: int = 1 << 20) -> bytes:
    body = inflate.Body("http://a.test/", codings, cap)
    for start in range(0, len(data), piece):
        body.feed(data[start : start + piece])
    return body.finish()


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1000, 1 << 20])
@pytest.mark.parametrize(
    ("data", "codings"),
    [
        (TEXT, ()),
        (TEXT, ("identity", "", " Identity ")),
        (zipped(TEXT), ("gzip",)),
        (zipped(TEXT), (" X-GZIP ",)),
        (zipped(TEXT[:50]) + zipped(b"") + zipped(TEXT[50:]), ("gzip",)),
        (zipped(TEXT) + bytes(600), ("gzip",)),
        (zipped(TEXT) + b"garbage behind it", ("gzip",)),
        (zipped(TEXT) + b"\x1f", ("gzip",)),
        (TEXT, ("gzip",)),
        (zlib.compress(TEXT), ("deflate",)),
        (bare(TEXT), ("deflate",)),
        (zlib.compress(TEXT) + b"behind", ("deflate",)),
        (zipped(zlib.compress(TEXT)), ("deflate", "gzip")),
        (zipped(zipped(TEXT)), ("gzip", "identity", "gzip")),
    ],
)
def test_whatever_the_pieces(data: bytes, codings: tuple[str, ...], piece: int) -> None:
    assert decode(data, *codings, piece=piece) == TEXT


@pytest.mark.parametrize("data", [b"", b"x", b"\x1f"])
def test_tiny_bodies_under_a_gzip_label_pass(data: bytes) -> None:
    assert decode(data, "gzip") == data


@pytest.mark.parametrize(
    ("data", "codings", "words"),
    [
        (zipped(TEXT)[:-1], ("gzip",), "cut"),
        (zipped(TEXT)[:30], ("gzip",), "cut"),
        (b"\x1f\x8b", ("gzip",), "cut"),
        (zipped(TEXT)[:-8] + bytes(8), ("gzip",), "broken"),
        (b"\x1f\x8bnonsense that is no gzip", ("gzip",), "broken"),
        (zlib.compress(TEXT)[:-1], ("deflate",), "cut"),
        (zlib.compress(TEXT)[:-4] + bytes(4), ("deflate",), "broken"),
        (b"x", ("deflate",), "cut"),
        (b"<rss></rss>", ("deflate",), "broken"),
        (TEXT, ("br",), "'br'"),
        (TEXT, ("gzip, br",), "not asked for"),
        (TEXT, ("gzip", "gzip", "gzip"), "stacks 3"),
    ],
)
def test_what_does_not_hold(data: bytes, codings: tuple[str, ...], words: str) -> None:
    with pytest.raises(BadTransfer, match=words):
        decode(data, *codings)


@pytest.mark.parametrize("codings", [(), ("gzip",), ("deflate",), ("deflate", "gzip")])
def test_the_cap_is_exact(codings: tuple[str, ...]) -> None:
    # Bytes that do not compress, so that the wire is no smaller than the body; headers of the coding need some room.
    data = bytes(range(256)) * 4
    packed = data
    for name in codings:
        packed = zipped(packed) if name == "gzip" else zlib.compress(packed)
    assert decode(packed, *codings, cap=1024) == data
    with pytest.raises(TooLarge):
        decode(packed, *codings, cap=1023)


def test_a_single_chunk_never_makes_more_than_the_cap_and_one_piece() -> None:
    made = 0

    class Counted(inflate.Body):
        def _pass(self, data: bytes, depth: int) -> None:
            nonlocal made
            made += len(data) if depth else 0
            super()._pass(data, depth)

    packed = zipped(bytes(64 << 20))
    with pytest.raises(TooLarge):
        Counted("http://a.test/", ["gzip"], 1 << 20).feed(packed)
    assert made <= (1 << 20) + inflate.PIECE


def test_bytes_that_decode_to_nothing_are_bounded_too() -> None:
    empty = zipped(b"") * 1000
    with pytest.raises(TooLarge):
        decode(empty, "gzip", cap=10_000)


def test_steps_between_are_bounded_too() -> None:
    """The outer coding makes an endless row of empty inner members, which adds nothing to the body."""
    outer = zipped(zipped(b"") * 50_000)
    assert len(outer) < 10_000
    with pytest.raises(TooLarge):
        decode(outer, "gzip", "gzip", cap=100_000)


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=2000), st.integers(1, 300), st.sampled_from([("gzip",), ("deflate",), ("gzip", "deflate")]))
def test_round_trip(data: bytes, piece: int, codings: tuple[str, ...]) -> None:
    packed = data
    for name in codings:
        packed = zipped(packed) if name == "gzip" else zlib.compress(packed)
    assert decode(packed, *codings, piece=piece) == data


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([("gzip",), ("deflate",), ("gzip", "deflate")]))
def test_garbage_fails_in_one_way_only(data: bytes, codings: tuple[str, ...]) -> None:
    with contextlib.suppress(BadTransfer):
        decode(data, *codings)

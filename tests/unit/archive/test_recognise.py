from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from aggregator import archive
from aggregator.archive import packed
from aggregator.errors import ArchiveError

POST = b"---\ntitle: a\n---\n"


def _recognised(path: Path, *, named: bool = True) -> str | None:
    form = archive.recognise(path, named=named)
    return form.name if form else None


@pytest.mark.parametrize(
    ("name", "content", "named", "below"),
    [
        ("a.md", POST, "posts", "posts"),
        ("A.MD", b"broken", "posts", "posts"),
        ("a.txt", b"\xef\xbb\xbf\r\n---\r\ntitle: a\n", "posts", None),
        ("a.txt", b"notes", None, None),
        ("a", b"---\n\n", None, None),
        ("empty", b"", None, None),
    ],
)
def test_formats_are_recognised(
    tmp_path: Path, name: str, content: bytes, named: str | None, below: str | None
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert _recognised(path) == named
    assert _recognised(path, named=False) == below


def test_first_bytes_are_those_of_the_unpacked_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(gzip.compress(POST * 10_000))
    assert packed.head(path) == (POST * 10_000)[: packed.HEAD]
    assert _recognised(path) == "posts"
    path.write_bytes(packed.zstd.compress(POST))
    assert packed.head(path) == POST


@pytest.mark.parametrize("spoil", [lambda raw: raw[:30], lambda raw: raw[:12] + b"\xff" * 40])
def test_damaged_packing_is_told(tmp_path: Path, spoil) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "a.gz"
    path.write_bytes(spoil(gzip.compress(POST + bytes(range(256)) * 9)))
    with pytest.raises(ArchiveError, match=r"a\.gz: the packed data is"):
        packed.head(path)


def test_a_name_that_is_no_format_is_told_with_those_that_are() -> None:
    with pytest.raises(ArchiveError, match="word: no format that can be imported; posts"):
        archive.chosen("word")
    assert archive.chosen("posts", written=True).name == "posts"

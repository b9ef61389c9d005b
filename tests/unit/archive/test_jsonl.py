from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aggregator.archive import jsonl, packed
from aggregator.archive.items import Broken, Whole
from aggregator.errors import ArchiveError

RECORDS: list[dict[str, Any]] = [
    {"kind": "story", "id": 1, "title": "央行\u2028公告"},
    {"kind": "article", "id": 7, "text": "半个字符\ud83d"},
    {"kind": "article", "id": 8, "text": ""},
]


class Contents:
    def __init__(self, records: Callable[[], Iterator[dict[str, Any]]]) -> None:
        self.records = records


def write(path: Path, records: list[dict[str, Any]] = RECORDS) -> list[str]:
    return [one.where for one in jsonl.write(Contents(lambda: iter(records)), path)]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"])
def test_what_is_written_comes_back(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    assert write(path) == [f"{path}#7", f"{path}#8"]
    found = list(jsonl.read(path))
    assert [one.facts for one in found if isinstance(one, Whole)] == RECORDS
    assert [(one.where, one.done) for one in found] == [(f"{path}:{line}", line) for line in (2, 3, 4)]
    assert list(jsonl.read(path, 3)) == found[2:]
    before = path.read_bytes()
    write(path)
    assert path.read_bytes() == before  # no time, no name in it
    if name == "a.jsonl":
        assert before.count(b"\n") == 4


def test_an_export_that_is_stopped_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    write(path)
    before = path.read_bytes()
    stream = jsonl.write(Contents(lambda: iter(RECORDS * 9)), path)  # type: ignore[arg-type]
    next(stream)
    stream.close()
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["a.jsonl"]


HEADER = json.dumps(jsonl.HEADER).encode() + b"\n"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no JSON Lines of this program"),
        (b'{"kind":"article"}\n', "no JSON Lines of this program"),
        (b"[]\n", "no JSON Lines of this program"),
        (b"\xff\xfe\n", "no JSON Lines of this program"),
        (b'{"kind":"header","format":"aggregator","version":2}\n', "version 2 of the format"),
        (b'{"kind":"header","format":"aggregator","version":"1"}\n', "version '1' of the format"),
        (b'{"kind":"header","format":"aggregator"}\n', "version None of the format"),
    ],
)
def test_files_of_another_kind_are_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match=rf"a\.jsonl:1: {reason}"):
        list(jsonl.read(path))


def test_bad_lines_are_told_and_the_others_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonl, "LONGEST", 200)
    path = tmp_path / "a.jsonl"
    lines = [
        b'{"a":1}',
        b'{"a":',
        b"[1]",
        b"",
        b"\xff",
        b'{"x":"' + b"y" * 999 + b'"}',
        b"[" * 190,
        b'{"a":2}',
        b'{"a":3',
    ]
    path.write_bytes(HEADER + b"\n".join(lines))
    found = list(jsonl.read(path))
    assert [one.facts["a"] for one in found if isinstance(one, Whole)] == [1, 2]
    broken = [(one.where.rpartition(":")[2], one.reason) for one in found if isinstance(one, Broken)]
    assert [line for line, _ in broken] == ["3", "4", "5", "6", "7", "8", "10"]
    assert "of more than" in dict(broken)["7"]
    assert "is cut off" in dict(broken)["10"]
    assert [one.done for one in found] == list(range(2, 11))


@pytest.mark.parametrize("name", ["a.jsonl.gz", "a.jsonl.zst"])
def test_cut_and_damaged_packing_gives_what_came_before(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write(path, [{"kind": "article", "id": n, "text": f"{n * n * 7919} 篇"} for n in range(50_000)])
    whole = path.read_bytes()
    found: list[Any] = []
    for spoiled, reason in ((whole[: len(whole) // 2], "cut off"), (_flipped(whole), "damaged|cut off")):
        path.write_bytes(spoiled)
        with pytest.raises(ArchiveError, match=f"the packed data is ({reason})"):
            found.extend(jsonl.read(path))
    assert packed.head(path)


def _flipped(raw: bytes) -> bytes:
    middle = len(raw) // 2
    return raw[:middle] + bytes(byte ^ 0xFF for byte in raw[middle : middle + 64]) + raw[middle + 64 :]


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    record = {"kind": "article", "id": 1, "text": "样本" * 2_000}
    with path.open("wb") as file:
        file.write(HEADER)
        for _ in range(3_000):
            file.write(json.dumps(record).encode() + b"\n")
        file.seek(3 << 30)  # and a hole of gigabytes without a line end, as a line
        file.write(b"\n" + json.dumps(record).encode() + b"\n")
    tracemalloc.start()
    reader = jsonl.read(path)
    count = sum(isinstance(next(reader), Whole) for _ in range(3_000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 3_000
    assert peak < 3_000_000

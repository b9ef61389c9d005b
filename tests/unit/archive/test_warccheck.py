"""Faults in kept documents are found where they are, and nothing else is."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.archive import warc, warccheck, warcfiles
from aggregator.models import RawDocument
from tests.support.kept import AT, fetched

NAME = "2026-11-23.warc.gz"


@pytest.fixture
def kept(tmp_path: Path) -> list[RawDocument]:
    folder = warcfiles.Folder(tmp_path)
    first = folder.append([fetched(name) for name in "甲乙丙"], {}, AT)
    rest = folder.append([fetched("甲"), fetched("丁")], {first[0].digest: first[0]}, AT)
    folder.close()
    return [*first, *rest]


def found(folder: Path, rows: list[RawDocument], *, growing: bool = False) -> list[tuple[str, int | None]]:
    return [(one.kind, one.offset) for one in warccheck.check(folder, NAME, rows, growing=growing)]


def starts(path: Path) -> list[int]:
    with path.open("rb") as file:
        return [one.offset for one in warc.records(file)]


def test_sound_files_have_no_fault(tmp_path: Path, kept: list[RawDocument]) -> None:
    assert [one.revisit for one in kept] == [False, False, False, True, False]
    assert found(tmp_path, kept) == []
    assert found(tmp_path, kept[:2]) == []  # records that the index does not know are none
    assert found(tmp_path, []) == []


@pytest.mark.parametrize("record", range(15))
@pytest.mark.parametrize("where", [0.05, 0.5, 0.97])
def test_a_flipped_byte_anywhere_is_one_fault_there(
    tmp_path: Path, kept: list[RawDocument], record: int, where: float
) -> None:
    path = tmp_path / NAME
    begins = [*starts(path)[1:], path.stat().st_size]  # but for warcinfo
    begin, end = begins[record], begins[record + 1]
    raw = bytearray(path.read_bytes())
    raw[begin + 10 + int((end - begin - 10) * where)] ^= 0x55  # behind the head of the member
    path.write_bytes(raw)
    told = found(tmp_path, kept)
    assert told == [("torn" if record == 14 else "damaged", begin)]


def test_a_missing_file_is_one_fault(tmp_path: Path, kept: list[RawDocument]) -> None:
    (tmp_path / NAME).unlink()
    assert found(tmp_path, kept) == [("missing", None)]
    assert found(tmp_path, []) == []


def _cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 5)


def _noise(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"half a rec")


@pytest.mark.parametrize("damage", [_cut, _noise])
def test_a_torn_end_is_told_and_cut_off(
    tmp_path: Path, kept: list[RawDocument], damage: Callable[[Path], None]
) -> None:
    path = tmp_path / NAME
    damage(path)
    assert found(tmp_path, kept, growing=True) == []
    ((kind, offset),) = found(tmp_path, kept)
    assert (kind, offset is not None) == ("torn", True)
    warcfiles.cut(path, offset or 0)
    assert found(tmp_path, kept) == []


def test_what_the_index_says_otherwise_is_told(tmp_path: Path, kept: list[RawDocument]) -> None:
    for wrong in ({"digest": "00" * 20}, {"url": "https://elsewhere.example.com/"}, {"revisit": True}):
        rows = [kept[0], replace(kept[1], **wrong), *kept[2:]]  # type: ignore[arg-type]
        assert found(tmp_path, rows) == [("damaged", kept[1].offset)]
    shifted = [kept[0], replace(kept[1], offset=kept[1].offset + 1), *kept[2:]]
    assert found(tmp_path, shifted) == [("missing", kept[1].offset + 1)]
    with (tmp_path / NAME).open("r+b") as file:
        file.truncate(kept[2].offset)
    assert found(tmp_path, kept) == [("missing", one.offset) for one in kept[2:]]


def test_a_record_that_was_put_in_another_ones_place_is_told(tmp_path: Path, kept: list[RawDocument]) -> None:
    path = tmp_path / NAME
    raw = path.read_bytes()
    one = kept[1]
    member = gzip.decompress(raw[one.offset : one.offset + one.length])
    forged = member.replace("样本公司".encode(), "别的公司".encode(), 1)
    assert forged != member
    path.write_bytes(raw[: one.offset] + gzip.compress(forged) + raw[one.offset + one.length :])
    told = list(warccheck.check(tmp_path, NAME, kept[:2]))
    assert [(fault.kind, fault.offset) for fault in told] == [("damaged", one.offset)]
    assert "digest" in told[0].what

"""Archives in and out by the command line: without loss, again and again, stopped at any moment, and fed rubbish."""

from __future__ import annotations

import json
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.support import place as places
from tests.support.place import Place

POST = """---
title: '{title}'
categories:
 - {category}
 - 公告
author: 样本网
date: {date}
---

<div>
<p>{title}：{text}</p>
</div>
"""
DATE = "Mon, 16 Nov 2026 02:00:00 GMT"


@pytest.fixture
def here(tmp_path: Path) -> Place:
    return places.make(tmp_path, "http://127.0.0.1:9")


def elsewhere(tmp_path: Path, name: str = "elsewhere") -> Place:
    (folder := tmp_path / name).mkdir()
    return places.make(folder, "http://127.0.0.1:9")


def posts(folder: Path, count: int, *, category: str = "样本", text: str = "公告全文。") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        title = f"样本公司第{n}号公告"
        date = f"Mon, 16 Nov 2026 {n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02} GMT"
        (folder / f"{n:05}.md").write_text(
            POST.format(title=title, category=category, date=date, text=text * 9), "utf-8"
        )
    return folder


def start(place: Place, *words: str, **more: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "aggregator", *words],
        cwd=Path(__file__).parents[2],
        env=place.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def stored(place: Place) -> int:
    try:
        with closing(sqlite3.connect(f"file:{place.data / 'aggregator.sqlite'}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT COUNT(*) FROM article").fetchone()[0])
    except sqlite3.Error:
        return 0


def stop_midway(place: Place, number: signal.Signals, *words: str) -> int:
    """Start an import and end it as soon as something is stored; gives its exit code."""
    before = stored(place)
    process = start(place, *words)
    while stored(place) == before and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(number)
    process.communicate(timeout=120)
    return process.returncode


def test_json_lines_come_back_byte_for_byte(here: Place, corpus: Path, tmp_path: Path) -> None:
    assert here.run("import", str(corpus / "posts"), str(corpus / "seed.md")).returncode == 0
    (edited := tmp_path / "edited.md").write_text(
        (corpus / "seed.md")
        .read_text("utf-8")
        .replace("在线立案超千万件", "在线立案超千万件", 1)
        .replace("一站式", "多站式"),
        "utf-8",
    )
    assert "1 revised" in here.run("import", str(edited)).stdout
    files = [tmp_path / name for name in ("a.jsonl", "a.jsonl.gz", "a.jsonl.zst")]
    for file in files:
        assert here.run("export", "jsonl", str(file)).returncode == 0
    whole = files[0].read_bytes()
    assert whole.count(b'"kind":"article"') == 11
    for number, file in enumerate(files):
        other = elsewhere(tmp_path, f"other{number}")
        done = other.run("import", str(file))
        assert (done.returncode, done.stderr) == (0, "")
        assert "11 new, 0 revised" in done.stdout
        assert "0 new, 0 revised, 0 merged, 11 unchanged" in other.run("import", str(file)).stdout
        assert "0 new, 0 revised" in other.run("import", str(corpus / "posts")).stdout
        assert other.run("export", "jsonl", str(tmp_path / "b.jsonl")).returncode == 0
        assert (tmp_path / "b.jsonl").read_bytes() == whole
    assert other.json("list", "--limit", "50") == here.json("list", "--limit", "50")
    assert len(other.json("search", "多站式")) == 1


def test_posts_come_back_byte_for_byte_by_way_of_json_lines(here: Place, corpus: Path, tmp_path: Path) -> None:
    assert here.run("import", str(corpus / "posts")).returncode == 0
    assert here.run("export", "jsonl", str(tmp_path / "a.jsonl")).returncode == 0
    other = elsewhere(tmp_path)
    assert other.run("import", str(tmp_path / "a.jsonl")).returncode == 0
    assert "wrote 10 posts" in other.run("export", "posts", str(tmp_path / "out")).stdout
    assert "wrote 0 posts" in other.run("export", "posts", str(tmp_path / "out")).stdout
    came, left = (
        sorted(p.read_bytes() for p in (folder.rglob("*.md"))) for folder in (tmp_path / "out", corpus / "posts")
    )
    assert came == left


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_an_import_that_was_stopped_goes_on(here: Place, tmp_path: Path, number: signal.Signals) -> None:
    folder = posts(tmp_path / "in", 1200)
    code = stop_midway(here, number, "import", str(folder))
    assert code == (-number if number is signal.SIGKILL else 130)
    assert 0 < stored(here) < 1200
    done = here.run("import", str(folder), timeout=120)
    assert (done.returncode, stored(here)) == (0, 1200)
    assert "0 new, 0 revised, 0 merged, 1200 unchanged" in here.run("import", str(folder), timeout=120).stdout


def test_a_large_file_is_taken_up_where_it_was_left(here: Place, tmp_path: Path) -> None:
    assert here.run("import", str(posts(tmp_path / "in", 1500)), timeout=120).returncode == 0
    file = tmp_path / "a.jsonl.gz"
    assert here.run("export", "jsonl", str(file)).returncode == 0
    other = elsewhere(tmp_path)
    marks = other.data / "aggregator-import.json"
    for attempt in range(20):  # it may be done before the signal comes
        stop_midway(other, signal.SIGKILL, "import", str(file))
        if marks.exists():
            break
        other = elsewhere(tmp_path, f"again{attempt}")
        marks = other.data / "aggregator-import.json"
    went_on = other.json("import", str(file))
    assert went_on["went_on"] >= 100
    assert went_on["unchanged"] <= 600  # what was on its way
    assert stored(other) == 1500
    assert not marks.exists()
    assert other.run("export", "jsonl", str(tmp_path / "b.jsonl.gz")).returncode == 0
    assert (tmp_path / "b.jsonl.gz").read_bytes() == file.read_bytes()
    marks.write_text("[not json", "utf-8")
    assert other.json("import", str(file))["unchanged"] == 1500


def test_a_full_disk_ends_an_export_and_leaves_no_half_file(here: Place, tmp_path: Path) -> None:
    assert here.run("import", str(posts(tmp_path / "in", 300, text="很长的公告全文。" * 30))).returncode == 0
    out = tmp_path / "out"
    out.mkdir()

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))

    process = start(here, "export", "jsonl", str(out / "a.jsonl"), preexec_fn=small)
    _, words = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "a.jsonl: File too large; nothing half-written stays" in words
    assert list(out.iterdir()) == []


def test_an_export_that_was_killed_goes_on(here: Place, tmp_path: Path) -> None:
    assert here.run("import", str(posts(tmp_path / "in", 600))).returncode == 0
    out = tmp_path / "out"
    process = start(here, "export", "posts", str(out))
    while not any(out.rglob("*.md")) and process.poll() is None:
        time.sleep(0.002)
    process.kill()
    process.communicate()
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.md")}
    done = here.json("export", "posts", str(out))
    assert (done["kept"], done["written"], done["errors"]) == (len(before), 600 - len(before), [])
    assert all(path.stat().st_mtime_ns == at for path, at in before.items())
    assert len(list(out.rglob("*"))) == 600 + 2  # and nothing but posts in their folders


def _hostile(folder: Path) -> None:
    """A folder as it may come from anywhere."""
    good = POST.format(title="好的一篇", category="样本", date=DATE, text="正文。")

    def put(name: str | bytes, content: str | bytes) -> None:
        (folder / os.fsdecode(name)).write_bytes(content.encode() if isinstance(content, str) else content)

    put("good.md", good)
    put("no_front.md", "只是文字")
    put("broken.md", "---\ntitle: [\n---\n<p>x</p>")
    put("no_title.md", "---\ndate: 2026-11-16\n---\n<p>x</p>")
    put("open.md", "---\ntitle: x\n")
    put("empty.md", "")
    put("nul.md", b"\x00" * 100)
    put("gbk.md", good.encode("gbk"))
    put("aliases.md", "---\ntitle: &a x\ndate: *a\n---\n")
    put("date.md", POST.format(title="日期有误", category="样本", date="Mon, 31 Feb 2026 25:00:00 GMT", text="一"))
    put("future.md", POST.format(title="未来的一篇", category="样本", date="Mon, 16 Nov 2093 02:00:00 GMT", text="二"))
    put("汉" * 84 + ".md", POST.format(title="长名", category="样本", date=DATE, text="三"))  # 255 bytes
    put(b"\xff\xfe bytes.md", POST.format(title="乱名", category="样本", date=DATE, text="四"))
    put("line\nbreak\x1b[31m.md", "x")
    put("Case.md", POST.format(title="大写", category="样本", date=DATE, text="五"))
    put("case.md", POST.format(title="小写", category="样本", date=DATE, text="六"))
    put("caf\u00e9.md", POST.format(title="合成", category="样本", date=DATE, text="七"))
    put("cafe\u0301.md", POST.format(title="分解", category="样本", date=DATE, text="八"))
    put("climb.md", POST.format(title="../../../爬出去", category="../../上", date=DATE, text="九"))
    put("long.md", POST.format(title="长" * 300, category="类" * 300, date=DATE, text="十"))
    put("notes.txt", "不是文章")
    put("cut.jsonl", '{"kind":"header","format":"aggregator","version":1}\n{"kind":"sto')
    put("not.jsonl.gz", b"\x1f\x8b\x08\x00rubbish")
    with (folder / "huge.md").open("wb") as file:
        file.truncate(5 << 30)  # a hole
    (folder / "loop").symlink_to(folder)
    (folder / "link.md").symlink_to("/etc/passwd")
    os.mkfifo(folder / "pipe.md")
    (folder / "folder.md").mkdir()


#: Where the fault is, and a word of what is said.
FAULTS = {
    "no_front.md:1": "no front matter",
    "broken.md:3": "front matter",
    "no_title.md:2": "without a title",
    "open.md:1": "that no line `---` ends",
    "empty.md:1": "no front matter",
    "nul.md:1": "no front matter",
    "gbk.md": "not UTF-8",
    "aliases.md:3": "aliases are not allowed",
    "date.md:7": "no date that exists; taken without it",
    "future.md:7": "lies in the future",
    "line\\nbreak\\x1b[31m.md:1": "no front matter",
    "cut.jsonl:2": "is cut off",
    "not.jsonl.gz": "packed data is",
    "huge.md": "larger than",
}


def test_hostile_folders(here: Place, tmp_path: Path) -> None:
    (folder := tmp_path / "in").mkdir()
    _hostile(folder)
    done = here.run("import", str(folder), str(tmp_path / "missing"), "a\\0b".replace("\\0", "?"))
    assert done.returncode == 1
    told = [line for line in done.stderr.splitlines() if line]
    for place, words in FAULTS.items():
        assert any(line.startswith(f"{folder}/{place}: ") and words in line for line in told), (place, told)
    assert len(told) == len(FAULTS) + 2, told
    assert "read 11 items: 11 new" in done.stdout
    assert "left out 1 file of other kinds" in done.stdout
    assert f"failed: {len(FAULTS)}" in done.stdout  # but for the two that are taken, and the two that are not there
    assert "taken with a fault: 2" in done.stdout
    assert "no such file or folder" in done.stdout
    undated = next(one for one in here.json("list") if one["title"] == "日期有误")
    assert here.json("show", str(undated["id"]))["published"] is None
    again = here.run("import", str(folder))
    assert "0 new, 0 revised, 0 merged, 11 unchanged" in again.stdout
    out = tmp_path / "deep" / "er" / "out"
    assert here.run("export", "posts", str(out)).returncode == 0
    assert len(list(out.rglob("*.md"))) == 11
    assert [one.name for one in (tmp_path / "deep").iterdir()] == ["er"]
    assert {path.read_bytes() for path in out.rglob("*.md")} <= {
        p.read_bytes() for p in folder.glob("*.md") if _small(p)
    }


def _small(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size < 1 << 20


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ([], 6),
        (["--category", "甲"], 3),
        (["--category", "甲", "--category", "乙"], 6),
        (["--category", "公告", "--query", "第1号"], 2),
        (["--query", "回购 公告"], 3),
        (["--query", "没有的词"], 0),
        (["--since", "2026-11-17"], 0),
        (["--until", "2026-11-16"], 6),
        (["--until", "2026-11-16T08:00:01"], 2),
        (["--since", "2026-11-16T08:00:01+08:00", "--until", "2026-11-15T16:00:02Z"], 0),
        (["--feed", "import"], 6),
        (["--feed", "none"], 0),
        (["--symbol", "600941.SH"], 0),
    ],
)
def test_filters(filled: Place, tmp_path: Path, filters: list[str], count: int) -> None:
    done = filled.json("export", "posts", str(tmp_path / "out"), *filters)
    assert done == {"written": count, "kept": 0, "errors": []}
    done = filled.json("export", "jsonl", str(tmp_path / "out.jsonl"), *filters)
    assert done["written"] == count


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("filled")
    place = places.make(folder, "http://127.0.0.1:9")
    posts(folder / "in" / "a", 3, category="甲", text="回购计划完成。")
    posts(folder / "in" / "b", 3, category="乙", text="增持计划完成。")
    for path in (folder / "in" / "b").iterdir():
        path.write_text(path.read_text("utf-8").replace("样本公司", "示例集团"), "utf-8")
    assert place.run("import", str(folder / "in")).returncode == 0
    return place


def test_ways_to_call(filled: Place, here: Place, tmp_path: Path) -> None:
    for words in (["posts", "a"], ["--format", "posts", "b"], ["c"]):
        assert filled.run("export", *words[:-1], str(tmp_path / words[-1])).returncode == 0
        assert len(list((tmp_path / words[-1]).rglob("*.md"))) == 6
    wrong: list[tuple[list[str], str]] = [
        (["export", "word", str(tmp_path / "x")], "no format that can be exported; posts, jsonl"),
        (["export", "posts", "--format", "jsonl", str(tmp_path / "x")], "a format and a destination"),
        (["export", "posts", "--since", "gestern", str(tmp_path / "x")], "is no date"),
        (["import", "--format", "word", str(tmp_path)], "no format that can be imported; posts, jsonl"),
    ]
    for words, told in wrong:
        done = filled.run(*words)
        assert done.returncode == 2
        assert told in " ".join(done.stderr.replace("│", " ").split())
    (tmp_path / "file").write_text("x")
    refused = [
        (2, ["export", "posts", str(tmp_path / "file")], "is a file"),
        (2, ["export", "jsonl", str(tmp_path)], "is a folder"),
        (1, ["import", str(tmp_path / "file")], "of no known format; name one with --format: posts, jsonl"),
    ]
    for code, words, told in refused:
        done = filled.run(*words)
        assert (done.returncode, told in done.stderr) == (code, True), done.stderr


def test_a_dry_run_stores_nothing(here: Place, tmp_path: Path) -> None:
    folder = posts(tmp_path / "in", 5)
    (folder / "bad.md").write_text("x")
    done = here.run("import", "--dry-run", str(folder))
    assert done.returncode == 1
    assert "would store: read 5 items: 5 new" in done.stdout
    assert "bad.md:1: no front matter" in done.stderr
    assert here.json("list") == []
    (folder / "bad.md").unlink()
    assert here.run("import", str(folder)).returncode == 0
    assert "0 new, 0 revised, 0 merged, 5 unchanged" in here.run("import", "--dry-run", str(folder)).stdout


def test_mark_up_that_no_page_may_hold_is_taken_out(filled: Place, here: Place, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    assert filled.run("export", "jsonl", str(file)).returncode == 0
    lines = file.read_text("utf-8").splitlines()
    place, record = next((n, json.loads(line)) for n, line in enumerate(lines) if '"kind":"article"' in line)
    record["revisions"][0]["html"] = "<p onclick=x>安全</p><script>alert(1)</script>"
    lines[place] = json.dumps(record, ensure_ascii=False)
    file.write_text("\n".join(lines) + "\n", "utf-8")
    done = here.run("import", str(file))
    assert done.returncode == 1
    assert f"a.jsonl:{place + 1}: mark-up that no page may hold" in done.stderr
    assert here.json("show", str(record["id"]))["html"] == "<p>安全</p>"


@pytest.mark.parametrize(
    "damage", [lambda raw: raw[: len(raw) * 2 // 3], lambda raw: raw.replace(b'"number":1', b'"number":x')]
)
def test_a_damaged_file_gives_what_is_left_of_it(
    filled: Place, here: Place, tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    file = tmp_path / "a.jsonl"
    assert filled.run("export", "jsonl", str(file)).returncode == 0
    whole = file.read_bytes()
    file.write_bytes(damage(whole))
    assert here.run("import", str(file)).returncode == 1
    file.write_bytes(whole)
    assert here.run("import", str(file)).returncode == 0
    assert here.run("export", "jsonl", str(tmp_path / "b.jsonl")).returncode == 0
    assert (tmp_path / "b.jsonl").read_bytes() == whole

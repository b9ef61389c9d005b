"""`scripts/bench archive`: the posts it makes, what it calls a loss, and what it puts on the page."""

from __future__ import annotations

import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from benchmarks import archiving, measure, places, posts

from aggregator.archive import files
from aggregator.parse import post
from tests.unit.benchmarks.test_run import bench

_FACTS = dict.fromkeys(("CPU", "cores", "memory", "kernel", "Python", "SQLite", "date", "commit"), "x")


def test_posts_are_posts_named_as_an_export_names_them() -> None:
    made = dict(posts.texts(30))
    assert len(made) == 30
    for place, text in made.items():
        entry = post.read(text, where=place)
        assert place == "/".join(map(files.safe_name, entry.categories)) + f"/{files.safe_name(entry.title)}.md"
        assert entry.published is not None
        assert 4_000 < len((entry.content or "").encode()) < 9_000
        assert "{" not in text
    assert len({text.split("<div>")[0] for text in made.values()}) == 30


def test_equal_numbers_give_equal_posts() -> None:
    assert list(posts.texts(20)) == list(posts.texts(20))


def _other_bytes(folder: Path) -> None:
    one = sorted(folder.rglob("*.md"))[1]
    one.write_bytes(one.read_bytes() + b" ")


def _other_name(folder: Path) -> None:
    one = sorted(folder.rglob("*.md"))[1]
    one.rename(one.with_suffix(".txt"))


def _one_less(folder: Path) -> None:
    sorted(folder.rglob("*.md"))[1].unlink()


def _one_more(folder: Path) -> None:
    (folder / "x.md").write_bytes(b"")


@pytest.mark.parametrize("spoil", [_other_bytes, _other_name, _one_less, _one_more])
def test_a_post_that_differs_is_found(tmp_path: Path, spoil: Any) -> None:
    assert posts.write(tmp_path / "a", 5).count == 5
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    posts.compare(tmp_path / "a", tmp_path / "b")
    spoil(tmp_path / "b")
    with pytest.raises(measure.Failed, match="post"):
        posts.compare(tmp_path / "a", tmp_path / "b")


def test_plain_rows_hold_the_posts(tmp_path: Path) -> None:
    posts.write(tmp_path / "posts", 5)
    driver = places.ROOT / "scripts" / "benchmarks" / "drivers" / "plain_rows.py"
    measure.run([sys.executable, driver, tmp_path / "posts", tmp_path / "rows.sqlite", "4"])
    with closing(sqlite3.connect(tmp_path / "rows.sqlite")) as opened:
        rows = opened.execute("select title, date, html from article").fetchall()
    assert len(rows) == 4
    title, date, html = rows[0]
    text = next((tmp_path / "posts").rglob(f"{title}.md")).read_text("utf-8")
    published = post.read(text, where="x.md").published
    assert published
    assert date.startswith(f"{published:%Y-%m-%d %H:%M:%S}")
    assert html in text


def test_a_small_archive_goes_round(tmp_path: Path) -> None:
    done = bench(tmp_path, "archive", "--posts", "25", "--peers", "", "--no-page")
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "results" / "archive-no-page.json").read_bytes())
    assert [(row["step"], row["system"], row["posts"]) for row in results["rows"]] == [
        ("import posts", "aggregator", 25),
        ("import posts again", "aggregator", 25),
        ("export posts", "aggregator", 25),
        ("export JSON Lines", "aggregator", 25),
        ("import JSON Lines", "aggregator", 25),
        ("import posts", archiving.PLAIN, 25),
    ]
    assert "## An archive of 25 posts in and out" in done.stdout
    assert not (tmp_path / "scratch" / "archive").exists()


def _row(step: str, system: str, rss: int, size: int | None, index: int | None) -> dict[str, Any]:
    figures = {"wall": 4.0, "user": 3.0, "kernel": 1.0, "rss": rss * 2**20, "pss": 2**20}
    return {"step": step, "system": system, "posts": 100, **figures, "size": size, "index": index}


@pytest.mark.parametrize(("peak", "verdict"), [(300, "yes"), (301, "**no**")])
def test_the_step_with_most_memory_counts_and_peers_do_not(peak: int, verdict: str) -> None:
    rows = [
        _row("import posts", "aggregator", 100, 200_000, 0),
        _row("import JSON Lines", "aggregator", peak, 210_000, 0),
        _row("import posts", "reader", 999, 800_000, None),
    ]
    page = archiving.section(
        {"facts": _FACTS, "posts": 100, "bytes": 400_000, "versions": {"reader": "1"}, "packed": 100_000, "rows": rows}
    )
    assert f"| ≤ 300 MB | {peak} MB | {verdict} |" in page
    assert "| import posts | aggregator | 100 | 25 | 4.0 | 4.0 | 40.00 | 100 | 1 |" in page
    assert "| aggregator, database | 2000 | 0.50 × | 0 |" in page
    assert "| reader, database | 8000 | 2.00 × | – |" in page
    assert "Beside: reader 1." in page

"""Kept documents by the command line: listed, printed, and articles made from them again."""

from __future__ import annotations

from pathlib import Path

from tests.support import place as places
from tests.support.made import OWN
from tests.support.origin.client import Origin


def test_raw_and_reclean(tmp_path: Path, fresh_origin: Origin) -> None:
    here = places.make(tmp_path, fresh_origin.url)
    here.feeds({"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", **OWN})
    assert here.run("update").returncode == 0
    truth = next(one for one in fresh_origin.truth() if here.run("show", one["docid"]).returncode == 0)
    (listed,) = here.json("raw", truth["docid"])
    assert (listed["kind"], listed["status"], listed["revision"]) == ("page", 200, 1)
    assert (here.data / "warc" / listed["file"]).is_file()
    assert listed["file"] in here.run("raw", truth["docid"]).stdout
    body = here.run("raw", truth["docid"], "--body")
    assert body.returncode == 0
    assert truth["docid"] in body.stdout
    assert "<html" in body.stdout.lower()
    done = here.run("raw", truth["docid"], "--number", "2")
    assert done.returncode == 1
    assert "1 document of article" in done.stderr

    report = here.json("reclean")
    assert (report["changed"], report["failed"]) == ([], [])
    site = here.config / "sites" / "sina.toml"
    site.write_text(site.read_text("utf-8").replace("drop_text = [", "drop_text = [\n    '.*样本.*',", 1), "utf-8")
    dry = here.run("reclean", "--dry-run", "--site", "sina")
    assert "would change" in dry.stdout
    done = here.run("reclean", "--since", "2020-01-01")
    assert done.returncode == 0, done.stderr
    assert " 0 changed" not in done.stdout
    assert " 0 changed" in here.run("reclean").stdout
    assert here.run("reclean", "--site", "nosuch").returncode == 2
    assert here.run("reclean", "999999").returncode == 1


def test_a_document_that_is_gone_is_told_and_fails_the_command(tmp_path: Path, fresh_origin: Origin) -> None:
    here = places.make(tmp_path, fresh_origin.url)
    here.feeds({"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", **OWN})
    assert here.run("update").returncode == 0
    for path in (here.data / "warc").iterdir():
        path.unlink()
    done = here.run("reclean")
    assert done.returncode == 1
    assert "No such file" in done.stderr


def test_a_daemon_that_was_killed_leaves_files_that_the_next_one_mends(tmp_path: Path, fresh_origin: Origin) -> None:
    here = places.make(tmp_path, fresh_origin.url)
    here.feeds({"name": "滚动", "slug": "roll", "url": "sina:roll/384/2519", **OWN})
    with here.daemon() as process:
        places.eventually(lambda: any((here.data / "warc").glob("*.warc.gz")), 30, here.log)
        process.kill()
        process.wait()
    (path,) = (here.data / "warc").glob("*.warc.gz")
    with path.open("ab") as file:
        file.write(b"\x1f\x8b\x08half a record")
    assert "document.torn" in here.run("verify").stdout
    fresh_origin.publish(3)
    assert here.run("update", "--all").returncode == 0
    assert "document." not in here.run("verify").stdout
    report = here.json("reclean")
    assert (report["changed"], report["failed"]) == ([], [])

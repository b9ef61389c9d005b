"""Posts in and out by the command line, and the seed as the user will look at it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import place as places
from tests.support.place import Place


@pytest.fixture
def here(tmp_path: Path) -> Place:
    return places.make(tmp_path, "http://127.0.0.1:9")


def test_the_seed_and_its_sisters_come_out_as_they_went_in(here: Place, corpus: Path, tmp_path: Path) -> None:
    done = here.run("import", str(corpus / "seed.md"), str(corpus / "posts"))
    assert done.returncode == 0, done.stderr
    again = here.run("import", str(corpus / "seed.md"), str(corpus / "posts"))
    assert again.returncode == 0, again.stderr
    folder = tmp_path / "out"
    assert here.run("export", "--format", "posts", str(folder)).returncode == 0
    sources = [corpus / "seed.md", *(corpus / "posts").glob("*.md")]
    assert sorted(path.read_bytes() for path in folder.rglob("*.md")) == sorted(path.read_bytes() for path in sources)
    assert (folder / "金融" / "新浪财经" / "新浪财经－国內").is_dir()


def test_show_of_the_seed(here: Place, corpus: Path) -> None:
    assert here.run("import", str(corpus / "seed.md")).returncode == 0
    (row,) = here.json("list")
    shown = here.json("show", str(row["id"]))
    assert shown["title"] == "中国法院信息化发展如何？2021年全国法院在线立案超千万件"
    assert shown["published"].startswith("2022-06-14T11:54:04")
    assert shown["categories"] == ["金融", "新浪财经", "新浪财经－国內"]
    assert (shown["outlet"], shown["editor"]) == ("21世纪经济报道", "李墨轩")
    assert [(symbol["code"], symbol["name"]) for symbol in shown["symbols"]] == [("600941.SH", "中国移动")]
    for furniture in ("appendQr", "<style", "<!--", "<font", "责任编辑", "cece9e13", "尽在新浪财经APP"):
        assert furniture not in shown["html"]
    assert "让人民群众享受智慧法院带来的“数字红利”" in shown["html"]
    human = here.run("show", str(row["id"])).stdout
    categories = "金融/新浪财经/新浪财经－国內"
    for fact in ("2022-06-14 11:54:04", categories, "21世纪经济报道", "李墨轩", "600941.SH", "中国移动"):
        assert fact in human


POST = """---
title: '样本公司公告'
categories:
 - 样本
author: 样本网
date: Mon, 16 Nov 2026 02:00:00 GMT
---

<div>
<p>样本公司公告称，回购计划已完成。</p>
</div>
"""


def test_bad_posts_are_named_and_the_rest_goes_on(here: Place, tmp_path: Path) -> None:
    folder = tmp_path / "posts"
    folder.mkdir()
    (folder / "good.md").write_text(POST, "utf-8")
    (folder / "no_front.md").write_text("只是文字", "utf-8")
    (folder / "broken.md").write_text("---\ntitle: [\n---\n<p>x</p>", "utf-8")
    (folder / "gbk.md").write_bytes(POST.encode("gbk"))
    done = here.run("import", str(folder), str(tmp_path / "missing"))
    assert done.returncode == 1
    for name in ("no_front.md", "broken.md", "gbk.md", "missing"):
        assert name in done.stderr + done.stdout
    assert [story["title"] for story in here.json("list")] == ["样本公司公告"]


def test_importing_while_the_daemon_runs_reaches_its_outputs(here: Place, tmp_path: Path) -> None:
    post = tmp_path / "one.md"
    post.write_text(POST, "utf-8")
    with here.daemon():
        assert here.run("import", str(post)).returncode == 0
        places.eventually(lambda: "样本公司公告" in here.get("/feeds/all.rss")[2].decode(), 30, here.log)


def test_what_was_exported_comes_back_and_changes_nothing_where_it_came_from(here: Place, tmp_path: Path) -> None:
    linked = POST.replace("author: 样本网", "author: 样本网\nlink: https://{0}.example/1")
    for name in ("one", "two"):
        (tmp_path / f"{name}.md").write_text(linked.replace("{0}", name).replace("回购", name), "utf-8")
    assert here.run("import", str(tmp_path / "one.md"), str(tmp_path / "two.md")).returncode == 0
    (story,) = here.json("list")
    assert len(story["others"]) == 1  # one story, two articles
    shown = here.json("show", str(story["id"]))
    assert [other["id"] for other in shown["others"]] == [other["id"] for other in story["others"]]
    out = tmp_path / "out"
    assert here.run("export", str(out)).returncode == 0
    assert len(list(out.rglob("*.md"))) == 2
    again = here.run("import", str(out))
    assert "0 new, 0 revised" in again.stdout
    (elsewhere := tmp_path / "elsewhere").mkdir()
    other = places.make(elsewhere, "http://127.0.0.1:9")
    assert "2 new, 0 revised" in other.run("import", str(out)).stdout


def test_unknown_ids_are_told(here: Place) -> None:
    for reference in ("7", "99999999999999999999999", "urn:uuid:00000000-0000-5000-8000-000000000000", "x"):
        done = here.run("show", reference)
        assert done.returncode == 1
        assert "nothing stored is called" in done.stderr

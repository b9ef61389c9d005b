from __future__ import annotations

from pathlib import Path

import pytest

from aggregator import config
from aggregator.errors import ConfigError
from tests.support import mistakes
from tests.unit.config.conftest import Write


@pytest.mark.parametrize("broken", mistakes.CASES, ids=lambda broken: broken.name)
def test_each_mistake_is_told_with_its_place_and_mend(broken: mistakes.Broken, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        config.load(broken.write(tmp_path / "config"), environ=broken.environ)
    (problem,) = caught.value.problems
    assert isinstance(problem, config.Problem)
    assert f"/{broken.place_pattern}" in f"/{problem}"
    assert broken.what in problem.what
    assert broken.mend in problem.mend
    assert problem.mend


def test_all_mistakes_are_told_at_once_in_order(folder: Write) -> None:
    place = folder(
        aggregator='listen = "x"\n[limits]\nper_host = 0\n',
        feeds=mistakes.feed('interval = "1s"', 'timezone = "Mars"') + mistakes.feed() + "[[feed]]\n",
        outputs=mistakes.output('feeds = ["nobody"]', "limit = -1"),
    )
    with pytest.raises(ConfigError) as caught:
        config.load(place, environ={"AGGREGATOR_NO": "1"})
    told = [(Path(one.file).name, one.line, one.key) for one in caught.value.problems]
    assert told == [
        ("aggregator.toml", 1, "listen"),
        ("aggregator.toml", 3, "limits.per_host"),
        ("feeds.toml", 4, "feed[1].interval"),
        ("feeds.toml", 5, "feed[1].timezone"),
        ("feeds.toml", 7, "feed[2].name"),
        ("feeds.toml", 8, "feed[2].url"),
        ("feeds.toml", 9, "feed[3].name"),
        ("feeds.toml", 9, "feed[3].url"),
        ("outputs.toml", 4, "output[1].feeds[1]"),
        ("outputs.toml", 5, "output[1].limit"),
        ("environment", None, "AGGREGATOR_NO"),
    ]
    assert str(caught.value).count("\n") == 10


def test_a_broken_file_hides_no_mistake_of_another(folder: Write) -> None:
    place = folder(feeds="[[feed]\n", outputs=mistakes.output('feeds = ["flash"]', "limit = 0"))
    with pytest.raises(ConfigError) as caught:
        config.load(place, environ={})
    assert [Path(one.file).name for one in caught.value.problems] == ["feeds.toml", "outputs.toml"]


@pytest.mark.parametrize("name", ["aggregator.toml", "feeds.toml", "outputs.toml"])
def test_a_missing_file_is_a_mistake(folder: Write, name: str) -> None:
    place = folder()
    (place / name).unlink()
    with pytest.raises(ConfigError, match=rf"{name}: is missing; put it back"):
        config.load(place, environ={})


def test_bytes_that_are_no_utf8_are_told_by_line(folder: Write) -> None:
    place = folder()
    (place / "feeds.toml").write_bytes("# 财经\n# 新浪\n".encode() + "# 新浪\n".encode("gb18030"))
    with pytest.raises(ConfigError, match=r"feeds\.toml:3: is not UTF-8 here; save the file as UTF-8"):
        config.load(place, environ={})


def test_a_byte_order_mark_is_no_mistake(folder: Write) -> None:
    place = folder()
    (place / "feeds.toml").write_bytes(b"\xef\xbb\xbf" + mistakes.feed().encode())
    assert [one.name for one in config.load(place, environ={}).subscriptions] == ["甲"]


def test_a_missing_folder_names_the_ways_to_name_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--config or AGGREGATOR_CONFIG"):
        config.load(tmp_path / "nowhere", environ={})

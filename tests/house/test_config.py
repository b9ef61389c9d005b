"""The shipped configuration is right, and says what the program's defaults are."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from aggregator import config
from aggregator.config.schema import Settings
from tests.support import demo
from tests.support.origin.newsroom import LISTS


def test_it_passes_the_check(repo: Path) -> None:
    shipped = config.load(repo / "config", environ={})
    assert {one.url for one in shipped.subscriptions} == {
        "sina:roll/384/2519",
        "sina:roll/153/2516",
        "sina:roll/155/1686",
        "sina:live/152",
    }
    assert "all" in {one.slug for one in shipped.outputs}
    assert any("finance.sina.com.cn" in one.hosts or ".sina.com.cn" in one.hosts for one in shipped.sites)


def test_shown_values_are_the_defaults(repo: Path) -> None:
    table = tomllib.loads((repo / "config" / "aggregator.toml").read_text("utf-8"))
    stated = {("", key): value for key, value in table.items() if not isinstance(value, dict)}
    stated |= {
        (name, key): value for name, part in table.items() if isinstance(part, dict) for key, value in part.items()
    }
    loaded = config.load(repo / "config", environ={}).settings
    plain = Settings().settled(repo)
    for (section, key), value in stated.items():
        assert _value(loaded, section, key) == _value(plain, section, key), f"{section}.{key} is shown as {value!r}"


def test_every_setting_is_shown(repo: Path) -> None:
    text = (repo / "config" / "aggregator.toml").read_text("utf-8")
    names = [name for name, field in Settings.model_fields.items() if not hasattr(field.annotation, "model_fields")]
    for field in Settings.model_fields.values():
        names += getattr(field.annotation, "model_fields", {}).keys()
    assert [name for name in names if not re.search(rf"^#? ?{name} = ", text, re.MULTILINE)] == []


def test_the_demo_writes_a_config_that_passes(tmp_path: Path) -> None:
    folder = demo.write_config(tmp_path, "http://127.0.0.1:9", 8321)
    written = config.load(folder, environ={})
    assert len(written.subscriptions) >= 5
    assert all(one.allow_private for one in written.subscriptions)
    rolls = {one.url.removeprefix("sina:roll/") for one in written.subscriptions if one.url.startswith("sina:roll/")}
    assert rolls <= {f"{pageid}/{lid}" for pageid, lid in LISTS}


def _value(settings: Settings, section: str, key: str) -> object:
    return getattr(getattr(settings, section) if section else settings, key)

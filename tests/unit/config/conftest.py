"""A config folder that is written in a line, and loaded with its mistakes as data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from aggregator import config
from aggregator.errors import ConfigError

Write = Callable[..., Path]


@pytest.fixture
def folder(tmp_path: Path) -> Write:
    """Writes a config folder: `folder(feeds="…", outputs="…", aggregator="…", sites={"x": "…"})`."""

    def write(*, aggregator: str = "", feeds: str = "", outputs: str = "", sites: dict[str, str] | None = None) -> Path:
        place = tmp_path / "config"
        (place / "sites").mkdir(parents=True, exist_ok=True)
        for name, text in (("aggregator", aggregator), ("feeds", feeds), ("outputs", outputs)):
            (place / f"{name}.toml").write_text(text, encoding="utf-8")
        for name, text in (sites or {}).items():
            (place / "sites" / f"{name}.toml").write_text(text, encoding="utf-8")
        return place

    return write


@pytest.fixture
def mistakes(folder: Write) -> Callable[..., list[config.Problem]]:
    """Loads such a folder, which must fail, and gives the problems."""

    def load(*, environ: dict[str, str] | None = None, **files: str) -> list[config.Problem]:
        with pytest.raises(ConfigError) as caught:
            config.load(folder(**files), environ=environ or {})
        found = list(caught.value.problems)
        assert str(caught.value) == "\n".join(str(one) for one in found)
        return found  # type: ignore[return-value]

    return load

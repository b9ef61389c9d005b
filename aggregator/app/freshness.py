"""Whether the output files show what the database holds: a mark on the disk, so that the next process knows, too.

In: what the outputs depend on besides the stories, and the files. Out: yes or no. Called by app/core.py, so that
`aggregator update` in a cron job renders nothing, and loads nothing that renders, when no feed had news.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path


class Freshness:
    """The mark. Only who holds the database may set it; whoever changes stories takes it away before."""

    def __init__(self, mark: Path, folder: Path) -> None:
        self._mark = mark
        self._folder = folder

    def lost(self) -> None:
        """Stories are about to change."""
        self._mark.unlink(missing_ok=True)

    def reached(self, facts: str) -> None:
        """All files in the folder were rendered from the stories as they are now, under `facts`."""
        with suppress(OSError):  # a full disk costs the next process a rendering, nothing else
            self._mark.write_text(json.dumps({"facts": facts, "files": self._files()}))

    def stands(self, facts: str) -> bool:
        """True when nothing changed since: neither stories, nor `facts`, nor the files."""
        try:
            marked = json.loads(self._mark.read_text())
            return bool(marked == {"facts": facts, "files": self._files()})
        except (OSError, ValueError):
            return False

    def _files(self) -> dict[str, list[int]]:
        """Size and time of every file."""
        found = ((path.name, path.stat()) for path in sorted(self._folder.iterdir()))
        return {name: [facts.st_size, facts.st_mtime_ns] for name, facts in found}

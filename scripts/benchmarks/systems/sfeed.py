"""sfeed: `sfeed_update` with 8 jobs, its default. It keeps one file of tab-separated lines a feed, as they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import peers


class Sfeed:
    """A folder with sfeedrc and the files of the feeds."""

    def __init__(self, folder: Path, urls: Sequence[str]) -> None:
        self._folder = folder
        self._rc = folder / "sfeedrc"
        calls = "\n".join(f"\tfeed 'feed-{number}' '{url}'" for number, url in enumerate(urls))
        text = f"sfeedpath='{folder / 'feeds'}'\nmaxjobs=8\nfeeds() {{\n{calls}\n}}\n"
        self._rc.write_text(text, "utf-8")

    def command(self) -> list[str]:
        """One cycle."""
        return [peers.binary("sfeed_update"), str(self._rc)]

    def environment(self) -> Mapping[str, str]:
        """With a home of its own, and the programs that the script calls where they were unpacked."""
        return {**peers.environment(), "HOME": str(self._folder)}

    def entries(self) -> int:
        """Lines."""
        return sum(one.read_bytes().count(b"\n") for one in (self._folder / "feeds").iterdir())

    def size(self) -> int:
        """Bytes of all files."""
        return sum(one.stat().st_size for one in (self._folder / "feeds").iterdir())

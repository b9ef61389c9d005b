"""reader, driven: `add DATABASE URLS` follows the feeds listed in a file, `update DATABASE` does one cycle.

Runs in the environment of the peers.
"""

import sys
from pathlib import Path

from reader import make_reader  # type: ignore[import-not-found]


def main() -> None:
    """Do what the first argument says."""
    what, database = sys.argv[1:3]
    reader = make_reader(database)
    if what == "add":
        for url in Path(sys.argv[3]).read_text("utf-8").split():
            reader.add_feed(url)
    else:
        reader.update_feeds(scheduled=False, workers=1)
    reader.close()


if __name__ == "__main__":
    main()

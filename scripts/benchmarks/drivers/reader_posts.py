"""reader, driven: `FOLDER DATABASE [COUNT]` adds posts as entries of one feed, by `add_entry`, its only way in.

Runs in the environment of the peers, which has no YAML: of the front matter the lines of title and date are taken.
"""

import sys
from email.utils import parsedate_to_datetime
from itertools import islice
from pathlib import Path

from reader import make_reader  # type: ignore[import-not-found]

FEED = "posts"


def main() -> None:
    """Read the command line and add."""
    folder = Path(sys.argv[1])
    reader = make_reader(sys.argv[2])
    reader.add_feed(FEED, allow_invalid_url=True)
    count = int(sys.argv[3]) if len(sys.argv) > 3 else None
    for path in islice(sorted(folder.rglob("*.md")), count):
        _, front, body = path.read_text("utf-8").split("---\n", 2)
        facts = dict(line.split(": ", 1) for line in front.splitlines() if ": " in line)
        entry = {
            "feed_url": FEED,
            "id": str(path.relative_to(folder)),
            "title": facts["title"].strip("'"),
            "published": parsedate_to_datetime(facts["date"]),
            "content": [{"value": body.strip(), "type": "text/html"}],
        }
        reader.add_entry(entry)
    reader.close()


if __name__ == "__main__":
    main()

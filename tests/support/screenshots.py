"""`scripts/screenshots`: pictures of the pages of a demo, as a desktop and a phone show them, light and dark.

In: a folder. Out: `<page>-<desktop|phone>.png` in it, `<page>-dark.png` beside; every text on them is invented. Fails
where a page complains on the console or asks another host.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.support import browsing, demo


def take(folder: Path) -> list[Path]:
    """Take all pictures; returns their paths. Raises RuntimeError where a page complained."""
    program = browsing.program()
    if program is None:
        raise RuntimeError("no Chromium here; `apt install chromium` brings it")
    made = []
    with (
        tempfile.TemporaryDirectory() as data,
        demo.serving(Path(data)) as running,
        browsing.chromium(program) as browser,
    ):
        demo.settle(running)
        for name, place in browsing.PAGES.items():
            for kind, size, dark in (
                ("desktop", browsing.DESKTOP, False),
                ("phone", browsing.PHONE, False),
                ("dark", browsing.DESKTOP, True),
            ):
                path = folder / f"{name}-{kind}.png"
                with browsing.watched(browser, running.address, size, dark=dark) as one:
                    browsing.go(one.page, place)
                    one.page.screenshot(path=path)
                    if one.faults:
                        raise RuntimeError(f"{name}, {kind}: {'; '.join(one.faults)}")
                made.append(path)
    return made


def main() -> int:
    """The command line of scripts/screenshots."""
    parser = argparse.ArgumentParser(prog="scripts/screenshots", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", default=Path("screenshots"), help="default: screenshots/")
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for path in take(folder):
            print(path)  # noqa: T201
    except RuntimeError as error:
        print(f"screenshots: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

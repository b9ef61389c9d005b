"""Where the pages of an exported site lie: pure functions of what they show, so that addresses outlive every export.

In: ids, names, numbers of pages. Out: paths relative to the site, or to one another. Called by site.py and templates.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from aggregator.archive import files
from aggregator.kit import hashing

#: Articles of one folder.
_TOGETHER = 1000


def article(number: int) -> str:
    """The page of an article. Its title and its date may change, its number does not."""
    return f"articles/{number // _TOGETHER}/{number}.html"


def picture(name: str) -> str:
    """A picture, by its name HASH.jpg. One folder would hold as many as there are articles."""
    return f"media/{name[:2]}/{name}"


def folder(name: str) -> str:
    """The folder of a category or a symbol: its name, where no other one could have the same on any file system.

    Names with small Latin letters get a mark, for `ETF` and `Etf` are one folder on many disks, and so do those with
    signs that no file may have.
    """
    safe = files.safe_name(name)
    if safe == name == name.upper() and not re.search(r"\.html\Z", name, re.IGNORECASE):
        return name
    return f"{safe}-{hashing.digest(name)[2:14]}"


def linked(name: str, _kind: str = "") -> str:
    """The folder as it stands in a link."""
    return quote(folder(name), safe="")


def sheet(number: int) -> str:
    """One page of a list that has several."""
    return "index.html" if number == 1 else f"{number}.html"


def window(number: int, last: int) -> list[int]:
    """Which numbers a pager shows around `number`; 0 where it leaves some out."""
    shown = sorted({1, last, *range(max(1, number - 2), min(last, number + 2) + 1)})
    found: list[int] = []
    for one in shown:
        if found and one - found[-1] > 1:
            found.append(one - 1 if one - found[-1] == 2 else 0)
        found.append(one)
    return found

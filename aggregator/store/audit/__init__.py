"""Looking through the whole archive: what is damaged or does not agree, and mending what follows from other rows.

In: the store. Out: `Fault`s, each with what, where and how to mend it. Called by app/verifying.py. Rows are read some
hundred at a time, each batch in one snapshot, so that a running daemon neither waits nor is taken for a fault, and an
archive of any size fits. Nothing is ever invented: a text that is damaged is told, and stays.

layout is the file and its schema · references lead somewhere · articles agree with their revisions, these with their
hashes · stories with their articles and keys · rows that are derived (prints, appearances, bodies, numbers) · index.
"""

from __future__ import annotations

from aggregator.store.audit.audit import Audit
from aggregator.store.audit.fault import RESTORE, Fault

__all__ = ["RESTORE", "Audit", "Fault"]

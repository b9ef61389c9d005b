"""Storage: the only home of the database. Methods take and give the values of aggregator.models.

Called by app.py, which opens it, and by pipeline, web and archive through the parts handed to them. Sync: async callers
use a thread. `Store.hold` keeps a second daemon off the same database.
"""

from __future__ import annotations

from aggregator.store import lock
from aggregator.store.store import Store, open_store

__all__ = ["Store", "lock", "open_store"]

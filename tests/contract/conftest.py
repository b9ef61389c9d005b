from __future__ import annotations

import os

from tests.support.stores import pg_store, postgres, template, template_database
from tests.support.stores import store as sqlite_store

if os.environ.get("PG"):
    import pytest
    @pytest.fixture(name="store")
    def _s(pg_store): return pg_store
else:
    store = sqlite_store

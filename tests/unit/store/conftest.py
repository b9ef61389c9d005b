from __future__ import annotations

from tests.support.stores import store, template

__all__ = ["store", "template"]

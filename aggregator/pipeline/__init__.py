"""The walk: what is new (decide), how an entry becomes an article (assemble), one subscription (update), imports (intake)."""

"""The walk: what is new (decide), entry to article (assemble), one subscription (update), imports (intake)."""

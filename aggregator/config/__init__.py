"""Config: the operator's TOML files and environment, read, checked and edited.

In: the config folder. Out: `Config` with `Settings`, subscriptions, outputs and site rules, or a ConfigError whose text
tells every mistake (file, line, key, how to mend it). Called by app.py and cli/ alone; stages get plain values.

sources reads files · locate knows lines · fields, schema, tables are the typed forms · checks looks across tables ·
environment lays variables over · loader puts it together · edit adds and removes feeds in the file.
"""

from __future__ import annotations

from aggregator.config.loader import Config, fingerprint, load, locate_folder
from aggregator.config.problems import Problem
from aggregator.config.schema import Settings

__all__ = ["Config", "Problem", "Settings", "fingerprint", "load", "locate_folder"]

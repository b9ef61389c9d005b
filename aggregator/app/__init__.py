"""The one place that builds objects: config in, a working program out.

App is what the commands use; Daemon is an App that runs until it is stopped. Called by cli/ and web/ only.
"""

from __future__ import annotations

from aggregator.app.core import App
from aggregator.app.daemon import Daemon
from aggregator.app.transfer import ExportReport, ImportReport
from aggregator.pipeline.preview import Preview

__all__ = ["App", "Daemon", "ExportReport", "ImportReport", "Preview"]

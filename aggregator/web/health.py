"""`/healthz` and `/readyz`: a JSON object for monitors each.

`/healthz` is 200 while the daemon is well and 503 when it is not; `/readyz` is 200 once all outputs can be served, too.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from aggregator.errors import AggregatorError
from aggregator.kit import dates
from aggregator.publish import FORMATS
from aggregator.web.backend import Backend


class Health:
    """The endpoint."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def serve(self, _: Request) -> Response:
        """Backend.health() as JSON; times in RFC 3339."""
        return _answer(self._facts())

    async def ready(self, _: Request) -> Response:
        """`status`, and the slugs of the outputs that are still to be rendered (`waiting`)."""
        rendered = self._backend.rendered
        waiting = [
            output.slug
            for output in self._backend.outputs()
            if not all(rendered(output.slug, FORMATS[name].extension) for name in output.formats if name in FORMATS)
        ]
        status = self._facts().get("status")
        return _answer({"status": "starting" if status == "ok" and waiting else status, "waiting": waiting})

    def _facts(self) -> dict[str, Any]:
        try:
            return self._backend.health()
        except AggregatorError as problem:
            return {"status": "failing", "problem": str(problem)}


def _answer(facts: dict[str, Any]) -> Response:
    return Response(
        json.dumps(facts, ensure_ascii=False, default=_plain) + "\n",
        200 if facts.get("status") == "ok" else 503,
        {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
        "application/json; charset=utf-8",
    )


def _plain(value: Any) -> str:
    return dates.rfc3339(value) if isinstance(value, datetime) else str(value)

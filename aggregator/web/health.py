"""`/healthz`: one JSON object for monitors, 200 while the daemon is well and 503 when it is not."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from aggregator.errors import AggregatorError
from aggregator.kit import dates
from aggregator.web.backend import Backend


class Health:
    """The endpoint."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def serve(self, _: Request) -> Response:
        """Backend.health() as JSON; times in RFC 3339."""
        try:
            facts = self._backend.health()
        except AggregatorError as problem:
            facts = {"status": "failing", "problem": str(problem)}
        return Response(
            json.dumps(facts, ensure_ascii=False, default=_plain) + "\n",
            200 if facts.get("status") == "ok" else 503,
            {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"},
            "application/json; charset=utf-8",
        )


def _plain(value: Any) -> str:
    return dates.rfc3339(value) if isinstance(value, datetime) else str(value)

"""One request to an ASGI application, without a server in between. What a server adds is tested over loopback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from starlette.types import ASGIApp, Message


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


async def get(
    app: ASGIApp,
    path: str,
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "GET",
    expect_raise: type[Exception] | None = None,
) -> Answer:
    """Ask `app` for `path` (per cent escapes are decoded, as a server does). `expect_raise` must come out of it."""
    path, _, query = path.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [
            (name.encode("latin-1"), value.encode("latin-1"))
            for name, value in {"host": "127.0.0.1:8321", **(headers or {})}.items()
        ],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8321),
    }
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    raised: Exception | None = None
    try:
        await app(scope, receive, send)
    except Exception as problem:
        if expect_raise is None or not isinstance(problem, expect_raise):
            raise
        raised = problem
    assert (raised is None) == (expect_raise is None)
    start = messages[0]
    return Answer(
        start["status"],
        {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]},
        b"".join(message.get("body", b"") for message in messages[1:]),
    )

"""The built-in server: an object that knows the state of things (Backend) goes in, an ASGI application comes out.

`app` gives create_app() itself and runs the result under uvicorn. Nothing here polls, stores or renders outputs, and no
request header ever reaches a link: all addresses are built from Site.base_url.
"""

from __future__ import annotations

from aggregator.web.backend import Backend
from aggregator.web.server import create_app

__all__ = ["Backend", "create_app"]

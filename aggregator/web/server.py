"""The ASGI application: which address answers with what. Called through web.create_app.

The addresses:
    /feeds/<slug>.<extension>  outputs.Outputs (the busy path, before the framework), else outputs.Missing
    /feeds/<slug>/archive/…    past.Past
    /                          listpage.ListPage
    /symbol/<code>, /category/<name>, /outlet/<name>, /day/<date>   the same
    /search                    searchpage.SearchPage
    /latest.atom, /symbol/<code>.rss, /search.json …   the same lists as feeds: feeds.Feeds
    /calendar, /day            calendarpage.CalendarPage
    /story/<uid>               storypage.StoryPage
    /outputs.opml              opml.OutputList
    /api/v1/…                  api.Api
    /subscriptions             subscriptionspage.SubscriptionsPage; its button posts to /subscriptions/<slug>/poll
    /about                     aboutpage.AboutPage
    /healthz                   health.Health; /readyz the same
    /metrics                   metrics.Metrics
    /static/<name>             assets.Assets
    /media/<name>              media.Media
    anything else              an error page that helps
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp

from aggregator.errors import AggregatorError, RequestError
from aggregator.web import aboutpage, api, metrics
from aggregator.web.assets import Assets
from aggregator.web.backend import Backend
from aggregator.web.calendarpage import CalendarPage
from aggregator.web.feeds import Feeds
from aggregator.web.health import Health
from aggregator.web.listing import EXTENSIONS, NAMED
from aggregator.web.listpage import ListPage
from aggregator.web.looks import Looks, utc_now
from aggregator.web.media import Media
from aggregator.web.opml import OutputList
from aggregator.web.outputs import PREFIX, Missing, Outputs
from aggregator.web.past import Past
from aggregator.web.rendering import Renderings
from aggregator.web.searchpage import SearchPage
from aggregator.web.storypage import StoryPage
from aggregator.web.subscriptionspage import PATH as SUBSCRIPTIONS
from aggregator.web.subscriptionspage import SubscriptionsPage


def create_app(backend: Backend, *, clock: Callable[[], datetime] = utc_now) -> ASGIApp:
    """The server over `backend`. `clock` is for tests: relative times on pages are counted from it."""
    assets = Assets()
    looks = Looks(backend, assets, clock)
    renderings = Renderings(backend.version, lambda: backend.site.base_url)

    feeds = Feeds(backend, looks, renderings)
    lists, calendar = ListPage(backend, looks, feeds), CalendarPage(backend, looks)
    searches = SearchPage(backend, looks, feeds)
    followed = SubscriptionsPage(backend, looks)

    async def refused(request: Request, problem: Exception) -> Response:
        if not isinstance(problem, HTTPException):
            raise problem
        return looks.error(request.scope, problem.status_code, dict(problem.headers or {}))

    async def senseless(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, RequestError)  # noqa: S101 - asked for below
        return looks.refusal(request.scope, problem)

    async def unavailable(request: Request, _: Exception) -> Response:
        return looks.error(request.scope, 503, {"Retry-After": "10"})

    async def broken(request: Request, _: Exception) -> Response:
        return looks.error(request.scope, 500, {})

    app = Starlette(
        routes=[
            Route(PREFIX + "/{slug}/archive/{name}", Past(backend, renderings).serve),
            Mount(PREFIX, Missing(backend, looks.send_error)),
            *(Route(path, lists.serve) for path in ("/", *(f"/{kind}/{{name:path}}" for kind in NAMED))),
            *(Route(f"/latest.{one}", lists.serve) for one in EXTENSIONS),
            *(Route(f"/search{end}", searches.serve) for end in ("", *(f".{one}" for one in EXTENSIONS))),
            Route("/calendar", calendar.serve),
            Route("/day", calendar.jump),
            Route("/story/{uid}", StoryPage(backend, looks).serve),
            Route("/outputs.opml", OutputList(backend, renderings).serve),
            Mount(api.PREFIX, api.Api(backend, looks, renderings).app),
            Route("/healthz", Health(backend).serve),
            Route("/readyz", Health(backend).ready),
            Route(metrics.PATH, metrics.Metrics(backend).serve),
            Route(aboutpage.PATH, aboutpage.AboutPage(backend, looks).serve),
            Route(SUBSCRIPTIONS, followed.serve),
            Route(SUBSCRIPTIONS + "/{slug}/poll", followed.poll, methods=["POST"]),
            Route("/static/{name}", assets.serve),
            Route("/media/{name}", Media(backend.picture).serve),
        ],
        exception_handlers={
            HTTPException: refused,
            RequestError: senseless,
            AggregatorError: unavailable,
            500: broken,
        },
    )
    # Starlette would build such a redirect from the Host header.
    app.router.redirect_slashes = False
    return Outputs(backend, app)

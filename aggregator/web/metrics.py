"""`/metrics`: figures for Prometheus, in its text format or as OpenMetrics, whichever the scraper prefers.

In: a Backend. Out: the exposition. Put together by server. Every answer is gathered anew, with a registry of its own:
subscriptions come and go with the configuration, and figures of those that went must go with them.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import Response

from aggregator.models import SubscriptionStatus
from aggregator.publish import FORMATS
from aggregator.schedule import vitality
from aggregator.web import words
from aggregator.web.backend import Backend

PATH = "/metrics"

#: Levels of words.State, each counted also where there is none: alerts compare with zero.
LEVELS = ("ok", "warn", "fail", "new", "off")


class Metrics:
    """The endpoint."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def serve(self, request: Request) -> Response:
        """The figures of this moment. Raises StoreError."""
        found = [
            *of_the_daemon(self._backend.health()),
            *of_subscriptions(await self._backend.statuses()),
            *self._outputs(),
        ]
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Families(found))
        ProcessCollector(registry=registry)
        # Thousands of subscriptions make hundreds of kilobytes of text.
        body = await asyncio.to_thread(encode, registry)
        stated = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(body, 200, stated, media_type)

    def _outputs(self) -> Iterator[Metric]:
        changed = GaugeMetricFamily(
            "aggregator_output_modified_timestamp_seconds", "When an output changed last.", labels=("output", "format")
        )
        size = GaugeMetricFamily("aggregator_output_bytes", "What an output weighs.", labels=("output", "format"))
        for output in self._backend.outputs():
            for name in output.formats:
                rendered = self._backend.rendered(output.slug, FORMATS[name].extension) if name in FORMATS else None
                if rendered:
                    changed.add_metric((output.slug, name), rendered.modified.timestamp())
                    size.add_metric((output.slug, name), len(rendered.body))
        yield changed
        yield size


def of_the_daemon(health: Mapping[str, Any]) -> Iterator[Metric]:
    """Families of what Backend.health() tells."""
    build = GaugeMetricFamily("aggregator_build_info", "The version that runs; always 1.", labels=("version",))
    build.add_metric((str(health.get("version", "")),), 1)
    yield build
    for name, about, holds in (
        ("healthy", "1 while the daemon works, 0 when it is stuck.", health.get("status") == "ok"),
        ("network_up", "0 while no host of any subscription answers.", health.get("network") != "down"),
        ("config_refused", "1 while the files in config/ are wrong and older ones are in force.",
         bool(health.get("config_problem"))),
    ):  # fmt: skip
        yield GaugeMetricFamily(f"aggregator_{name}", about, value=float(holds))
    running = len(health.get("running") or ())
    yield GaugeMetricFamily("aggregator_jobs_running", "Updates and background jobs under way.", value=running)
    if last := health.get("last_poll"):
        at = last if isinstance(last, datetime) else datetime.fromisoformat(str(last))
        yield GaugeMetricFamily("aggregator_last_poll_timestamp_seconds", "When a poll ended.", value=at.timestamp())
    lost = health.get("documents_lost") or 0
    yield CounterMetricFamily("aggregator_documents_lost", "Fetched pages that could not be kept.", value=lost)


def of_subscriptions(statuses: Sequence[SubscriptionStatus]) -> Iterator[Metric]:
    """How many subscriptions fare how, and how each that is configured does."""
    levels = Counter(words.state(one).level for one in statuses)
    counted = GaugeMetricFamily("aggregator_subscriptions", "Subscriptions by state.", labels=("state",))
    for level in LEVELS:
        counted.add_metric((level,), levels[level])
    yield counted
    followed = [one for one in statuses if one.configured and one.enabled]
    each: Iterable[tuple[str, str, list[float | None]]] = (
        ("articles", "Articles that came with it.", [one.articles for one in followed]),
        ("failures", "Polls in a row that failed.", [one.state.failures for one in followed]),
        ("silent", "1 where it answers, but seems to be dead.",
         [float(vitality.silence(one) is not None) for one in followed]),
        ("last_success_timestamp_seconds", "When a poll last succeeded.",
         [_seconds(one.state.last_success) for one in followed]),
        ("last_new_timestamp_seconds", "When a poll last brought something new.",
         [_seconds(one.state.last_new) for one in followed]),
    )  # fmt: skip
    for name, about, values in each:
        family = GaugeMetricFamily(f"aggregator_subscription_{name}", about, labels=("subscription",))
        for one, value in zip(followed, values, strict=True):
            if value is not None:
                family.add_metric((one.slug,), value)
        yield family


def _seconds(at: datetime | None) -> float | None:
    return at.timestamp() if at else None


class _Families(Collector):
    """What was gathered for one answer."""

    def __init__(self, found: Sequence[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        return self._found

from __future__ import annotations

from dataclasses import replace

import pytest
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from aggregator import web
from tests.support import asgi, stories
from tests.support.stories import NOW, FakeBackend


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend(subscriptions=stories.statuses())


async def samples(backend: FakeBackend) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = await asgi.get(web.create_app(backend, clock=lambda: NOW), "/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    families = text_string_to_metric_families(answer.body.decode())
    return {(one.name, tuple(one.labels.values())): one.value for family in families for one in family.samples}


async def test_subscriptions_are_counted_by_state_and_told_one_by_one(backend: FakeBackend) -> None:
    found = await samples(backend)
    states = {labels[0]: value for (name, labels), value in found.items() if name == "aggregator_subscriptions"}
    assert set(states) == {"ok", "warn", "fail", "new", "off"}
    assert sum(states.values()) == len(backend.subscriptions)
    followed = {one.slug: one for one in backend.subscriptions if one.configured and one.enabled}
    told = {labels[0]: value for (name, labels), value in found.items() if name.endswith("subscription_failures")}
    assert told == {slug: one.state.failures for slug, one in followed.items()}
    news = {labels[0]: value for (name, labels), value in found.items() if "last_new" in name}
    assert news == {slug: one.state.last_new.timestamp() for slug, one in followed.items() if one.state.last_new}


async def test_what_the_daemon_tells_of_itself(backend: FakeBackend) -> None:
    backend.facts |= {"status": "ok", "network": "up", "config_problem": None, "documents_lost": 3, "running": ["a"]}
    backend.facts["last_poll"] = NOW.isoformat()
    found = await samples(backend)
    assert found["aggregator_healthy", ()] == 1
    assert found["aggregator_documents_lost_total", ()] == 3
    assert found["aggregator_jobs_running", ()] == 1
    assert found["aggregator_last_poll_timestamp_seconds", ()] == NOW.timestamp()
    backend.facts |= {"status": "stuck", "network": "down", "config_problem": "feeds.toml:3: wrong"}
    found = await samples(backend)
    assert [found[f"aggregator_{one}", ()] for one in ("healthy", "network_up", "config_refused")] == [0, 0, 1]


async def test_names_from_elsewhere_are_escaped_and_gone_ones_are_not_told(backend: FakeBackend) -> None:
    hostile = 'a"} 1\n\\evil{x="'
    backend.subscriptions = [replace(stories.status(), slug=hostile)]
    assert ("aggregator_subscription_failures", (hostile,)) in await samples(backend)
    backend.subscriptions = []
    assert not any(name.startswith("aggregator_subscription_") for name, _ in await samples(backend))


async def test_open_metrics_for_who_asks(backend: FakeBackend) -> None:
    asked = {"accept": "application/openmetrics-text; version=1.0.0"}
    answer = await asgi.get(web.create_app(backend, clock=lambda: NOW), "/metrics", asked)
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    names = {family.name for family in openmetrics.text_string_to_metric_families(answer.body.decode())}
    assert {"aggregator_build", "aggregator_subscriptions"} & names

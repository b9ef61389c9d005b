"""The API over a real store: each address once, held against its own OpenAPI document; paging; problems."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from datetime import MAXYEAR, UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.types import ASGIApp

from aggregator import __version__
from aggregator.errors import StoreBusy
from aggregator.kit import dates
from aggregator.models import SubscriptionStatus
from aggregator.schedule import habit
from aggregator.store import Store
from aggregator.web import create_app
from aggregator.web.api import schema
from tests.support import asgi, stories
from tests.support.held import LATER, SITE, Held, filled
from tests.support.stores import store, template
from tests.support.stories import SYMBOL, FakeBackend
from tests.support.writes import NOW, article, plan

__all__ = ["store", "template"]

API = "/api/v1"


@pytest.fixture
def backend(store: Store) -> Held:
    return filled(store)


@pytest.fixture
def app(backend: Held) -> ASGIApp:
    return create_app(backend, clock=lambda: LATER)


async def _get(app: ASGIApp, address: str, **headers: str) -> asgi.Answer:
    path = address.removeprefix(SITE.base_url)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await asgi.get(app, path if path.startswith(API) else API + path, named)


def _strict(of: Any) -> Any:
    """A schema that allows no key it does not name."""
    if isinstance(of, list):
        return [_strict(one) for one in of]
    if not isinstance(of, dict):
        return of
    made = {key: _strict(value) for key, value in of.items()}
    return (
        made | {"additionalProperties": False} if "properties" in made and "additionalProperties" not in made else made
    )


def _holds(name: str, told: Any) -> None:
    """`told` is formed as the document says, to the letter."""
    whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": _strict(deepcopy(schema.SCHEMAS))}}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    jsonschema.Draft202012Validator(whole, format_checker=checker).validate(told)


async def test_the_document_is_openapi_and_names_every_address(app: ASGIApp) -> None:
    answer = await _get(app, "/openapi.json")
    document = json.loads(answer.body)
    OpenAPIV31SpecValidator(document).validate()
    assert document["servers"] == [{"url": SITE.base_url + API}]
    from aggregator.web.api.routes import Api

    served = {re.sub(r":path", "", route.path) for route in Api(*[None] * 3).app.routes}  # type: ignore[arg-type, attr-defined]
    assert served == set(document["paths"])
    for path, told in document["paths"].items():
        named = {one["name"] for one in told["get"]["parameters"] if one["in"] == "path"}
        assert named == set(re.findall(r"{(\w+)}", path))


def _addresses(held: Held) -> dict[str, str]:
    """For each path of the document an address."""
    uid = held.store.stories.latest(1)[0].uid.removeprefix("urn:uuid:")
    known = {"{uid}": uid, "{number}": "1", "{code}": SYMBOL.code, "{slug}": "yaowen"}
    found = {}
    for path in schema.paths():
        address = path
        for name, value in known.items():
            address = address.replace(name, value)
        found[path] = address + (f"?q={quote('降准')}" if path == "/search" else "")
    return found


@pytest.mark.parametrize("path", schema.paths())
async def test_every_answer_is_as_the_document_says_and_is_revalidated(app: ASGIApp, backend: Held, path: str) -> None:
    address = _addresses(backend)[path]
    answer = await _get(app, address, accept="application/json")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    _, shape, _ = schema._PATHS[path]
    _holds(shape, json.loads(answer.body))
    assert (await _get(app, address, if_none_match=answer.headers["etag"])).status == 304
    zipped = await _get(app, address, accept_encoding="gzip")
    assert zipped.headers["content-encoding"] == "gzip"
    assert (await _get(app, address, accept="text/html")).status == 406
    assert (await asgi.get(app, API + address, method="POST")).status == 405
    wrong = await _get(app, f"{address}{'&' if '?' in address else '?'}symbols=x")
    assert (wrong.status, json.loads(wrong.body)["type"]) == (400, "urn:x-aggregator:problem:parameter")


async def test_cursors_lead_through_all_stories_and_back(app: ASGIApp) -> None:
    address: str | None = "/stories?limit=7&outlet=" + quote("丙报")
    seen, last = [], ""
    while address:
        answer = await _get(app, address)
        told = json.loads(answer.body)
        _holds("Stories", told)
        seen += [one["id"] for one in told["stories"]]
        if told["older"]:
            assert f'<{told["older"]}>; rel="next"' in answer.headers["link"]
        last, address = told, told["older"]
    assert len(seen) == len(set(seen)) == 30
    assert 'rel="first"' in answer.headers["link"]
    back = json.loads((await _get(app, last["newer"])).body)  # type: ignore[index]
    assert [one["id"] for one in back["stories"]] == seen[-9:-2]


async def test_filters_are_those_of_the_pages(app: ASGIApp) -> None:
    async def titles(query: str) -> list[int]:
        told = json.loads((await _get(app, f"/stories?limit=100{query}")).body)
        return [int(one["title"][1:].partition("号")[0]) for one in told["stories"]]

    every = range(60)
    assert await titles("") == [*every]
    assert await titles("&q=" + quote("降准") + "&symbol=600941") == [one for one in every if one % 15 == 0]
    assert await titles("&feed=gupiao&category=" + quote("宏观&政策")) == [
        one for one in every if one >= 30 and one % 4 == 0
    ]
    assert await titles("&before=1990-01-01") == []


async def test_what_a_search_finds_is_paged(app: ASGIApp) -> None:
    first = json.loads((await _get(app, f"/search?q={quote('公告')}")).body)
    assert (first["total"], len(first["hits"]), first["newer"]) == (60, 20, None)
    for hit in first["hits"]:
        assert "".join(piece["text"] for piece in hit["title"]) == hit["story"]["title"]
        assert "公告" in [piece["text"] for piece in hit["title"] + hit["snippet"] if piece["hit"]]
    found = [hit["story"]["id"] for hit in first["hits"]]
    address = first["older"]
    while address:
        page = json.loads((await _get(app, address)).body)
        found += [hit["story"]["id"] for hit in page["hits"]]
        address = page["older"]
    assert len(set(found)) == 60


async def test_a_story_tells_its_states(app: ASGIApp, backend: Held) -> None:
    first = article("第0号公告", published=NOW)
    backend.store.articles.commit([plan(replace(first, html="<p>改了</p>", text="改了"), slug="yaowen")], LATER)
    found = json.loads((await _get(app, "/stories?limit=1")).body)["stories"][0]
    uid = found["id"].removeprefix("urn:uuid:")
    told = json.loads((await _get(app, f"/stories/{uid}")).body)
    assert [one["number"] for one in told["revisions"]] == [1, 2]
    assert told["text"] == "改了"
    states = [json.loads((await _get(app, f"/stories/{uid}/revisions/{number}")).body) for number in (1, 2)]
    assert [one["text"] for one in states] == ["第0号公告，降准若干", "改了"]
    assert (states[0]["facts"], states[0]["paragraphs"]) == (None, None)
    pieces = {piece["kind"]: piece["text"] for row in states[1]["paragraphs"] for piece in row["pieces"]}
    assert pieces == {"gone": "第0号公告，降准若干", "new": "改了"}
    _holds("Revision", states[1])


async def test_a_story_leads_to_those_beside_it(app: ASGIApp) -> None:
    async def told(address: str) -> Any:
        return json.loads((await _get(app, address)).body)

    listed = [one["id"].removeprefix("urn:uuid:") for one in (await told("/stories?limit=3"))["stories"]]
    newest, second, third = [await told(f"/stories/{uid}") for uid in listed]
    assert newest["newer"] is None
    assert newest["older"].endswith(f"/stories/{listed[1]}")
    assert (await told(second["older"]))["id"] == third["id"]
    assert (await told(second["newer"]))["id"] == newest["id"]


async def test_days_and_instruments_are_counted(app: ASGIApp) -> None:
    days = json.loads((await _get(app, "/days")).body)
    assert sum(one["stories"] for one in days["days"]) == 60
    told = json.loads((await _get(app, "/symbols/600941")).body)
    assert (told["code"], sum(one["stories"] for one in told["days"])) == (SYMBOL.code, 12)
    (offered,) = json.loads((await _get(app, "/symbols")).body)["symbols"]
    assert len(json.loads((await _get(app, offered["stories"])).body)["stories"]) == 12
    for what, name in (("outlets", "甲/乙 报.rss"), ("categories", "宏观&政策")):
        named = {one["name"]: one["stories"] for one in json.loads((await _get(app, f"/{what}")).body)[what]}
        assert json.loads((await _get(app, named[name])).body)["stories"]


async def test_subscriptions_are_paged_by_slug(app: ASGIApp) -> None:
    first = json.loads((await _get(app, "/subscriptions?limit=1")).body)
    second = json.loads((await _get(app, first["older"])).body)
    assert [one["slug"] for one in first["subscriptions"] + second["subscriptions"]] == ["gupiao", "yaowen"]
    assert second["older"] is None


SINCE = LATER - timedelta(days=3)
ANSWERED = {"last_polled": LATER, "last_success": LATER, "last_new": SINCE, "changed_at": SINCE}
OVERDUE = {"overdue_at": LATER, "fresh_at": SINCE}


@pytest.mark.parametrize(
    ("state", "level", "fault", "pause"),
    [
        (
            {"no_feed_polls": 3, "problem": "x: a", "problem_since": SINCE},
            "fail",
            "not_a_feed",
            None,
        ),
        ({"empty_polls": 3, "items": 0, "poor_since": SINCE}, "warn", "empty", None),
        ({"empty_polls": 3, "items": 2, "usual_items": 20, "poor_since": SINCE}, "warn", "shrunken", None),
        ({**OVERDUE, "pause": timedelta(hours=5)}, "warn", "frozen", 18_000),
        ({**OVERDUE, "last_new": LATER, "pause": timedelta(days=3)}, "warn", "stale", 259_200),
        ({**OVERDUE, "changed_at": LATER}, "warn", "silent", None),
        ({"failures": 2, "problem": "x: 503"}, "fail", None, None),
        ({"warning": "x"}, "warn", None, None),
        ({}, "ok", None, None),
        ({**OVERDUE, "configured": False}, "off", None, None),
        ({**OVERDUE, "enabled": False}, "off", None, None),
        ({**OVERDUE, "next_poll": datetime(MAXYEAR, 1, 1, tzinfo=UTC)}, "fail", None, None),
    ],
)
async def test_silent_death_has_stable_names(
    app: ASGIApp, backend: Held, state: dict[str, Any], level: str, fault: str | None, pause: int | None
) -> None:
    status = stories.status("yaowen", **(ANSWERED | state))

    async def statuses() -> list[SubscriptionStatus]:
        return [status]

    backend.statuses = statuses  # type: ignore[method-assign]
    (told,) = json.loads((await _get(app, "/subscriptions")).body)["subscriptions"]
    _holds("Subscription", told)
    assert (told["level"], told["problem"], told["warning"]) == (level, state.get("problem"), state.get("warning"))
    if fault is None:
        assert told["silence"] is None
        return
    found = told["silence"]
    assert (found["fault"], found["since"], found["usual_pause"]) == (fault, dates.rfc3339(SINCE), pause)
    assert (found["items"], found["usual_items"]) == (state.get("items"), state.get("usual_items"))
    assert found["label"] == told["state"]
    assert told["detail"].startswith(found["detail"])


async def test_a_subscription_alone_has_its_rhythm(app: ASGIApp, backend: Held) -> None:
    day = habit.Day(habit.hour(LATER) // 24, 1 << 9 | 1 << 23)
    status = stories.status("yaowen", history=habit.pack([day]), pause=timedelta(hours=5))

    async def statuses() -> list[SubscriptionStatus]:
        return [status]

    backend.statuses = statuses  # type: ignore[method-assign]
    told = json.loads((await _get(app, "/subscriptions/yaowen")).body)
    _holds("WholeSubscription", told)
    assert told["rhythm"] == [{"day": f"{LATER.astimezone(dates.BEIJING):%Y-%m-%d}", "hours": [9, 23]}]
    assert told["usual_pause"] == 18_000


async def test_the_api_tells_what_the_page_about_shows(backend: Held) -> None:
    backend = FakeBackend(site=SITE, subscriptions=stories.statuses())  # type: ignore[assignment]
    told = json.loads((await _get(create_app(backend, clock=lambda: LATER), "/about")).body)
    _holds("About", told)
    assert told["subscriptions"] == {"ok": 2, "warn": 1, "fail": 2, "new": 1, "off": 1}
    assert (told["holds"]["articles"], told["bytes"]["database"], told["bytes"]["warc"]) == (12_345, 96 * 2**20, 0)
    assert (told["versions"]["aggregator"], told["growth"]["disk_full"]) == (__version__, None)


@pytest.mark.parametrize(
    ("address", "status", "kind"),
    [
        ("/nothing", 404, "page"),
        ("/stories/x", 404, "story"),
        ("/stories/00000000-0000-5000-8000-000000000000", 404, "story"),
        ("/subscriptions/x", 404, "subscription"),
        ("/stories?older=x", 400, "cursor"),
        ("/stories?newer=1-99999999999999999999", 400, "cursor"),
        ("/subscriptions?older=%2F", 400, "cursor"),
        ("/stories?limit=0", 400, "limit"),
        ("/stories?limit=101", 400, "limit"),
        ("/stories?limit=%C2%B2", 400, "limit"),
        ("/search?q=x&page=51", 400, "number"),
        ("/search", 400, "nothing"),
        ("/search?q=after:x", 400, "query"),
        ("/stories?q=%22a%22%20title:", 400, "query"),
        ("/stories?q=" + "%E9%99%8D" * 3_400, 400, "long_words"),
        ("/stories?symbol=" + "x" * 10_000, 400, "long_name"),
        ("/stories?" + "&".join(f"outlet={one}" for one in range(30)), 400, "many"),
        ("/stories?" + "x" * 10_000 + "=1", 400, "parameter"),
        ("/symbols/" + "x" * 10_000, 404, "page"),
        ("/stories?after=2026-02-30", 400, "date"),
        ("/days?after=1980-01-01", 400, "span"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_problems_say_what_is_wrong(app: ASGIApp, address: str, status: int, kind: str) -> None:
    for language in ("zh", "en"):
        answer = await _get(app, address, accept_language=language)
        assert (answer.status, answer.headers["content-type"]) == (status, "application/problem+json")
        told = json.loads(answer.body)
        _holds("Problem", told)
        assert (told["type"], told["status"]) == (f"urn:x-aggregator:problem:{kind}", status)
        assert len(answer.body) < 1_000
        assert answer.headers["cache-control"] == "no-store"


async def test_a_store_that_does_not_answer_is_a_problem_too(app: ASGIApp, backend: Held) -> None:
    async def busy(*_: Any) -> Any:
        raise StoreBusy("locked")

    backend.listed = backend.statuses = busy  # type: ignore[method-assign, assignment]
    for path in ("/stories", "/subscriptions"):
        answer = await _get(app, path)
        assert (answer.status, answer.headers["retry-after"]) == (503, "10")
        _holds("Problem", json.loads(answer.body))


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("", 200),
        ("application/*;q=0.1", 200),
        ("text/html,*/*;q=0.1", 200),
        ("text/html", 406),
        ("application/json;q=0,*/*", 406),
        ("application/xml", 406),
    ],
)
async def test_what_a_client_takes(app: ASGIApp, accept: str, status: int) -> None:
    assert (await _get(app, "/outputs", accept=accept)).status == status

"""Conditional requests: validators go back byte for byte, and 304 is believed only where it was asked for."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest

from aggregator.errors import BadTransfer
from aggregator.fetch import http
from aggregator.models import Document, NotModified, Validators
from tests.integration.fetch.conftest import Ask, failure, listening
from tests.support.origin import client, zoo

ETAGS = ['"abc"', 'W/"abc"', "abc", '"a b, c"', '""', '"x\\"y"', '"样本"', "W/abc", '"a";q', '"' + "e" * 500 + '"']
DATES = ["Sat, 01 Aug 2026 09:30:00 GMT", "Saturday, 01-Aug-26 09:30:00 GMT", "2026-08-01 09:30:00", "yesterday"]


@pytest.mark.parametrize("etag", ETAGS)
async def test_etags_go_back_as_they_came(ask: Ask, etag: str) -> None:
    first = await ask("feed?" + urlencode({"etag": etag}))
    assert isinstance(first, Document)
    assert first.validators == Validators(etag, None)
    assert first.body == zoo.FEED
    again = await ask("feed?" + urlencode({"etag": etag}), validators=first.validators)
    assert isinstance(again, NotModified)


@pytest.mark.parametrize("date", DATES)
async def test_dates_go_back_as_they_came(ask: Ask, date: str) -> None:
    first = await ask("feed?" + urlencode({"modified": date}))
    assert first.validators == Validators(None, date)
    assert isinstance(await ask("feed?" + urlencode({"modified": date}), validators=first.validators), NotModified)


async def test_both_are_sent_when_both_are_known(ask: Ask) -> None:
    path = "feed?" + urlencode({"etag": '"1"', "modified": DATES[0]})
    first = await ask(path)
    assert isinstance(await ask(path, validators=first.validators), NotModified)
    assert isinstance(await ask(path, validators=Validators('"1"', None)), Document)
    assert isinstance(await ask(path, validators=Validators('"0"', DATES[0])), Document)


async def test_nothing_is_sent_when_nothing_is_known(ask: Ask) -> None:
    document = await ask("echo")
    assert isinstance(document, Document)
    assert not {"if-none-match", "if-modified-since"} & {
        name.lower() for name, _ in json.loads(document.body)["headers"]
    }


async def test_a_304_may_bring_a_new_etag_and_freshness(ask: Ask) -> None:
    also = json.dumps({"Cache-Control": "max-age=600"})
    path = "feed?" + urlencode({"etag": '"1"', "next": '"2"', "also": also})
    answer = await ask(path, validators=Validators('"1"', None))
    assert isinstance(answer, NotModified)
    assert answer.validators == Validators('"2"', None)
    assert answer.headers["cache-control"] == "max-age=600"


async def test_a_304_nobody_asked_for_is_an_error(ask: Ask) -> None:
    error = await failure(ask("status/304"))
    assert isinstance(error, BadTransfer)
    assert "304" in str(error)


async def test_validators_that_cannot_be_sent_are_left_out(ask: Ask) -> None:
    answer = await ask("echo", validators=Validators('"a\r\nX-Evil: 1"', "\ud800"))
    assert isinstance(answer, Document)
    assert "evil" not in answer.body.decode().lower()


async def test_headers_are_kept_as_a_store_can_hold_them(fetcher: http.Fetcher) -> None:
    answer = (
        b'HTTP/1.1 200 OK\r\nETag: "\xd6\xd0"\r\nLast-Modified: one\r\nLast-Modified: two\r\nX-Name: \xd6\xd0\r\n'
        b"Cache-Control: max-age=60\r\nCache-Control: public\r\nSet-Cookie: a=1\r\nContent-Length: 0\r\n\r\n"
    )
    async with listening(answer=answer) as server:
        document = await fetcher.get(f"http://127.0.0.1:{server.port}/", allow_private=True)
    # An ETag that is no UTF-8 could not go back as it came.
    assert document.validators == Validators(None, "one")
    assert document.headers == {
        "last-modified": "one",
        "x-name": "\ufffd\ufffd",
        "cache-control": "max-age=60, public",
        "content-length": "0",
    }


async def test_conditions_reach_the_end_of_a_redirect(ask: Ask, origin: client.Origin) -> None:
    target = "/zoo/feed?" + urlencode({"etag": '"1"'})
    answer = await ask("redirect/301?to=" + quote(target, safe=""), validators=Validators('"1"', None))
    assert isinstance(answer, NotModified)
    assert answer.moved_to == origin.url + target


async def test_no_cookie_is_kept_or_sent(abroad: http.Fetcher, origin: client.Origin) -> None:
    zoo_of = f"http://news.test:{origin.port}/zoo"  # a name: cookies of bare addresses are ignored anyway
    await abroad.get(zoo_of + '/status/200?headers={"Set-Cookie":"seen=1; Path=/"}')
    document = await abroad.get(zoo_of + "/echo")
    assert isinstance(document, Document)
    assert "cookie" not in document.body.decode().lower()

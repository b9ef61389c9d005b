"""Redirects are followed by hand: which, how far, what they teach, and what they never get to know."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from aggregator.errors import BadTransfer, RefusedAddress
from aggregator.fetch import http
from aggregator.models import Document
from tests.integration.fetch.conftest import Ask, Canary, failure, listening
from tests.support.origin import client


@pytest.mark.parametrize(
    ("codes", "hops", "moves"),
    [
        ("301", 1, True),
        ("308", 1, True),
        ("301,308", 4, True),
        ("302", 1, False),
        ("303", 1, False),
        ("307", 1, False),
        ("301,302", 2, False),
        ("302,301", 2, False),
        ("301", 5, True),
    ],
)
async def test_follows_and_learns_only_from_permanent_chains(
    ask: Ask, origin: client.Origin, codes: str, hops: int, moves: bool
) -> None:
    document = await ask(f"chain/{hops}?codes={codes}")
    assert document.url == f"{origin.url}/zoo/chain/{hops}?codes={codes}"
    assert document.final_url == f"{origin.url}/zoo/echo"
    assert document.moved_to == (f"{origin.url}/zoo/echo" if moves else None)


async def test_without_redirect_nothing_has_moved(ask: Ask) -> None:
    assert (await ask("echo")).moved_to is None


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("chain/6", "more than 5 times"),
        ("chain/11", "more than 5 times"),
        ("redirect/302?to=/zoo/redirect/302?to=/zoo/ping", "circle"),
        ("ping", "circle"),
        ("cookie", "circle"),
        ("redirect/302", "without saying where"),
        ("redirect/301?to=", "without saying where"),
    ],
)
async def test_chains_that_do_not_end_are_one_clear_error(ask: Ask, path: str, words: str) -> None:
    error = await failure(ask(path))
    assert isinstance(error, BadTransfer)
    assert words in str(error)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("../echo?a=%2f&b=1", "/zoo/echo?a=%2f&b=1"),
        ("/zoo/../zoo/echo#part", "/zoo/echo"),
        ("../echo?q=\u00e4\u00b8\u00ad", "/zoo/echo?q=%E4%B8%AD"),  # raw UTF-8 in the header
        ("../echo?q=\u00d6\u00d0 x", "/zoo/echo?q=%D6%D0%20x"),  # raw GBK and a blank
        ("/zoo/echo?c=%zz|[]", "/zoo/echo?c=%zz|[]"),
    ],
)
async def test_locations_are_asked_as_written(ask: Ask, location: str, target: str) -> None:
    document = await ask("redirect/302?to=" + quote(location, safe=""))
    assert isinstance(document, Document)
    assert json.loads(document.body)["target"] == target


@pytest.mark.parametrize(
    "where",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://2130706433:{port}/",
        "http://user:word@127.0.0.1:{port}/",
        "//127.0.0.1:{port}/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "ftp://127.0.0.1:{port}/",
        "gopher://127.0.0.1:{port}/_GET",
        "javascript:alert(1)",
        "data:text/xml,<rss/>",
    ],
)
@pytest.mark.parametrize("code", [301, 307])
async def test_no_redirect_leads_to_a_private_address(ask: Ask, canary: Canary, where: str, code: int) -> None:
    error = await failure(ask(f"redirect/{code}?to=" + quote(where.format(port=canary.port), safe="")))
    assert isinstance(error, RefusedAddress)
    assert canary.hits == 0


async def test_a_configured_private_host_may_redirect_within_itself(ask: Ask, origin: client.Origin) -> None:
    document = await ask("redirect/302?to=" + quote(f"{origin.url}/zoo/echo", safe=""))
    assert document.final_url == f"{origin.url}/zoo/echo"


async def test_leaving_home_ends_the_permission_for_good(fresh_origin: client.Origin) -> None:
    """Home, a stranger, home again: the way back was chosen by the stranger."""
    limits = http.Limits(trusted_networks=("127.0.0.2/32",))
    back = f"{fresh_origin.url}/zoo/echo"
    answer = f"HTTP/1.1 302 Found\r\nLocation: {back}\r\nContent-Length: 0\r\n\r\n".encode()
    async with listening("127.0.0.2", answer=answer) as stranger, http.Fetcher(limits) as fetcher:
        away = quote(f"http://127.0.0.2:{stranger.port}/", safe="")
        error = await failure(fetcher.get(f"{fresh_origin.url}/zoo/redirect/302?to={away}", allow_private=True))
    assert isinstance(error, RefusedAddress)
    assert error.url == back
    assert (stranger.hits, len(fresh_origin.log("/zoo/echo"))) == (1, 0)


@pytest.mark.parametrize(("host", "told"), [("news.test", True), ("other.test", False)])
async def test_own_headers_and_credentials_stay_with_their_host(
    abroad: http.Fetcher, origin: client.Origin, host: str, told: bool
) -> None:
    target = quote(f"http://{host}:{origin.port}/zoo/echo", safe="")
    document = await abroad.get(
        f"http://reader:pass%20word@news.test:{origin.port}/zoo/redirect/302?to={target}",
        headers=[("X-Token", "secret"), ("Cookie", "session=1"), ("Referer", "http://news.test/")],
    )
    assert isinstance(document, Document)
    headers = {name.lower(): value for name, value in json.loads(document.body)["headers"]}
    assert headers["host"] == f"{host}:{origin.port}"
    assert headers.keys().isdisjoint({"x-token", "authorization", "cookie", "referer"}) is not told
    assert "pass" not in document.final_url
    if told:
        assert headers["authorization"] == "Basic cmVhZGVyOnBhc3Mgd29yZA=="
        assert headers["x-token"] == "secret"


async def test_headers_do_not_come_back_after_a_stranger(abroad: http.Fetcher, origin: client.Origin) -> None:
    home = quote(f"http://news.test:{origin.port}/zoo/echo", safe="")
    stranger = quote(f"http://other.test:{origin.port}/zoo/redirect/302?to={home}", safe="")
    within = quote(f"http://other.test:{origin.port}/zoo/redirect/302?to=/zoo/echo", safe="")
    for chain in (stranger, within):
        document = await abroad.get(
            f"http://news.test:{origin.port}/zoo/redirect/302?to={chain}", headers=[("X-Token", "secret")]
        )
        assert isinstance(document, Document)
        assert "secret" not in document.body.decode()


async def test_messages_never_show_credentials(abroad: http.Fetcher, origin: client.Origin) -> None:
    error = await failure(abroad.get(f"http://reader:hidden@news.test:{origin.port}/zoo/status/404"))
    assert "hidden" not in str(error)
    assert "hidden" not in error.url

"""Bodies: decoded right, bounded in size, time and memory, never cut without a word."""

from __future__ import annotations

import asyncio
import json
import ssl
import subprocess
import sys
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from aggregator.errors import BadTransfer, FetchError, TimedOut, TooLarge, Unreachable
from aggregator.fetch import http
from aggregator.models import Document
from tests.integration.fetch.conftest import Ask, failure, listening
from tests.support.origin import client, zoo


@pytest.mark.parametrize(
    ("by", "says"),
    [
        ("none", ""),
        ("none", "identity"),
        ("gzip", "gzip"),
        ("gzip", "GZip"),
        ("gzip", "x-gzip"),
        ("members", "gzip"),
        ("padded", "gzip"),
        ("zlib", "deflate"),
        ("bare", "deflate"),
        ("zlib,gzip", "deflate, gzip"),
        ("gzip,gzip", "gzip, gzip"),
        ("none", "gzip"),  # plain text with a wrong label
    ],
)
async def test_content_codings(ask: Ask, by: str, says: str) -> None:
    document = await ask(f"coded?by={by}&says={says}")
    assert isinstance(document, Document)
    assert document.body == zoo.FEED


@pytest.mark.parametrize(
    ("by", "says", "words"),
    [
        ("cut", "gzip", "cut"),
        ("broken", "gzip", "broken"),
        ("none", "deflate", "broken"),
        ("none", "br", "not asked for"),
        ("none", "zstd", "not asked for"),
        ("gzip,gzip,gzip", "gzip, gzip, gzip", "stacks 3"),
        ("gzip,gzip,gzip,gzip,gzip,gzip", "gzip, gzip, gzip, gzip, gzip, gzip", "stacks 6"),
    ],
)
async def test_codings_that_do_not_hold(ask: Ask, by: str, says: str, words: str) -> None:
    error = await failure(ask(f"coded?by={by}&says={says}"))
    assert isinstance(error, BadTransfer)
    assert words in str(error)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("length?says=10&sends=5", BadTransfer),
        ("cut-chunks", BadTransfer),
        ("header-line", BadTransfer),
        ("headers", BadTransfer),
        ("garbage", BadTransfer),
        ("hang-up", Unreachable),
        ("large", TooLarge),
        ("large?chunked", TooLarge),
        ("endless", TooLarge),
        ("bomb", TooLarge),
        ("bomb?stacked", TooLarge),
    ],
)
async def test_bad_transfers_are_named(ask: Ask, path: str, kind: type[FetchError]) -> None:
    error = await failure(ask(path))
    assert type(error) is kind, error
    assert "\n" not in str(error)
    assert len(str(error)) < 400


async def test_what_follows_a_short_length_is_no_answer_to_the_next_request(ask: Ask) -> None:
    with suppress(BadTransfer):  # raised when the surplus comes in time to be seen
        document = await ask("length?says=5&sends=500")
        assert isinstance(document, Document)
        assert document.body == b"xxxxx"
    after = await ask("echo")
    assert isinstance(after, Document)
    assert json.loads(after.body)["target"] == "/zoo/echo"


async def test_an_empty_body_is_a_document(ask: Ask) -> None:
    document = await ask("status/200")
    assert isinstance(document, Document)
    assert document.body == b""


async def test_html_is_handed_on_as_it_is(ask: Ask) -> None:
    document = await ask('status/200?body=<html>hi</html>&headers={"Content-Type":"text/html;charset=GBK"}')
    assert isinstance(document, Document)
    assert (document.media_type, document.body) == ("text/html", b"<html>hi</html>")
    assert document.headers["content-type"] == "text/html;charset=GBK"


async def test_a_body_at_the_cap_passes_and_one_byte_more_does_not(origin: client.Origin) -> None:
    async with http.Fetcher(http.Limits(max_bytes=1000)) as fetcher:
        document = await fetcher.get(f"{origin.url}/zoo/large?size=1000&chunked", allow_private=True)
        assert isinstance(document, Document)
        assert len(document.body) == 1000
        for form in ("&chunked", ""):
            error = await failure(fetcher.get(f"{origin.url}/zoo/large?size=1001{form}", allow_private=True))
            assert isinstance(error, TooLarge)


@pytest.mark.parametrize("path", ["drip", "drip-headers", "silent", "drip?every=0.2"])
async def test_slow_origins_end_by_the_deadline(origin: client.Origin, path: str) -> None:
    async with http.Fetcher(http.Limits(deadline=timedelta(seconds=0.5))) as fetcher:
        started = time.monotonic()
        error = await failure(fetcher.get(f"{origin.url}/zoo/{path}", allow_private=True))
    assert isinstance(error, TimedOut)
    assert 0.4 < time.monotonic() - started < 30


async def test_the_deadline_covers_all_redirects(fresh_origin: client.Origin) -> None:
    fresh_origin.fault("/zoo/chain/*", delay=0.2)
    async with http.Fetcher(http.Limits(deadline=timedelta(seconds=0.7))) as fetcher:
        await fetcher.get(f"{fresh_origin.url}/zoo/chain/1", allow_private=True)
        assert isinstance(await failure(fetcher.get(f"{fresh_origin.url}/zoo/chain/4", allow_private=True)), TimedOut)


async def test_the_deadline_does_not_count_the_wait_for_a_turn(fresh_origin: client.Origin) -> None:
    fresh_origin.fault("/zoo/echo", delay=0.2)
    async with http.Fetcher(http.Limits(deadline=timedelta(seconds=0.7), per_host=1)) as fetcher:
        urls = [f"{fresh_origin.url}/zoo/echo?{number}" for number in range(5)]
        answers = await asyncio.gather(*(fetcher.get(url, allow_private=True) for url in urls))
    assert len(answers) == 5


async def test_fifty_hanging_origins_leave_nothing_behind(origin: client.Origin) -> None:
    limits = http.Limits(deadline=timedelta(seconds=1), per_host=100, total=100)
    async with http.Fetcher(limits) as fetcher:
        before = len(asyncio.all_tasks())
        hanging = [failure(fetcher.get(f"{origin.url}/zoo/silent?{n}", allow_private=True)) for n in range(50)]
        good = fetcher.get(f"{origin.url}/zoo/echo", allow_private=True)
        *errors, document = await asyncio.gather(*hanging, good)
        assert {type(error) for error in errors} == {TimedOut}
        assert isinstance(document, Document)
        assert len(asyncio.all_tasks()) == before


_BOMBS = """
import asyncio, resource, sys, time
from datetime import timedelta
from aggregator.errors import FetchError
from aggregator.fetch import http

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

async def main(base, paths):
    async with http.Fetcher(http.Limits(max_redirects=2, deadline=timedelta(seconds=10))) as fetcher:
        await fetcher.get(base + "echo", allow_private=True)
        before, started = peak(), time.process_time()
        for path in paths:
            try:
                await fetcher.get(base + path, allow_private=True)
                print("passed", end=" ")
            except FetchError as exc:
                print(type(exc).__name__, end=" ")
        print(round(peak() - before), round(time.process_time() - started, 2))

asyncio.run(main(sys.argv[1], sys.argv[2:]))
"""


@pytest.mark.parametrize(
    ("path", "outcome"),
    [
        ("bomb", "TooLarge"),
        ("bomb?stacked", "TooLarge"),
        ("bomb?status=302&to=/zoo/echo", "passed"),
        ("bomb?status=301&to=/zoo/bomb", "TooLarge"),
        ("bomb?status=404", "BadStatus"),
        ("bomb?status=429", "BadStatus"),
        ("bomb?status=503", "BadStatus"),
        ("endless", "TooLarge"),
        ("header-line?size=50000000", "BadTransfer"),
    ],
)
def test_no_bomb_takes_memory(origin: client.Origin, path: str, outcome: str) -> None:
    """In a process of its own, so that the peak is the bomb's. MiB of growth and processor seconds."""
    command = [sys.executable, "-c", _BOMBS, f"{origin.url}/zoo/", path]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=30, check=True, cwd=Path(__file__).parents[3]
    )
    kind, growth, seconds = done.stdout.split()
    assert kind == outcome
    assert int(growth) < 64
    assert float(seconds) < 2


async def test_self_signed_certificates_are_refused(fetcher: http.Fetcher, tmp_path: Path) -> None:
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    try:
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no openssl command to make a certificate with")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with listening(ssl=context) as server:
        error = await failure(fetcher.get(f"https://localhost:{server.port}/", allow_private=True))
    assert isinstance(error, Unreachable)
    assert "certificate" in str(error)

"""Answers with bad habits, all below `/zoo/`: what origins do by accident, and what attackers do on purpose.

Out: routes for the stand-in origin's application. Called by `server`. Every answer is steered by its query, so that a
test reads as one address; nothing here keeps state.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache

from aiohttp import web

FEED = (
    "<?xml version='1.0' encoding='utf-8'?><rss version='2.0'><channel><title>样本频道</title>"
    "<link>http://news.invalid/</link><description>样本</description><item><title>样本快讯：示例股份发布公告</title>"
    "<link>http://news.invalid/1</link><guid>1</guid></item></channel></rss>"
).encode()

_MIB = 1024 * 1024


def routes(*_: object) -> list[web.RouteDef]:
    """All animals of the zoo."""
    table = {
        "echo": _echo,
        "feed": _feed,
        "status/{code}": _status,
        "redirect/{code}": _redirect,
        "chain/{left}": _chain,
        "ping": _ping,
        "pong": _ping,
        "cookie": _cookie,
        "bomb": _bomb,
        "coded": _coded,
        "large": _large,
        "endless": _endless,
        "drip": _drip,
        "drip-headers": _drip_headers,
        "silent": _silent,
        "length": _length,
        "cut-chunks": _cut_chunks,
        "header-line": _header_line,
        "headers": _headers,
        "hang-up": _hang_up,
        "garbage": _garbage,
    }
    return [web.get(f"/zoo/{path}", handler) for path, handler in table.items()]


# ------------------------------------------------------------------------------------------------ what was asked


async def _echo(request: web.Request) -> web.Response:
    """What the request line and the headers were, byte for byte (as Latin-1)."""
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in request.raw_headers]
    return web.json_response({"target": request.raw_path, "headers": headers})


async def _feed(request: web.Request) -> web.Response:
    """A feed with the validators `etag` and `modified`; 304 only when they come back byte for byte.

    `next` is an ETag that the 304 carries; `also` are more headers, a JSON object.
    """
    asked = {name.lower(): value for name, value in request.raw_headers}
    given = {
        b"if-none-match": request.query.get("etag", "").encode(),
        b"if-modified-since": request.query.get("modified", "").encode(),
    }
    headers: dict[str, str] = json.loads(request.query.get("also", "{}"))
    if request.query.get("etag"):
        headers["ETag"] = request.query["etag"]
    if request.query.get("modified"):
        headers["Last-Modified"] = request.query["modified"]
    sent = {name: value for name, value in given.items() if value}
    if sent and all(asked.get(name) == value for name, value in sent.items()):
        if "next" in request.query:
            headers["ETag"] = request.query["next"]
        return web.Response(status=304, headers=headers)
    return web.Response(body=FEED, headers=headers | {"Content-Type": "application/rss+xml"})


async def _status(request: web.Request) -> web.Response:
    """Any status, with `headers` (a JSON object) and a `body`."""
    headers = json.loads(request.query.get("headers", "{}"))
    body = request.query.get("body", "")
    return web.Response(status=int(request.match_info["code"]), body=body.encode(), headers=headers)


# ----------------------------------------------------------------------------------------------------- redirects


async def _redirect(request: web.Request) -> web.StreamResponse:
    """Redirect `to` anywhere; without it the header is missing. `to` may hold bytes as Latin-1."""
    lines = b"".join(b"Location: %s\r\n" % to.encode("latin-1") for to in request.query.getall("to", []))
    code = request.match_info["code"].encode()
    return await _raw(request, b"HTTP/1.1 %s Moved\r\n%sContent-Length: 0\r\n\r\n" % (code, lines))


async def _chain(request: web.Request) -> web.Response:
    """So many redirects, then an echo. `codes` are used in turn."""
    left = int(request.match_info["left"])
    codes = request.query.get("codes", "302").split(",")
    after = f"{left - 1}?codes={','.join(codes)}" if left > 1 else "/zoo/echo"
    return web.Response(status=int(codes[left % len(codes)]), headers={"Location": after})


async def _ping(request: web.Request) -> web.Response:
    other = "pong" if request.path.endswith("ping") else "ping"
    return web.Response(status=302, headers={"Location": other})


async def _cookie(request: web.Request) -> web.Response:
    """Serves only clients that take its cookie and redirects the others to itself."""
    if "seen" in request.cookies:
        return web.Response(body=FEED)
    return web.Response(status=302, headers={"Location": "/zoo/cookie", "Set-Cookie": "seen=1; Path=/"})


# -------------------------------------------------------------------------------------------------------- bodies


async def _bomb(request: web.Request) -> web.Response:
    """1 MiB that inflates to 1 GiB, with any `status`; a `to` makes it a redirect. `stacked`: gzip in gzip."""
    headers = {"Content-Encoding": "gzip", "Content-Type": "application/xml"}
    body = bomb()
    if "stacked" in request.query:
        headers["Content-Encoding"] = "gzip, gzip"
        body = gzip.compress(body)
    if "to" in request.query:
        headers["Location"] = request.query["to"]
    return web.Response(status=int(request.query.get("status", 200)), body=body, headers=headers)


@cache
def bomb() -> bytes:
    """A gzip stream of 1 GiB of zeros; only its checksum is missing, which nobody should reach."""
    squeeze = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = squeeze.compress(bytes(_MIB)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    block = squeeze.compress(bytes(_MIB)) + squeeze.flush(zlib.Z_FULL_FLUSH)
    return head + block * 1023


def _wrapped(data: bytes) -> bytes:
    return zlib.compress(data)


def _bare(data: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-15)
    return squeeze.compress(data) + squeeze.flush()


_CODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "members": lambda data: gzip.compress(data[:100]) + gzip.compress(b"") + gzip.compress(data[100:]),
    "padded": lambda data: gzip.compress(data) + bytes(512),
    "zlib": _wrapped,
    "bare": _bare,
    "cut": lambda data: gzip.compress(data)[:-12],
    "broken": lambda data: gzip.compress(data)[:20] + b"\xff" * 40,
    "none": bytes,
}


async def _coded(request: web.Request) -> web.Response:
    """The feed, put through the `by` coders in turn, labelled as `says`; sent in pieces of `piece` bytes."""
    body = FEED
    for name in request.query.get("by", "none").split(","):
        body = _CODERS[name](body)
    return web.Response(body=body, headers={"Content-Encoding": request.query.get("says", "gzip")})


async def _large(request: web.Request) -> web.StreamResponse:
    """`size` bytes, announced beforehand or `chunked`."""
    size = int(request.query.get("size", 16 * _MIB))
    length = None if "chunked" in request.query else size
    return await _stream(request, (b"x" * min(65536, size - sent) for sent in range(0, size, 65536)), length=length)


async def _endless(request: web.Request) -> web.StreamResponse:
    """A body that never ends, as fast as it is taken."""
    block = b"<!-- " + b"x" * 65536 + b" -->"
    return await _stream(request, (block for _ in iter(int, 1)))


async def _drip(request: web.Request) -> web.StreamResponse:
    """One byte every `every` seconds."""
    return await _stream(request, (b"x" for _ in iter(int, 1)), every=float(request.query.get("every", 0.05)))


# ----------------------------------------------------------------------------------------- what is no proper HTTP


async def _drip_headers(request: web.Request) -> web.Response:
    """One byte of a header every 50 ms, for ever."""
    return await _raw(request, b"HTTP/1.1 200 OK\r\nX-Slow: ", *[b"x"] * 1200, every=0.05)


async def _silent(request: web.Request) -> web.Response:
    """Takes the request and says nothing."""
    await asyncio.sleep(60)
    return web.Response()


async def _length(request: web.Request) -> web.Response:
    """Announces `says` bytes and sends `sends`."""
    body = b"x" * int(request.query["sends"])
    return await _raw(request, f"HTTP/1.1 200 OK\r\nContent-Length: {request.query['says']}\r\n\r\n".encode() + body)


async def _cut_chunks(request: web.Request) -> web.Response:
    """A chunked body that stops in the middle of a chunk."""
    return await _raw(request, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n400\r\nworld")


async def _header_line(request: web.Request) -> web.Response:
    """One header line of `size` bytes."""
    size = int(request.query.get("size", _MIB))
    return await _raw(request, b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * size + b"\r\nContent-Length: 2\r\n\r\nok")


async def _headers(request: web.Request) -> web.Response:
    """`count` header lines."""
    lines = b"".join(b"X-%d: x\r\n" % number for number in range(int(request.query.get("count", 10_000))))
    return await _raw(request, b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 2\r\n\r\nok")


async def _hang_up(request: web.Request) -> web.Response:
    """Closes the connection instead of answering."""
    return await _raw(request)


async def _garbage(request: web.Request) -> web.Response:
    """Speaks something else than HTTP."""
    return await _raw(request, b"220 mail.invalid ESMTP\r\n")


async def _raw(request: web.Request, *parts: bytes, every: float = 0) -> web.Response:
    """Write these bytes as they are, then close the connection."""
    transport = request.transport
    for part in parts:
        if transport is None or transport.is_closing():
            break
        transport.write(part)
        if every:
            await asyncio.sleep(every)
    if transport is not None:
        transport.close()
    return web.Response()


async def _stream(
    request: web.Request, blocks: Iterable[bytes], *, length: int | None = None, every: float = 0
) -> web.StreamResponse:
    """Write blocks until the client has gone."""
    answer = web.StreamResponse(headers={"Content-Type": "application/xml"})
    answer.content_length = length
    with suppress(ConnectionError):
        await answer.prepare(request)
        for block in blocks:
            await answer.write(block)
            if every:
                await asyncio.sleep(every)
        await answer.write_eof()
    return answer

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.errors import BadTransfer, RefusedAddress
from aggregator.fetch import target


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("http://news.test", "http://news.test/"),
        ("http://news.test?a=1", "http://news.test/?a=1"),
        ("HTTPS://News.Test:443/A", "https://news.test/A"),
        ("http://news.test:80/", "http://news.test/"),
        ("http://news.test:8080/", "http://news.test:8080/"),
        ("http://news.test:/", "http://news.test/"),
        ("https://news.test:80/", "https://news.test:80/"),
        ("http://news.test./x", "http://news.test/x"),
        ("http://news.test/a#b", "http://news.test/a"),
        ("http://news.test/a?b#c?d", "http://news.test/a?b"),
        ("  http://news.test/a \n", "http://news.test/a"),
        ("http://news.test/a b", "http://news.test/a%20b"),
        ("http://news.test/a\r\nb", "http://news.test/a%0D%0Ab"),
        ("http://news.test/%7e%2F?x=%zz&&y", "http://news.test/%7e%2F?x=%zz&&y"),
        ("http://news.test/a/../b//", "http://news.test/a/../b//"),
        ("http://news.test/样", "http://news.test/%E6%A0%B7"),
        ("http://样本.test/", "http://xn--8pv1w.test/"),
        ("http://ＮＥＷＳ.test/", "http://news.test/"),
        ("http://my_host.test/", "http://my_host.test/"),
        ("http://user:pass@news.test/", "http://news.test/"),
        ("http://a@b@news.test/", "http://news.test/"),
        ("http://[2606:4700::1111]:8080/", "http://[2606:4700::1111]:8080/"),
        ("http://0x7f000001/", "http://127.0.0.1/"),
        ("http://news.test/\\a", "http://news.test/\\a"),
    ],
)
def test_read(url: str, sent: str) -> None:
    read = target.read(url)
    assert read.url == sent
    assert target.read(read.url).url == sent


@pytest.mark.parametrize(
    "url",
    [
        "", "news.test/feed", "//news.test/", "ftp://news.test/", "file:///etc/passwd", "javascript:alert(1)",
        "http:/news.test", "http:///path", "http://:80/", "http://user@/", "http://news test/", "http://news.test:0/", "http://news.test:65536/",
        "http://news.test:8a/", "http://news.test:٨٠/", "http://a:1:2/", "http://[::1/", "http://[news.test]/", "http://[::1]x/",
        "http://[fe80::1%25eth0]/", "http://%31%32%37.0.0.1/", "http://-a.test/", "http://a..test/", "http://a\x00.test/",
        "http://" + "a" * 64 + ".test/", "http://\\\\news.test/", "http://news.test\\@other.test/", "http://ne^ws.test/",
    ],
)  # fmt: skip
def test_addresses_that_are_refused(url: str) -> None:
    with pytest.raises(RefusedAddress):
        target.read(url)


def test_parts() -> None:
    read = target.read("http://reader:pa%3Ass@news.test:8080/x?y")
    assert (read.place, read.userinfo, read.path) == (("news.test", 8080), "reader:pa%3Ass", "/x?y")


@settings(derandomize=True, deadline=None)
@given(st.text(max_size=60))
def test_reading_fails_in_one_way_only(tail: str) -> None:
    for head in ("", "http://", "http://news.test", "http://news.test/"):
        with contextlib.suppress(RefusedAddress):
            sent = target.read(head + tail).url
            assert sent.isascii()
            assert sent.isprintable()
            assert " " not in sent


@pytest.mark.parametrize(
    ("location", "sent"),
    [
        (b"/b", "http://news.test/b"),
        (b"b", "http://news.test/dir/b"),
        (b"?q", "http://news.test/dir/a?q"),
        (b"../b", "http://news.test/b"),
        (b"//other.test/b", "http://other.test/b"),
        (b"https://other.test", "https://other.test/"),
        (b" /b ", "http://news.test/b"),
        (b"/b#c", "http://news.test/b"),
        (b"\xd6\xd0", "http://news.test/dir/%D6%D0"),
        ("样".encode(), "http://news.test/dir/%E6%A0%B7"),
    ],
)
def test_follow(location: bytes, sent: str) -> None:
    assert target.follow(target.read("http://news.test/dir/a?old#f"), location).url == sent


@pytest.mark.parametrize(
    ("location", "error"),
    [
        (b"", BadTransfer),
        (b"  ", BadTransfer),
        (b"http://[x/", BadTransfer),
        (b"ftp://news.test/", RefusedAddress),
        (b"http://reader:word@news.test/", RefusedAddress),
    ],
)
def test_follow_refuses(location: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        target.follow(target.read("http://news.test/"), location)


@settings(derandomize=True, deadline=None)
@given(st.binary(max_size=60))
def test_following_fails_in_two_ways_only(location: bytes) -> None:
    with contextlib.suppress(RefusedAddress, BadTransfer):
        assert target.follow(target.read("http://news.test/"), location).url.isascii()


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("http://a.test/1", "http://a.test/2", True),
        ("http://a.test/", "https://a.test/", True),
        ("https://a.test/", "http://a.test/", False),
        ("http://a.test/", "http://b.test/", False),
        ("http://a.test/", "http://www.a.test/", False),
        ("http://a.test/", "http://a.test:8080/", False),
        ("http://a.test:8080/", "https://a.test/", False),
        ("http://a.test/", "https://b.test/", False),
    ],
)
def test_same_keeper(before: str, after: str, same: bool) -> None:
    assert target.same_keeper(target.read(before), target.read(after)) is same


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://a:b@news.test/x@y", "http://news.test/x@y"),
        ("http://news.test/a@b", "http://news.test/a@b"),
        ("http://a@b@news.test", "http://news.test"),
    ],
)
def test_shown(url: str, shown: str) -> None:
    assert target.shown(url) == shown

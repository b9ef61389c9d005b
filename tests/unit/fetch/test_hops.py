from __future__ import annotations

import pytest

from aggregator.errors import BadTransfer
from aggregator.fetch.hops import Hop, Redirect


def walk(start: str, *answers: tuple[int, str], most: int = 5) -> Hop:
    hop = Hop.start(start)
    for status, location in answers:
        hop = hop.follow(Redirect(status, location.encode()), most)
    return hop


@pytest.mark.parametrize(
    ("answers", "kept", "home", "moved"),
    [
        ([], True, True, None),
        ([(301, "/b")], True, True, "http://a.test/b"),
        ([(308, "https://a.test/")], True, False, "https://a.test/"),
        ([(301, "http://a.test:8080/")], False, False, "http://a.test:8080/"),
        ([(301, "http://b.test/")], False, False, "http://b.test/"),
        ([(301, "http://b.test/"), (301, "http://a.test/c")], False, False, "http://a.test/c"),
        ([(301, "http://b.test/"), (301, "/d")], False, False, "http://b.test/d"),
        ([(301, "/b"), (302, "/c")], True, True, None),
        ([(302, "/b"), (301, "/c")], True, True, None),
        ([(303, "/b")], True, True, None),
        ([(307, "/b")], True, True, None),
    ],
)
def test_what_a_chain_may_know_and_teach(
    answers: list[tuple[int, str]], kept: bool, home: bool, moved: str | None
) -> None:
    hop = walk("http://a.test/", *answers)
    assert (hop.kept, hop.home, hop.moved_to) == (kept, home, moved)


def test_the_limit_is_exact() -> None:
    steps = [(302, f"/{number}") for number in range(5)]
    assert walk("http://a.test/", *steps).target.path == "/4"
    with pytest.raises(BadTransfer, match="more than 5"):
        walk("http://a.test/", *steps, (302, "/6"))
    with pytest.raises(BadTransfer, match="more than 0"):
        walk("http://a.test/", (302, "/1"), most=0)


@pytest.mark.parametrize("back", ["/", "http://A.test:80/", "//a.test/#new", ""])
def test_circles_are_seen_at_once(back: str) -> None:
    with pytest.raises(BadTransfer):
        walk("http://a.test/", (302, "/b"), (302, back))


def test_errors_name_the_first_address() -> None:
    with pytest.raises(BadTransfer) as caught:
        walk("http://a.test/", (302, "http://b.test/"), (302, "http://a.test/"))
    assert caught.value.url == "http://a.test/"

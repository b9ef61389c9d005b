"""What holds on every page: no fault axe-core calls serious, no sideways scrolling, light and dark, with and without
scripts, in both languages. That no page complains or asks another host is seen to by the fixture."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.support import browsing

Opens = Callable[..., Page]

#: Impacts that fail a test; axe calls the others minor or moderate.
_GRAVE = {"serious", "critical"}


_PAGES = browsing.PAGES | {"missing": "/no/such/page", "wrong": "/search?q=after:x", "feed": "/feeds/all.rss"}


def _open(opens: Opens, name: str, *, size: tuple[int, int] = browsing.DESKTOP, **how: object) -> Page:
    page = opens("/", size, **how)
    browsing.go(page, _PAGES[name])
    return page


PAGES = [*_PAGES]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_accessible(opens: Opens, name: str, dark: bool) -> None:
    found = Axe().run(_open(opens, name, dark=dark)).response["violations"]
    grave = [f"{one['id']}: {one['help']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in _GRAVE]
    assert grave == []


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_scrolls_sideways(opens: Opens, name: str, width: int) -> None:
    page = _open(opens, name, size=(width, 844))
    wide, there = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide <= there


@pytest.mark.parametrize("name", PAGES)
def test_dark_is_dark_and_light_is_light(opens: Opens, name: str) -> None:
    how_bright = """() => {
        const [r, g, b] = getComputedStyle(document.body).backgroundColor.match(/[0-9.]+/g).map(Number);
        return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
    }"""
    assert _open(opens, name).evaluate(how_bright) > 0.8
    assert _open(opens, name, dark=True).evaluate(how_bright) < 0.2


@pytest.mark.parametrize("name", PAGES)
def test_readable_without_scripts(opens: Opens, name: str) -> None:
    page = _open(opens, name, scripts=False)
    assert page.locator("h1").count() == 1
    assert page.locator("main").inner_text().strip()

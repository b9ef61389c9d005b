"""A running demo, and a browser that looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page

from tests.support import browsing, demo

Opens = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = browsing.program()
    if path is None:
        pytest.skip("no Chromium here; `apt install chromium` brings it")
    with browsing.chromium(path) as running:
        yield running


@pytest.fixture(scope="session")
def site(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[demo.Demo]:
    """A daemon that has polled everything once, and one of whose articles was edited since."""
    with demo.serving(tmp_path_factory.mktemp("demo")) as running:
        demo.settle(running)
        yield running


@pytest.fixture
def opens(browser: Browser, site: demo.Demo) -> Iterator[Opens]:
    """Opens a path of the site; when the test is over, no page may have complained or asked another host."""
    seen: list[browsing.Watched] = []
    with ExitStack() as open_pages:

        def look(path: str, size: tuple[int, int] = browsing.DESKTOP, **how: object) -> Page:
            one = open_pages.enter_context(browsing.watched(browser, site.address, size, **how))  # type: ignore[arg-type]
            seen.append(one)
            one.page.goto(path)
            return one.page

        yield look
        assert [fault for one in seen for fault in one.faults] == []

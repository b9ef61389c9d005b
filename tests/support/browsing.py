"""A browser for tests and pictures: Debian's headless Chromium by Playwright, and what it must never do.

In: an address. Out: pages, and what went wrong while they were open: errors on the console, requests to other hosts.
Called by tests/browser/ and tests/support/screenshots.py.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

#: Names of the program, as Debian and Ubuntu have it.
_NAMES = ("chromium", "chromium-browser")

#: Every kind of page: its name, and its path or, on the front page, a link that leads to it.
PAGES = {
    "front": "/",
    "story": ".story-title a",
    "symbol": "a.symbol",
    "outlet": "a.outlet",
    "day": ".day h2 a",
    "calendar": "/calendar",
    "subscriptions": "/subscriptions",
    "about": "/about",
    "search": f"/search?q={quote('央行')}",
}

DESKTOP = (1280, 900)
PHONE = (390, 844)


def program() -> str | None:
    """Where Chromium is; None where it is not installed."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


@contextmanager
def chromium(path: str) -> Iterator[Browser]:
    """A headless Chromium while the block runs."""
    with sync_playwright() as playwright:
        # Without its sandbox, for tests run as root in containers; it opens nothing but our own pages.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        try:
            yield browser
        finally:
            browser.close()


def go(page: Page, place: str) -> None:
    """Open one of PAGES."""
    if place.startswith("/"):
        page.goto(place)
        return
    page.goto("/")
    address = page.locator(place).first.get_attribute("href")
    if address is None:
        raise RuntimeError(f"the front page has no {place}")
    page.goto(address)


@dataclass
class Watched:
    """A page of the browser, and what it did that it must not do."""

    page: Page
    host: str
    faults: list[str] = field(default_factory=list)

    def watch(self) -> None:
        """Note faults from now on."""
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.faults.append(f"a script failed: {error}"))
        self.page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        # An error page is asked for on purpose, and Chromium counts its status as an error.
        if message.type in ("error", "warning") and "Failed to load resource" not in message.text:
            self.faults.append(f"the console says: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != self.host:
            self.faults.append(f"it asked for {request.url}")


@contextmanager
def watched(
    browser: Browser,
    address: str,
    size: tuple[int, int] = DESKTOP,
    *,
    dark: bool = False,
    language: str = "zh-CN",
    scripts: bool = True,
) -> Iterator[Watched]:
    """A page in a context of its own. `size`: CSS pixels; `address`: the only host it may ask."""
    context: BrowserContext = browser.new_context(
        base_url=address,
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        locale=language,
        timezone_id="Asia/Shanghai",
        java_script_enabled=scripts,
        device_scale_factor=1,
    )
    try:
        one = Watched(context.new_page(), urlsplit(address).netloc)
        one.watch()
        yield one
    finally:
        context.close()

"""What a reader does: opens a story, filters, searches, uses the keyboard, takes an address to subscribe."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.support import browsing

Opens = Callable[..., Page]


def test_a_story_is_opened_and_the_next_one(opens: Opens) -> None:
    page = opens("/")
    titles = page.locator(".story-title a").all_inner_texts()
    page.locator(".story-title a").first.click()
    expect(page.locator("h1")).to_have_text(titles[0])
    page.locator(".around a[rel=next]").click()
    expect(page.locator("h1")).to_have_text(titles[1])
    page.locator(".around a[rel=prev]").click()
    expect(page.locator("h1")).to_have_text(titles[0])


def test_a_filter_stays_in_the_address(opens: Opens) -> None:
    page = opens("/")
    everything = page.locator(".story").count()
    page.locator(".filter summary").click()
    page.select_option("#filter-feed", "live")
    page.locator(".filter button").click()
    assert parse_qs(urlsplit(page.url).query)["feed"] == ["live"]
    expect(page.locator(".chip")).to_have_count(1)
    assert 0 < page.locator(".story").count() < everything
    page.locator(".chip").click()
    expect(page.locator(".story")).to_have_count(everything)


def test_an_instrument_leads_to_its_stories(opens: Opens) -> None:
    page = opens("/")
    code = page.locator("a.symbol .code").first.inner_text()
    page.locator("a.symbol").first.click()
    expect(page.locator("h1")).to_contain_text(code)
    expect(page.locator(".chart svg")).to_be_visible()
    assert all(code in one for one in page.locator(".story").all_inner_texts())


def test_a_search_finds_what_it_is_asked_for(opens: Opens) -> None:
    page = opens("/")
    title = page.locator(".story-title a").first.inner_text()
    page.fill("#q", f'"{title[:6]}"')
    page.press("#q", "Enter")
    expect(page.locator(".stream .story-title a").first).to_contain_text(title[:6])
    page.fill("#q", "after:x")
    page.press("#q", "Enter")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("#q")).to_have_value("after:x")


def test_the_calendar_leads_to_a_day(opens: Opens) -> None:
    page = opens("/calendar")
    page.locator(".month a").first.click()
    expect(page.locator(".month [aria-current=date]")).to_have_count(1)
    assert page.locator(".story").count() > 0


def test_the_keyboard_is_enough(opens: Opens) -> None:
    page = opens("/")
    titles = page.locator(".story-title a").all_inner_texts()

    def here() -> str:
        return str(page.evaluate("document.activeElement.textContent"))

    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        assert here() == titles[place]
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    page.keyboard.type("jo?")  # in a field they are letters
    expect(page.locator("#q")).to_have_value("jo?")
    page.locator(".story-title a").nth(1).focus()
    page.keyboard.press("o")
    expect(page.locator("h1")).to_have_text(titles[1])
    page.keyboard.press("j")
    expect(page.locator("h1")).to_have_text(titles[2])
    page.keyboard.press("k")
    expect(page.locator("h1")).to_have_text(titles[1])


def test_everything_is_reached_with_the_tab_key(opens: Opens) -> None:
    page = opens("/")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    seen = set[str]()
    for _ in range(40):
        page.keyboard.press("Tab")
        seen.add(str(page.evaluate("document.activeElement.closest('header, .filter, .stream')?.className")))
    assert {"masthead", "filter", "stream"} <= seen


def test_news_are_told_and_nothing_moves(opens: Opens) -> None:
    page = opens("/no/such/page")
    page.clock.install()
    told = {"new": 0, "more": False}
    page.route("**/*count=1*", lambda route: route.fulfill(json=told))
    page.goto("/")
    before = page.locator(".story-title").all_inner_texts()
    for new, more, words in ((0, False, None), (3, False, "有 3 条新报道"), (40, True, "有超过 40 条新报道")):
        told |= {"new": new, "more": more}
        with page.expect_response(lambda answer: "count=1" in answer.url):
            page.clock.run_for(31_000)
        if words:
            expect(page.locator(".news")).to_contain_text(words)
        assert page.locator(".story-title").all_inner_texts() == before
    page.locator(".news a").click()
    expect(page.locator(".news")).to_have_count(0)


def test_addresses_to_subscribe_are_those_that_answer(opens: Opens) -> None:
    page = opens("/", browsing.PHONE)
    offered = {one.get_attribute("href") for one in page.locator(".formats a").all()}
    told = {one.get_attribute("href") for one in page.locator("link[rel=alternate]").all()}
    assert offered
    assert offered <= told
    for address in sorted(filter(None, told)):
        assert page.request.get(address).status == 200, address


def test_the_language_is_switched_and_kept(opens: Opens) -> None:
    page = opens("/")
    page.locator(".languages a").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto("/calendar")
    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_subscription_is_polled_by_its_button(opens: Opens) -> None:
    page = opens("/subscriptions")
    expect(page.locator("tbody tr").first).to_be_visible()
    page.locator("tbody form button").first.click()
    expect(page).to_have_url(re.compile(r"/subscriptions\?asked="))
    expect(page.locator(".notice")).to_have_count(1)

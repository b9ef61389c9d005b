"""The pages of lists, of searches and of the calendar, as an invented backend fills them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from bs4 import BeautifulSoup

from aggregator import web
from aggregator.errors import QueryError
from aggregator.kit import querying
from aggregator.models import Found, Mentions, Offers, Query, Symbol
from aggregator.web import listpage, searchpage
from aggregator.web.language import CHINESE, ENGLISH
from tests.support import asgi, stories
from tests.support.stories import NOW, FakeBackend

OTHER = Symbol("AAPL.US", Found.PROSE, "AAPL")
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}\x00\x0b&"


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend(stories=stories.stories(), subscriptions=stories.statuses())


async def answer(backend: FakeBackend, path: str, **headers: str) -> Any:
    return await asgi.get(web.create_app(backend, clock=lambda: NOW), path, headers)


async def page(backend: FakeBackend, path: str, status: int = 200, **headers: str) -> Any:
    found = await answer(backend, path, **headers)
    assert found.status == status, found.body.decode()
    return BeautifulSoup(found.body.decode(), "html.parser")


def texts(tree: Any, selector: str) -> list[str]:
    return [" ".join(element.get_text().split()) for element in tree.select(selector)]


def links(tree: Any, selector: str) -> list[str]:
    return [element.get("href") for element in tree.select(selector)]


# ---------------------------------------------------------------------------------------------------- lists


async def test_what_a_story_has_to_do_with_leads_to_its_list(backend: FakeBackend) -> None:
    tree = await page(backend, "/")
    first, second = tree.select(".story")[:2]
    assert links(first, "a.symbol") == ["/symbol/600941.SH"]
    assert links(first, "a.category")[:1] == ["/category/%E9%87%91%E8%9E%8D"]
    assert links(second, "a.outlet")[:1] == [f"/outlet/{quote('样例时报')}"]
    assert links(tree, ".day h2 a") == ["/day/2026-11-23", "/day/2026-11-22"]


@pytest.mark.parametrize(
    ("path", "heading", "wanted"),
    [
        ("/symbol/600941.SH", "600941.SH", Query(symbols=("600941.SH",))),
        ("/symbol/sh600941", "600941.SH", Query(symbols=("600941.SH",))),
        (f"/category/{quote('金融')}", "分类：金融", Query(categories=("金融",))),
        (f"/outlet/{quote('样例/时报')}", "媒体：样例/时报", Query(outlets=("样例/时报",))),
        (
            "/?symbol=600941&feed=yaowen",
            "最新报道 · 600941.SH · 新浪财经 要闻",
            Query(symbols=("600941.SH",), feeds=("yaowen",)),
        ),
        (
            "/day/2026-11-22",
            "昨天 · 11月22日 星期日",
            Query(since=datetime(2026, 11, 21, 16, tzinfo=UTC), until=datetime(2026, 11, 22, 16, tzinfo=UTC)),
        ),
    ],
)
async def test_an_address_asks_for_what_it_names(backend: FakeBackend, path: str, heading: str, wanted: Query) -> None:
    tree = await page(backend, path, 404 if "时报" in heading else 200)
    assert texts(tree, "h1") == [heading]
    assert backend.asked[0] == wanted
    assert tree.select("link[rel=canonical]")[0].get("href").startswith(stories.SITE.base_url)


async def test_pages_lead_back_and_forth(backend: FakeBackend) -> None:
    backend.stories = [
        stories.story(number, stories.article(published=NOW - timedelta(minutes=number))) for number in range(1, 100)
    ]
    told: list[str] = []
    tree = await page(backend, "/?feed=yaowen")
    assert not tree.select(".pager [rel=prev]")
    while True:
        told += links(tree, ".story-title a")
        if not tree.select(".pager [rel=next]"):
            break
        tree = await page(backend, links(tree, ".pager [rel=next]")[0])
        assert links(tree, "head link[rel=prev]") == links(tree, ".pager [rel=prev]")
    assert len(told) == len(set(told)) == 99
    back = await page(backend, links(tree, ".pager [rel=prev]")[0])
    assert (
        links(back, ".story-title a") == told[listpage.SIZE - 1 : 2 * listpage.SIZE - 1]
        or links(back, ".story-title a") == told[listpage.SIZE : 2 * listpage.SIZE]
    )


async def test_beyond_the_end_the_way_back_is_shown(backend: FakeBackend) -> None:
    tree = await page(backend, "/?older=0-1")
    assert texts(tree, ".stream .empty") == ["到头了：这里没有更早的报道。"]
    assert links(tree, ".pager a") == ["/?newer=0-1", "/"]


async def test_filters_stay_in_the_address_and_can_be_taken_away(backend: FakeBackend) -> None:
    backend.offered = Offers(("样例商报",), ("金融",))
    tree = await page(backend, f"/symbol/600941.SH?outlet={quote('样例商报')}&feed=yaowen&after=2026-11-01&x=1")
    base = "/symbol/600941.SH"
    assert links(tree, ".chip") == [
        f"{base}?feed=yaowen&after=2026-11-01",
        f"{base}?outlet={quote('样例商报')}&after=2026-11-01",
        f"{base}?outlet={quote('样例商报')}&feed=yaowen",
    ]
    assert texts(tree, ".chip") == ["媒体 样例商报 ×", "订阅源 新浪财经 要闻 ×", "从（含） 2026-11-01 ×"]
    assert links(tree, ".clear") == [base]
    (form,) = tree.select(".filter form")
    assert (form.get("action"), form.get("method")) == (base, "get")
    hidden = [(one.get("name"), one.get("value")) for one in form.select("input[type=hidden]")]
    assert hidden == [("outlet", "样例商报"), ("feed", "yaowen")]
    assert not form.select("[name=symbol]")  # it is the page's own
    assert [one.get("value") for one in form.select("datalist option")] == ["金融", "样例商报"]
    assert "removed" not in [one.get("value") for one in form.select("option")]


async def test_a_name_that_no_story_has_is_told_as_such(backend: FakeBackend) -> None:
    backend.stories = []
    assert texts(await page(backend, "/symbol/000000.SZ", 404), ".stream .empty") == ["没有符合条件的报道。"]
    assert "去掉一个条件" in texts(await page(backend, "/symbol/000000.SZ?feed=yaowen"), ".stream .empty")[0]
    await page(backend, "/day/1999-01-01")
    await page(backend, "/")


@pytest.mark.parametrize(
    ("path", "status", "hint"),
    [
        ("/day/2026-02-30", 404, "“2026-02-30”不是日期"),
        ("/day/x", 404, "“x”不是日期"),
        ("/?older=x", 400, "翻页的位置不对"),
        ("/?after=gestern", 400, "参数 after 的值“gestern”不是日期"),
        (f"/symbol/{'9' * 300}", 404, "地址可能输错了"),
        (f"/?q={'长' * 4000}", 400, "搜索的内容太长了"),
        (f"/search?q={'a' * 10_000}", 400, "搜索的内容太长了"),
        (f"/?{'&'.join(f'outlet={n}' for n in range(50))}", 400, "参数 outlet 给得太多了"),
        ("/calendar?year=99999", 400, "“99999”不是年份"),
        ("/search?q=a&page=0", 400, "“0”不是页码"),
        ("/search?q=a&page=51", 400, "“51”不是页码"),
        ("/day?on=x", 404, "“x”不是日期"),
        ("/symbol/", 404, "地址可能输错了"),
        ("/symbol/..", 404, "地址可能输错了"),
        ("/category/%00", 404, "地址可能输错了"),
        ("/symbol", 404, "地址可能输错了"),
    ],
)
async def test_what_makes_no_sense_is_told(backend: FakeBackend, path: str, status: int, hint: str) -> None:
    assert hint in texts(await page(backend, path, status), ".lead")[0]


@pytest.mark.parametrize("path", ["/?q=", "/category/", "/outlet/", "/search?q=", "/?feed=", "/?outlet="])
async def test_hostile_words_stay_text(backend: FakeBackend, path: str) -> None:
    backend.offered = Offers((HOSTILE,), (HOSTILE,))
    backend.stories = [stories.story(1, stories.article(HOSTILE, outlet=HOSTILE, categories=(HOSTILE,)))]
    backend.subscriptions = [stories.status(HOSTILE, HOSTILE, warning=HOSTILE)]
    found = await answer(backend, path + quote(HOSTILE))
    tree = BeautifulSoup(found.body.decode(), "html.parser")
    assert not tree.select("script:not([src]), img, iframe, [onerror], [style]")
    assert "49" not in tree.get_text()
    assert "alert(1)" in tree.get_text()


async def test_more_than_one_wrong_word_is_answered_with_its_place(backend: FakeBackend) -> None:
    tree = await page(backend, f"/?q={quote('after:gestern')}", 400)
    assert texts(tree, ".notice .state") == ["这样写查不了"]
    assert texts(tree, ".notice code")[0].startswith("第 1 个字符处：")


async def test_a_list_counts_what_is_new(backend: FakeBackend) -> None:
    backend.stories = [stories.story(1)]
    tree = await page(backend, "/?feed=yaowen")
    url = tree.select("html")[0].get("data-news")
    assert tree.select("script[src^='/static/live.js']")
    assert json.loads((await answer(backend, url)).body) == {"new": 0, "more": False}
    backend.stories = [stories.story(50, stories.article(published=NOW)), *backend.stories]
    found = await answer(backend, url)
    assert json.loads(found.body) == {"new": 1, "more": False}
    assert found.headers["cache-control"] == "no-store"
    assert not (await page(backend, "/?older=1900000000000000-1")).select("[data-news]")
    assert json.loads((await answer(backend, "/?count=1")).body)["new"] == 0


# ------------------------------------------------------------------------------------------- instruments and days


async def test_an_instrument_shows_its_mentions_and_its_company(backend: FakeBackend) -> None:
    backend.told = Mentions(
        "中国移动",
        {date(2026, 11, 23): 4, date(2026, 11, 1): 1, date(2026, 1, 2): 2, date(2020, 1, 1): 9},
        (("600050.SH", "样例联通", 12), ("AAPL.US", None, 1)),
        20,
    )
    tree = await page(backend, "/symbol/600941.SH")
    assert texts(tree, "h1") == ["中国移动 600941.SH"]
    (svg,) = tree.select("svg")
    assert svg.get("aria-label") == "近一年共 7 条报道，最多的一天 11月23日 有 4 条。"
    bars = [(int(one.get("x")), float(one.get("y")), float(one.get("height"))) for one in svg.select("rect")]
    assert [bar[1] + bar[2] for bar in bars] == [60, 60, 60]
    assert bars[-1] == (363, 0, 60)
    assert bars[1] == (341, 45, 15)
    assert texts(tree, ".company li") == ["样例联通 600050.SH 12 次", "AAPL.US 1 次"]
    assert links(tree, ".company a") == ["/symbol/600050.SH", "/symbol/AAPL.US"]


async def test_an_instrument_of_old_news_has_no_chart(backend: FakeBackend) -> None:
    backend.told = Mentions(None, {date(2020, 1, 1): 9}, (), 1)
    tree = await page(backend, "/symbol/600941.SH")
    assert not tree.select("svg, .company")
    assert texts(tree, ".chart .about") == ["近一年没有报道。"]


async def test_a_day_shows_its_month_and_its_neighbours(backend: FakeBackend) -> None:
    tree = await page(backend, "/day/2026-11-22")
    assert links(tree, ".lead-in .pager a") == ["/day/2026-11-21", "/day/2026-11-23"]
    assert links(await page(backend, "/day/2026-11-23"), ".lead-in .pager a") == ["/day/2026-11-22"]
    assert texts(tree, ".month caption") == ["2026年11月"]
    assert texts(tree, ".month [aria-current]") == ["22"]
    assert links(tree, ".month a") == ["/day/2026-11-22", "/day/2026-11-23"]
    assert len(tree.select(".month tbody td")) == 42
    assert texts(tree, ".month tbody tr:nth-of-type(1) td") == ["", "", "", "", "", "", "1"]  # a Sunday


async def test_a_year_is_a_calendar(backend: FakeBackend) -> None:
    tree = await page(backend, "/calendar")
    assert texts(tree, "h1") == ["2026 年的存档"]
    assert texts(tree, ".month caption") == [f"{number}月" for number in range(11, 0, -1)]
    assert links(tree, ".month a") == ["/day/2026-11-22", "/day/2026-11-23"]
    assert [one.get("class") for one in tree.select(".month a")] == [["heat-2"], ["heat-4"]]
    assert tree.select(".month a")[1].get("aria-label") == "11月23日 5 条报道"
    assert links(tree, ".pager a") == ["/calendar?year=2025"]
    assert links(await page(backend, "/calendar?year=2025"), ".pager a") == [
        "/calendar?year=2024",
        "/calendar?year=2026",
    ]
    english = await page(backend, "/calendar?lang=en")
    assert texts(english, ".month caption")[0] == "Nov"
    assert links(english, ".month a")[0] == "/day/2026-11-22?lang=en"


@pytest.mark.parametrize(
    ("asked", "led"), [("?on=2026-11-01", "/day/2026-11-01"), ("", "/calendar"), ("?on=", "/calendar")]
)
async def test_a_form_leads_to_a_day(backend: FakeBackend, asked: str, led: str) -> None:
    found = await answer(backend, f"/day{asked}")
    assert (found.status, found.headers["location"]) == (303, led)


# -------------------------------------------------------------------------------------------------- searches


async def test_a_search_without_words_shows_how(backend: FakeBackend) -> None:
    tree = await page(backend, "/search")
    assert backend.asked == []
    assert not tree.select(".story, .orders, .count")
    assert "-退市" in texts(tree, ".grammar code")


async def test_a_search_tells_the_best_in_pages(backend: FakeBackend) -> None:
    backend.stories = [stories.story(number, stories.article("央行降准")) for number in range(1, 46)]
    tree = await page(backend, f"/search?q={quote('央行 降准')}")
    assert tree.select("header [name=q]")[0].get("value") == "央行 降准"
    assert texts(tree, "h1, .about") == ["搜索：央行 降准", "找到 45 条报道"]
    assert len(tree.select(".story")) == searchpage.RESULTS
    here = f"/search?q={quote('央行 降准')}"
    assert links(tree, ".pager a") == [f"{here}&page=2"]
    assert links(tree, ".orders a") == [f"{here}&order=newest"]
    last = await page(backend, f"{here}&page=3")
    assert len(last.select(".story")) == 5
    assert links(last, ".pager a") == [f"{here}&page=2", here]
    beyond = await page(backend, f"{here}&page=9")
    assert texts(beyond, ".stream .empty")[0].startswith("到头了")
    assert links(beyond, ".pager a") == [f"{here}&page=3", here]
    backend.many = True
    assert texts(await page(backend, here), ".about") == ["找到超过 45 条报道"]


async def test_what_was_found_is_marked(backend: FakeBackend) -> None:
    backend.stories = [stories.story(1, stories.article("A<B 央行降准", text="今日，央行<i>宣布。"))]
    for order in ("", "&order=newest"):
        tree = await page(backend, f"/search?q={quote('央行')}{order}")
        assert texts(tree, ".story-title mark, .snippet mark") == ["央行", "央行"]
        assert texts(tree, ".story-title, .snippet") == ["A<B 央行降准", "今日，央行<i>宣布。"]
        assert tree.select(".origin")[0].get("aria-label") == "原文：A<B 央行降准"
    assert not (await page(backend, "/search?symbol=600941")).select("mark, .snippet")


async def test_a_search_can_be_sorted_by_time(backend: FakeBackend) -> None:
    backend.stories = [
        stories.story(number, stories.article("a", published=NOW - timedelta(minutes=number)))
        for number in range(1, 60)
    ]
    tree = await page(backend, "/search?q=a&order=newest")
    (older,) = links(tree, ".pager a")
    assert older.endswith("&order=newest")
    assert len((await page(backend, older)).select(".story")) == 59 - listpage.SIZE
    assert texts(tree, ".orders [aria-current]") == ["时间"]
    # Filters alone have nothing to rank by.
    assert not (await page(backend, "/search?symbol=600941")).select(".orders")


async def test_a_search_that_cannot_be_read_says_where(backend: FakeBackend) -> None:
    tree = await page(backend, f"/search?q={quote('降准 after:gestern')}", 400)
    assert "第 4 个字符处：" in texts(tree, "[role=alert]")[0]
    assert tree.select("header [name=q]")[0].get("value") == "降准 after:gestern"
    assert not tree.select(".story")


async def test_a_backend_that_refuses_a_search_is_no_failure_of_ours(
    backend: FakeBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: object) -> None:
        raise QueryError("many", 2, "too much", "ask for less", most=50)

    monkeypatch.setattr(backend, "found", refuses)
    told = texts(await page(backend, "/search?q=a", 400), "[role=alert]")[0]
    assert "词语超过 50 个" in told
    assert "请删去一些" in told
    told = texts(await page(backend, "/search?q=a&lang=en", 400), "[role=alert]")[0]
    assert "At character 3: it has more than 50 words" in told


@pytest.mark.parametrize("typed", ["a " * 60, "title:", "titel:x", "-after:x"])
async def test_what_is_wrong_with_a_search_is_told_in_the_language_of_the_page(
    backend: FakeBackend, typed: str
) -> None:
    for language, other in (("zh", CHINESE), ("en", ENGLISH)):
        with pytest.raises(QueryError) as caught:
            querying.parse(typed)
        said = texts(await page(backend, f"/search?q={quote(typed)}&lang={language}", 400), "[role=alert]")[0]
        assert other(f"query.{caught.value.kind}.mend", **caught.value.values) in said


async def test_the_language_goes_along(backend: FakeBackend) -> None:
    tree = await page(backend, "/search?q=%E6%A0%B7%E4%BE%8B&lang=en")
    assert texts(tree, ".about") == ["4 stories found"]
    assert tree.select("header input[name=lang]")[0].get("value") == "en"
    assert all("lang=en" in address for address in links(tree, ".story-title a, .orders a"))

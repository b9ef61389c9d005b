from __future__ import annotations

import gzip
import re
from importlib import resources
from itertools import pairwise, product
from typing import Any

import pytest
from bs4 import BeautifulSoup
from starlette.types import ASGIApp

from aggregator import web
from aggregator.errors import StoreBusy
from aggregator.kit import looks
from aggregator.models import Output, Site
from aggregator.web import links, listpage
from tests.support import asgi, stories
from tests.support.stories import NOW, FakeBackend


def application(backend: FakeBackend) -> ASGIApp:
    return web.create_app(backend, clock=lambda: NOW)


async def page(backend: FakeBackend, path: str = "/", status: int = 200) -> Any:
    answer = await asgi.get(application(backend), path)
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return BeautifulSoup(answer.body.decode(), "html.parser")


@pytest.fixture
def backend() -> FakeBackend:
    return FakeBackend(stories=stories.stories(), subscriptions=stories.statuses())


def texts(tree: Any, selector: str) -> list[str]:
    return [" ".join(element.get_text().split()) for element in tree.select(selector)]


async def test_index_has_autodiscovery_for_every_output_and_format(backend: FakeBackend) -> None:
    backend.configured = [stories.OUTPUT, Output("bank", "银行", formats=("atom",))]
    tree = await page(backend)
    found = [(link.get("type"), link.get("href")) for link in tree.select("head link[rel=alternate]")]
    base = stories.SITE.base_url
    outputs = [
        ("application/rss+xml", f"{base}/feeds/all.rss"),
        ("application/atom+xml", f"{base}/feeds/all.atom"),
        ("application/feed+json", f"{base}/feeds/all.json"),
        ("application/atom+xml", f"{base}/feeds/bank.atom"),
    ]
    lists = [
        ("application/rss+xml", f"{base}/latest.rss"),
        ("application/atom+xml", f"{base}/latest.atom"),
        ("application/feed+json", f"{base}/latest.json"),
    ]
    assert found == outputs + lists
    assert [link.get("href") for link in tree.select(".formats a")] == [href for _, href in lists + outputs]
    assert texts(tree, ".outputs .output-title") == ["全部报道", "银行"]


async def test_index_shows_the_latest_stories_under_their_days(backend: FakeBackend) -> None:
    tree = await page(backend)
    assert texts(tree, ".day h2") == ["今天 · 11月23日 星期一", "昨天 · 11月22日 星期日"]
    titles = texts(tree, ".story-title")
    assert titles[0] == "样例股份前三季度营收增长8.3%"
    assert titles[3] == "国务院发布《<条例>》解读 & A<B"
    first, second = tree.select(".story")[:2]
    assert first.select(".story-title a")[0].get("href") == links.story(stories.uid(1))
    assert first.select(".origin")[0].get("href") == "https://finance.example.com/a/2026-11-23/doc-1.shtml"
    assert texts(second, ".outlet") == ["样例时报", "样例网", "样例晚报"]
    assert [(one.get("href"), one.get_text()) for one in second.select(".count")] == [
        (f"{links.story(stories.uid(2))}#carried", "3 家媒体")
    ]
    assert not first.select(".count")
    assert [one.get_text() for one in first.select(".symbol")] == ["中国移动 600941.SH"]
    assert texts(first, ".category")[:1] == ["金融"]
    assert texts(first, ".story-time") == ["19:24"]
    assert texts(first, ".story-about time") == ["30 分钟前"]


async def test_index_shows_every_subscription_in_words(backend: FakeBackend) -> None:
    tree = await page(backend)
    rows = {row.select(".name")[0].get_text(): row for row in tree.select("tbody tr")}
    assert len(rows) == 7

    def cells(name: str) -> list[str]:
        return texts(rows[name], "td")

    assert cells("新浪财经 要闻") == ["正常", "19:53 刚刚", "19:42 12 分钟前", "19:56 2 分钟后", "1,234"]
    assert cells("样例网 金融（RSSHub）")[0] == (
        "连续失败 3 次 https://rsshub.example.com/sample/finance: answered 503（始于 14:54）"
    )
    assert cells("刚加入的订阅") == ["等待首次抓取", "从未", "从未", "即将", "0"]
    assert cells("已移除的订阅")[3] == "不再抓取"
    assert cells("旧博客")[3] == "不再抓取"
    assert texts(tree, ".pulse") == ["6 个订阅源 2 个正常 1 个需留意 2 个失败 1 个等待首次抓取 最近抓取：刚刚"]


async def test_an_empty_daemon_says_what_comes_next() -> None:
    tree = await page(FakeBackend(configured=[]))
    assert len(tree.select(".empty")) == 3


async def test_a_refused_config_and_a_dead_network_are_told_on_top(backend: FakeBackend) -> None:
    assert not (await page(backend)).select("[role=status]")
    backend.facts |= {"config_problem": "config/feeds.toml:3: feed[1].url: <b>; mend it\nmore", "network": "down"}
    tree = await page(backend)
    (told,) = tree.select("[role=status]")
    assert texts(told, "code") == ["config/feeds.toml:3: feed[1].url: <b>; mend it"]
    refused, down = texts(told, "p")
    assert "没有采用，仍按先前的配置运行" in refused
    assert down.startswith("网络不通")


async def test_a_page_shows_a_bounded_number(backend: FakeBackend) -> None:
    backend.stories = [stories.story(number) for number in range(90)]
    assert len((await page(backend)).select(".story")) == listpage.SIZE


async def test_the_page_is_accessible_in_its_structure(backend: FakeBackend) -> None:
    tree = await page(backend)
    assert tree.select("html")[0].get("lang") == "zh-CN"
    levels = [int(element.name[1]) for element in tree.select("h1, h2, h3, h4")]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert tree.select("a.skip")[0].get("href") == "#main"
    assert len(tree.select("main#main")) == 1
    ids = [element.get("id") for element in tree.select("[id]")]
    assert len(ids) == len(set(ids))
    for section in tree.select("[aria-labelledby]"):
        assert section.get("aria-labelledby") in ids
    for anchor in tree.select("a[href^='#']"):
        assert anchor.get("href")[1:] in ids
    assert {cell.get("scope") for cell in tree.select("thead th")} == {"col"}
    assert {cell.get("scope") for cell in tree.select("tbody th")} == {"row"}
    for state in tree.select(".state"):  # never colour alone
        assert state.get_text().strip()


async def test_the_page_needs_no_script_and_nothing_from_elsewhere(backend: FakeBackend) -> None:
    tree = await page(backend)
    assert not tree.select("iframe, img, style, [style], base")
    assert {one.get("method") for one in tree.select("form")} == {"get", "dialog"}
    assert all(one.get("src").startswith("/static/") and not one.get_text() for one in tree.select("script"))
    assert not [name for element in tree.find_all() for name in element.attrs if name.startswith("on")]
    loaded = [link.get("href") for link in tree.select("link[rel=stylesheet], link[rel=icon]")]
    assert len(loaded) == 2
    assert all(address.startswith("/static/") for address in loaded)
    own = resources.files("aggregator.web").joinpath("static", "style.css").read_text("utf-8")
    for source in (looks.base(), own, looks.icon()):
        assert not re.search(r"@import|url\(|javascript|<script", source)


HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}\x00\x0b&"


async def test_text_from_feeds_and_config_stays_text(backend: FakeBackend) -> None:
    clean = await page(backend)
    backend.site = Site("http://127.0.0.1:8321", HOSTILE)
    backend.configured = [Output("all", HOSTILE, HOSTILE)]
    backend.stories = [stories.hostile(HOSTILE)]
    backend.subscriptions = [
        stories.status("x", HOSTILE, url="javascript:alert(1)", problem=HOSTILE, failures=1, warning=HOSTILE)
    ]
    tree = await page(backend)
    assert not tree.select("script:not([src^='/static/']), img, iframe")
    assert not tree.select("[onerror]")
    assert all(link.get("href").startswith(("http", "#", "/")) for link in tree.select("a[href]"))
    assert {element.name for element in tree.find_all()} <= {element.name for element in clean.find_all()}
    assert "49" not in texts(tree, ".story-title")[0]


async def test_addresses_that_are_not_http_are_no_links(backend: FakeBackend) -> None:
    backend.stories = [stories.story(1, stories.article(url="javascript:alert(1)"))]
    tree = await page(backend)
    assert {one.get("href")[:1] for one in tree.select(".story a")} == {"/"}


async def test_security_headers_and_no_caching(backend: FakeBackend) -> None:
    for path, status in (("/", 200), ("/nothing", 404)):
        answer = await asgi.get(application(backend), path)
        assert answer.status == status
        policy = dict(part.strip().split(" ", 1) for part in answer.headers["content-security-policy"].split(";"))
        assert policy == {
            "default-src": "'none'",
            "script-src": "'self'",
            "style-src": "'self'",
            "img-src": "'self'",
            "connect-src": "'self'",
            "base-uri": "'none'",
            "form-action": "'self'",
            "frame-ancestors": "'none'",
        }
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-cache"


async def test_pages_are_compressed_for_who_takes_it(backend: FakeBackend) -> None:
    answer = await asgi.get(application(backend), "/", {"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "财经聚合" in gzip.decompress(answer.body).decode()


async def test_links_come_from_base_url_whatever_host_is_asked(backend: FakeBackend) -> None:
    backend.site = Site("https://news.example.org/cj/")
    app = application(backend)
    for path in ("/", "/nothing", "/feeds/none.rss", "/feeds", "/static/"):
        headers = {"host": "evil.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
        answer = await asgi.get(app, path, headers)
        assert b"evil" not in answer.body
        assert not any("evil" in value for value in answer.headers.values())
        assert b"https://news.example.org/cj/feeds/all.rss" in answer.body
        assert b'"/cj/static/style.css' in answer.body


async def test_error_pages_help(backend: FakeBackend) -> None:
    tree = await page(backend, "/no/such/page", 404)
    assert texts(tree, "h1") == ["没有这个页面"]
    assert tree.select(".formats a")[0].get("href").endswith("/feeds/all.rss")
    backend.problem = StoreBusy("locked")
    answer = await asgi.get(application(backend), "/")
    assert (answer.status, answer.headers["retry-after"]) == (503, "10")
    assert "locked" not in answer.body.decode()


async def test_a_bug_gives_a_page_and_is_raised_for_the_log(backend: FakeBackend) -> None:
    backend.problem = RuntimeError("secret detail")
    answer = await asgi.get(application(backend), "/", expect_raise=RuntimeError)
    assert answer.status == 500
    assert "secret" not in answer.body.decode()
    assert "服务器出错了" in answer.body.decode()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/feeds/all.rss", "/healthz", "/static/style.css"])
async def test_other_methods_are_refused(backend: FakeBackend, method: str, path: str) -> None:
    answer = await asgi.get(application(backend), path, method=method)
    assert answer.status == 405
    assert sorted(answer.headers["allow"].split(", ")) == ["GET", "HEAD"]


# -------------------------------------------------------------------------------------------------- colours


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1])
def test_text_colours_have_aa_contrast(scheme: int) -> None:
    """WCAG 2.2 §1.4.3: 4.5:1 for text, in the light and in the dark scheme."""
    source = looks.base()
    colours = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", re.findall(r":root \{([^}]*)\}", source)[scheme]))
    pairs = product(("ink", "soft", "accent", "ok", "warn", "fail", "off"), ("paper", "card"))
    for text, ground in (*pairs, ("ink", "tint"), ("soft", "tint"), ("paper", "accent"), ("paper", "ink")):
        light, dark = sorted((_luminance(colours[text]), _luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, ground)

from __future__ import annotations

from datetime import timedelta

import pytest

from aggregator.errors import ConfigError
from aggregator.fetch import address

ROLL = "https://feed.mix.sina.com.cn/api/roll/get?pageid=384&lid=2519&k=&num=50&page=1"
LIVE = "https://zhibo.sina.com.cn/api/zhibo/feed?page=1&page_size=50&zhibo_id=152&tag_id=0&dire=f&dpc=1"
HUBS = ("http://localhost:1200", "https://hub.test/")


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("sina:roll/384/2519", (ROLL,)),
        (" sina:roll/384/2519 ", (ROLL,)),
        ("sina:live/152", (LIVE,)),
        ("https://news.test/feed?a=1#b", ("https://news.test/feed?a=1#b",)),
        ("HTTP://news.test", ("HTTP://news.test",)),
        ("rsshub:/sina/finance", ("http://localhost:1200/sina/finance", "https://hub.test/sina/finance")),
        ("rsshub:sina/finance", ("http://localhost:1200/sina/finance", "https://hub.test/sina/finance")),
        ("rsshub://sina/finance", ("http://localhost:1200/sina/finance", "https://hub.test/sina/finance")),
        ("rsshub:/a?limit=5&x=%2f", ("http://localhost:1200/a?limit=5&x=%2f", "https://hub.test/a?limit=5&x=%2f")),
        ("rsshub:/a#b", ("http://localhost:1200/a", "https://hub.test/a")),
    ],
)
def test_candidates(url: str, asked: tuple[str, ...]) -> None:
    assert address.candidates(url, HUBS) == asked


def test_other_bases_serve_the_demo() -> None:
    bases = {"sina_roll": "http://127.0.0.1:9/api/roll/get", "sina_live": "http://127.0.0.1:9/api/zhibo/feed"}
    assert address.candidates("sina:roll/1/2", **bases)[0].startswith("http://127.0.0.1:9/api/roll/get?pageid=1&lid=2&")
    assert address.candidates("sina:live/3", **bases)[0].startswith("http://127.0.0.1:9/api/zhibo/feed?page=1&")


def test_instances_may_sit_below_a_path_and_carry_a_key() -> None:
    assert address.candidates(
        "rsshub:/a?limit=5", ["https://own.test/hub/?key=k1", "https://own.test/hub/?key=k1"]
    ) == ("https://own.test/hub/a?limit=5&key=k1",)


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("", "https://…"),
        ("news.test/feed.xml", "write https://news.test/feed.xml"),
        ("ftp://news.test/", "write https://…"),
        ("http://", "write https://…"),
        ("sina:roll", "sina:roll/384/2519"),
        ("sina:roll/384", "sina:roll/384/2519"),
        ("sina:roll/384/2519/", "sina:roll/384/2519"),
        ("sina:roll/a/b", "sina:roll/384/2519"),
        ("sina:roll/３８４/2519", "sina:roll/384/2519"),
        ("sina:live/", "sina:live/152"),
        ("sina:finance", "sina:live/152"),
        ("rsshub:", "rsshub:/sina/finance/rollnews"),
        ("rsshub:/", "rsshub:/sina/finance/rollnews"),
        ("rsshub:/a b", "rsshub:/sina/finance/rollnews"),
        ("SINA:roll/384/2519", "write https://…"),
    ],
)
def test_mistakes_say_how_to_mend_them(url: str, mend: str) -> None:
    with pytest.raises(ConfigError) as caught:
        address.candidates(url, HUBS)
    assert mend in str(caught.value)
    assert repr(url) in str(caught.value)


def test_rsshub_needs_an_instance_that_is_an_address() -> None:
    with pytest.raises(ConfigError, match="instance"):
        address.candidates("rsshub:/a", [])
    with pytest.raises(ConfigError, match=r"rsshub\.example\.org"):
        address.candidates("rsshub:/a", ["hub.test"])


@pytest.mark.parametrize(
    ("url", "kind", "interval"),
    [
        ("sina:roll/384/2519", "sina-roll", 90),
        ("sina:live/152", "sina-live", 20),
        ("rsshub:/a", "rsshub", None),
        ("https://news.test/", "web", None),
        (ROLL, "sina-roll", 90),
        (LIVE, "sina-live", 20),
        ("http://feed.sina.com.cn/api/roll/get?pageid=1&lid=2", "sina-roll", 90),
        ("https://feed.mix.sina.com.cn/other", "web", None),
        ("https://finance.sina.com.cn/roll/c/56592.shtml", "web", None),
    ],
)
def test_kind_and_interval(url: str, kind: str, interval: int | None) -> None:
    assert address.kind(url) == kind
    assert address.default_interval(url) == (timedelta(seconds=interval) if interval else None)


@pytest.mark.parametrize(
    ("url", "sina"),
    [
        ("sina:roll/384/2519", True),
        (ROLL, True),
        ("https://finance.sina.cn/detail.html", True),
        ("https://notsinaimg.cn/picture.png", False),
        ("https://sina.com.cn.evil.test/", False),
        ("https://notsina.cn/", False),
        ("https://news.test/?u=finance.sina.com.cn", False),
        ("rsshub:/sina/finance", False),
        ("", False),
    ],
)
def test_only_sina_hosts_get_special_manners(url: str, sina: bool) -> None:
    assert address.headers(url).keys() == ({"User-Agent", "Referer"} if sina else set())
    assert address.host_spacing(url) == (timedelta(seconds=1) if sina else None)


def test_picture_hosts_of_sina_are_asked_slowly_and_told_nothing() -> None:
    assert address.headers("https://n.sinaimg.cn/picture.png") == {}
    assert address.host_spacing("https://n.sinaimg.cn/picture.png") == timedelta(seconds=1)


def test_headers_are_the_callers_own_copy() -> None:
    address.headers(ROLL)["User-Agent"] = "changed"
    assert address.headers(ROLL)["User-Agent"].startswith("Mozilla/")

"""What config may write as an address: `sina:roll/384/2519`, `sina:live/152`, `rsshub:/route?query`, http(s)://….

In: the address of a subscription. Out: the URLs to try, in order, and how such an address is asked: rhythm, headers,
spacing. Pure. Called by pipeline.update, schedule.policy and config; fetch.http takes headers and spacing from here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Literal
from urllib.parse import urlsplit

from aggregator.errors import ConfigError
from aggregator.kit import urls

Kind = Literal["sina-roll", "sina-live", "rsshub", "web"]

#: Sina's list API, newest articles of a channel; `pageid` and `lid` must be a registered pair.
SINA_ROLL = "https://feed.mix.sina.com.cn/api/roll/get"
#: Sina's 7x24 flash news API.
SINA_LIVE = "https://zhibo.sina.com.cn/api/zhibo/feed"

#: Rows a list request asks for: the roll API cuts anything above 50 to 50.
ROWS = 50

_INTERVALS = {"sina-roll": timedelta(seconds=90), "sina-live": timedelta(seconds=20)}
_SINA_SPACING = timedelta(seconds=1)
#: Sina answers 403 to some requests without these two.
_SINA_HEADERS = {
    "User-Agent": (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 "
        "Safari/537.36"
    ),
    "Referer": "https://finance.sina.com.cn/",
}

_ROLL = re.compile(r"sina:roll/(\d{1,6})/(\d{1,6})", re.ASCII)
_LIVE = re.compile(r"sina:live/(\d{1,6})", re.ASCII)
_RSSHUB = re.compile(r"rsshub:/*(?P<route>[^/?#\s][^?#\s]*)(?:\?(?P<query>[^#\s]*))?(?:#\S*)?")
_WEB = re.compile(r"https?://[^/?#\s]+", re.IGNORECASE)


def candidates(
    url: str, instances: Sequence[str] = (), *, sina_roll: str = SINA_ROLL, sina_live: str = SINA_LIVE
) -> tuple[str, ...]:
    """The URLs that serve this address, best first.

    `instances` are base addresses of RSSHub, in order of trust; an access key may stand in their query. `sina_roll` and
    `sina_live` replace the APIs' own addresses. Raises ConfigError with what to write instead.
    """
    text = url.strip()
    if roll := _ROLL.fullmatch(text):
        return (f"{sina_roll}?pageid={int(roll[1])}&lid={int(roll[2])}&k=&num={ROWS}&page=1",)
    if live := _LIVE.fullmatch(text):
        return (f"{sina_live}?page=1&page_size={ROWS}&zhibo_id={int(live[1])}&tag_id=0&dire=f&dpc=1",)
    if route := _RSSHUB.fullmatch(text):
        if not instances:
            raise ConfigError(f"{url!r} needs an RSSHub instance; list one under [rsshub] instances")
        return tuple(dict.fromkeys(_on_instance(base, route["route"], route["query"]) for base in instances))
    if _WEB.match(text):
        return (text,)
    raise ConfigError(f"{url!r} is no address that can be followed; {_mend(text)}")


def kind(url: str) -> Kind:
    """What sort of address it is; the Sina APIs are known by their own addresses too."""
    scheme, _, rest = url.strip().partition(":")
    if scheme == "rsshub":
        return "rsshub"
    if scheme == "sina":
        return "sina-live" if rest.startswith("live/") else "sina-roll"
    place = url.strip().partition("?")[0].partition("://")[2].lower()
    if place == SINA_LIVE.partition("://")[2]:
        return "sina-live"
    if place in (SINA_ROLL.partition("://")[2], "feed.sina.com.cn/api/roll/get"):
        return "sina-roll"
    return "web"


def default_interval(url: str) -> timedelta | None:
    """How often such an address may be polled when the operator does not say; None: the general default holds."""
    return _INTERVALS.get(kind(url))


def headers(url: str) -> dict[str, str]:
    """Request headers without which the host refuses to answer; none for hosts other than Sina's."""
    return dict(_SINA_HEADERS) if _is_sina(url) else {}


def host_spacing(url: str) -> timedelta | None:
    """Least time between two requests to this host; None: the general limit holds."""
    return _SINA_SPACING if _is_sina(url) or is_sina_picture(url) else None


def is_sina_picture(url: str) -> bool:
    """Whether it is on a host that serves Sina's pictures."""
    return f".{urls.host(url)}".endswith(".sinaimg.cn")


def _is_sina(url: str) -> bool:
    return url.strip().startswith("sina:") or urls.is_sina(urls.host(url))


def _on_instance(base: str, route: str, query: str | None) -> str:
    parts = urlsplit(base.strip())
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ConfigError(f"{base!r} is no RSSHub instance; write it like https://rsshub.example.org")
    both = "&".join(text for text in (query, parts.query) if text)
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}/{route}" + (f"?{both}" if both else "")


def _mend(text: str) -> str:
    if text.startswith("sina:roll"):
        return "write the two numbers of a channel, like sina:roll/384/2519"
    if text.startswith("sina:live"):
        return "write the number of a live room, like sina:live/152"
    if text.startswith("sina:"):
        return "write sina:roll/384/2519 or sina:live/152"
    if text.startswith("rsshub:"):
        return "write a route, like rsshub:/sina/finance/rollnews"
    if "://" not in text and re.match(r"[\w.-]+\.\w{2,}(/|$)", text):
        return f"write https://{text}"
    return "write https://…, sina:roll/…, sina:live/… or rsshub:/…"

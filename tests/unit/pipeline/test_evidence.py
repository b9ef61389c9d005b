from __future__ import annotations

import pytest

from aggregator.errors import AggregatorError, BadStatus, ExtractError, PageGone, RefusedAddress, TimedOut, Unreachable
from aggregator.models import Sight
from aggregator.pipeline import evidence
from tests.support import sites
from tests.support.writes import NOW

URL = "https://news.example/1"


@pytest.mark.parametrize(
    ("error", "sight"),
    [
        (BadStatus(URL, 404), Sight.ABSENT),
        (BadStatus(URL, 410), Sight.ABSENT),
        (PageGone(f"{URL}: gone"), Sight.ABSENT),
        (BadStatus(URL, 404, asked=False), Sight.FAILED),
        (BadStatus(URL, 403), Sight.FAILED),
        (BadStatus(URL, 429), Sight.FAILED),
        (BadStatus(URL, 500), Sight.FAILED),
        (BadStatus(URL, 503), Sight.FAILED),
        (BadStatus(URL, 451), Sight.FAILED),
        (TimedOut(URL, "took longer than 30 s"), Sight.FAILED),
        (Unreachable(URL, "cannot connect"), Sight.FAILED),
        (RefusedAddress(URL, "is private"), Sight.FAILED),
        (ExtractError(f"{URL}: no article text found"), Sight.FAILED),
    ],
    ids=str,
)
def test_what_is_evidence(error: AggregatorError, sight: Sight) -> None:
    seen = evidence.of(1, error, NOW)
    assert (seen.sight, seen.words) == (sight, str(error))


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<p>您访问的页面不存在或已删除</p>", PageGone),
        ("<title>页面没有找到</title><p>5秒钟之后将会带您进入新浪首页!</p>", PageGone),
        ("<p>此文章已被删除</p>", PageGone),
        ("<title>安全验证</title><p>请输入验证码</p>", ExtractError),
        ("<p>访问过于频繁，请稍后再试</p>", ExtractError),
        ("<p></p>", ExtractError),
    ],
)
def test_a_notice_is_told_from_a_refusal(body: str, kind: type[Exception]) -> None:
    with pytest.raises(ExtractError) as told:
        sites.extracted(f"<html><body>{body}</body></html>")
    assert type(told.value) is kind

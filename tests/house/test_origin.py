"""The stand-in origin keeps the promises that other tests build on."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.support.origin.client import Origin

_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _get(url: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with _DIRECT.open(request, timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read()


def _roll(origin: Origin, query: str) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(_get(f"{origin.url}/api/roll/get?{query}")[2])["result"]
    return result


def test_lists_overlap_and_know_their_pairs(fresh_origin: Origin) -> None:
    first, second = (
        _roll(fresh_origin, pair)["data"] for pair in ("pageid=384&lid=2519&num=50", "pageid=153&lid=2516&num=50")
    )
    ids = {row["docid"] for row in first}
    assert ids > {row["docid"] for row in second} > set()
    assert all(re.fullmatch(r"comos:[a-z]{7}\d{7}|slide:[\d-]+", one) for one in ids)
    assert _roll(fresh_origin, "pageid=153&lid=1686")["status"]["code"] == 11


def test_articles_are_the_same_after_a_reset_and_new_ones_come_on_demand(fresh_origin: Origin) -> None:
    before = fresh_origin.truth()
    fresh_origin.publish(2)
    assert len(fresh_origin.truth()) == len(before) + 2
    fresh_origin.reset()
    assert [one["title"] for one in fresh_origin.truth()] == [one["title"] for one in before]


def test_an_edit_shows_in_list_and_page(fresh_origin: Origin) -> None:
    target = next(one for one in fresh_origin.truth() if one["kind"] == "desktop")
    edited = fresh_origin.edit(target["docid"])
    row = next(
        row
        for row in _roll(fresh_origin, "pageid=384&lid=2519&num=50")["data"]
        if row["docid"].endswith(edited["docid"])
    )
    assert int(row["mtime"]) > int(row["ctime"])
    assert edited["paragraphs"][-1] in _get(edited["url"])[2].decode()


def test_every_page_of_every_kind_is_there(fresh_origin: Origin) -> None:
    truth = fresh_origin.truth()
    assert {one["kind"] for one in truth} == {"desktop", "video", "slide"}
    addresses = [one[key] for one in truth for key in ("url", "mobile_url", "wire_url", "image") if one[key]]
    addresses += re.findall(r"<link>(http[^<]+\.shtml)</link>", _get(f"{fresh_origin.url}/thin.xml")[2].decode())
    assert [url for url in addresses if _get(url)[0] != 200] == []
    assert any(re.search(r"/china/\d{8}/\d{12}\.shtml", url) for url in addresses)


@pytest.mark.parametrize("path", ["/rss.xml", "/atom.xml", "/feed.json", "/thin.xml", "/rsshub/sina/finance/china"])
def test_feeds_answer_conditional_requests(fresh_origin: Origin, path: str) -> None:
    url = fresh_origin.url + path
    status, headers, body = _get(url)
    assert (status, bool(body)) == (200, True)
    assert _get(url, **{"If-None-Match": headers["ETag"]})[0] == 304
    assert _get(url, **{"If-Modified-Since": headers["Last-Modified"]})[0] == 304
    assert _get(url, **{"If-None-Match": '"other"', "If-Modified-Since": headers["Last-Modified"]})[0] == 200


def test_requests_are_logged_and_faults_end(fresh_origin: Origin) -> None:
    fresh_origin.fault("/rss.xml", status=503, headers={"Retry-After": "7"}, body="later", times=1)
    answers = [_get(f"{fresh_origin.url}/rss.xml", **{"X-Asked-By": "test"}) for _ in range(2)]
    assert [one[0] for one in answers] == [503, 200]
    assert answers[0][1]["Retry-After"] == "7"
    seen = fresh_origin.log("/rss.xml")
    assert [one["status"] for one in seen] == [503, 200]
    assert seen[0]["headers"]["x-asked-by"] == "test"


def test_a_withdrawn_flash_is_marked(fresh_origin: Origin) -> None:
    gone = fresh_origin.withdraw()
    rows = json.loads(_get(f"{fresh_origin.url}/api/zhibo/feed?zhibo_id=152&page_size=50")[2])["result"]["data"][
        "feed"
    ]["list"]
    assert [row["id"] for row in rows if row["is_delete"]] == [gone["id"]]

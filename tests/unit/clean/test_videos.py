"""clean.videos: players leave, what they show is kept."""

from __future__ import annotations

import json

import pytest

from aggregator.models import Video
from tests.support.sites import cleaned

PLAYER = """<div class="artical-player-wrap" style="display:block;"><div id="J_Player">视频加载中，请稍候...</div>
<label class="fl"><input type="checkbox" checked> 自动播放</label>
<div class="J_Play_Item" play-data="100200300-1-1"><a href="javascript:;">
<img src="//p1.ivideo.sina.com.cn/p.jpg">play</a></div>
<a href="javascript:;">向前</a><a href="javascript:;">向后</a></div>"""


def listed(**row: object) -> str:
    return f"<!--mce-plugin-videoList2[{json.dumps({'videos': [row]})}]mce-plugin-videoList2-->"


PAGE = "http://video.sina.com.cn/view/100200300.html"
VIDEO = Video("100200300", "https://video.sina.com.cn/view/100200300.html", "https://p1.ivideo.sina.com.cn/p.jpg")


@pytest.mark.parametrize(
    "html",
    [
        PLAYER,
        PLAYER + listed(videoid="100200300", vmsURL=PAGE, img="//p1.ivideo.sina.com.cn/p.jpg"),
        listed(videoid=100200300, img="http://p1.ivideo.sina.com.cn/p.jpg"),
    ],
)  # fmt: skip
def test_player(html: str) -> None:
    article = cleaned(html + "<p>正文。</p>")
    assert (article.html, article.videos, article.image) == ("<p>正文。</p>", (VIDEO,), None)


def test_mobile_player_never_gives_its_signed_file() -> None:
    infos = json.dumps({"baseUrl": "https://edge.example/v.mp4?ssig=x", "attrs": {"poster": "//n.sinaimg.cn/p.jpg"}})
    html = (
        f"<div class='art_video_box'><div class='art_video' data-infos='{infos}'>视频加载中...</div></div><p>正文。</p>"
    )
    article = cleaned(html)
    assert (article.html, article.videos) == ("<p>正文。</p>", ())


@pytest.mark.parametrize("broken", ["{", "null", "[1]", '{"videos":{}}', '{"videos":[null,{}]}'])
def test_broken_lists_are_no_video(broken: str) -> None:
    assert cleaned(f"<p>甲</p><!--mce-plugin-videoList2[{broken}]mce-plugin-videoList2-->").videos == ()


def test_loading_words_alone_go() -> None:
    assert cleaned("<p>视频加载中...</p><p>视频加载中的问题已修复。</p>").html == "<p>视频加载中的问题已修复。</p>"


def test_stated_videos_stay() -> None:
    assert cleaned("<p>甲</p>" + PLAYER, videos=(VIDEO, Video("2"))).videos == (VIDEO, Video("2"))

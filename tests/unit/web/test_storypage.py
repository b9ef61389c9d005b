from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup

from aggregator import web
from aggregator.models import (
    Absence,
    Appearance,
    Completeness,
    Dossier,
    PageCheck,
    Retry,
    Revision,
    Site,
    Story,
)
from aggregator.web import storypage
from tests.support import asgi, stories
from tests.support.stories import NOW, FakeBackend

HOUR = timedelta(hours=1)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}\x00&"
OLD = stories.article("样本标题", text="首段。\n投资12.5亿元，明年投产。", html="<p>首段。</p>", outlet="样本日报")
NEW = replace(OLD, text="首段。\n投资13.5亿元，明年投产。", outlet="样本时报")
STATES = (
    Revision(1, NOW - 3 * HOUR, "stated", "02aa", OLD),
    Revision(2, NOW - 2 * HOUR, "edited", "02ab", NEW),
)


def dossier(*states: Revision, story: Story | None = None, **fields: Any) -> Dossier:
    told = story or stories.story(1, states[-1].article if states else stories.article())
    return Dossier(**({"article": told.head, "story": told, "revisions": states, "retry": None, "checks": {}} | fields))


def bare(uid: str) -> str:
    return uid.removeprefix("urn:uuid:")


async def page(shown: Dossier, status: int = 200) -> Any:
    assert shown.story is not None
    uid = bare(shown.story.uid)
    app = web.create_app(FakeBackend(dossiers={uid: shown}), clock=lambda: NOW)
    answer = await asgi.get(app, f"/story/{uid}")
    assert answer.status == status, answer.body
    assert "img-src 'self'" in answer.headers["content-security-policy"]
    return BeautifulSoup(answer.body.decode(), "html.parser")


def words(tree: Any, selector: str) -> list[str]:
    return [" ".join(element.get_text().split()) for element in tree.select(selector)]


async def test_a_story_shows_its_text_and_every_outlet_with_its_link() -> None:
    other = stories.article("样本标题（转载）", url="https://b.example/2", outlet="样例网")
    tree = await page(dossier(story=stories.story(1, stories.article(), other)))
    assert words(tree, "h1") == ["样例股份前三季度营收增长8.3%"]
    assert words(tree, ".prose p")[0].startswith("样例股份（虚构）今日公告")
    assert [(a.get_text(), a.get("href")) for a in tree.select(".carried a.outlet")] == [
        ("样例商报", "https://finance.example.com/a/2026-11-23/doc-1.shtml"),
        ("样例网", "https://b.example/2"),
    ]
    assert "样本标题（转载）" in words(tree, ".carried li")[1]
    assert not tree.select("#history, .modified, .notice")


async def test_a_story_says_where_it_was_seen_and_leads_to_its_keywords() -> None:
    made = stories.story(1, replace(stories.article(), keywords=("降准", 'a"b')))
    seen = (Appearance("b", "乙", "1", NOW), Appearance("a", "甲", "1", NOW - timedelta(hours=1)))
    tree = await page(dossier(story=replace(made, articles=(replace(made.head, appearances=seen),))))
    links = [(a.get_text(), a.get("href")) for a in tree.select(".facts a")]
    assert links == [
        ("甲", "/?feed=a"),
        ("乙", "/?feed=b"),
        ("降准", "/search?q=%22%E9%99%8D%E5%87%86%22"),
        ('a"b', "/search?q=%22a%22b%22"),
    ]
    assert "收录" in words(tree, ".facts dt")


async def test_a_story_whose_text_was_let_go_says_so() -> None:
    made = stories.story(1, replace(stories.article(), html="", text=""))
    tree = await page(dossier(story=replace(made, articles=(replace(made.head, pruned=NOW),))))
    assert words(tree, ".notice") == ["按保留期限的设置，正文已不再保存。"]


async def test_what_the_source_changed_is_marked_and_shown() -> None:
    tree = await page(dossier(*STATES))
    assert words(tree, ".modified") == ["已修改"]
    assert words(tree, "#history") == ["修改记录"]
    assert words(tree, ".revision h3") == ["第 2 版 · 源站修改 17:54", "第 1 版 · 初次收录 16:54"]
    assert words(tree, ".revision:first-child .facts") == ["来源样本日报 样本时报"]
    assert words(tree, ".changed") == ["投资12.513.5亿元，明年投产。"]
    assert words(tree, ".changed del") == ["12.5"]
    assert words(tree, ".changed ins") == ["13.5"]


async def test_what_we_did_ourselves_is_history_and_no_modification() -> None:
    tree = await page(dossier(STATES[0], replace(STATES[1], cause="full text")))
    assert not tree.select(".modified")
    assert words(tree, "#history") == ["版本记录"]
    assert "补全正文" in words(tree, ".revision h3")[0]


async def test_very_many_states_are_compared_only_the_last_ones() -> None:
    states = [replace(STATES[n % 2], number=n + 1, cause="edited") for n in range(40)]
    tree = await page(dossier(*states))
    assert len(tree.select(".revision")) == 40
    assert len(tree.select(".changed")) == 20


async def test_removal_at_source_is_told_with_its_evidence_and_the_text_stays() -> None:
    made = dossier(*STATES)
    evidence = (Absence(NOW - 30 * HOUR, "answered 404"), Absence(NOW - HOUR, "answered 410"))
    check = PageCheck(made.article.id, NOW, None, 3, evidence, removed_at=NOW - HOUR)
    tree = await page(replace(made, checks={made.article.id: check}))
    assert words(tree, ".carried .state") == ["源站已删除"]
    assert words(tree, ".evidence code") == ["answered 404", "answered 410"]
    assert words(tree, ".prose p") == ["首段。"]
    tree = await page(replace(made, checks={made.article.id: replace(check, removed_at=None)}))
    assert words(tree, ".carried .state") == ["原网页暂时打不开"]


@pytest.mark.parametrize(
    ("next_at", "told"), [(NOW + HOUR, "再试"), (None, "已不再自动重试")], ids=["waits", "given up"]
)
async def test_a_summary_says_that_it_is_one(next_at: Any, told: str) -> None:
    summary = stories.article(completeness=Completeness.SUMMARY)
    made = dossier(story=stories.story(1, summary), retry=Retry(10, "u", 3, NOW, next_at, "answered 500"))
    (notice,) = words(await page(made), ".notice")
    assert notice.startswith("仅有摘要")
    assert told in notice


async def test_a_story_that_was_merged_leads_to_the_other() -> None:
    made, uid = dossier(*STATES), bare(stories.uid(77))
    backend = FakeBackend(dossiers={uid: made}, site=Site("https://news.example.org/cj"))
    answer = await asgi.get(web.create_app(backend, clock=lambda: NOW), f"/story/{uid}")
    assert made.story is not None
    assert (answer.status, answer.headers["location"]) == (308, f"/cj/story/{bare(made.story.uid)}")


@pytest.mark.parametrize(
    "uid", ["", "x", "1", bare(stories.uid(5)), "../etc/passwd", bare(stories.uid(1)).upper(), "a" * 999]
)
async def test_what_is_no_story_is_not_found(uid: str) -> None:
    made = dossier(*STATES)
    backend = FakeBackend(dossiers={bare(stories.uid(1)): made})
    assert (await asgi.get(web.create_app(backend, clock=lambda: NOW), f"/story/{uid}")).status == 404


async def test_a_withdrawn_story_is_not_told() -> None:
    await page(dossier(story=stories.story(1, stories.article(deleted=True))), 404)


async def test_text_stays_text() -> None:
    article = replace(
        OLD, title=HOSTILE, outlet=HOSTILE, byline=HOSTILE, editor=HOSTILE, text=HOSTILE, keywords=(HOSTILE,)
    )
    states = (STATES[0], Revision(2, NOW, HOSTILE, "02", article))
    made = dossier(*states)
    check = PageCheck(made.article.id, NOW, None, 1, (Absence(NOW, HOSTILE),), removed_at=NOW)
    tree = await page(replace(made, checks={made.article.id: check}))
    assert not tree.select("script:not([src]), img, iframe, [onerror], [style]")
    assert "49" not in tree.get_text()


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("<p>文</p>", "<p>文</p>"),
        (
            '<figure><img src="https://i.example/1.jpg" alt="图一"><figcaption>说明</figcaption></figure>',
            '<figure><a class="picture" href="https://i.example/1.jpg" rel="noopener nofollow">图一</a>'
            "<figcaption>说明</figcaption></figure>",
        ),
        ('<img src="https://i.example/1.jpg?a=1&amp;b=2">', "?a=1&amp;b=2"),
        ('<img alt="<img src=x onerror=y>" src="https://i.example/1.jpg">', "&lt;img src=x onerror=y&gt;"),
        ('<img src="javascript:alert(1)" alt="x">', ""),
        ('<a href="https://a.example/?q=<img>" rel="noopener nofollow">链接</a>', '?q=<img>"'),
        ("<p>1 &lt;img 2</p>", "<p>1 &lt;img 2</p>"),
    ],
)
def test_pictures_become_links(markup: str, shown: str) -> None:
    made = storypage.with_pictures(markup, {})
    assert shown in made
    assert not BeautifulSoup(made, "html.parser").select("img")


async def test_the_front_page_leads_to_every_story() -> None:
    backend = FakeBackend(stories=stories.stories(), site=Site("https://news.example.org/cj/"))
    answer = await asgi.get(web.create_app(backend, clock=lambda: NOW), "/")
    links = [a.get("href") for a in BeautifulSoup(answer.body.decode(), "html.parser").select(".story-title a")]
    assert links == [f"/cj/story/{bare(one.uid)}" for one in stories.stories()]

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.cli import views
from aggregator.models import (
    Absence,
    Appearance,
    Article,
    Completeness,
    Dossier,
    Endpoint,
    Found,
    Image,
    Outcome,
    PageCheck,
    Retry,
    Revision,
    StoredArticle,
    Story,
    Subscription,
    SubscriptionState,
    SubscriptionStatus,
    Symbol,
    Tried,
    Video,
)
from aggregator.parse import PARSERS

AT = datetime(2022, 6, 14, 11, 54, 4, 900, tzinfo=UTC)
ARTICLE = Article(
    entry_id="e1",
    title="样本公司[red]公告[/red]",
    html="<p>第一段。</p><p>第二段。</p>",
    text="第一段。\n第二段。",
    url="https://finance.example/doc-1.shtml",
    aliases=("https://m.example/1",),
    docid="abcdefg1234567",
    completeness=Completeness.SUMMARY,
    published=AT,
    updated=AT + timedelta(hours=1),
    author="样本作者",
    outlet="样本报",
    byline="记者甲",
    editor="编辑乙",
    editor_code="SF001",
    original_title="原来的标题",
    keywords=("词一", "词二"),
    categories=("金融", "新浪财经"),
    symbols=(Symbol("600941.SH", Found.MARKUP, "sh600941", "中国移动"), Symbol("0700.HK", Found.PROSE, "0700.HK")),
    image="https://img.example/1.png",
    images=(Image("https://img.example/1.png", "说明", 10, 20),),
    videos=(Video("v1", "https://v.example/1"),),
    related=(("相关一", "https://r.example/1"),),
    flags=("focus",),
    extra={"front": {"date": AT, "n": 1}},
    original="---\ntitle: x\n---\n",
)
STORED = StoredArticle(
    id=12,
    article=ARTICLE,
    revision=2,
    first_seen=AT + timedelta(minutes=3),
    revised_at=AT + timedelta(minutes=9),
    story_uid="urn:uuid:1",
    appearances=(Appearance("roll", "滚动", "e1", AT + timedelta(minutes=3)),),
)


def test_json_has_every_field_of_the_article() -> None:
    shown = views.stored(STORED)
    fields = {field.name for field in dataclasses.fields(Article)} - {"original"}
    assert fields | {"id", "uid", "revision", "first_seen", "revised_at", "appearances", "differs"} == set(shown)
    assert json.loads(json.dumps(shown)) == shown
    assert shown["published"] == "2022-06-14T11:54:04Z"
    assert shown["symbols"][0] == {
        "code": "600941.SH",
        "found": "markup",
        "raw": "sh600941",
        "name": "中国移动",
        "kind": "stock",
    }
    (seen,) = shown["appearances"]
    assert (seen["slug"], seen["name"], seen["first_seen"]) == ("roll", "滚动", "2022-06-14T11:57:04Z")
    assert shown["related"] == [{"title": "相关一", "url": "https://r.example/1"}]
    assert shown["completeness"] == "summary"
    assert shown["extra"] == {"front": {"date": "2022-06-14T11:54:04Z", "n": 1}}


def test_a_story_names_the_others_that_carried_it() -> None:
    other = dataclasses.replace(STORED, id=13, article=dataclasses.replace(ARTICLE, outlet="另一报"))
    shown = views.story(Story(5, "urn:uuid:1", AT, AT, (STORED, other)))
    assert (shown["id"], shown["uid"], shown["at"]) == (12, "urn:uuid:1", "2022-06-14T11:54:04Z")
    assert [(one["id"], one["outlet"]) for one in shown["others"]] == [(13, "另一报")]


def test_the_text_view_tells_all_that_a_reader_wants() -> None:
    lines = list(views.reading(Dossier(STORED, None, (), None, {})))
    assert lines[0] == "样本公司[red]公告[/red]"
    told = "\n".join(lines)
    for words in (
        "2022-06-14 19:54:04 Beijing, 2022-06-14 11:54:04 UTC",
        "金融/新浪财经",
        "样本报",
        "样本作者",
        "记者甲",
        "编辑乙 SF001",
        "600941.SH (中国移动), 0700.HK",
        "词一, 词二",
        "原来的标题",
        "https://finance.example/doc-1.shtml",
        "滚动 (roll, 2022-06-14 19:57)",
        "12, revision 2, story urn:uuid:1",
        "第一段。\n第二段。",
        "→ 相关一  https://r.example/1",
    ):
        assert words in told


RETRY = Retry(12, "u", 9, AT, None, "answered 500", (Tried("timed out", AT, AT), Tried("answered 500", AT, AT, 9)))
GONE = PageCheck(12, AT, AT, 3, (Absence(AT, "answered 404"), Absence(AT + timedelta(days=1), "answered 410")))


def test_what_asking_for_its_page_came_to_is_told() -> None:
    states = (Revision(1, AT, "stated", "02ab", ARTICLE), Revision(2, AT, "edited", "02ac", ARTICLE))
    check = dataclasses.replace(GONE, removed_at=AT, failures=1, failure="answered 503")
    told = "\n".join(views.reading(Dossier(STORED, None, states, RETRY, {12: check})))
    for words in (
        "revisions       2 edited 2022-06-14 19:54; 1 stated 2022-06-14 19:54",
        "full text       given up; failed 10 times since 2022-06-14 19:54; first: timed out; last: answered 500",
        "its page        removed at source, noted 2022-06-14 19:54; found gone 3 times, from 2022-06-14 19:54 to "
        "2022-06-15 19:54: answered 410; once it could not be told: answered 503",
    ):
        assert words in told
    waiting = dataclasses.replace(RETRY, next_at=AT, history=())
    assert views.missing(waiting).startswith("missing, tried again 2022-06-14 19:54; failed 9 times")
    assert views.at_source(PageCheck(1, AT, AT)) == "there 2022-06-14 19:54"
    assert views.at_source(PageCheck(1, next_at=AT)) == "looked at again 2022-06-14 19:54"


def test_the_dossier_as_json_has_its_evidence() -> None:
    told = views.dossier(Dossier(STORED, None, (), RETRY, {12: dataclasses.replace(GONE, removed_at=AT)}))
    assert told["retry"]["history"][1] == {
        "reason": "answered 500", "first": "2022-06-14T11:54:04Z", "last": "2022-06-14T11:54:04Z", "count": 9
    }  # fmt: skip
    assert told["check"]["removed_at"] == "2022-06-14T11:54:04Z"
    assert [one["words"] for one in told["check"]["evidence"]] == ["answered 404", "answered 410"]
    assert views.dossier(Dossier(STORED, None, (), None, {}))["check"] is None


@pytest.mark.parametrize(
    ("waiting", "given_up", "told"), [(0, 0, ""), (3, 0, "3 wait"), (0, 1, "1 given up"), (3, 1, "3 wait, 1 given up")]
)
def test_summaries_of_a_feed_are_counted(waiting: int, given_up: int, told: str) -> None:
    state = SubscriptionState("a")
    assert views.summaries(SubscriptionStatus("a", "A", "u", True, True, 9, state, waiting, given_up)) == told


def test_what_is_unknown_has_no_line() -> None:
    bare = StoredArticle(1, Article("e", "", "<p>文</p>"), 1, AT, AT, "u")
    lines = list(views.reading(Dossier(bare, None, (), None, {})))
    assert lines[0] == "(no title)"
    assert lines[-1] == "文"
    assert {line.split()[0] for line in lines[1:-2]} == {"complete", "id", "first"}


def test_an_excerpt_is_short() -> None:
    lines = list(views.excerpt(dataclasses.replace(ARTICLE, text="字" * 500)))
    assert lines[-1] == f"  {'字' * 160}…"
    assert list(views.excerpt(ARTICLE))[-1] == "  第一段。 第二段。"


def test_status_and_outcome_are_flat() -> None:
    state = SubscriptionState("roll", {"https://a/": Endpoint("https://a/", retry_at=AT)}, last_success=AT, failures=2)
    shown = views.status(SubscriptionStatus("roll", "滚动", "sina:roll/1/2", True, True, 7, state))
    assert (shown["articles"], shown["failures"], shown["last_success"]) == (7, 2, "2022-06-14T11:54:04Z")
    assert shown["endpoints"]["https://a/"]["retry_at"] == "2022-06-14T11:54:04Z"
    assert "state" not in shown
    assert views.outcome(Outcome("roll", new=1, stories=frozenset({3})))["new"] == 1
    assert json.dumps(shown)


def test_headers_of_a_feed_are_named_and_not_told() -> None:
    feed = Subscription("a", "甲", "https://a/", timedelta(minutes=5), headers=(("Authorization", "secret"),))
    shown = views.subscription(feed, enabled=False)
    assert shown["headers"] == ["Authorization"]
    assert (shown["interval"], shown["enabled"], shown["full_text"]) == (300.0, False, "auto")
    assert "secret" not in json.dumps(shown)


@pytest.mark.parametrize(("at", "shown"), [(None, ""), (AT, "2022-06-14 19:54")])
def test_times_in_tables_are_beijing_times(at: datetime | None, shown: str) -> None:
    assert views.when(at) == shown


@pytest.mark.parametrize(
    ("slug", "enabled", "configured", "at", "shown"),
    [
        ("roll", True, True, AT, "2022-06-14 19:54"),
        ("roll", True, True, None, "now"),
        ("roll", False, True, AT, "paused"),
        ("roll", False, False, AT, "removed"),
        ("import", False, False, None, "imported"),
    ],
)
def test_the_next_poll_or_why_there_is_none(
    slug: str, enabled: bool, configured: bool, at: datetime | None, shown: str
) -> None:
    status = SubscriptionStatus(slug, "x", "", enabled, configured, 0, SubscriptionState(slug, next_poll=at))
    assert views.next_poll(status) == shown


def test_a_feed_that_is_gone_is_told_to_be_stopped() -> None:
    gone = SubscriptionState("a", next_poll=datetime(9999, 1, 1, tzinfo=UTC))
    status = SubscriptionStatus("a", "A", "https://a.example/", enabled=True, configured=True, articles=1, state=gone)
    assert views.next_poll(status) == "stopped"
    assert (views.status(status)["next_poll"], views.status(status)["stopped"]) == (None, True)


def test_every_parser_has_a_name_for_readers() -> None:
    assert {views.format_name(parser) for parser in ("feedxml", "tolerant")} == {"RSS/Atom"}
    assert all(views.format_name(parser) != parser for parser in PARSERS)
    assert views.format_name("new") == "new"

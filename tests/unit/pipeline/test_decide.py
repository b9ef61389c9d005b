from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aggregator.kit import hashing, text
from aggregator.models import Article, Cause, Completeness, Entry, Feed, FullText, Known, ParsedFeed
from aggregator.pipeline import decide
from tests.support import pieces

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LONG = "<p>" + "样本公司三季度营收增长。" * 60 + "</p>"


def entry(name: str = "a", **more: object) -> Entry:
    values = {"title": f"样本标题{name}", "link": f"https://news.example/{name}", "published": NOW} | more
    return Entry(id=name, **values)  # type: ignore[arg-type]


def known(of: Entry | None = None, **more: object) -> Known:
    values = {"article_id": 1, "updated": None, "completeness": Completeness.FULL} | more
    return Known(stated_hash=hashing.stated(of) if of else None, **values)  # type: ignore[arg-type]


def test_new_changed_and_unchanged_entries_are_told_apart() -> None:
    old, same, new = entry("old"), entry("same"), entry("new")
    edited = replace(old, title="样本标题（更新）")
    facts = {"old": known(old), "same": known(same)}
    selection = decide.select([edited, same, new], facts)
    assert [(item.entry.id, item.known is not None) for item in selection.candidates] == [("old", True), ("new", False)]
    assert selection.unchanged == 1
    assert selection.sightings == ()


def test_an_entry_that_says_nothing_is_left_out() -> None:
    empty = Entry("guid-only", "", author="样本记者", published=NOW)
    assert decide.select([empty], {}).candidates == ()
    assert len(decide.select([replace(empty, summary="短讯")], {}).candidates) == 1


def test_a_known_document_in_another_feed_is_only_sighted() -> None:
    seen = entry("b", docid="ntaaqwe1000101")
    selection = decide.select([seen], {"b": known(updated=NOW)})
    assert [(item.entry_id, item.article_id) for item in selection.sightings] == [("b", 1)]
    assert selection.candidates == ()


@pytest.mark.parametrize(
    "change", [{"updated": NOW + timedelta(minutes=1)}, {"deleted": True}], ids=["edited later", "withdrawn"]
)
def test_a_known_document_is_taken_when_the_other_feed_knows_more(change: dict[str, object]) -> None:
    selection = decide.select([entry("b", **change)], {"b": known(updated=NOW)})
    assert len(selection.candidates) == 1


@pytest.mark.parametrize("stored", [Completeness.FLASH, Completeness.SUMMARY])
def test_a_document_that_is_not_whole_is_taken_from_a_feed_that_may_have_it(stored: Completeness) -> None:
    fact = {"b": known(completeness=stored, updated=NOW), "sina-live-152-1": known(completeness=stored, updated=NOW)}
    assert len(decide.select([entry("b")], fact).candidates) == 1
    assert len(decide.select([entry("sina-live-152-1")], fact).sightings) == 1


def test_one_document_twice_in_a_batch_is_written_oldest_first_and_its_page_fetched_once() -> None:
    first = entry("x", docid="ntaaqwi2000103", updated=NOW)
    second = replace(first, title="样本标题x（更新）", updated=NOW + timedelta(minutes=25))
    selection = decide.select([second, first, second], {})
    assert [item.entry.title for item in selection.candidates] == [first.title, second.title]
    assert [item.final for item in selection.candidates] == [False, True]
    assert [decide.needs_page(item, FullText.ALWAYS) for item in selection.candidates] == [False, True]


def test_candidates_are_reconsidered_when_another_feed_was_faster() -> None:
    first = entry("x", docid="ntaaqwi2000103", updated=NOW)
    second = replace(first, title="样本标题x（更新）", updated=NOW + timedelta(minutes=25))
    chosen = decide.select([first, second, entry("new")], {}).candidates
    again = decide.reconsider(chosen[:1], {})
    assert [item.final for item in again.candidates] == [False]
    fact = known(updated=second.updated)
    assert decide.reconsider(chosen, {"x": fact, "new": known(entry("new"))}).candidates == ()


def test_a_link_that_many_entries_share_identifies_nothing() -> None:
    one, two, alone = entry("1", link="https://n.example/live"), entry("2", link="https://n.example/live"), entry("3")
    marked = decide.mark_shared_links([one, two, alone])
    assert [item.shares_link for item in marked] == [True, True, False]
    (home,) = decide.mark_shared_links([entry("4", link="https://n.example/")])
    assert home.shares_link
    again = decide.mark_shared_links([one, replace(one, title="改过")])
    assert not any(item.shares_link for item in again)


def test_another_item_on_a_known_address_of_the_same_feed_is_new() -> None:
    fact = known(by_address=True, here=True, title="样本早报")
    selection = decide.select([entry("2", title="样本晚报")], {"2": fact})
    assert [(item.known, item.entry.shares_link) for item in selection.candidates] == [(None, True)]
    renamed = decide.select([entry("2", title="快讯：样本早报")], {"2": fact})
    assert len(renamed.sightings) == 1


@pytest.mark.parametrize(
    ("stated", "policy", "wanted"),
    [
        ({}, FullText.AUTO, True),
        ({"summary": "<p>短讯。</p>"}, FullText.AUTO, True),
        ({"content": LONG}, FullText.AUTO, False),
        ({"content": LONG.replace("</p>", "……</p>")}, FullText.AUTO, True),
        ({"content": LONG}, FullText.ALWAYS, True),
        ({}, FullText.NEVER, False),
        ({"link": None}, FullText.AUTO, False),
        ({"deleted": True}, FullText.AUTO, False),
    ],
)
def test_pages_are_fetched_where_the_text_is_missing(stated: dict[str, object], policy: FullText, wanted: bool) -> None:
    candidate = decide.Candidate(entry("a", **stated), "h", None)
    assert decide.needs_page(candidate, policy) is wanted


def bodies(count: int) -> list[str]:
    """Short, long and cut texts with scraps of mark-up anywhere, some at their ends."""
    chance = random.Random(7)
    ends = [*decide.CUT_MARKS, "。", "", " ", "&hellip;", "<p", "<", ">", "</p>", "<b>…</b>", "<!-- … -->", "…&nbsp;"]
    made = []
    for _ in range(count):
        words = [
            f"<p>{'样本公司三季度营收增长。' * chance.randint(1, 9)}</p>" for _ in range(chance.choice((1, 6, 60)))
        ]
        for _ in range(chance.choice((0, 1, 1, 2, 4))):
            words.insert(chance.randint(0, len(words)), chance.choice(pieces.PIECES))
        body = "".join(words) + "".join(chance.choice(ends) for _ in range(chance.randint(0, 2)))
        for _ in range(chance.choice((0, 0, 1, 3))):
            at = chance.randrange(len(body))
            body = body[:at] + chance.choice(("", "<", ">", '"', "'", "…", "-->", "</style>")) + body[at + 1 :]
        made.append(body)
    return made


def test_whether_an_entry_is_whole_is_what_its_plain_text_says() -> None:
    answers = set()
    for body in bodies(4_000):
        words = text.plain(body).strip()
        thin = len(words) < decide.THIN or words.endswith(decide.CUT_MARKS)
        assert decide.is_thin(entry(content=body)) is thin, body
        answers.add((thin, decide._is_plainly_long(body)))
    assert answers == {(True, False), (False, False), (False, True)}  # the short way was taken, and never wrongly


def test_what_is_selected_carries_whether_it_is_whole() -> None:
    teaser, whole = entry("a", summary="短"), entry("b", content=LONG)
    selection = decide.select([teaser, whole], {})
    assert [one.entry.thin for one in selection.candidates] == [True, False]
    assert [one.entry for one in selection.candidates] == [teaser, whole]
    assert hashing.stated(selection.candidates[0].entry) == hashing.stated(teaser)


@pytest.mark.parametrize("name", ["sina-live-152-5200020", "sina-finance-zhibo-5200020"])
def test_flashes_are_whole_as_they_stand(name: str) -> None:
    assert not decide.needs_page(decide.Candidate(entry(name), "h", None), FullText.AUTO)


def feed(*entries: Entry, more: bool = True) -> ParsedFeed:
    return ParsedFeed(Feed(), entries, "sina_roll", next_page="https://api.example/?page=2" if more else None)


def test_reading_on() -> None:
    old, new = entry("old", published=NOW - timedelta(hours=8)), entry("new")
    stale = decide.select([old], {"old": known(old)})
    news = decide.select([old, new], {"old": known(old)})
    assert decide.read_on(feed(old, new), news, first_poll=False, since=None)
    assert not decide.read_on(feed(old, new), news, first_poll=True, since=None)
    assert not decide.read_on(feed(old), stale, first_poll=False, since=None)
    assert not decide.read_on(feed(old, new, more=False), news, first_poll=False, since=None)
    assert decide.read_on(feed(old), stale, first_poll=False, since=NOW - timedelta(hours=9))
    assert not decide.read_on(feed(old), stale, first_poll=False, since=NOW - timedelta(hours=6))


def test_a_future_date_does_not_place_a_story_on_a_later_day() -> None:
    article = Article("a", "样本", "<p>x</p>", text="x", published=NOW + timedelta(days=400))
    prepared = decide.prepare(decide.Candidate(entry("a"), "h", None), article, NOW)
    assert prepared.at == NOW
    assert str(prepared.key.day) == "2026-11-23"


def test_entries_without_title_are_placed_by_their_text_else_by_their_id() -> None:
    articles = [
        Article(name, "", "", text=text) for name, text in (("a", "样本一。"), ("b", "样本二。"), ("c", ""), ("d", ""))
    ]
    prepared = [decide.prepare(decide.Candidate(entry(one.entry_id), "h", None), one, NOW) for one in articles]
    keys = {write.place.key for write in decide.writes(prepared, [], now=NOW)}
    assert len(keys) == 4
    assert keys == {item.key for item in prepared}


@pytest.mark.parametrize(
    ("fact", "cause"),
    [
        (None, Cause.STATED),
        (known(entry("a", title="早先的标题")), Cause.EDITED),
        (known(updated=NOW - timedelta(hours=1)), Cause.EDITED),
        (known(updated=NOW, completeness=Completeness.SUMMARY), Cause.FULL_TEXT),
    ],
    ids=["new", "the feed states it anew", "another feed states a later edit", "another feed has its text"],
)
def test_the_cause_of_a_new_state(fact: Known | None, cause: Cause) -> None:
    candidate = decide.Candidate(entry("a", updated=NOW), "h", fact)
    assert decide.prepare(candidate, Article("a", "样本标题a", LONG), NOW).cause == cause


def test_the_cause_of_a_page_that_came_later() -> None:
    assert decide.prepare_upgrade(1, Article("a", "样本标题a", LONG), NOW).cause == Cause.FULL_TEXT

"""pipeline.labour: made whole at once or in steps is the same, and survives the way between processes."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from aggregator import clean
from aggregator.errors import ExtractError
from aggregator.models import Article, Completeness, Document, FullText, Page, SiteRules, Subscription
from aggregator.pipeline import decide, labour

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LONG = "<p>" + "样本公司三季度营收增长。" * 60 + "</p>"
FEED = Subscription("sample", "样本", "https://news.example/feed.xml", interval=timedelta(hours=1))


def document(*items: tuple[str, str]) -> Document:
    """An RSS feed of titles and HTML bodies."""
    rows = "".join(
        f"<item><title>{title}</title><link>https://news.example/{number}</link><guid>{number}</guid>"
        f"<pubDate>Mon, 23 Nov 2026 09:0{number}:00 +0800</pubDate><description><![CDATA[{body}]]></description></item>"
        for number, (title, body) in enumerate(items)
    )
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>样本</title>{rows}</channel></rss>'
    return Document(FEED.url, FEED.url, 200, feed.encode(), fetched_at=NOW)


def ahead(policy: FullText = FullText.AUTO) -> labour.Ahead:
    subscription = Subscription(FEED.slug, FEED.name, FEED.url, interval=FEED.interval, full_text=policy)
    return labour.Ahead(subscription, (), NOW)


ITEMS = (
    ("甲公司公告", LONG),
    ("乙公司快讯", "<p>短。</p>"),
    ("丙公司年报", LONG + "<table><tr><td>1</td></tr></table>"),
)


@pytest.mark.parametrize(("policy", "made"), [(FullText.AUTO, 2), (FullText.NEVER, 3), (FullText.ALWAYS, 0)])
def test_read_ahead_gives_what_the_two_steps_give(policy: FullText, made: int) -> None:
    given = ahead(policy)
    read = labour.read_feed(document(*ITEMS), "Asia/Shanghai", None, given)
    plainly = labour.read_feed(document(*ITEMS), "Asia/Shanghai", None)
    assert read.parsed == plainly.parsed
    assert plainly.prepared == {}
    candidates = decide.select(plainly.parsed.entries, {}, policy).candidates
    whole = [(one, None, None) for one in candidates if not decide.needs_page(one, policy)]
    later = labour.make_whole(given.subscription, whole, (), NOW)
    assert len(read.prepared) == made
    assert read.prepared == {one.stated_hash: one for one in later}


def test_what_travels_between_processes_arrives_as_it_was() -> None:
    read = labour.read_feed(document(*ITEMS), "Asia/Shanghai", "zh-CN", ahead())
    candidate = decide.Candidate(read.parsed.entries[0], "h", None)
    page = Page(LONG, "sample", title="页面标题", keywords=("营收",))
    for sent in (read, candidate, page, ExtractError("no body")):
        arrived = pickle.loads(pickle.dumps(sent))  # noqa: S301 - our own bytes
        assert type(arrived) is type(sent)
        assert repr(arrived) == repr(sent)
        assert isinstance(sent, ExtractError) or arrived == sent


def test_an_entry_that_this_program_fails_on_keeps_its_title_and_link(monkeypatch: pytest.MonkeyPatch) -> None:
    cleaned = clean.clean

    def broken(article: Article, rules: SiteRules | None = None) -> Article:
        if article.title == "甲公司公告":
            raise RecursionError("a rule")
        return cleaned(article, rules)

    monkeypatch.setattr(clean, "clean", broken)
    read = labour.read_feed(document(*ITEMS), "Asia/Shanghai", None, ahead())
    bad, good = (read.prepared[read.parsed.entries[number].stated_hash] for number in (0, 2))
    assert (bad.article.title, bad.article.url) == ("甲公司公告", "https://news.example/0")
    assert (bad.article.html, bad.article.completeness) == ("", Completeness.SUMMARY)
    assert "RecursionError: a rule" in bad.trace
    assert isinstance(bad.failure, ExtractError)
    assert "failed on it" in str(bad.failure)
    assert (good.trace, good.failure, good.article.completeness) == ("", None, Completeness.FULL)

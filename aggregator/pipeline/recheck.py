"""Looking at the page of a stored article once more: was it edited, is it still there?

In: the number of an article. Out: a Look; what differs is stored as a revision, what was seen of the page as an
Observation. Called by app/pages.py, for `aggregator recheck` and the daemon. The stored text stays whatever is found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from aggregator import extract
from aggregator.errors import AggregatorError, ExtractError, FetchError, PageGone
from aggregator.kit import journal, text
from aggregator.models import Article, Completeness, Observation, Outcome, Page, Plan, Sight, StoredArticle
from aggregator.pipeline import assemble, decide, evidence, intake, labour
from aggregator.pipeline.taking import ReadPage, keep_pages, read_page, store
from aggregator.pipeline.tools import Tools

log = journal.logger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What one look came to."""

    article_id: int
    title: str
    seen: Observation
    outcome: Outcome

    @property
    def revised(self) -> bool:
        """True when the page told something new, which was stored."""
        return bool(self.outcome.revised)


def reason_against(article: Article) -> str | None:
    """Why the page of an article is not worth a look; None where it is."""
    if article.url is None or article.shares_link:
        return "it has no page of its own"
    if article.completeness is Completeness.FLASH:
        return "a flash has no page that could tell more"
    if article.deleted:
        return "its feed withdrew it"
    if not (article.text or article.html) and article.completeness is Completeness.FULL:
        return "its text was let go"
    return None


async def recheck(article_id: int, tools: Tools, *, again: timedelta | None = None) -> Look | None:
    """Look at one page. `again`: when to look once more where this look does not settle it. None: no such article."""
    stored = await tools.stored(article_id)
    if stored is None:
        return None
    if told := reason_against(stored.article):
        seen = Observation(article_id, tools.clock(), Sight.FAILED, f"not looked at: {told}", asked=True)
        return await _note(stored, seen, tools)
    async with tools.claims.hold(decide.claims_of(stored.article), tools.claims.moment()) as late:
        stored = (await tools.stored(article_id) or stored) if late else stored
        try:
            return await _look(stored, tools)
        except (FetchError, ExtractError) as error:
            log.info("page.check_failed", url=stored.article.url, problem=str(error))
            return await _note(stored, _failed(stored, error, tools, again), tools)
        except Exception as error:
            log.exception("page.broke", url=stored.article.url)  # it must not stand at the head of the queue for ever
            return await _note(stored, _failed(stored, labour.broke(error), tools, again), tools)


async def _look(stored: StoredArticle, tools: Tools) -> Look:
    article = stored.article
    read = await read_page(article.url or "", tools)
    _doubt(article, read.page)
    now = tools.clock()
    call = partial(labour.make_checked, stored, read.page, tools.settings.sites, now)
    prepared = await tools.labour.do(len(read.page.html), call, first=True)
    seen = Observation(stored.id, now, Sight.PRESENT, asked=True)
    if prepared is None:
        return await _note(stored, seen, tools)
    outcome = await _store(stored, read, prepared, seen, tools)
    return Look(stored.id, prepared.title, seen, outcome)


async def _store(
    stored: StoredArticle, read: ReadPage, prepared: decide.Prepared, seen: Observation, tools: Tools
) -> Outcome:
    slug = _slug(stored)
    (raw,) = await keep_pages([(slug, labour.as_entry(stored.article), read)], tools)
    return await store(slug, [replace(prepared, raw=raw)], tools, seen.at, observations=(seen,))


def _doubt(article: Article, page: Page) -> None:
    """Raise for a page that has an address in common with the article and little else."""
    if not assemble.falls_short(page, article.text):
        return
    words = text.plain(page.html)
    if extract.is_notice(words):
        raise PageGone(f"{article.url}: where the article stood it says: {text.truncate(text.line(words), 80)}")
    raise ExtractError(f"{article.url}: the page holds much less than the stored text, which stays")


def _failed(stored: StoredArticle, error: AggregatorError, tools: Tools, again: timedelta | None) -> Observation:
    seen = evidence.of(stored.id, error, tools.clock())
    return replace(seen, asked=True, next_at=seen.at + max(again, error.retry_after or again) if again else None)


async def _note(stored: StoredArticle, seen: Observation, tools: Tools) -> Look:
    outcome = await tools.commit(Plan(_slug(stored), observations=(seen,)))
    return Look(stored.id, stored.article.title, seen, outcome)


def _slug(stored: StoredArticle) -> str:
    return stored.appearances[0].slug if stored.appearances else intake.SLUG

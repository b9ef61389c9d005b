"""Pictures of articles: which are wanted, which are kept, which are lost and why.

In: Medium and failures from app/pictures.py, ids of articles. Out: WantedPicture, Medium, ArticlePicture. What articles
show is read behind the archive, as the search index is: commits know nothing of pictures. Files are not this module's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import peewee

from aggregator.models import Article, ArticlePicture, Medium, WantedPicture
from aggregator.store import codec
from aggregator.store.columns import micros
from aggregator.store.engine import Engine, chunked, rows
from aggregator.store.schema import Tables
from aggregator.store.seam import guard

Which = Literal["none", "lead", "all"]

#: Pictures of one article that are kept, at most: nobody reads more.
MOST = 100


class Media:
    """The tables of pictures."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self._engine = engine
        self._tables = tables

    # ------------------------------------------------------------------------------------------------ what is wanted

    @guard("looking for pictures in what is new")
    def advance(self, which: Which, now: datetime, limit: int = 500) -> int:
        """Note the pictures of articles behind the mark; how many states were looked at, 0: there are no more.

        With "none" the mark moves to the end: what is stored meanwhile is not caught up with later.
        """
        r, a, m = self._tables.revision, self._tables.article, self._tables.picture_mark
        if which == "none":
            self._move(self._mark(), next(iter(rows(r.select(peewee.fn.MAX(r.id)))))[0] or 0)
            return 0
        # One query: it is asked at every cycle, mostly in vain.
        query = r.select(r.id, r.article, r.facts).where(r.id > m.select(m.revision))
        query = query.join(a, on=(a.id == r.article)).where((a.number == r.number) & (a.deleted == 0))
        found = rows(query.order_by(r.id).limit(limit))
        if not found:
            return 0
        with self._engine.atomic("IMMEDIATE"):
            for _, article_id, facts in found:
                self._want(article_id, codec.decode(codec.Content("", "", "", facts, None)), which, now)
            self._engine.put([m.id, m.revision], [(1, found[-1][0])], key=[m.id])
        return len(found)

    @guard("looking for pictures in what is stored")
    def look_back(self, since: datetime) -> None:
        """Look again at what was stored since then, at the next advance()."""
        r, mark = self._tables.revision, self._mark()
        first = next(iter(rows(r.select(peewee.fn.MIN(r.id)).where(r.at >= since))))[0]
        if first is not None:
            self._move(mark, min(mark, first - 1))

    def _mark(self) -> int:
        m = self._tables.picture_mark
        return int(next(iter(rows(m.select(m.revision))), (0,))[0])

    def _move(self, before: int, after: int) -> None:
        if before != after:
            m = self._tables.picture_mark
            self._engine.put([m.id, m.revision], [(1, after)], key=[m.id])

    def _want(self, article_id: int, article: Article, which: Which, now: datetime) -> None:
        p, of, media = self._tables.picture, self._tables.picture_article, self._tables.media
        wanted = addresses(article, which)
        if not wanted:
            return
        self._engine.put([p.url, p.attempts, p.since, p.next_at], [(url, 0, now, now) for url in wanted], ignore=True)
        found = rows(p.select(p.id, p.media, p.next_at).where(p.url << wanted))
        linked = {number for (number,) in rows(of.select(of.picture).where(of.article == article_id))}
        fresh = [one for one in found if one[0] not in linked]
        self._engine.put([of.article, of.picture], [(article_id, number) for number, *_ in fresh], ignore=True)
        ids = [number for number, *_ in fresh]
        if article.url:
            p.update(page=article.url).where(p.id << ids).execute()
        # Another article wants it: what was given up gets another chance, what is kept is needed from now on.
        lost = [number for number, medium, next_at in fresh if medium is None and next_at is None]
        p.update(attempts=0, since=now, next_at=now).where(p.id << lost).execute()
        kept, at = [medium for _, medium, _ in fresh if medium], min(article.published or now, now)
        media.update(needed_at=at).where((media.hash << kept) & (media.needed_at < at)).execute()

    @guard("reading which pictures to fetch")
    def due(self, now: datetime, limit: int) -> list[WantedPicture]:
        """Pictures that are due, those of the newest articles first: a backlog, as of an import, holds up no news."""
        p, a, of = self._tables.picture, self._tables.article, self._tables.picture_article
        query = p.select(p.id, p.url, p.page, p.attempts, p.since).where(p.next_at <= now)
        query = query.join(of, on=(of.picture == p.id)).join(a, on=(a.id == of.article)).group_by(p.id)
        return [WantedPicture(*row) for row in rows(query.order_by(_newest(a).desc(), p.id.desc()).limit(limit))]

    @guard("looking for pictures that there is no room for")
    def refuse(self, budget: int, now: datetime, reason: str) -> int:
        """Give up what is due and would be let go of as soon as it came: it is older than all that fills the budget.

        Returns how many pictures.
        """
        p, m = self._tables.picture, self._tables.media
        a, of = self._tables.article, self._tables.picture_article
        ((count, size, oldest),) = rows(
            m.select(peewee.fn.COUNT(m.hash), peewee.fn.SUM(m.size), peewee.fn.MIN(m.needed_at)).where(
                m.hash.not_in(self._pinned())
            )
        )
        whole = rows(m.select(peewee.fn.SUM(m.size)))[0][0] or 0
        if not count or whole + size / count <= budget:
            return 0
        with self._engine.atomic("IMMEDIATE"):
            shown = of.select(of.picture).join(a, on=(a.id == of.article)).where(a.pinned.is_null(False))
            older = of.select(of.picture).join(a, on=(a.id == of.article)).group_by(of.picture)
            older = older.having(_newest(a) <= micros(oldest))
            query = p.update(next_at=None, reason=reason)
            gone: int = query.where((p.next_at <= now) & (p.id << older) & p.id.not_in(shown)).execute()
        return gone

    @guard("wanting lost pictures again")
    def retry(self, now: datetime) -> int:
        """Make due at once what waits after a failure or was given up; what the budget let go of, too. How many."""
        p = self._tables.picture
        again: int = (
            p.update(attempts=0, since=now, next_at=now).where(p.media.is_null() & (self._waits() > 0)).execute()
        )
        return again

    def _waits(self) -> Any:
        """How many articles want a picture."""
        p, of = self._tables.picture, self._tables.picture_article
        return of.select(peewee.fn.COUNT(of.article)).where(of.picture == p.id)

    # ------------------------------------------------------------------------------------------- what comes of them

    @guard("storing which picture is kept")
    def keep(self, picture: int, medium: Medium, now: datetime) -> bool:
        """Note that a picture is kept; its file is there already. False: nobody wants it any more."""
        p, m = self._tables.picture, self._tables.media
        with self._engine.atomic("IMMEDIATE"):
            changes = {p.media: medium.hash, p.next_at: None, p.reason: None}
            if not p.update(changes).where(p.id == picture).execute():
                return False
            values = (
                medium.hash,
                medium.extension,
                medium.size,
                medium.width,
                medium.height,
                self._needed(picture, now),
            )
            self._engine.put([m.hash, m.type, m.size, m.width, m.height, m.needed_at], [values], key=[m.hash])
        return True

    def _needed(self, picture: int, now: datetime) -> datetime:
        """When the newest article that shows a picture was published."""
        a, of = self._tables.article, self._tables.picture_article
        query = a.select(a.published, a.first_seen).join(of, on=(of.article == a.id)).where(of.picture == picture)
        return min(max((published or seen for published, seen in rows(query)), default=now), now)

    @guard("storing why a picture is not kept")
    def fail(self, picture: int, attempts: int, next_at: datetime | None, reason: str) -> None:
        """Note a failure; `next_at` None: given up."""
        p = self._tables.picture
        p.update(attempts=attempts, next_at=next_at, reason=reason).where(p.id == picture).execute()

    @guard("letting go of a picture")
    def lose(self, medium: str, reason: str, again: datetime | None = None) -> None:
        """A kept picture is no more; `again`: fetch it anew then. Its file is the caller's to remove."""
        p, m = self._tables.picture, self._tables.media
        with self._engine.atomic("IMMEDIATE"):
            p.update(media=None, attempts=0, next_at=again, reason=reason).where(p.media == medium).execute()
            m.delete().where(m.hash == medium).execute()

    # -------------------------------------------------------------------------------------------------- reading back

    @guard("reading the pictures of articles")
    def of(self, articles: Iterable[int]) -> dict[int, list[ArticlePicture]]:
        """What became of the pictures of each article, by its id, in the order in which they were wanted."""
        p, m, of = self._tables.picture, self._tables.media, self._tables.picture_article
        found: dict[int, list[ArticlePicture]] = {}
        columns = (of.article, p.url, p.next_at, p.attempts, p.reason, *_medium(m))
        query = (
            of.select(*columns).join(p, on=(p.id == of.picture)).join(m, peewee.JOIN.LEFT_OUTER, on=(m.hash == p.media))
        )
        for some in chunked(articles):
            for article, url, next_at, attempts, reason, *medium in rows(
                query.where(of.article << some).order_by(p.id)
            ):
                kept = Medium(*medium) if medium[0] else None
                found.setdefault(article, []).append(ArticlePicture(article, url, kept, next_at, attempts, reason))
        return found

    @guard("reading which pictures are kept")
    def names(self, articles: Iterable[int]) -> Mapping[str, str]:
        """Address of a picture -> name of its file (HASH.jpg), for what is kept of these articles."""
        told = (one for pictures in self.of(articles).values() for one in pictures)
        return {one.url: one.kept.name for one in told if one.kept}

    @guard("reading whether a picture is kept")
    def kept(self, url: str) -> Medium | None:
        """The picture of this address, where it is kept."""
        p, m = self._tables.picture, self._tables.media
        found = rows(m.select(*_medium(m)).join(p, on=(p.media == m.hash)).where(p.url == url))
        return Medium(*found[0]) if found else None

    def every(self, batch: int = 1_000) -> Iterator[Medium]:
        """Every picture that is kept, by hash; holds no lock between the reads."""
        m, last = self._tables.media, ""
        while True:
            with guard("reading which pictures are kept"):
                query = m.select(*_medium(m)).order_by(m.hash).limit(batch)
                found = [Medium(*row) for row in rows(query.where(m.hash > last) if last else query)]
            if not found:
                return
            yield from found
            last = found[-1].hash

    @guard("reading which pictures are kept")
    def known(self, hashes: Sequence[str]) -> set[str]:
        """Those of the hashes under which a picture is kept."""
        m = self._tables.media
        return {number for some in chunked(hashes) for (number,) in rows(m.select(m.hash).where(m.hash << some))}

    @guard("counting pictures")
    def counts(self) -> dict[str, int]:
        """How many pictures are kept, wait and are lost, and the bytes of those that are kept."""
        p, m = self._tables.picture, self._tables.media
        ((kept, size),) = rows(m.select(peewee.fn.COUNT(m.hash), peewee.fn.SUM(m.size)))
        return {
            "kept": kept,
            "bytes": size or 0,
            "waiting": p.select().where(p.next_at.is_null(False)).count(),
            "lost": p.select().where(p.media.is_null() & p.next_at.is_null()).count(),
        }

    # --------------------------------------------------------------------------------------------- what need not stay

    @guard("looking for pictures beyond the budget")
    def beyond(self, budget: int) -> list[Medium]:
        """The pictures that must go so that the rest fits into `budget` bytes: those wanted longest ago first.

        What a pinned article shows stays, whatever it weighs.
        """
        m = self._tables.media
        over = (rows(m.select(peewee.fn.SUM(m.size)))[0][0] or 0) - budget
        if over <= 0:
            return []
        found: list[Medium] = []
        for row in rows(m.select(*_medium(m)).where(m.hash.not_in(self._pinned())).order_by(m.needed_at, m.hash)):
            if over <= 0:
                break
            found.append(Medium(*row))
            over -= found[-1].size
        return found

    def _pinned(self) -> Any:
        """The hashes of what pinned articles show."""
        p, a, of = self._tables.picture, self._tables.article, self._tables.picture_article
        query = p.select(p.media).join(of, on=(of.picture == p.id)).join(a, on=(a.id == of.article))
        return query.where(p.media.is_null(False) & a.pinned.is_null(False))

    @guard("forgetting pictures of texts that were let go")
    def forget_blanked(self) -> int:
        """Forget which pictures articles show whose text was let go of; returns how many articles."""
        a, of = self._tables.article, self._tables.picture_article
        with self._engine.atomic("IMMEDIATE"):
            query = a.select(a.id).where(a.pruned.is_null(False) & (a.id << of.select(of.article)))
            shown = [number for (number,) in rows(query)]
            for some in chunked(shown):
                of.delete().where(of.article << some).execute()
            p = self._tables.picture
            p.delete().where(p.id.not_in(of.select(of.picture))).execute()
        return len(shown)

    @guard("looking for pictures that nothing shows")
    def unneeded(self) -> list[Medium]:
        """Kept pictures that no article shows any more."""
        p, m = self._tables.picture, self._tables.media
        shown = p.select(p.media).where(p.media.is_null(False))
        return [Medium(*row) for row in rows(m.select(*_medium(m)).where(m.hash.not_in(shown)))]


def addresses(article: Article, which: Which) -> list[str]:
    """The addresses of the pictures of an article that are kept."""
    shown = [article.image, *(one.url for one in article.images)]
    found = list(dict.fromkeys(url for url in shown if url and url.startswith(("http://", "https://"))))
    return found[: {"none": 0, "lead": 1, "all": MOST}[which]]


def _newest(a: Any) -> Any:
    """When the newest of a group of articles was published."""
    return peewee.fn.MAX(peewee.fn.COALESCE(a.published, a.first_seen))


def _medium(m: Any) -> tuple[Any, ...]:
    return m.hash, m.type, m.size, m.width, m.height

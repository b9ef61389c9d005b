"""What is followed, and its state between polls.

In: Subscription (from config) and SubscriptionState (from the pipeline). Out: states, who is due, lines for `status`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import peewee

from aggregator.models import Endpoint, Plan, Subscription, SubscriptionState, SubscriptionStatus, Validators
from aggregator.store.engine import GIVEN, Engine, Lookup, Prepared, chunked, named, rows
from aggregator.store.schema import Tables
from aggregator.store.seam import guard

#: What imported articles appear in; no configured subscription may be called so.
IMPORT = "import"

_STATE = tuple(f.name for f in fields(SubscriptionState) if f.name not in ("slug", "endpoints"))
_ENDPOINT = tuple(f.name for f in fields(Endpoint) if f.name not in ("url", "validators"))


class Subscriptions:
    """The subscription and endpoint tables."""

    def __init__(self, engine: Engine, tables: Tables) -> None:
        self._engine = engine
        self._tables = tables

    @guard("storing the feed list")
    def sync(self, subs: Sequence[Subscription], now: datetime, *, disabled: Sequence[Subscription] = ()) -> None:
        """Make the table follow the config: insert, rename, switch on or off. `disabled`: in config, switched off.

        What config no longer names is marked unconfigured and kept with its articles. A slug whose address changed
        is due at once, with its failures forgotten.
        """
        s = self._tables.subscription
        wanted = {sub.slug: (sub, True) for sub in subs} | {sub.slug: (sub, False) for sub in disabled}
        with self._engine.atomic():
            stored = {row["slug"]: row for row in named(s.select())}
            for slug, (sub, enabled) in wanted.items():
                facts = _facts(sub, enabled=enabled)
                row = stored.get(slug)
                if row is None:
                    s.insert(**facts).execute()
                elif changed := {name: value for name, value in facts.items() if row[name] != value}:
                    if "url" in changed:
                        changed |= {"next_poll": now, **_FRESH}
                    s.update(changed).where(s.id == row["id"]).execute()
            gone = [slug for slug, row in stored.items() if slug not in wanted and row["configured"]]
            for some in chunked(gone):
                s.update(configured=False, enabled=False).where(s.slug.in_(some)).execute()

    @guard("reading the state of the feeds")
    def states(self) -> dict[str, SubscriptionState]:
        """The state of every subscription, by slug."""
        with self._engine.atomic("DEFERRED"):
            return self._states(self._tables.subscription.select())

    @guard("reading the state of a feed")
    def state(self, slug: str) -> SubscriptionState:
        """The state of one subscription; that of a new one where the store does not know it."""
        s = self._tables.subscription
        with self._engine.atomic("DEFERRED"):
            return self._states(s.select().where(s.slug == slug)).get(slug) or SubscriptionState(slug)

    @guard("reading what a feed held last")
    def last_items(self, slug: str) -> bytes | None:
        """What a Plan last stored as `last_items`; None where there is none, or an appearance was changed since."""
        return next((bytes(data) for (data,) in self._tables.lookup(_last_items)(slug)), None) or None

    @guard("reading which feeds are due")
    def due(self, now: datetime) -> list[str]:
        """Slugs of the enabled subscriptions to be polled now: never polled ones first, then the longest due."""
        s = self._tables.subscription
        due = s.next_poll.is_null() | (s.next_poll <= now)
        query = s.select(s.slug).where(s.enabled & s.configured & due).order_by(s.next_poll.asc(nulls="first"), s.id)
        return [slug for (slug,) in rows(query)]

    @guard("reading the state of the feeds")
    def statuses(self) -> list[SubscriptionStatus]:
        """One line for each subscription, configured ones first, by slug; one that left nothing behind is forgotten."""
        s, a = self._tables.subscription, self._tables.appearance
        with self._engine.atomic("DEFERRED"):
            states = self._states(s.select())
            count = peewee.fn.COUNT(a.article.distinct())
            articles = dict(rows(a.select(a.subscription, count).group_by(a.subscription)))
            queued = self._queued()
            found = s.select().order_by(s.configured.desc(), s.slug)
            return [
                SubscriptionStatus(
                    slug=row["slug"],
                    name=row["name"],
                    url=row["url"],
                    enabled=row["enabled"],
                    configured=row["configured"],
                    articles=articles.get(row["id"], 0),
                    state=states[row["slug"]],
                    waiting=queued.get((row["id"], False), 0),
                    given_up=queued.get((row["id"], True), 0),
                )
                for row in named(found)
                if row["configured"] or row["id"] in articles
            ]

    def _queued(self) -> dict[tuple[int, bool], int]:
        """Summaries by subscription and by whether they were given up. One seen in two subscriptions counts in both."""
        r, a = self._tables.retry, self._tables.appearance
        given_up, count = r.next_at.is_null(), peewee.fn.COUNT(a.article.distinct())
        query = r.select(a.subscription, given_up, count).join(a, on=(a.article == r.article))
        return {(number, bool(over)): n for number, over, n in rows(query.group_by(a.subscription, given_up))}

    @guard("asking for a poll")
    def poll_now(self, slugs: Iterable[str]) -> None:
        """Make the subscriptions due at once, also where back-off or a 410 holds an address back."""
        s, e = self._tables.subscription, self._tables.endpoint
        with self._engine.atomic():
            for some in chunked(slugs):
                ids = s.select(s.id).where(s.slug.in_(some))
                e.update(retry_at=None, gone=False).where(
                    e.subscription.in_(ids) & (e.retry_at.is_null(False) | e.gone)
                ).execute()
                s.update(next_poll=None).where(s.slug.in_(some)).execute()

    def ids(self, slugs: Iterable[str]) -> dict[str, int]:
        """Ids by slug, within a transaction. Makes the import subscription where it is asked for.

        Raises LookupError for a slug that was never synced.
        """
        s, wanted = self._tables.subscription, set(slugs)
        found: dict[str, int] = dict(self._tables.lookup(_by_slug)(wanted))
        if IMPORT in wanted - found.keys():
            found[IMPORT] = s.insert(
                slug=IMPORT, name=IMPORT, url="", categories=[], configured=False, enabled=False
            ).execute()
        if missing := wanted - found.keys():
            raise LookupError(f"no such subscription: {', '.join(sorted(missing))}")
        return found

    def save(self, plans: Sequence[Plan], ids: dict[str, int]) -> None:
        """Store the states that plans carry, within a transaction; endpoints they do not mention stay."""
        s, e = self._tables.subscription, self._tables.endpoint
        states = {ids[plan.slug]: plan.state for plan in plans if plan.state}
        assignments = ", ".join(f'"{name}" = ?' for name in _STATE)
        columns = [getattr(s, name) for name in _STATE]
        if states:
            self._engine.execute_many(
                f'UPDATE "subscription" SET {assignments} WHERE "id" = ?',  # noqa: S608 (names of our own columns)
                [(*(c.db_value(getattr(state, c.name)) for c in columns), number) for number, state in states.items()],
            )
        self._engine.put(
            [e.subscription, e.url, e.etag, e.last_modified, *(getattr(e, name) for name in _ENDPOINT)],
            [
                (number, url, p.validators.etag, p.validators.last_modified, *(getattr(p, name) for name in _ENDPOINT))
                for number, state in states.items()
                for url, p in state.endpoints.items()
            ],
            key=[e.subscription, e.url],
        )
        last = self._tables.last_items
        self._engine.put(
            [last.subscription, last.data],
            [(ids[plan.slug], plan.last_items) for plan in plans if plan.last_items is not None],
            key=[last.subscription],
        )

    def _states(self, query: Any) -> dict[str, SubscriptionState]:
        found = {row["id"]: row for row in named(query)}
        endpoints: dict[int, dict[str, Endpoint]] = {number: {} for number in found}
        e = self._tables.endpoint
        for some in chunked(found):
            for row in named(e.select().where(e.subscription.in_(some)).order_by(e.subscription, e.url)):
                endpoints[row["subscription"]][row["url"]] = Endpoint(
                    url=row["url"],
                    validators=Validators(row["etag"], row["last_modified"]),
                    **{name: row[name] for name in _ENDPOINT},
                )
        return {
            row["slug"]: SubscriptionState(
                slug=row["slug"], endpoints=endpoints[number], **{name: row[name] for name in _STATE}
            )
            for number, row in found.items()
        }


def _last_items(tables: Tables) -> Prepared:
    s, last = tables.subscription, tables.last_items
    return Prepared(last.select(last.data).join(s, on=(s.id == last.subscription)).where(s.slug == GIVEN))


def _by_slug(tables: Tables) -> Lookup:
    s = tables.subscription
    return Lookup(s.select(s.slug, s.id), s.slug)


#: What is forgotten of a subscription whose address changed.
_FRESH: dict[str, Any] = {
    name: next(f.default for f in fields(SubscriptionState) if f.name == name)
    for name in (
        *("failures", "problem", "problem_since", "warning", "spacing", "empty_polls", "no_feed_polls"),
        *("history", "pause", "fresh_at", "overdue_at", "changed_at", "items", "usual_items", "poor_since"),
    )
}


def _facts(sub: Subscription, *, enabled: bool) -> dict[str, Any]:
    return {
        "slug": sub.slug,
        "name": sub.name,
        "url": sub.url,
        "categories": list(sub.categories),
        "configured": True,
        "enabled": enabled,
    }

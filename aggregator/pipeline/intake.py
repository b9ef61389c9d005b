"""Imports: what stands in files enters the walk at step 3, in batches; nothing has to be fetched.

In: things of an archive (archive/items.py). Out: an Outcome a batch. `ready` is CPU work and may run in another
process; `take` and `foresee` ask the store. Called by app/importing.py. Sync: nothing here waits for a network.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Protocol

from aggregator.archive import foreign
from aggregator.archive.items import Broken, FeedDocument, LeftOut, PageDocument, Post, Stated, Whole
from aggregator.errors import AggregatorError, ExtractError, NotAPost
from aggregator.kit import hashing, urls
from aggregator.models import Cause, Entry, FullText, Known, Neighbour, Outcome, Page, Plan, SiteRules, StoryKey
from aggregator.pipeline import assemble, decide, labour

#: The subscription under which imported articles are known.
SLUG = "import"

#: What holds articles that must be cleaned and placed.
Raw = Post | Stated | FeedDocument | PageDocument

_NOTHING: Mapping[str, decide.Prepared] = {}


class Articles(Protocol):
    """The part of the store that an import uses."""

    def known(self, slug: str, entries: Sequence[Entry]) -> dict[str, Known]:
        """What is known of the entries."""
        ...

    def neighbours(self, keys: Sequence[StoryKey], prints: Sequence[tuple[int, datetime]]) -> list[Neighbour]:
        """Stored articles that may belong to the same stories."""
        ...

    def commit(self, plans: Sequence[Plan], now: datetime) -> list[Outcome]:
        """Write the plans in one transaction."""
        ...


@dataclass(slots=True)
class Ready:
    """A batch, read: its entries, and what was cleaned ahead, by the hash of what is stated."""

    entries: list[Entry] = field(default_factory=list)
    records: list[Whole] = field(default_factory=list)  #: of a lossless archive; their mark-up is safe
    prepared: dict[str, decide.Prepared] = field(default_factory=dict)
    broken: list[Broken] = field(default_factory=list)  #: could not be read
    doubtful: list[Broken] = field(default_factory=list)  #: taken, but for what is told
    left_out: list[LeftOut] = field(default_factory=list)  #: pages without an article
    captures: set[str] = field(default_factory=set)  #: hashes of the entries that were pages


def ready(items: Sequence[Raw | Whole], sites: Sequence[SiteRules], now: datetime, ahead: bool) -> Ready:
    """Read the things of a batch; with `ahead` clean them too, as all of them will be new."""
    batch = Ready()
    pages: dict[str, Page] = {}
    for item in items:
        try:
            if isinstance(item, Whole):
                batch.records.append(_harmless(item, batch))
                continue
            batch.entries += _entries(item, sites, now, batch, pages)
        except NotAPost as error:
            line, _, reason = str(error).removeprefix(f"{item.where}:").partition(": ")
            batch.broken.append(Broken(f"{item.where}:{line}", reason))
        except ExtractError as error:
            address = item.document.final_url if isinstance(item, PageDocument) else ""
            batch.left_out.append(LeftOut(item.where, str(error).removeprefix(f"{address}: ")))
        except AggregatorError as error:
            batch.broken.append(Broken(item.where, str(error)))
        except Exception as error:  # noqa: BLE001 - one thing that this program fails on must not stop an import
            batch.broken.append(Broken(item.where, f"this program failed on it: {error!r}"))
    batch.captures = set(pages)
    marked = decide.mark_shared_links(batch.entries)
    batch.entries = [
        replace(entry, stated_hash=state if (state := _state(entry)) in pages else hashing.stated(entry))
        for entry in marked
    ]
    if ahead or pages:  # a page is read here and now, or not at all
        for entry in batch.entries:
            candidate = decide.Candidate(entry, entry.stated_hash, None)
            batch.prepared[entry.stated_hash] = _prepared(candidate, sites, now, pages.get(entry.stated_hash))
    return batch


def take(
    entries: Sequence[Entry],
    articles: Articles,
    *,
    now: datetime,
    sites: Sequence[SiteRules] = (),
    near: bool = True,
    split_differing: bool = False,
    ahead: Mapping[str, decide.Prepared] = _NOTHING,
    captures: Collection[str] = (),
) -> Outcome:
    """Clean (but for what was `ahead`), place and store one batch. The same batch again changes nothing.

    `captures`: hashes of entries that were pages, of which an older one never takes the place of a newer.
    """
    marked = decide.mark_shared_links(entries)
    selection = _forward(marked, articles.known(SLUG, marked), captures)
    made = {
        one.stated_hash: ahead.get(one.stated_hash) or _prepared(one, sites, now, None) for one in selection.candidates
    }
    wanted = decide.still_wanted([made[one.stated_hash] for one in selection.candidates], selection.candidates)
    prepared = [replace(item, cause=Cause.IMPORT) for item in wanted]
    prints = [(item.fingerprint, item.at) for item in prepared if item.fingerprint is not None]
    neighbours = articles.neighbours([item.key for item in prepared], prints)
    writes = decide.writes(prepared, neighbours, now=now, near=near, split_differing=split_differing)
    (outcome,) = articles.commit([Plan(SLUG, writes=writes, sightings=selection.sightings)], now)
    return Outcome(
        SLUG,
        new=outcome.new,
        revised=outcome.revised,
        merged=outcome.merged,
        unchanged=outcome.unchanged + selection.unchanged,
        stories=outcome.stories,
    )


def foresee(entries: Sequence[Entry], articles: Articles, captures: Collection[str] = ()) -> Outcome:
    """What `take` would find in one batch, without storing it: articles that join a story count as new."""
    marked = decide.mark_shared_links(entries)
    selection = _forward(marked, articles.known(SLUG, marked), captures)
    known = sum(candidate.known is not None for candidate in selection.candidates)
    unchanged = selection.unchanged + len(selection.sightings)
    return Outcome(SLUG, new=len(selection.candidates) - known, revised=known, unchanged=unchanged)


def _forward(entries: Sequence[Entry], known: Mapping[str, Known], captures: Collection[str]) -> decide.Selection:
    """As decide.select; of a page that was taken before, another capture counts only if it states a later update."""
    wanted = [one for one in entries if one.stated_hash not in captures or not _is_older(one, known.get(one.id))]
    selection = decide.select(wanted, known, FullText.NEVER)
    return replace(selection, unchanged=selection.unchanged + len(entries) - len(wanted))


def _is_older(entry: Entry, fact: Known | None) -> bool:
    if fact is None or fact.stated_hash is None or fact.stated_hash == entry.stated_hash:
        return False
    return entry.updated is None or (fact.updated is not None and entry.updated <= fact.updated)


def _prepared(
    candidate: decide.Candidate, sites: Sequence[SiteRules], now: datetime, page: Page | None
) -> decide.Prepared:
    raw = assemble.article(candidate.entry, page)
    return decide.prepare(candidate, labour.make_clean(raw, sites), now)


def _entries(
    item: Raw, sites: Sequence[SiteRules], now: datetime, batch: Ready, pages: dict[str, Page]
) -> Iterable[Entry]:
    """The entries of one thing; what `pages` gets is the page of an entry, by its state."""
    if isinstance(item, Stated):
        return [item.entry]
    if isinstance(item, Post):
        from aggregator.parse import post

        entry = post.read(item.text, where=item.where)
        batch.doubtful += [Broken(f"{item.where}:{line}", doubt) for line, doubt in post.doubts(entry, now)]
        return [entry]
    if isinstance(item, FeedDocument):
        from aggregator import parse

        read = parse.parse(item.document)
        feed = read.feed.link or read.feed.title or item.where
        return [replace(entry, id=foreign.bound(feed, entry.id)) for entry in read.entries]
    return _captured(item, labour.read_page(item.document, sites), pages)


def _captured(item: PageDocument, page: Page, pages: dict[str, Page]) -> Iterable[Entry]:
    """The entry of a page, unless the batch has that state of the page already."""
    address = page.canonical or item.document.final_url
    entry = item.entry or Entry(
        id=page.docid or urls.key(address),
        title=page.title or "",
        link=address,
        aliases=page.aliases,
        docid=page.docid,
        published=page.published,
        author=page.author,
        outlet=page.outlet,
    )
    entry = replace(entry, updated=max(filter(None, (entry.updated, page.updated)), default=None))
    if (state := _state(entry)) in pages:
        return []
    pages[state] = page
    return [entry]


def _state(entry: Entry) -> str:
    """Which state of a page an entry is: pages change on their own, so what they state themselves must tell."""
    return hashing.digest("capture", entry.id, entry.updated.isoformat() if entry.updated else None)


def _harmless(item: Whole, batch: Ready) -> Whole:
    """The record with mark-up that no page may hold taken out: a file from elsewhere is not trusted.

    What this program wrote passes as it is.
    """
    from aggregator.clean import sanitize

    found = item.facts.get("revisions")
    if item.facts.get("kind") != "article" or not isinstance(found, list):
        return item
    safe = []
    for revision in found:
        html = revision.get("html") if isinstance(revision, dict) else None
        clean = sanitize.sanitize(html) if isinstance(html, str) else html
        safe.append(revision if clean == html else {**revision, "html": clean})
    if safe == found:
        return item
    batch.doubtful.append(Broken(item.where, "mark-up that no page may hold; taken without it"))
    return replace(item, facts={**item.facts, "revisions": safe})

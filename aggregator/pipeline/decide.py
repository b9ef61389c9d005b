"""What is new and what to write: pure decisions between reading and storing.

In: the entries of one feed document and what the store knows of them. Out: a Selection, and later the writes of a Plan.
pipeline/update.py and pipeline/intake.py call it; nothing here does I/O.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from aggregator.dedup import fingerprint, identity, place
from aggregator.dedup.neighbourhood import Neighbourhood
from aggregator.errors import AggregatorError
from aggregator.kit import hashing, text, urls
from aggregator.models import (
    Article,
    Cause,
    Completeness,
    Entry,
    FullText,
    Known,
    Neighbour,
    ParsedFeed,
    RawDocument,
    Sighting,
    StoryKey,
    Write,
)

#: Title key and print of an article -> articles on their way that may tell the same: pipeline/arrivals.py.
Around = Callable[[str, int | None], list[Neighbour]]

#: An entry whose own text is shorter than this many characters is a teaser, not an article.
THIN = 280

#: What a cut text ends with.
CUT_MARKS = ("...", "…", "……", "阅读全文", "查看全文", "[详细]", "[全文]")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry to be made whole and written."""

    entry: Entry
    stated_hash: str
    known: Known | None
    final: bool = True  #: False: an earlier state of a document that the batch holds again, newer


@dataclass(frozen=True, slots=True)
class Selection:
    """A batch of entries, sorted by what is to be done with them."""

    candidates: tuple[Candidate, ...]  #: in the order in which they must be written
    sightings: tuple[Sighting, ...]  #: known documents, new in this subscription
    unchanged: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """A cleaned article on its way to a Write, with the numbers that place it."""

    article: Article
    title: str  #: what places it: its own title, else the begin of its text
    key: StoryKey
    at: datetime
    fingerprint: int | None
    cause: str
    stated_hash: str | None
    article_id: int | None
    content_hash: str
    failure: AggregatorError | None = None  #: of the page, which must be tried again
    trace: str = ""  #: where this program failed on the entry, for the log
    raw: tuple[RawDocument, ...] = ()  #: kept documents that it was made from
    base: int | None = None  #: the revision that it is made to follow; None: whatever there is


def mark_shared_links(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    """Mark the entries whose link says nothing of their identity: it stands on others too, or is a home page."""
    owners: dict[str, set[str]] = {}
    for entry in entries:
        if link := canonical_link(entry):
            owners.setdefault(link, set()).add(entry_identity(entry))
    shared = {link for link, identities in owners.items() if len(identities) > 1 or _is_home_page(link)}
    return tuple(replace(entry, shares_link=True) if canonical_link(entry) in shared else entry for entry in entries)


def select(entries: Iterable[Entry], known: Mapping[str, Known], policy: FullText = FullText.AUTO) -> Selection:
    """Sort entries into new or changed ones, known documents that the entry adds nothing to, and unchanged ones.

    One document that stands twice in the batch (a roll list repeats an edited row) is written once for each state,
    oldest first, so that both become revisions; only its last state gets its page fetched. `policy` is that of the
    subscription: a document known without its text is taken again where this entry can bring it.
    """
    candidates: list[Candidate] = []
    sightings: dict[str, Sighting] = {}
    unchanged = 0
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        if says_something(entry):
            groups.setdefault(entry_identity(entry), []).append(entry)
    for group in groups.values():
        states = _distinct_states(group)
        for number, (stated_hash, entry) in enumerate(states, start=1):
            fact = known.get(entry.id)
            if fact is not None and _is_other_item(entry, fact):
                fact, entry = None, replace(entry, shares_link=True)
            if fact is not None and fact.stated_hash == stated_hash:
                unchanged += 1
            elif fact is not None and _adds_nothing(entry, fact, policy):
                sightings[entry.id] = Sighting(entry.id, fact.article_id, stated_hash)
            else:
                candidates.append(Candidate(weighed(entry), stated_hash, fact, final=number == len(states)))
    return Selection(tuple(candidates), tuple(sightings.values()), unchanged)


def reconsider(
    candidates: Sequence[Candidate], known: Mapping[str, Known], policy: FullText = FullText.AUTO
) -> Selection:
    """The same candidates in the light of what the store knows by now."""
    selection = select([candidate.entry for candidate in candidates], known, policy)
    final = {candidate.stated_hash: candidate.final for candidate in candidates}
    still = (replace(one, final=final.get(one.stated_hash, one.final)) for one in selection.candidates)
    return replace(selection, candidates=tuple(still))


def says_something(entry: Entry) -> bool:
    """False for an entry that a reader could neither read nor follow: no title, no text, no link, no picture."""
    return bool(entry.title or entry.content or entry.summary or entry.link or entry.images or entry.deleted)


def entry_identity(entry: Entry) -> str:
    """What makes two rows of one batch the same document: docid, else the entry's own id.

    The link is no identity: one 7x24 page serves many entries.
    """
    return f"docid:{entry.docid}" if entry.docid else f"id:{entry.id}"


def claims(entry: Entry) -> tuple[str, ...]:
    """What may be worked on only once at a time on behalf of this entry: its document, by docid and by address."""
    link = None if entry.shares_link else canonical_link(entry)
    return tuple(name for name in (entry.docid and f"docid:{entry.docid}", link) if name)


def needs_page(candidate: Candidate, policy: FullText) -> bool:
    """Whether the entry's article page must be fetched to make it whole."""
    return candidate.final and _wants_page(candidate.entry, policy)


def is_flash(entry: Entry) -> bool:
    """True for 7x24 items: they are whole as they stand, their page only repeats them."""
    return entry.id.startswith("sina-live-") or entry.id.startswith("sina-finance-zhibo-")


def is_thin(entry: Entry) -> bool:
    """True when the entry carries no more than a teaser of its article."""
    return _is_thin(entry) if entry.thin is None else entry.thin


def weighed(entry: Entry) -> Entry:
    """The entry with the answer of `is_thin`, which several steps ask for, and which takes reading its text."""
    if entry.thin is not None or entry.original is not None:  # posts are whole whatever they hold
        return entry
    return replace(entry, thin=_is_thin(entry))


def _is_thin(entry: Entry) -> bool:
    stated = entry.content or entry.summary or ""
    if not entry.content_is_text and _is_plainly_long(stated):
        return False
    words = stated if entry.content_is_text else text.plain(stated)
    words = words.strip()
    return len(words) < THIN or words.endswith(CUT_MARKS)


def read_on(parsed: ParsedFeed, selection: Selection, *, first_poll: bool, since: datetime | None) -> bool:
    """Whether the page with older entries must be read too.

    Rows may enter a list behind its newest ones, and a stop leaves a gap: read on while a page held anything new.
    With `since` (a deep read) read on until that instant, known or not. The first poll starts from now.
    """
    if parsed.next_page is None or not parsed.entries:
        return False
    # A pinned row is as old as it likes; it says nothing of how far back the page reaches.
    listed = [entry.published for entry in parsed.entries if entry.published and "pinned" not in entry.flags]
    oldest = min(listed, default=None)
    if since is not None and oldest is not None and oldest > since:
        return True
    return not first_poll and any(candidate.known is None for candidate in selection.candidates)


def prepare(
    candidate: Candidate, article: Article, now: datetime, *, failure: AggregatorError | None = None
) -> Prepared:
    """Ready a cleaned article for its place: a new one, or a changed one of a known document."""
    return _aimed(
        _prepared(article, now, cause=Cause.STATED, stated_hash=candidate.stated_hash, failure=failure), candidate
    )


def still_wanted(prepared: Iterable[Prepared], candidates: Sequence[Candidate]) -> list[Prepared]:
    """Those prepared whose candidates are left after another look at the store, with what it knows by now."""
    left = {candidate.stated_hash: candidate for candidate in candidates}
    return [_aimed(item, left[item.stated_hash]) for item in prepared if item.stated_hash in left]


def prepare_upgrade(article_id: int, article: Article, now: datetime) -> Prepared:
    """Ready a stored article whose full text came later."""
    return replace(_prepared(article, now, cause=Cause.FULL_TEXT, stated_hash=None), article_id=article_id)


def prepare_again(article_id: int, revision: int, article: Article, first_seen: datetime) -> Prepared:
    """Ready a stored article that was made again by other rules; it is written only while it has that revision."""
    made = _prepared(article, first_seen, cause=Cause.RULE_CHANGE, stated_hash=None)
    return replace(made, article_id=article_id, base=revision)


def writes(
    prepared: Sequence[Prepared],
    neighbours: Iterable[Neighbour],
    *,
    now: datetime,
    arriving: Around = lambda _title_key, _print: [],
    near: bool = True,
    split_differing: bool = False,
) -> tuple[Write, ...]:
    """Place each prepared article among its neighbours; it becomes a Write.

    `neighbours` are stored; those of the batch are added one by one, and `arriving` tells of other batches.
    """
    near_by = Neighbourhood(neighbours)
    out: list[Write] = []
    for item in prepared:
        article = item.article
        length = len(article.text)
        looked_for = item.key.title_key, item.fingerprint
        around = [*near_by.around(*looked_for), *arriving(*looked_for)]
        where = place.place(
            item.title, item.at, item.fingerprint, length, around, near=near, split_differing=split_differing
        )
        near_by.add([Neighbour(where.key, item.title, item.at, item.fingerprint, length)])
        out.append(
            Write(
                article=article,
                place=where,
                stated_hash=item.stated_hash,
                content_hash=item.content_hash,
                fingerprint=item.fingerprint,
                first_seen=now,
                cause=item.cause,
                article_id=item.article_id,
                retry=str(item.failure) if item.failure else None,
                retry_after=item.failure.retry_after if item.failure else None,
                raw=item.raw,
                base=item.base,
            )
        )
    return tuple(out)


def as_neighbours(prepared: Iterable[Prepared]) -> list[Neighbour]:
    """What places the articles, as others see it that are placed at the same time."""
    return [Neighbour(item.key, item.title, item.at, item.fingerprint, len(item.article.text)) for item in prepared]


def claims_of(article: Article) -> tuple[str, ...]:
    """The same as `claims` for a stored article: by docid and by every address it is known under."""
    links = () if article.shares_link else (article.url, *article.aliases)
    return tuple(name for name in (article.docid and f"docid:{article.docid}", *links) if name)


def canonical_link(entry: Entry) -> str | None:
    """The entry's link in canonical form, None when it states none."""
    return urls.canonical(entry.link) if entry.link else None


def _aimed(item: Prepared, candidate: Candidate) -> Prepared:
    """The same under the article that the store knows of, if it knows one."""
    known, shares_link = candidate.known, candidate.entry.shares_link
    article = item.article
    if article.shares_link != shares_link:
        article = replace(article, shares_link=shares_link)
    if known is None and article is item.article and item.article_id is None:
        return item
    return replace(
        item,
        article=article,
        cause=_cause(candidate),
        article_id=known.article_id if known else None,
    )


def _cause(candidate: Candidate) -> Cause:
    """Another feed that brings the text of a document has edited nothing."""
    known = candidate.known
    if known is None:
        return Cause.STATED
    edited = known.stated_hash is not None or _is_newer(candidate.entry, known)
    return Cause.EDITED if edited else Cause.FULL_TEXT


def _prepared(
    article: Article,
    now: datetime,
    *,
    cause: str,
    stated_hash: str | None,
    failure: AggregatorError | None = None,
) -> Prepared:
    """Compute the story key and the fingerprint. A future date is capped: it must not place a story on a later day."""
    at = min(article.published, now) if article.published else now
    title = article.title or text.truncate(article.text, 60) or article.entry_id
    return Prepared(
        article=article,
        title=title,
        key=identity.story_key(title, at),
        at=at,
        fingerprint=fingerprint.fingerprint(article.text) if article.completeness is Completeness.FULL else None,
        cause=cause,
        stated_hash=stated_hash,
        article_id=None,
        content_hash=hashing.content(article),
        failure=failure,
    )


def _is_plainly_long(markup: str) -> bool:
    """True where its two ends show that an HTML text is whole. False says nothing: then all of it must be read."""
    if len(markup) < 8 * THIN or markup.count("<!--") != markup.count("-->"):
        return False
    lower = markup.lower()
    if any(lower.count(f"<{name}") != lower.count(f"</{name}") for name in _HIDDEN):
        return False
    shown = "".join(_SHOWN.findall(markup[: 12 * THIN]))
    more_bytes = len(shown.encode(errors="replace")) - len(shown)  # two for every Chinese character
    if more_bytes < 2 * 2 * THIN:  # and twice as many characters, for what a broken tag may hide
        return False
    seen = _ASIDE.sub("", markup[-4 * THIN :])
    tail = _HIDDEN_END.split(seen)[-1]  # what is hidden may have begun before
    if not -1 < tail.find("<") < tail.find(">"):
        tail = tail.partition(">")[2]  # it begins inside a tag
    words = html.unescape(_TAG.sub(" ", tail)).strip()
    return bool(words) and not words.endswith(CUT_MARKS)


_HIDDEN = ("script", "style", "template", "noscript")  # elements without visible text
_HIDDEN_END = re.compile(r"</(?:script|style|template|noscript)\s*>|-->", re.IGNORECASE)
_ASIDE = re.compile(r"<!--.*?-->|<(script|style|template|noscript)\b.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_SHOWN = re.compile(r">([^<]+)")
_TAG = re.compile(r"<[^>]*>")


def _is_home_page(link: str) -> bool:
    parts = urlsplit(link)
    return parts.path in ("", "/") and not parts.query and not parts.fragment


def _distinct_states(group: Sequence[Entry]) -> list[tuple[str, Entry]]:
    """The different states of one document in a batch, oldest first; an equal repetition counts once."""
    states = {entry.stated_hash or hashing.stated(entry): entry for entry in group}
    if len(states) == 1:
        return list(states.items())
    return sorted(states.items(), key=lambda state: _order(state[1]))


def _order(entry: Entry) -> float:
    stamp = entry.updated or entry.published
    return stamp.timestamp() if stamp else 0.0


def _is_other_item(entry: Entry, fact: Known) -> bool:
    """True for a second item of one subscription that only has the address of a stored article, under another title.

    Feeds that link every item to one page would otherwise lose all items but the first.
    """
    if not (fact.by_address and fact.here):
        return False
    return identity.title_key(entry.title) != identity.title_key(fact.title)


def _wants_page(entry: Entry, policy: FullText) -> bool:
    # The page behind a shared link is about all of its entries: taken for the text of each, it would make them one.
    if policy is FullText.NEVER or entry.deleted or entry.link is None or entry.shares_link or is_flash(entry):
        return False
    return policy is FullText.ALWAYS or is_thin(entry)


def _adds_nothing(entry: Entry, fact: Known, policy: FullText) -> bool:
    """True when a known document gains nothing by this entry: only that it stands here is noted."""
    if is_flash(entry) and fact.completeness is Completeness.FULL:
        return True  # the flash only announces the article: neither its edits nor its withdrawal concern it
    if fact.stated_hash is not None or _is_newer(entry, fact):
        return False
    brings_text = not is_flash(entry) and (not is_thin(entry) or _wants_page(entry, policy))
    return fact.completeness is Completeness.FULL or not brings_text


def _is_newer(entry: Entry, fact: Known) -> bool:
    """True when the entry states a later edit than the stored article, or a withdrawal."""
    if entry.deleted:
        return True
    return entry.updated is not None and fact.updated is not None and entry.updated > fact.updated

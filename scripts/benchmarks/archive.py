"""`python -m benchmarks.archive COUNT FILE`: a database with that many articles in it, as if polled for months.

In: a number and a path. Out: the file, written through the store's own commit. The articles are written clean, as
cleaning is not what is looked at; there are 1,700 a day, as many as Sina's list brings, so the larger archive reaches
further back. Called by scale, which keeps the file for two days: after that nothing in it would be recent.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TypeVar

from aggregator.dedup import identity
from aggregator.kit import hashing
from aggregator.models import Article, Found, Place, Plan, Subscription, Symbol, Write
from aggregator.store import open_store
from benchmarks import places, words
from benchmarks.corpus import Article as Made
from benchmarks.corpus import Corpus

A_DAY = 1700
FEEDS = 200
_PLANS = 8  #: plans in one transaction
_WRITES = 50  #: articles in a plan
_SEED = 99
_KEPT = 2 * 86_400  #: seconds


def database(count: int) -> Path:
    """A filled database from the cache; made when there is none for this schema that is recent enough."""
    here = Path(__file__)
    made_of = [here, here.with_name("corpus.py"), *sorted((places.ROOT / "aggregator/store").rglob("*.py"))]
    mark = hashlib.blake2b(b"".join(one.read_bytes() for one in made_of), digest_size=6).hexdigest()
    path = places.CACHE / f"archive-{count}-{mark}.sqlite"
    if path.exists() and time.time() - path.stat().st_mtime < _KEPT:
        return path
    places.CACHE.mkdir(parents=True, exist_ok=True)
    for old in places.CACHE.glob(f"archive-{count}-*"):
        old.unlink()
    print(f"filling a database with {count} articles", flush=True)
    fill(count, path.with_suffix(".part"))
    path.with_suffix(".part").rename(path)
    return path


def fill(count: int, path: Path) -> None:
    """Write `count` articles into a new database."""
    now = datetime.now(UTC)
    span = timedelta(days=count / A_DAY)
    corpus = Corpus(FEEDS, -(-count // FEEDS * 10 // 9), newest=now, seed=_SEED, span=span)
    followed = [
        Subscription(f"archive-{number}", f"存档 {number}", f"http://127.0.0.1/{number}", timedelta(hours=1))
        for number in range(FEEDS)
    ]
    with open_store(f"sqlite:///{path}") as store:
        store.migrate()
        store.subscriptions.sync(followed, now)
        chance = random.Random(_SEED)  # noqa: S311 (not a secret)
        for plans in _groups(_plans(corpus, islice(corpus.articles, count), chance, now), _PLANS):
            store.articles.commit(plans, now)
        stored = store.articles.counts()["articles"]
    if stored != count:
        raise RuntimeError(f"{stored} articles stored, {count} wanted")


def vocabulary() -> list[str]:
    """The words that the articles are made of, the commonest first."""
    return words.vocabulary(random.Random(_SEED))[0]  # noqa: S311 (not a secret)


def _plans(corpus: Corpus, articles: Iterator[Made], chance: random.Random, now: datetime) -> Iterator[Plan]:
    for number, group in enumerate(_groups(articles, _WRITES)):
        yield Plan(f"archive-{number % FEEDS}", writes=tuple(_write(corpus, one, chance, now) for one in group))


T = TypeVar("T")


def _groups(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    source = iter(items)
    while group := tuple(islice(source, size)):
        yield group


def _write(corpus: Corpus, made: Made, chance: random.Random, now: datetime) -> Write:
    lines = corpus.paragraphs(made)
    article = Article(
        entry_id=made.guid,
        title=made.title,
        html="".join(f"<p>{line}</p>\n" for line in lines),
        url=made.link,
        docid=made.docid,
        text="\n".join(lines),
        published=made.at,
        outlet=made.outlet,
        byline=made.reporter,
        editor=made.editor,
        symbols=(Symbol(f"{corpus.code(made)}.SH", Found.MARKUP, f"sh{corpus.code(made)}"),),
    )
    return Write(
        article=article,
        place=Place(identity.story_key(made.title, made.at)),
        stated_hash=hashing.digest("stated", made.docid),
        content_hash=hashing.digest("content", made.docid),
        fingerprint=chance.getrandbits(64),  # prints of unrelated texts are as good as random
        first_seen=min(made.at + timedelta(minutes=1), now),
    )


def main() -> None:
    """Read the command line and fill."""
    options = argparse.ArgumentParser(description="Fill a database.")
    options.add_argument("count", type=int)
    options.add_argument("file", type=Path)
    told = options.parse_args()
    fill(told.count, told.file)


if __name__ == "__main__":
    main()

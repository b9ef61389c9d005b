"""The store: one database with its parts.

`open_store(url)` is called by app.py; everything else gets the Store, or one of its parts, handed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from aggregator.errors import ConfigError, StoreError
from aggregator.store import moving, upgrade, wordindex
from aggregator.store.articles import Articles
from aggregator.store.audit import Audit
from aggregator.store.counts import Counts
from aggregator.store.engine import Engine
from aggregator.store.media import Media
from aggregator.store.pages import Pages
from aggregator.store.past import Past
from aggregator.store.raw import Raw
from aggregator.store.retention import Retention
from aggregator.store.schema import Tables
from aggregator.store.seam import guard
from aggregator.store.search import Search
from aggregator.store.space import Space
from aggregator.store.sqlite import SqliteEngine
from aggregator.store.stories import Stories
from aggregator.store.subscriptions import Subscriptions
from aggregator.store.whole import Whole
from aggregator.store.words import Words


class Store:
    """What is kept. Every method may be called from any thread; each thread gets a connection of its own.

    Methods raise StoreBusy when another process holds the database for too long, and StoreError, in words, when the
    database cannot be used.
    """

    def __init__(self, engine: Engine, url: str) -> None:
        self._tables = tables = Tables(engine)
        self._engine = engine
        self.url = url
        self.path = engine.path
        self.title = engine.title
        self.server = engine.server
        self.subscriptions = Subscriptions(engine, tables)
        self.words = Words(engine, tables)
        self.search = Search(wordindex.beside(self.path), engine, tables)
        self.stories = Stories(engine, tables, self.words, self.search)
        self.past = Past(engine, tables, self.stories, self.words)
        self.articles = Articles(engine, tables, self.subscriptions, self.stories)
        self.pages = Pages(engine, tables)
        self.counts = Counts(engine, tables)
        self.retention = Retention(engine, tables)
        self.raw = Raw(engine, tables)
        self.media = Media(engine, tables)
        self.whole = Whole(engine, tables, self.articles)
        self.space = Space(engine, tables)
        self.audit = Audit(engine, tables, self.search)

    @guard("bringing the database up to date")
    def migrate(self) -> list[str]:
        """Bring the database to this version's schema; returns what was applied, by name."""
        applied = upgrade.migrate(self._engine)
        if upgrade.FIRST in applied:  # an index that lies there is of another database
            self.search.forget()
        return applied

    @guard("reading the version of the database")
    def pending(self) -> list[str]:
        """Names of the migrations that are not applied yet."""
        return upgrade.pending(self._engine)

    @guard("looking whether the database changed")
    def changed_by_others(self) -> bool:
        """True when anything was committed since the last call in this thread, but by this thread itself.

        Costs microseconds. Ask in the thread that writes: then only the commits of other processes (and of other
        threads that write) count. The first call in a thread is True: what was before it is unknown.
        """
        return self._engine.changed_by_others()

    @guard("looking for the database")
    def identity(self) -> str:
        """Another one when a backup was put in its place."""
        return self._engine.identity()

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the database as its one daemon for the block. Raises AlreadyRunning at once, naming who holds it."""
        with ExitStack() as held:
            with guard("locking the database"):
                held.enter_context(self._engine.sole())
            yield

    @guard("copying the database")
    def copy_to(self, target: Store, on_rows: moving.OnRows) -> dict[str, int]:
        """Copy everything to an empty, migrated store, ids and all, and compare; rows of each table."""
        return moving.copy(self._engine, self._tables, target._engine, target._tables, on_rows)

    def close(self) -> None:
        """Close the connections of all threads."""
        self._engine.close_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, folder: Path | None = None, *, timeout: float = 30.0) -> Store:
    """Open `sqlite:///relative.db`, `sqlite:////absolute.db` (made where it is missing), or `postgresql://…`.

    `folder`: where files beside a PostgreSQL database lie: the search index, the lock. `timeout`: seconds to wait for
    another process that holds the database. Raises ConfigError for an address of another kind, StoreError when the
    database is damaged, forbidden, out of reach, or belongs to another program.
    """
    engine = _engine(url, folder, timeout)
    try:
        engine.path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"the data folder {engine.path.parent} cannot be made: {error.strerror}") from error
    try:
        with guard(f"opening {engine.title}"):
            engine.recognise()
    except BaseException:
        engine.close_all()
        raise
    return Store(engine, url)


def _engine(url: str, folder: Path | None, timeout: float) -> Engine:
    if not is_server(url):
        return SqliteEngine(locate(url), timeout=timeout)
    from aggregator.store.postgres import PostgresEngine  # a tenth of a second that SQLite does without

    return PostgresEngine(url, (folder or Path()).absolute(), timeout=timeout)


def is_server(url: str) -> bool:
    """Whether a database URL names a server, so that there is no file of it."""
    return url.startswith("postgresql://")


def locate(url: str) -> Path:
    """The file that a database URL names. Raises StoreError for a server, ConfigError for what is no address."""
    if is_server(url):
        raise StoreError(
            "a PostgreSQL database is no file: back it up with pg_dump and restore it with pg_restore, or copy it to a "
            "file with `aggregator copy --to sqlite:////absolute/path.sqlite`"
        )
    scheme, mark, rest = url.partition(":///")
    if scheme != "sqlite" or not mark or not rest.strip("/"):
        mend = "write sqlite:///PATH, as sqlite:///data/aggregator.db, or postgresql://USER@HOST/DATABASE"
        raise ConfigError(f"database: {url!r} is no address of a database that this version can use; {mend}")
    return Path(rest).absolute()

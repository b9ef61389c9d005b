"""A real PostgreSQL server on a free loopback port, from Debian's packages, for as long as a test session lasts."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.support.demo import free_port

#: Where Debian puts the programs of each version.
PROGRAMS = Path("/usr/lib/postgresql")

_SETTINGS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=127.0.0.1")


class Server:
    """A server and its databases."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self.port = free_port(0)
        self.log = folder / "log"
        self._programs = programs
        self._folder = folder
        self._user = _user()
        self._made = 0
        self._process: subprocess.Popen[bytes] | None = None
        if self._user:
            shutil.chown(folder, self._user)
        make = ["initdb", "-D", "data", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N"]
        self._begin(*make).communicate()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = (*_SETTINGS, f"port={self.port}", f"unix_socket_directories={self._folder}")
        self._process = self._begin("postgres", "-D", "data", *(part for one in settings for part in ("-c", one)))
        for _ in range(400):
            try:
                return self.run("SELECT 1")
            except psycopg.OperationalError:
                if self._process.poll() is not None:
                    break
                time.sleep(0.05)
        pytest.fail(f"PostgreSQL did not start:\n{self.log.read_text(errors='replace')}")

    def stop(self) -> None:
        """Stop it; whoever is connected is cut off."""
        if self._process:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)
            self._process = None

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create(self) -> str:
        """The address of a new database."""
        self._made += 1
        name = f"made_{self._made}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE template0')
        return self.url(name)

    def empty(self, url: str) -> None:
        """Make a store as it was after its migrations. Whoever is still connected to it is cut off."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("""SELECT pg_terminate_backend("pid", 5000) FROM pg_stat_activity
                WHERE "datname" = current_database() AND "pid" <> pg_backend_pid()""")
            connection.execute("SET session_replication_role = replica")  # neither references nor triggers
            tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            names = {name for (name,) in connection.execute(tables)} - {"schema_migration", "aggregator_writes"}
            connection.execute(";".join(f'DELETE FROM "{name}"' for name in sorted(names)))  # noqa: S608
            connection.execute("""SELECT setval(quote_ident("sequencename")::regclass, 1, false) FROM pg_sequences
                WHERE "sequencename" <> 'schema_migration_id_seq'""")
            connection.execute("INSERT INTO picture_mark VALUES (1, 0)")

    def run(self, sql: str) -> None:
        """Run one statement outside of any database of a test."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(sql)

    def _begin(self, program: str, *words: str) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as output:
            return subprocess.Popen(
                [self._programs / program, *words],
                user=self._user,
                cwd=self._folder,
                env={"PATH": os.defpath},
                stdout=output,
                stderr=output,
            )


@contextmanager
def server() -> Iterator[Server]:
    """Start one. Skips the test, saying why, where there is none to start."""
    programs = max(PROGRAMS.glob("*/bin/initdb"), default=None, key=lambda path: int(path.parts[-3]))
    if programs is None:
        pytest.skip(f"skipped: no PostgreSQL below {PROGRAMS}; install Debian's package `postgresql`")
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        made = Server(programs.parent, Path(folder))
        try:
            made.start()
            yield made
        finally:
            made.stop()


def _user() -> str | None:
    """PostgreSQL does not run as root: whom it runs as then."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"

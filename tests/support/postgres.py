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
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest

from tests.support.demo import free_port

#: Where Debian puts the programs of each version.
PROGRAMS = Path("/usr/lib/postgresql")

_SETTINGS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off", "listen_addresses=127.0.0.1")


class Server:
    """A running server; databases are made from templates."""

    def __init__(self, version: int, port: int, log: Path) -> None:
        self.port = port
        self._version = version
        self.log = log
        self._made = 0

    def url(self, database: str) -> str:
        """The address of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create(self, template: str = "template0") -> str:
        """The address of a new database, made from another one that nobody uses."""
        self._made += 1
        name = f"made_{self._made}"
        strategy = " STRATEGY FILE_COPY" if self._version >= 15 else ""  # the other one takes eight times as long
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"{strategy}')
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


@contextmanager
def server() -> Iterator[Server]:
    """Start one. Skips the test, saying why, where there is none to start."""
    programs = max(PROGRAMS.glob("*/bin"), default=None, key=lambda path: int(path.parent.name))
    if programs is None:
        pytest.skip(f"skipped: no PostgreSQL below {PROGRAMS}; install Debian's package `postgresql`")
    user = _user()
    with ExitStack() as left:
        folder = Path(left.enter_context(tempfile.TemporaryDirectory(prefix="postgres-")))
        if user:
            shutil.chown(folder, user)
        data, port, log = folder / "data", free_port(0), folder / "log"
        make = [programs / "initdb", "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N"]
        subprocess.run(make, user=user, check=True, capture_output=True, cwd=folder, env={"PATH": os.defpath})
        told = [part for setting in (*_SETTINGS, f"port={port}", f"unix_socket_directories={folder}")
                for part in ("-c", setting)]  # fmt: skip
        with log.open("wb") as output:
            started = left.enter_context(
                subprocess.Popen(
                    [programs / "postgres", "-D", data, *told],
                    user=user, cwd=folder, env={"PATH": os.defpath}, stdout=output, stderr=output,
                )
            )  # fmt: skip
        left.callback(started.send_signal, signal.SIGINT)  # a fast shutdown, for which Popen then waits
        made = Server(int(programs.parent.name), port, log)
        _wait(made, started)
        yield made


def _wait(made: Server, started: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        try:
            return made.run("SELECT 1")
        except psycopg.OperationalError:
            if started.poll() is not None:
                break
            time.sleep(0.05)
    pytest.fail(f"PostgreSQL did not start:\n{made.log.read_text(errors='replace')}")


def _user() -> str | None:
    """PostgreSQL does not run as root: whom it runs as then."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"

"""The servers of the fault plan: a PostgreSQL that keeps what it commits, a Valkey, and ways to break both."""

import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg2
import redis

from dev import migrated, postgres, valkey
from dev.places import work_folder
from dev.processes import Child

MORE = "track_commit_timestamp = on\nmax_connections = 120\n"  # which of two transactions was committed first


@dataclass
class Machines:
    """Both servers and the folder they work in."""

    work: Path
    log: Path
    postgres: Child
    valkey: Child

    # --- PostgreSQL ---------------------------------------------------------------------------------------------------
    def url(self, database: str) -> str:
        """The DATABASE_URL of one of its databases."""
        return postgres.url(self.work, database=database)

    @property
    def sockets(self) -> str:
        """The folder of PostgreSQL's socket."""
        return str(self.work / "pgsock")

    def sql(self, words: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """One statement on a connection of its own, outside any transaction."""
        options = "-c default_transaction_read_only=off"
        connection = psycopg2.connect(host=self.sockets, port=5432, user="postgres", dbname=database, options=options)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(words)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def stop_postgres(self) -> None:
        """Ends it at once, as a power cut would: no checkpoint, recovery at the next start."""
        assert self.postgres.process is not None
        self.postgres.process.send_signal(signal.SIGQUIT)
        self.postgres.process.wait(30)

    def start_postgres(self, *, room: int = 0) -> None:
        """Starts it again and waits for the end of the recovery; with `room` no file may pass so many megabytes."""
        usual = self.postgres.command
        if room:
            script = f'ulimit -f {room * 1024}; exec "$@"'
            self.postgres.command = ["bash", "-c", script, "postgres", *usual]
        self.postgres.start()
        self.postgres.command = usual
        ends = time.monotonic() + 60
        while True:
            try:
                self.sql("SELECT 1")
                return
            except psycopg2.OperationalError:
                if time.monotonic() > ends:
                    raise
                time.sleep(0.02)

    def crash_postgres(self, seconds: float = 0.0) -> None:
        """Crash and restart, with a pause between."""
        self.stop_postgres()
        time.sleep(seconds)
        self.start_postgres()

    def mend(self) -> None:
        """Starts what a test has left broken."""
        if not self.postgres.is_running():
            self.start_postgres()
        if not self.valkey.is_running():
            self.start_valkey()

    # --- Valkey -------------------------------------------------------------------------------------------------------
    @property
    def redis(self) -> redis.Redis:
        """A client of its own."""
        return redis.Redis.from_url(valkey.url(self.work), socket_timeout=5)

    def flush(self) -> None:
        """FLUSHALL."""
        with self.redis as client:
            client.flushall()

    def stop_valkey(self) -> None:
        """Ends it; whatever it holds is gone."""
        assert self.valkey.process is not None
        with suppress(ProcessLookupError):
            self.valkey.process.kill()
        self.valkey.process.wait()

    def start_valkey(self) -> None:
        """Starts it again: empty, or with the dump that lies in its folder."""
        self.valkey.start()
        self.valkey.wait_until(lambda: valkey.answers(self.work / "kv" / "kv.sock"), seconds=30, advice="")

    def restart_valkey(self, *, dump: bytes | None = None) -> None:
        """Kills and starts it, empty or with an old dump."""
        self.stop_valkey()
        file = self.work / "kv" / "dump.rdb"
        file.unlink(missing_ok=True)
        if dump is not None:
            file.write_bytes(dump)
        self.start_valkey()

    def dump_valkey(self) -> bytes:
        """What it holds now, as a file."""
        with self.redis as client:
            client.save()
        return (self.work / "kv" / "dump.rdb").read_bytes()

    @contextmanager
    def silent_valkey(self) -> Iterator[None]:
        """It takes connections and never answers, as behind a firewall that drops."""
        assert self.valkey.process is not None
        self.valkey.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.valkey.process.send_signal(signal.SIGCONT)


@contextmanager
def started(folder: Path) -> Iterator[Machines]:
    """Fresh servers in a temporary folder, gone afterwards; template1 holds every migration."""
    folder.chmod(0o711)
    work, log = work_folder(folder), folder / "log"
    migrated.provide(work, log=log / "migrate.log")
    with (work / "pg" / "postgresql.conf").open("a") as configuration:
        configuration.write(MORE)
    children: list[Child] = []
    given = {name: os.environ.pop(name, None) for name in ("PGOPTIONS", "PGHOST", "PGDATABASE")}
    try:
        children.append(postgres.start(work, log=log / "postgresql.log"))
        children.append(valkey.start(work, log=log / "valkey.log", careless=True))
        yield Machines(work, log, *children)
    finally:
        os.environ.update({name: value for name, value in given.items() if value is not None})
        for child in reversed(children):
            child.stop()
        if work != folder:
            shutil.rmtree(work, ignore_errors=True)

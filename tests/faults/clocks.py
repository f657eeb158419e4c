"""Clocks that are wrong: the database's, by functions that stand before its own in the search path."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from tests.faults.rig import Rig

CLOCKS = ("now", "statement_timestamp", "transaction_timestamp", "clock_timestamp")


class DatabaseClock:
    """The clock of one database, `seconds` ahead of the real one."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.seconds = rig, 0.0

    def ahead(self, seconds: float) -> None:
        """Moves it on, for everybody who is connected to this database."""
        self.seconds += seconds
        with connection.cursor() as cursor:
            cursor.execute("UPDATE wrong.clock SET ahead = make_interval(secs => %s)", [self.seconds])


@contextmanager
def database_clock(rig: Rig) -> Iterator[DatabaseClock]:
    """While it lasts, the database's clock can be moved; workers must be started inside."""
    functions = "".join(
        f"CREATE FUNCTION wrong.{name}() RETURNS timestamptz LANGUAGE sql STABLE AS"
        f" 'SELECT pg_catalog.{name}() + ahead FROM wrong.clock';"
        for name in CLOCKS
    )
    rig.machines.sql(
        "CREATE SCHEMA wrong; CREATE TABLE wrong.clock (ahead interval NOT NULL);"
        f"INSERT INTO wrong.clock VALUES ('0'); {functions}",
        rig.database,
    )
    rig.machines.sql(f'ALTER DATABASE "{rig.database}" SET search_path = public, wrong, pg_catalog')
    connection.close()
    try:
        yield DatabaseClock(rig)
    finally:
        connection.close()
        rig.machines.sql(f'ALTER DATABASE "{rig.database}" RESET search_path')

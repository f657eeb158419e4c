"""F08 to F10: PostgreSQL is the memory; while it is away nothing is promised, and no promise is forgotten."""

import threading
import time
from collections import Counter
from contextlib import suppress
from functools import partial

import psutil
import psycopg2
import pytest
import requests
from django.db import connection

from consultations.models import Submission
from notifications.models import Delivery
from tests.faults.account import Account
from tests.faults.conftest import Dose
from tests.faults.people import owe
from tests.faults.rig import Rig
from tests.faults.site import Site, open_a_circulation, serving


@pytest.mark.faults("F08")
def test_f08_a_crash_of_postgresql_forgets_nothing(rig: Rig, dose: Dose) -> None:
    owed = owe(dose(300, 10_000))
    rig.start("mailer", 2)
    rig.start("beat", 2)
    rig.start("celery", 1)
    rig.drive([(p, rig.crash_postgres) for p in rig.points(dose(2, 3), owed - owed // 10)], seconds=60)
    rig.finish_with_a_person(seconds=dose(60, 400))
    rig.stop()

    Account(rig, owed, oracle=rig.oracle).check()


@pytest.mark.faults("F09")
def test_f09_while_postgresql_is_away_the_site_says_so_and_comes_back_alone(rig: Rig, dose: Dose) -> None:
    users = open_a_circulation(dose(30, 200))
    opening, away = Delivery.objects.count(), dose(8.0, 300.0)
    with serving(rig, users) as site:
        rig.start("mailer", 2)
        rig.wait(lambda: rig.sink.count >= 3, seconds=30, what="the first mails")
        receipts: list[str] = []
        threads = [
            threading.Thread(target=insist, args=(site, list(users)[n::4], receipts, away + 60)) for n in range(4)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        connection.close()
        rig.note(f"PostgreSQL away for {away:.0f} s")
        rig.machines.stop_postgres()
        time.sleep(away)
        rig.machines.start_postgres()
        back, before = time.monotonic(), len(receipts)
        rig.wait(lambda: len(receipts) > before, seconds=90, what="somebody answers again")
        normal = time.monotonic() - back
        for thread in threads:
            thread.join()
        rig.finish(seconds=30)
        rig.stop()
    statuses = Counter(visit.status for visit in site.posts)
    print(f"\n  {len(site.posts)} posts {dict(statuses)}, slowest {site.slowest():.2f} s; normal after {normal:.1f} s")  # noqa: T201

    Account(rig, opening + len(users), may_end=frozenset({"cancelled"}), oracle=rig.oracle).check()

    assert sorted(receipts) == sorted(users)
    assert Submission.objects.count() == len(users)
    assert normal <= 30
    assert set(statuses) <= {302, 503}
    assert max(visit.seconds for visit in site.posts if visit.status != 302) <= 10  # four clients at once, and busy


@pytest.mark.faults("F09")
def test_f09_a_page_answers_503_while_postgresql_is_away(rig: Rig, dose: Dose) -> None:
    users = open_a_circulation(1)
    with serving(rig, users) as site:
        connection.close()
        rig.machines.stop_postgres()
        try:
            began = time.monotonic()
            answer = requests.get(site.page("answer"), cookies={"session": site.cookies["AA"]}, timeout=60)
            seconds = time.monotonic() - began
        finally:
            rig.machines.start_postgres()

    assert answer.status_code == 503
    assert seconds <= 2


def insist(site: Site, offices: list[str], receipts: list[str], seconds: float) -> None:
    """Each office tries until it has seen a receipt."""
    ends = time.monotonic() + seconds
    for office in offices:
        while time.monotonic() < ends:
            if site.answer(office):
                receipts.append(office)
                break
            time.sleep(0.2)


@pytest.mark.faults("F10")
@pytest.mark.parametrize("trouble", ["read-only", "no connection left", "disk full"])
def test_f10_a_database_that_refuses_work_is_waited_for(rig: Rig, dose: Dose, trouble: str) -> None:
    owed = owe(dose(200, 1000))
    rig.start("mailer", 4)
    refuse = {"read-only": read_only, "no connection left": no_connection, "disk full": disk_full}[trouble]
    rig.drive([(owed // 3, partial(refuse, rig))], seconds=60)
    rig.note(trouble)
    rig.finish_with_a_person(seconds=dose(60, 300))
    rig.stop()

    Account(rig, owed, oracle=rig.oracle).check()


def read_only(rig: Rig) -> None:
    """Nothing can be written for three seconds."""
    rig.machines.sql("ALTER SYSTEM SET default_transaction_read_only = on")
    rig.machines.sql("SELECT pg_reload_conf()")
    time.sleep(3)
    rig.machines.sql("ALTER SYSTEM RESET default_transaction_read_only")
    rig.machines.sql("SELECT pg_reload_conf()")


def no_connection(rig: Rig) -> None:
    """All workers die, and when they come back every connection is taken, for three seconds."""
    taken = []
    connection.close()
    for pid in rig.pids():
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).kill()
    with suppress(psycopg2.OperationalError):
        while True:
            taken.append(psycopg2.connect(host=rig.machines.sockets, port=5432, user="postgres", dbname="postgres"))
    assert len(taken) > 50
    time.sleep(3)
    for each in taken:
        each.close()


def disk_full(rig: Rig) -> None:
    """No file of the database can grow, not even its journal: PostgreSQL panics until there is room again."""
    rig.machines.sql("CHECKPOINT")  # what has to be written before it can be full has room in a new file of the journal
    rig.machines.sql("SELECT pg_switch_wal()")
    connection.close()
    rig.machines.stop_postgres()
    try:
        rig.machines.start_postgres(room=8)
        rig.wait(partial(is_full, rig), seconds=30, what="the disk is full", pause=0.1)
        time.sleep(2)
    finally:
        rig.machines.stop_postgres()
        rig.machines.start_postgres()


def is_full(rig: Rig) -> bool:
    """Writes a megabyte into the journal; True where that was too much."""
    try:
        rig.machines.sql("SELECT pg_logical_emit_message(true, 'filling', repeat('x', 1000000), true)")
    except psycopg2.OperationalError:
        return True
    return False

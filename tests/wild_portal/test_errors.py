"""Which page is shown for an error of ours: 503 while the database is away, however that is noticed."""

from collections.abc import Callable

import psycopg2
import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.core.exceptions import BadRequest
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from accounts.models import Member
from wild_portal.views.errors import bad_request, server_error

LOST = psycopg2.DatabaseError("server closed the connection unexpectedly")
Answer = Callable[[HttpRequest, Exception], HttpResponse]


def shown(error: Exception, cause: Exception | None, context: Exception | None) -> HttpResponse:
    """The page for an error on our side that came from another, or in the handling of one."""
    try:
        try:
            raise context or ValueError
        except Exception:
            raise error from cause
    except Exception:
        return server_error(RequestFactory().get("/"))


@pytest.mark.parametrize(
    ("error", "cause", "context", "status"),
    [
        (RuntimeError(), None, None, 500),
        (OperationalError(), None, None, 503),
        (InterfaceError(), None, None, 503),
        (DatabaseError(), LOST, None, 503),
        (DatabaseError("Forced update did not affect any rows."), None, None, 500),
        (RuntimeError(), None, OperationalError(), 503),
    ],
    ids=["a fault", "refused", "closed", "lost", "a row that is gone", "in the handling of one"],
)
def test_a_lost_database_is_told_from_a_fault(
    error: Exception, cause: Exception | None, context: Exception | None, status: int
) -> None:
    answer = shown(error, cause, context)

    assert (answer.status_code, answer.get("Retry-After")) == (status, "30" if status == 503 else None)


def interrupted(error: DatabaseError) -> SessionInterrupted:
    """What Django makes of an error while it saves a session."""
    try:
        try:
            try:
                raise error
            except DatabaseError:
                raise UpdateError  # noqa: B904 as Django does
        except UpdateError:
            raise SessionInterrupted("deleted")  # noqa: B904 as Django does
    except SessionInterrupted as outcome:
        return outcome


@pytest.mark.parametrize(
    ("exception", "status"),
    [
        (interrupted(OperationalError()), 503),
        (interrupted(DatabaseError("Forced update did not affect any rows.")), 400),
        (BadRequest("no"), 400),
    ],
    ids=["database away", "signed out meanwhile", "a bad request"],
)
def test_a_session_that_cannot_be_kept_is_no_bad_request(exception: Exception, status: int) -> None:
    assert bad_request(RequestFactory().get("/"), exception).status_code == status


def test_a_page_whose_session_cannot_be_kept_asks_the_reader_to_come_again(
    ana: Member, client_of: Callable[[Member], Client]
) -> None:
    client = client_of(ana)  # whose first request writes down when it came

    def lose(execute: Callable[..., object], sql: str, *rest: object) -> object:
        if sql.startswith("UPDATE") and "django_session" in sql:
            raise OperationalError("gone")
        return execute(sql, *rest)

    with connection.execute_wrapper(lose):
        answer = client.get("/privacy/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "Its database does not answer just now." in answer.content.decode()

"""Acts that mail many persons: asked for by one, done when another of the Secretariat releases them (decisions.md 17).

An app that owns such an act registers at import how it is rehearsed and done; the act itself calls
`require_second_person` and so cannot be done by one person alone, whoever calls it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.models import Member, User
from accounts.operations.refusals import Refusal
from consultations.emails import release_message, release_subject_key
from consultations.models import Release, Round
from consultations.names import names_of
from consultations.operations.refusals import (
    AskerHasLeft,
    NotOfTheSecretariat,
    ReleaseOver,
    RoundChangedSince,
    SamePerson,
    SecondPersonNeeded,
    WaitsAlready,
)
from consultations.permissions import can_release, can_run_rounds
from consultations.rehearsal import Rehearsal
from notifications import outbox

Arguments = Mapping[str, Any]
SEEN = "seen"  # the argument that keeps what the round was like when the act was asked for
DECIDED = "A colleague has decided."


@dataclass(frozen=True, kw_only=True)
class Deed:
    """One act on one round: the arguments are JSON, `release` stands where a second person has released it."""

    round: Round
    arguments: Arguments
    by: User
    now: datetime
    release: Release | None = None


def state_of(round: Round) -> dict[str, Any]:
    """What an act on a round was decided on: it is done only while this is still so."""
    state: dict[str, Any] = {
        name: instant.isoformat() if (instant := getattr(round, name)) else None
        for name in ("opened_at", "closes_at", "published_at")
    }
    if round.opened_at is None:
        state |= {name: getattr(round, name) for name in ("titles", "reminder_days", "answers_visible")}
        state["addressees"] = sorted(round.addressees.values_list("code", flat=True))
    return state


@dataclass(frozen=True, kw_only=True)
class Doing:
    """How an act is rehearsed and done, what it depends on, and who may ask for it, until it is done."""

    rehearse: Callable[[Deed], Rehearsal]
    do: Callable[[Deed], object]
    state: Callable[[Round], dict[str, Any]] = state_of
    may_ask: Callable[[User], bool] = can_run_rounds
    asker_has_left: type[Refusal] = AskerHasLeft


DO: dict[str, Doing] = {}
PAGES: dict[str, Callable[[Release], str]] = {}


def register(*, act: str, doing: Doing, kind: str = "") -> None:
    """Says how an act is done, for rounds of one kind or, where none is named, for all others."""
    DO[f"{act}:{kind}"] = doing


def register_page(*, kind: str, path: Callable[[Release], str]) -> None:
    """Says where an act on rounds of a kind is released: the path of the page."""
    PAGES[kind] = path


def doing_of(round: Round, act: str) -> Doing:
    """How an act on this round is done; raises KeyError for one that nobody has registered."""
    return DO.get(f"{act}:{round.kind}") or DO[f"{act}:"]


def rehearse(*, round: Round, act: str, arguments: Arguments, by: User, now: datetime) -> Rehearsal:
    """Whom the act would mail at `now` (aware UTC) and in which words; nothing is stored."""
    return doing_of(round, act).rehearse(Deed(round=round, arguments=arguments, by=by, now=now))


def do(*, round: Round, act: str, arguments: Arguments, by: User, now: datetime) -> object:
    """Does an act that needs no second person; raises what its operation raises, SecondPersonNeeded among it."""
    return doing_of(round, act).do(Deed(round=round, arguments=arguments, by=by, now=now))


def rehearse_release(*, release: Release, now: datetime) -> Rehearsal:
    """Whom it would mail if it were released at `now`; raises the Refusal for which it could not be done any more."""
    _require_unchanged(release)
    return doing_of(release.round, release.act).rehearse(_deed(release, now))


def _require_unchanged(release: Release) -> None:
    doing = doing_of(release.round, release.act)
    if not doing.may_ask(release.asked_by):
        raise doing.asker_has_left
    if doing.state(release.round) != release.arguments[SEEN]:
        raise RoundChangedSince


def _deed(release: Release, now: datetime) -> Deed:
    arguments = {name: value for name, value in release.arguments.items() if name != SEEN}
    return Deed(round=release.round, arguments=arguments, by=release.asked_by, now=now, release=release)


def needs_second_person(count: int) -> bool:
    """True for an act that mails so many persons."""
    most: int = settings.SECOND_PERSON_ABOVE
    return count > most


def require_second_person(*, round: Round, act: str, count: int, release: Release | None, now: datetime) -> None:
    """Raises SecondPersonNeeded where an act that mails `count` persons was not released just now by somebody else."""
    if not needs_second_person(count):
        return
    released = Release.objects.filter(round=round, act=act, released_at=now, released_by__isnull=False)
    if release is None or not released.filter(pk=release.pk).exists():
        raise SecondPersonNeeded(count)


@transaction.atomic
def ask_release(*, round: Round, act: str, arguments: Arguments, by: User, now: datetime) -> Release:
    """Stores an act with its arguments (JSON) until a second person releases it, and tells the rest of the Secretariat.

    Raises NotOfTheSecretariat for whoever may not ask for it, and WaitsAlready where the same act waits for this round.
    """
    doing = doing_of(round, act)
    if not doing.may_ask(by):
        raise NotOfTheSecretariat
    rehearsal = rehearse(round=round, act=act, arguments=arguments, by=by, now=now)
    try:
        with transaction.atomic():
            asked = Release.objects.create(
                round=round,
                act=act,
                arguments={**arguments, SEEN: doing.state(round)},
                recipients=rehearsal.recipients,
                asked_by=by,
                asked_at=now,
            )
    except IntegrityError as error:
        raise WaitsAlready from error
    path = PAGES[round.kind](asked) if round.kind in PAGES else "/"
    name = names_of([by])[by.pk]
    outbox.queue_many([release_message(asked, member, name, path, now) for member in _colleagues(by)], now=now)
    return asked


@transaction.atomic
def release(*, release: Release, by: User, now: datetime) -> Release:
    """Does what was asked for, with the arguments as stored, in the name of who asked; `by` is the second person.

    Raises NotOfTheSecretariat, SamePerson, ReleaseOver, AskerHasLeft, RoundChangedSince, and what the act
    itself raises: then nothing is done and it waits on.
    """
    if not can_run_rounds(by):
        raise NotOfTheSecretariat
    if not can_release(by, release):
        raise SamePerson
    if not Release.objects.waiting().filter(pk=release.pk).update(released_at=now, released_by=by):
        raise ReleaseOver
    released = Release.objects.select_related("round", "asked_by").get(pk=release.pk)
    _require_unchanged(released)
    doing_of(released.round, released.act).do(_deed(released, now))
    outbox.cancel(release_subject_key(released), DECIDED, now=now)
    return released


@transaction.atomic
def withdraw_release(*, release: Release, by: User, now: datetime) -> Release:
    """Ends what waits without doing it, by whoever of the Secretariat, or by who asked for it.

    Raises NotOfTheSecretariat and ReleaseOver.
    """
    if not can_run_rounds(by) and by.pk != release.asked_by_id:
        raise NotOfTheSecretariat
    if not Release.objects.waiting().filter(pk=release.pk).update(withdrawn_at=now, withdrawn_by=by):
        raise ReleaseOver
    outbox.cancel(release_subject_key(release), DECIDED, now=now)
    release.refresh_from_db()
    return release


def _colleagues(by: User) -> list[Member]:
    """The rest of the Secretariat, each person once."""
    staff = Member.objects.current().filter(user__is_staff=True, user__is_active=True).exclude(user=by)
    return list(staff.select_related("office").order_by("user", "pk").distinct("user"))

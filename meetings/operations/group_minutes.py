"""After a meeting of a group: who took part, what was agreed, and what becomes of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import count

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max
from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from accounts.deadlines import GENEVA
from accounts.models import Member, User
from accounts.operations.refusals import Refusal
from groups.models import Group, NextStep
from meetings.comments import fingerprint
from meetings.invitations import begins, group_of
from meetings.models import (
    ActionItem,
    ActionUpdate,
    AgendaItem,
    AgreedPoint,
    Document,
    Participant,
    Passage,
    Session,
)
from meetings.operations.group_meetings import ChangedMeanwhile, MeetingCalledOff, MinutesPublished

Status = Participant.Status
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONGEST_SECTION = 200


class NotYetBegun(Refusal):
    """The meeting is still to come."""

    @property
    def message(self) -> str:
        return _("This is possible once the meeting has begun.")


class NothingWritten(Refusal):
    """There are no minutes to publish."""

    @property
    def message(self) -> str:
        return _("Nothing is written yet: write the minutes of at least one item.")


class PointIsTakenUp(Refusal):
    """A point that has become a next step or an action item stays in the minutes as it is."""

    @property
    def message(self) -> str:
        return _("A point that has become a next step or an action item stays in the minutes as it is.")


class TakenUpAlready(Refusal):
    """Somebody has made a next step or an action item of it."""

    @property
    def message(self) -> str:
        return _("This point has become a next step or an action item already.")


@dataclass(frozen=True, kw_only=True)
class MinutesOf:
    """What was said about one item of the agenda, and what was agreed, each point in one line."""

    item: int
    text: str
    agreed: Sequence[str]


@transaction.atomic
def take_attendance(*, session: Session, present: Collection[Member], now: datetime) -> int:
    """Records which members took part, instead of what was recorded before; the number of them.

    Whoever is taken off the list counts as not having answered. Raises NotYetBegun, MeetingCalledOff.
    """
    session = _held(session, now)
    listed = Participant.objects.filter(session=session, status=Status.ATTENDED)
    listed.exclude(member__in=[member.pk for member in present]).update(status=Status.ASKED, replied_at=None)
    for member in present:
        Participant.objects.update_or_create(
            session=session, member=member, defaults={"status": Status.ATTENDED, "office": member.office}
        )
    return len(present)


@transaction.atomic
def write_minutes(*, session: Session, minutes: Sequence[MinutesOf], seen: str, now: datetime) -> Session:
    """Stores the minutes by item with the agreed points; `seen` is the `minutes_token` of the page.

    Raises NotYetBegun, MeetingCalledOff, MinutesPublished, ChangedMeanwhile, PointIsTakenUp.
    """
    session = _held(session, now)
    if session.minutes_published_at is not None:
        raise MinutesPublished
    items = {item.pk: item for item in session.agenda.prefetch_related("agreed")}
    if seen != minutes_token(items=list(items.values())):
        raise ChangedMeanwhile
    for each in minutes:
        item = items[each.item]
        item.minutes = each.text
        item.save(update_fields=["minutes"])
        _write_points(item, [line for line in each.agreed if line])
    return session


def minutes_token(*, items: Sequence[AgendaItem]) -> str:
    """What a page that writes minutes was made from; reads the prefetched points."""
    lines = [f"{item.pk}:{item.minutes}:{[point.text for point in item.agreed.all()]}" for item in items]
    return fingerprint(*lines)


@transaction.atomic
def publish_minutes(*, session: Session, by: User, now: datetime) -> Document:
    """Makes the minutes a document of the group: each item a paragraph, each agreed point a point.

    They stay as they are from then on. Raises NotYetBegun, MeetingCalledOff, MinutesPublished, NothingWritten.
    """
    session = _held(session, now)
    items = list(session.agenda.prefetch_related("agreed"))
    if not any(item.minutes or item.agreed.all() for item in items):
        raise NothingWritten
    unpublished = Session.objects.filter(pk=session.pk, minutes_published_at=None)
    if not unpublished.update(minutes_published_at=now, minutes_published_by=by):
        raise MinutesPublished
    group = group_of(session)
    document = Document.objects.create(
        slug=f"minutes-{group.slug}-{session.number}",
        titles=_titles(session),
        kind=Document.Kind.MINUTES,
        visibility=Document.Visibility.GROUP,
        session=session,
        group=group,
        issued_on=now.astimezone(GENEVA).date(),
    )
    places = count(1)
    for item in items:
        _add_passages(document, item, places)
    return document


@transaction.atomic
def make_next_step(*, point: AgreedPoint, due_on: date | None, owner: Member | None, now: datetime) -> NextStep:
    """An agreed point becomes a next step of the group, once. Raises NotYetBegun, MeetingCalledOff, TakenUpAlready."""
    session = _held(point.item.session, now)
    group = _locked_group(session)
    last = NextStep.objects.filter(group=group).aggregate(last=Max("order"))["last"] or 0
    step = NextStep.objects.create(group=group, order=last + 1, text=point.text, due_on=due_on, owner=owner)
    _take_up(point, next_step=step)
    return step


@transaction.atomic
def make_action_item(*, point: AgreedPoint, session: Session, heading: str, by: User, now: datetime) -> ActionItem:
    """An agreed point becomes an action item of WILD under the next free letter of a plenary session, once.

    The group leads it. Raises NotYetBegun, MeetingCalledOff, TakenUpAlready.
    """
    meeting = _held(point.item.session, now)
    group = _locked_group(meeting)
    Session.objects.select_for_update(no_key=True).get(pk=session.pk)  # letters are given one after the other
    taken = set(ActionItem.objects.filter(session=session).values_list("key", flat=True))
    key = next(letter for letter in _letters() if letter not in taken)
    item = ActionItem.objects.create(
        slug=f"{session.code.replace('/', '-')}-{key}",
        session=session,
        key=key,
        heading=heading,
        official_text=point.text,
        group=group,
        group_relation=ActionItem.GroupRelation.LEAD,
    )
    ActionUpdate.objects.create(
        item=item,
        status=ActionUpdate.Status.PROPOSED,
        happened_on=now.astimezone(GENEVA).date(),
        source=Truncator(f"{group.name}, {meeting.name}").chars(200),
        recorded_by=by,
    )
    _take_up(point, action_item=item)
    return item


# --- what these share -------------------------------------------------------------------------------------------------
def _held(session: Session, now: datetime) -> Session:
    """The meeting as it is now, held until commit; it has begun and was not called off."""
    session = Session.objects.select_for_update(no_key=True, of=("self",)).select_related("group").get(pk=session.pk)
    if session.cancelled_at is not None:
        raise MeetingCalledOff
    if begins(session) > now:
        raise NotYetBegun
    return session


def _write_points(item: AgendaItem, lines: Sequence[str]) -> None:
    """The agreed points are these lines in this order; one that has become something is never left out."""
    old = list(item.agreed.all())
    spare = {point.text: point for point in reversed(old)}  # of two equal lines the first is kept
    kept = {line: spare[line] for line in lines if line in spare}
    if any(_is_taken_up(point) and point not in kept.values() for point in old):
        raise PointIsTakenUp
    item.agreed.exclude(pk__in=[point.pk for point in kept.values()]).delete()
    item.agreed.update(order=F("order") + 1000)  # out of the way: each place is taken once
    for order, line in enumerate(dict.fromkeys(lines), 1):
        point = kept.get(line) or AgreedPoint(item=item, text=line)
        point.order = order
        point.save()


def _is_taken_up(point: AgreedPoint) -> bool:
    return point.next_step_id is not None or point.action_item_id is not None


def _take_up(point: AgreedPoint, **thing: NextStep | ActionItem) -> None:
    free = AgreedPoint.objects.filter(pk=point.pk, next_step=None, action_item=None)
    if not free.update(**thing):
        raise TakenUpAlready


def _titles(session: Session) -> dict[str, str]:
    titles = {}
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            titles[code] = _("Minutes: %(meeting)s") % {"meeting": session.name}
    return titles


def _add_passages(document: Document, item: AgendaItem, places: count[int]) -> None:
    section = Truncator(f"{item.order}. {item.title}").chars(LONGEST_SECTION)
    paragraph = Passage.objects.create(
        document=document,
        kind=Passage.Kind.PARAGRAPH,
        order=next(places),
        anchor=f"para-{item.order}",
        label=str(item.order),
        section=section,
        text=item.minutes,
        is_official=True,
    )
    Passage.objects.bulk_create(
        Passage(
            document=document,
            parent=paragraph,
            kind=Passage.Kind.POINT,
            order=next(places),
            anchor=f"point-{item.order}-{number}",
            label=str(number),
            section=section,
            text=point.text,
            is_official=True,
        )
        for number, point in enumerate(item.agreed.all(), 1)
    )


def _letters() -> list[str]:
    return [*LETTERS, *(f"{first}{second}" for first in LETTERS for second in LETTERS)]


def _locked_group(session: Session) -> Group:
    return Group.objects.select_for_update(no_key=True).get(pk=group_of(session).pk)

"""Sessions: publishing them, and taking them over from the record."""

from collections import Counter
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from meetings.models import Day, Delegation, Officer, Session, Suggestion, Theme
from meetings.operations.record import Entry, summary_of


class AlreadySo(Exception):
    """The session is already published, or already hidden."""

    def __str__(self) -> str:
        return _("Somebody has done this already.")


@transaction.atomic
def publish_session(*, session: Session) -> Session:
    """Shows a session in preparation to everybody. Raises AlreadySo."""
    return _show(session, is_published=True)


@transaction.atomic
def withdraw_session(*, session: Session) -> Session:
    """Hides a published session from everybody but the Secretariat. Raises AlreadySo."""
    return _show(session, is_published=False)


def _show(session: Session, *, is_published: bool) -> Session:
    changed = Session.objects.filter(pk=session.pk, is_published=not is_published).update(is_published=is_published)
    if not changed:
        raise AlreadySo
    session.refresh_from_db(fields=["is_published"])
    return session


@transaction.atomic
def load_sessions(*, record: Entry) -> Counter[str]:
    """Adds the sessions with days, themes, officers, delegations and suggested items. Returns how many rows were added.

    Offices must be there already; delegations point to them by ST.3 code.
    """
    added: Counter[str] = Counter()
    for entry in record["sessions"]:
        fields = _session_fields(entry, record)
        session, is_new = Session.objects.get_or_create(
            kind=Session.Kind.PLENARY, number=entry["ordinal"], defaults=fields
        )
        if is_new:
            added += Counter(sessions=1) + _fill_session(session, entry, record)
    return added


def _session_fields(entry: Entry, record: Entry) -> dict[str, Any]:
    counts, opened_by = entry["counts"] or {}, entry["opened_by"] or {}
    is_summarised = entry["code"] == summary_of(record)["session"]
    return {
        "code": entry["code"],
        "name": entry["name"],
        "also_called": entry.get("also_called", ""),
        "starts_on": date.fromisoformat(entry["start"]),
        "ends_on": date.fromisoformat(entry["end"]),
        "mode": entry["mode"] or "",
        "venue": entry["venue"] or "",
        "city": entry["city"],
        "meeting_id": entry["meeting_id"],
        "page_url": entry["page_url"] or "",
        "opened_by_name": opened_by.get("name", ""),
        "opened_by_role": opened_by.get("role", ""),
        "opening_points": entry.get("opening_points", []),
        "topics": entry["topics"],
        "reported_states": counts.get("member_states"),
        "reported_organizations": counts.get("igos"),
        "reported_themes": counts.get("themes"),
        "reported_presentations": counts.get("presentations"),
        "wipo_roles": [role["short"] for role in record["wipo_roles"]] if is_summarised else [],
        "is_published": True,
        "is_record": True,
    }


def _fill_session(session: Session, entry: Entry, record: Entry) -> Counter[str]:
    officers = [_officer(session, order, officer) for order, officer in enumerate(entry["officers"], 1)]
    added = Counter(officers=len(Officer.objects.bulk_create(officers)))
    added += _add_days(session, record)
    if entry["code"] == summary_of(record)["session"]:
        added += _add_delegations(session, record) + _add_suggestions(session, record)
    return added


def _officer(session: Session, order: int, entry: Entry) -> Officer:
    return Officer(
        session=session,
        order=order,
        role=entry["role"].lower(),
        honorific=entry["title"] or "",
        given_name=entry["given"],
        family_name=entry["family"],
        of=entry["of"],
        office_id=entry["st3"],
    )


def _add_days(session: Session, record: Entry) -> Counter[str]:
    days = Day.objects.bulk_create(
        Day(
            session=session,
            number=entry["day"],
            date=date.fromisoformat(entry["date"]),
            is_date_derived=entry["date_source"] == "derived",
            title=entry["title"],
            reported_presentations=entry["presentations"],
        )
        for entry in record["days"]
        if entry["session"] == session.code
    )
    by_number = {day.number: day for day in days}
    themes = Theme.objects.bulk_create(
        Theme(session=session, day=by_number[entry["day"]], number=entry["number"], title=entry["title"] or "")
        for entry in record["themes"]
        if entry["session"] == session.code
    )
    return Counter(days=len(days), themes=len(themes))


def _add_delegations(session: Session, record: Entry) -> Counter[str]:
    delegations = Delegation.objects.bulk_create(
        Delegation(
            session=session,
            office_id=entry["st3"],
            kind=entry["kind"],
            order=entry["order"],
            official_name=entry["official_name"],
        )
        for entry in record["participants"]
    )
    return Counter(delegations=len(delegations))


def _add_suggestions(session: Session, record: Entry) -> Counter[str]:
    suggestions = Suggestion.objects.bulk_create(
        Suggestion(session=session, order=entry["order"], text=entry["official_text"], is_record=True)
        for entry in record["suggested_items"]
    )
    return Counter({"suggested items": len(suggestions)})

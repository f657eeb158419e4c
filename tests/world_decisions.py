"""What the group of the small world decides and reports: procedures in every state, two reports."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from meetings.models import GroupReport, SilenceEntry, SilenceProcedure
from tests import factories as make

if TYPE_CHECKING:
    from tests.world import World

TEXT = "## Meetings\n\nThe group met:\n\n- First meeting\n"


def decisions(world: World) -> None:
    """Open, in preparation by each of the Secretariat, changed by one of them, and over."""
    began, closes = world.now - timedelta(days=2), world.now + timedelta(days=12)
    st, su = world.user("st"), world.user("su")
    opened = {"released_at": began, "closes_at": closes}
    waits = {"asked_change": "withdraw", "asked_reason": "A mistake", "asked_at": world.now}
    over = {"released_at": began - timedelta(days=20), "closes_at": world.now - timedelta(days=1)}
    rows = {
        "silence": {"prepared_by": st, "released_by": su, **opened},
        "silence_by_st": {"prepared_by": st, "closes_at": closes},
        "silence_by_su": {"prepared_by": su, "closes_at": closes},
        "silence_asked_by_st": {"prepared_by": st, "released_by": su, **opened, **waits, "asked_by": st},
        "silence_asked_by_su": {"prepared_by": st, "released_by": su, **opened, **waits, "asked_by": su},
        "silence_over": {"prepared_by": st, "released_by": su, **over, "result": "adopted"},
    }
    for name, fields in rows.items():
        concluded = {"concluded_at": fields["closes_at"]} if "result" in fields else {}
        world.things[name] = SilenceProcedure.objects.create(
            group=world.things["group"],
            subject=SilenceProcedure.Subject.TEXT,
            title=f"Ways of working ({name})",
            text="We meet each quarter.",
            prepared_at=began - timedelta(days=21),
            **fields,
            **concluded,
        )
    SilenceEntry.objects.create(
        procedure=world.things["silence_over"], office=world.members["gm"].office, stand=SilenceEntry.Stand.SILENT
    )


def reports(world: World) -> None:
    """A draft, and a report that the Chair has approved; both to sessions in preparation."""
    drafted = {"group": world.things["group"], "text": TEXT, "drafted_at": world.now, "drafted_by": world.user("ch")}
    approved = {"approved_at": world.now, "approved_by": world.user("ch")}
    later = make.SessionFactory(number=10, code="WILD/10", name="In preparation", is_published=False)
    world.things["report"] = GroupReport.objects.create(session=world.things["hidden_session"], **drafted)
    world.things["approved_report"] = GroupReport.objects.create(session=later, **drafted, **approved)

"""The permission matrix of permissions.csv: rows keyed to the name of a route, a method and a situation.

Answers: A allowed · L to the sign-in page, same bytes whether the object exists or not · D 403 · N 404, same bytes
as for an id that never existed · X no such operation for anyone (404 or 405).
"""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib import admin

from accounts.links import calendar_url, hand_over_url, invitation_url
from library.models import StoredFile
from notifications.links import preferences_url
from tests.routes import Route
from tests.world import ACTORS, World

FILE = Path(__file__).with_name("permissions.csv")
Values = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One line of the matrix."""

    route: str
    method: str
    when: str
    answers: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return f"{self.route} {self.method} {self.when}"

    def covers(self, name: str) -> bool:
        """True where the row speaks of the route; `*` stands for any letters."""
        return fnmatchcase(name, self.route)


def rows() -> list[Row]:
    """Every line of the file."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return [
            Row(line["route"], line["method"], line["when"], tuple((actor, line[actor]) for actor in ACTORS))
            for line in csv.DictReader(file)
        ]


# --- what stands for the arguments of a route -------------------------------------------------------------------------
def tail(url: str) -> str:
    """The last part of an address: the token of a link."""
    return url.rstrip("/").rsplit("/", 1)[1]


def _caught_mail() -> str:
    """The name of a mail in the mailbox of the demonstration."""
    folder = Path(settings.DEV_MAIL_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "0001.eml").write_text("From: a@wild.example\nTo: b@qm.example\nSubject: One\n\nText\n", encoding="utf-8")
    return "0001"


def _public_file(world: World) -> StoredFile:
    return world.things["public_document"].files.get().file


ARGUMENTS: dict[str, Callable[[World], Values]] = {
    "member_*": lambda w: {"code": w.things["office"].code, "pk": w.things["silent_member"].pk},
    "join_request_detail": lambda w: {"pk": w.things["nomination"].pk},
    "invitation_accept": lambda w: {"token": tail(invitation_url(w.things["invitation"]))},
    "hand_over": lambda w: {"token": tail(hand_over_url(w.members["fo"]))},
    "session_*": lambda w: {"number": w.things["session"].number},
    "document_detail": lambda w: {"symbol": w.things["public_document"].symbol_key},
    "action_detail": lambda w: {"slug": w.things["item"].slug},
    "thread_*": lambda w: {"slug": w.things["group"].slug, "pk": w.things["thread"].pk},
    "step_tick": lambda w: {"slug": w.things["group"].slug, "pk": w.things["step"].pk},
    "post_*": lambda w: {"slug": w.things["group"].slug, "pk": w.things["post"].pk},
    "seat_detail": lambda w: {"slug": w.things["group"].slug, "pk": w.things["seat"].pk},
    "silence_*": lambda w: {"slug": w.things["group"].slug, "pk": w.things["silence"].pk},
    "report_*": lambda w: {"slug": w.things["group"].slug, "pk": w.things["report"].pk},
    "meeting_point": lambda w: {
        "slug": w.things["group"].slug,
        "number": w.things["held_meeting"].number,
        "pk": w.things["point"].pk,
    },
    "meeting_*": lambda w: {"slug": w.things["group"].slug, "number": w.things["meeting"].number},
    "calendar_feed": lambda w: {"token": tail(calendar_url(w.members["gm"])).removesuffix(".ics")},
    "group_*": lambda w: {"slug": w.things["group"].slug},
    "question_release": lambda w: {
        "slug": w.things["question_waiting"].round.slug,
        "pk": w.things["question_asked"].pk,
    },
    "question_submission": lambda w: {"slug": w.things["question_past"].round.slug, "number": 1},
    "question_*": lambda w: {"slug": w.things["question"].round.slug},
    "circulation_submission": lambda w: {"slug": w.things["closed"].round.slug, "number": 1},
    "circulation_release": lambda w: {"slug": w.things["open"].round.slug, "pk": w.things["asked_by_staff"].pk},
    "circulation_join": lambda w: {"slug": w.things["published"].round.slug, "pk": w.things["comment"].pk},
    "circulation_leave": lambda w: {"slug": w.things["published"].round.slug, "pk": w.things["joined_comment"].pk},
    "circulation_export": lambda w: {"slug": w.things["open"].round.slug, "format": "xlsx"},
    "circulation_*": lambda w: {"slug": w.things["open"].round.slug, "office": w.things["office"].code},
    "office_*": lambda w: {"code": w.things["office"].code},
    "stored_file": lambda w: {"pk": _public_file(w).pk, "name": _public_file(w).name},
    "dev_mail_message": lambda _: {"name": _caught_mail()},
    "mail_preferences": lambda w: {"token": tail(preferences_url("fo@matrix.example", "news"))},
}


def arguments(route: Route, world: World) -> Values:
    """Arguments of a route that name something which exists; empty for a route without arguments."""
    found = next((make(world) for pattern, make in ARGUMENTS.items() if fnmatchcase(route.name, pattern)), {})
    if route.is_admin:
        found = _admin_arguments(route.name, world)
    if route.is_sign_in:
        found = route.absent | found
    return {name: found[name] for name, _ in route.arguments} if route.name else {}


def _admin_arguments(name: str, world: World) -> Values:
    found: Values = {"app_label": "notifications", "content_type_id": 987654321, "object_id": 987654321}
    for model in admin.site._registry:
        if name.startswith(f"admin:{model._meta.app_label}_{model._meta.model_name}_"):
            row = world.first(model)
            return found | {"object_id": row.pk if row else 987654321}
    return found

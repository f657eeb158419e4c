"""How the situations of permissions.csv are made: which object, what is posted, what happened before."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.models import Member
from consultations.drafts import draft_of
from groups.forms import signed_rows
from groups.importing import Row
from meetings.comments import token_of
from meetings.models import Circulation, Disposition, ItemAnswer
from meetings.operations.outcomes import outcome_token
from tests.world import World

Values = dict[str, Any]
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Case:
    """Arguments other than the usual ones, what is posted, what happens before."""

    arguments: Callable[[World, str], Values] | None = None
    data: Callable[[World, str], Values] = lambda _world, _actor: {}
    query: str = ""
    changes: bool = True  # an allowed POST leaves a trace; False for a form that only asks
    changes_on_get: bool = False  # an allowed GET may note that somebody looked


def posting(**data: Any) -> Case:
    """The usual object, and this posted."""
    return Case(data=lambda _world, _actor: data)


def of(thing: str, argument: str, attribute: str, **data: Any) -> Case:
    """Another object than the usual one, named by one of its attributes."""
    return Case(lambda world, _actor: {argument: getattr(world.things[thing], attribute)}, lambda _world, _actor: data)


def file_of(thing: str) -> Case:
    """The file of a document."""

    def arguments(world: World, _actor: str) -> Values:
        file = world.things[thing].files.get().file
        return {"pk": file.pk, "name": file.name}

    return Case(arguments)


def for_own_office(world: World, actor: str) -> Values:
    """A person nominated for the office of whoever nominates."""
    member = world.members[actor]
    own = member.office_id if member and actor not in {"gu", "st", "su"} else "QM"
    return PERSON | {"office": own, "role": Member.Role.CONTRIBUTOR}


def profile(world: World, actor: str) -> Values:
    """A profile with another function."""
    member = world.members[actor]
    address = member.email if member else "x@qm.example"
    return PERSON | {"email": address, "job_title": "Adviser", "time_zone": "", "theme": ""}


def answer(name: str, **posted: Any) -> Case:
    """The answer of Meridia to a circulation, whoever asks."""
    return Case(
        lambda world, _actor: {"slug": world.things[name].round.slug},
        lambda _world, _actor: posted,
        query="?office=QM",
        changes_on_get=True,
    )


def review(name: str) -> Case:
    """The last step of submitting: what was read is what is submitted."""

    def data(world: World, _actor: str) -> Values:
        response = world.things[f"{name}_response"]
        seen = {"seen_number": response.submissions.count(), "seen_draft": draft_of(response).fingerprint}
        return seen | {"confirm": "on"}

    return Case(lambda world, _actor: {"slug": world.things[name].round.slug}, data, query="?office=QM")


def file_of_annex(name: str) -> Case:
    """The file of Meridia's annex in a circulation."""

    def arguments(world: World, _actor: str) -> Values:
        file = world.things[f"{name}_annex"].file
        return {"pk": file.pk, "name": file.name}

    return Case(arguments)


def sign_off(name: str) -> Case:
    """The draft as it stands is signed off."""
    return replace(review(name), query="?office=QM")


def ask(name: str) -> Case:
    """A colleague who speaks for Meridia is asked to read its draft."""

    def data(world: World, actor: str) -> Values:
        return {"colleagues": [world.members["fo" if actor == "al" else "al"].pk]}

    return Case(lambda world, _actor: {"slug": world.things[name].round.slug}, data, query="?office=QM")


def submission(world: World, _actor: str) -> Values:
    """The first submission of Meridia, to the closed circulation."""
    return {"slug": world.things["closed"].round.slug, "number": 1}


def circulation(name: str, **posted: Any) -> Case:
    """A circulation by its place in the world, and this posted."""
    return Case(lambda world, _actor: {"slug": world.things[name].round.slug}, lambda _world, _actor: posted)


def acting(thing: str, do: str) -> Case:
    """A waiting act, and what is done with it."""

    def arguments(world: World, _actor: str) -> Values:
        release = world.things[thing]
        return {"slug": release.round.slug, "pk": release.pk}

    return Case(arguments, lambda _world, _actor: {"do": do})


LATER = {"closes_on": "2027-03-01", "reason": "Asked for", "do": "now"}


def one_office(name: str) -> Case:
    """More time for Meridia in a circulation."""
    return Case(
        lambda world, _actor: {"slug": world.things[name].round.slug, "office": "QM"},
        lambda _world, _actor: {"closes_on": "2027-03-01", "reason": "Asked for"},
    )


def of_letter(world: World, _actor: str) -> Values:
    """The file of an answer that was entered on behalf."""
    file = world.things["letter"].file
    return {"pk": file.pk, "name": file.name}


def letter(_world: World, _actor: str) -> Values:
    """An answer of Meridia that came by letter."""
    return {
        "upload": SimpleUploadedFile("letter.txt", b"We support both items."),
        "received_on": "2026-11-19",
        "reason": "Their network is down",
        "seen_number": "0",
        "item-a-position": "supports",
        "item-b-position": "supports",
    }


def unpublished_comment(world: World, _actor: str) -> Values:
    """What Meridia says in a circulation whose answers members do not see yet."""
    answer = ItemAnswer.objects.filter(submission=world.things["closed_submission"]).first()
    return {"slug": world.things["closed"].round.slug, "pk": answer.pk}


def answering(name: str) -> Case:
    """The answer of the Secretariat to a comment of Meridia."""

    def data(world: World, _actor: str) -> Values:
        answer = ItemAnswer.objects.filter(submission=world.things[f"{name}_submission"]).first()
        seen = token_of(Disposition.objects.filter(answer=answer).first())
        return {f"c{answer.pk}-decision": "partly", f"c{answer.pk}-reason": "Half of it", f"c{answer.pk}-seen": seen}

    return Case(lambda world, _actor: {"slug": world.things[name].round.slug}, data)


def outcome_text(name: str) -> Case:
    """An outcome as its form sends it."""

    def data(world: World, _actor: str) -> Values:
        circulation = Circulation.objects.get(pk=world.things[name].pk)
        return {"outcome_en": "They go ahead.", "seen": outcome_token(circulation, list(circulation.items.all()))}

    return Case(lambda world, _actor: {"slug": world.things[name].round.slug}, data)


def export(name: str, format: str) -> Case:
    """The compilation of a circulation as a file."""
    return Case(lambda world, _actor: {"slug": world.things[name].round.slug, "format": format})


TYPED = {"item-a-comment": "A comment", "item-a-comment-seen": ""}
ALTERED = Case(lambda _world, _actor: {"token": "WyJhIiwibmV3cyJd.no-such-signature"})
PERSON = {"family_name": "Somebody", "given_name": "New", "email": "somebody@qm.example", "language": "en"}
PASSWORDS = {"password1": "a-long-and-rare-phrase-4711", "password2": "a-long-and-rare-phrase-4711"}

CASES: dict[Key, Case] = {
    ("session_detail", "GET", "not published"): of("hidden_session", "number", "number"),
    ("session_programme", "GET", "not published"): of("hidden_session", "number", "number"),
    ("session_documents", "GET", "not published"): of("hidden_session", "number", "number"),
    ("session_participants", "GET", "not published"): of("hidden_session", "number", "number"),
    ("document_detail", "GET", "visibility members"): of("members_document", "symbol", "slug"),
    ("document_detail", "GET", "visibility group"): of("group_document", "symbol", "slug"),
    ("document_detail", "GET", "Secretariat draft"): of("staff_document", "symbol", "slug"),
    ("stored_file", "GET", "of a document for members"): file_of("members_document"),
    ("stored_file", "GET", "of a document of the group"): file_of("group_document"),
    ("stored_file", "GET", "of a Secretariat draft"): file_of("staff_document"),
    ("dev_mail_message", "GET", "no such mail"): Case(lambda _world, _actor: {"name": "no-such-mail"}),
    ("set_language", "POST", "always"): Case(data=lambda _world, _actor: {"language": "fr"}, changes=False),
    ("mail_preferences", "GET", "altered token"): ALTERED,
    ("mail_preferences", "POST", "altered token"): ALTERED,
    ("mail_preferences", "POST", "one click"): posting(**{"List-Unsubscribe": "One-Click"}),
    ("mail_preferences", "POST", "the form"): posting(wanted=["posts"]),
    ("join", "POST", "always"): posting(**PERSON, office="QN", role="contributor"),
    ("join_nominate", "POST", "for the own office"): Case(data=for_own_office),
    ("join_request_detail", "GET", "asked by the office"): of("own_nomination", "pk", "pk"),
    ("join_request_detail", "POST", "accept what a person asks"): posting(action="accept", role="contributor"),
    ("join_request_detail", "POST", "decline what a person asks"): posting(action="decline", reason="Not now"),
    ("join_request_detail", "POST", "accept what the office asks"): of(
        "own_nomination", "pk", "pk", action="accept", role="contributor"
    ),
    ("join_request_detail", "POST", "withdraw what the office asks"): of(
        "own_nomination", "pk", "pk", action="withdraw"
    ),
    ("member_add", "POST", "always"): posting(**PERSON, role="contributor", is_invited="on"),
    ("member_detail", "POST", "other person"): posting(**PERSON),
    ("member_role", "POST", "own office"): posting(role="alternate"),
    ("member_hand_over", "POST", "own office"): Case(
        lambda world, _actor: {"code": "QM", "pk": world.members["al"].pk},
        lambda world, _actor: {"to": world.members["mo"].pk},
    ),
    ("member_left", "POST", "own office"): posting(is_confirmed="on"),
    ("me", "POST", "self"): Case(data=profile),
    ("me_office", "POST", "an office of mine"): Case(
        data=lambda world, actor: {"member": world.members[actor].pk if world.members[actor] else ""}, changes=False
    ),
    ("me_office", "POST", "an office of another"): Case(
        data=lambda world, _actor: {"member": world.things["silent_member"].pk}
    ),
    ("invitation_accept", "GET", "altered token"): ALTERED,
    ("invitation_accept", "POST", "altered token"): ALTERED,
    ("invitation_accept", "POST", "valid token"): posting(**PASSWORDS),
    ("hand_over", "GET", "altered token"): ALTERED,
    ("hand_over", "POST", "altered token"): ALTERED,
    ("hand_over", "POST", "valid token"): Case(
        data=lambda world, _actor: {"remark": "Somebody else", "to": world.members["mo"].pk}
    ),
    ("circulation_detail", "GET", "in preparation"): circulation("draft"),
    ("circulation_detail", "GET", "only owning office asked"): circulation("for_one"),
    ("circulation_compilation", "GET", "closed and not published"): circulation("closed"),
    ("circulation_compilation", "GET", "published"): circulation("published"),
    ("circulation_export", "GET", "open"): export("open", "xlsx"),
    ("circulation_export", "GET", "closed and not published"): export("closed", "docx"),
    ("circulation_export", "GET", "published"): export("published", "json"),
    ("circulation_export", "GET", "a format that does not exist"): export("published", "csv"),
    ("circulation_answer", "GET", "draft and open"): answer("open"),
    ("circulation_answer", "GET", "after closing"): answer("closed"),
    ("circulation_answer", "POST", "draft and open"): answer("open", **TYPED),
    ("circulation_answer", "POST", "after closing"): answer("closed", **TYPED),
    ("circulation_draft", "POST", "draft and open"): answer("open", **TYPED),
    ("circulation_draft", "POST", "after closing"): answer("closed", **TYPED),
    ("circulation_presence", "POST", "draft and open"): replace(answer("open", part="a"), changes=False),
    ("circulation_presence", "POST", "after closing"): answer("closed", part="a"),
    ("circulation_sign_off", "POST", "draft and open"): sign_off("open"),
    ("circulation_sign_off", "POST", "after closing"): sign_off("closed"),
    ("circulation_ask", "POST", "draft and open"): ask("open"),
    ("circulation_ask", "POST", "after closing"): ask("closed"),
    ("circulation_review", "GET", "draft and open"): answer("open"),
    ("circulation_review", "GET", "after closing"): answer("closed"),
    ("circulation_review", "POST", "submit while open"): review("open"),
    ("circulation_review", "POST", "submit after closing"): review("closed"),
    ("circulation_receipt", "GET", "submitted not published"): answer("closed"),
    ("circulation_submission", "GET", "submitted not published"): Case(submission, query="?office=QM"),
    ("circulation_open", "GET", "in preparation"): circulation("draft"),
    ("circulation_open", "POST", "in preparation"): circulation("draft", do="now"),
    ("circulation_open", "POST", "open already"): circulation("open", do="now"),
    ("circulation_extend", "POST", "open"): circulation("open", **LATER),
    ("circulation_extend", "POST", "many are mailed"): circulation("for_many", **LATER),
    ("stored_file", "GET", "of an annex of a draft"): file_of_annex("open"),
    ("stored_file", "GET", "of an annex that was submitted"): file_of_annex("closed"),
    ("stored_file", "GET", "of an annex that was published"): file_of_annex("published"),
    ("stored_file", "GET", "of a letter entered on behalf"): Case(of_letter),
    ("circulation_add_office", "POST", "only owning office asked"): circulation(
        "for_one", office="QN", closes_on="2027-03-01"
    ),
    ("circulation_reopen", "POST", "after submission"): one_office("closed"),
    ("circulation_reopen", "POST", "published"): one_office("published"),
    ("circulation_on_behalf", "POST", "with reason and proof"): Case(data=letter),
    ("circulation_close", "POST", "open"): circulation("open", reason="All have answered", do="now"),
    ("circulation_nudge", "POST", "open"): circulation("open", offices=["QM"], do="now"),
    ("circulation_nudge", "POST", "closed"): circulation("closed", everybody="on", do="now"),
    ("circulation_release", "POST", "release what staff asked for"): acting("asked_by_staff", "release"),
    ("circulation_release", "POST", "release what a superuser asked for"): acting("asked_by_superuser", "release"),
    ("circulation_release", "POST", "withdraw"): acting("asked_by_staff", "withdraw"),
    ("circulation_release", "POST", "decided before"): acting("withdrawn", "release"),
    ("circulation_join", "POST", "closed and not published"): Case(unpublished_comment),
    ("circulation_leave", "POST", "joined by fx"): posting(office="QN"),
    ("circulation_disposition", "POST", "published"): answering("published"),
    ("circulation_disposition", "POST", "outcome published"): answering("concluded"),
    ("circulation_outcome_text", "POST", "published"): outcome_text("published"),
    ("circulation_outcome_text", "POST", "outcome published"): outcome_text("concluded"),
    ("circulation_outcome_publish", "POST", "every comment answered"): circulation("ready", do="now"),
    ("circulation_outcome_publish", "POST", "still open"): circulation("open", do="now"),
    ("circulation_outcome", "GET", "outcome published"): circulation("concluded"),
    ("circulation_publish", "GET", "closed"): circulation("closed"),
    ("circulation_publish", "POST", "closed"): circulation("closed"),
}


# --- discussions of a group -------------------------------------------------------------------------------------------
def of_thing_in_group(thing: str, **data: Any) -> Case:
    """A discussion or a post of the group, and this posted."""

    def arguments(world: World, _actor: str) -> Values:
        return {"slug": world.things["group"].slug, "pk": world.things[thing].pk}

    return Case(arguments, lambda _world, _actor: data)


def file_of_post(thing: str) -> Case:
    """The file that goes with a post."""

    def arguments(world: World, _actor: str) -> Values:
        file = world.things[thing].files.get()
        return {"pk": file.pk, "name": file.name}

    return Case(arguments)


CASES |= {
    ("thread_list", "GET", "searched"): Case(query="?q=said"),
    ("thread_new", "POST", "always"): posting(title="A topic", text="A **first** post"),
    ("thread_detail", "GET", "open"): Case(changes_on_get=True),
    ("thread_detail", "GET", "closed"): replace(of_thing_in_group("closed_thread"), changes_on_get=True),
    ("thread_detail", "POST", "open"): posting(text="A reply"),
    ("thread_detail", "POST", "closed"): of_thing_in_group("closed_thread", text="Too late"),
    ("step_tick", "POST", "to be done"): posting(do="done"),
    ("step_tick", "POST", "done"): of_thing_in_group("done_step", do="again"),
    ("thread_follow", "POST", "always"): posting(do="follow"),
    ("thread_close", "POST", "open"): posting(do="close"),
    ("thread_close", "POST", "closed"): of_thing_in_group("closed_thread", do="open"),
    ("post_detail", "GET", "hidden"): of_thing_in_group("hidden_post"),
    ("post_edit", "POST", "of gm"): posting(text="Another text"),
    ("post_edit", "POST", "of gm and hidden"): of_thing_in_group("hidden_post", text="Another text"),
    ("post_history", "GET", "of gm and hidden"): of_thing_in_group("hidden_post"),
    ("post_hide", "POST", "always"): posting(reason="Names a person"),
    ("post_hide", "POST", "hidden already"): of_thing_in_group("hidden_post", reason="Names a person"),
    ("post_restore", "POST", "hidden"): of_thing_in_group("hidden_post"),
    ("group_mail", "POST", "always"): posting(mode="weekly"),
    ("preview", "POST", "always"): replace(posting(text="**bold**"), changes=False),
    ("stored_file", "GET", "of a post"): file_of_post("post"),
    ("stored_file", "GET", "of a hidden post of gm"): file_of_post("hidden_post"),
}


# --- seats in a group -------------------------------------------------------------------------------------------------
def sitting(thing: str, **posted: Any) -> Case:
    """A seat by its place in the world, and this posted."""
    return of_thing_in_group(thing, **posted)


def letter_of(thing: str) -> Case:
    """The letter that came with a nomination."""

    def arguments(world: World, _actor: str) -> Values:
        file = world.things[thing].letter
        return {"pk": file.pk, "name": file.name}

    return Case(arguments)


def a_list(_world: World, _actor: str) -> Values:
    """A file with one new member."""
    return {"upload": SimpleUploadedFile("list.csv", b"office,email,family_name\nQN,listed@qn.example,Listed\n")}


def a_confirmed_list(_world: World, _actor: str) -> Values:
    """The same list, after it was shown."""
    return {"signed": signed_rows([Row(number=2, office="QN", email="listed@qn.example", family_name="Listed")])}


GUEST = PERSON | {"email": "new.guest@industry.example"}
CASES |= {
    ("seat_detail", "GET", "of gm"): sitting("seat_of_gm"),
    ("seat_detail", "POST", "resign"): posting(action="resign"),
    ("seat_detail", "POST", "resign the seat of gm"): sitting("seat_of_gm", action="resign"),
    ("seat_detail", "POST", "pass on"): Case(data=lambda w, _: {"action": "succeed", "to": w.members["al"].pk}),
    ("seat_detail", "POST", "prolong"): posting(action="prolong", until="2028-06-30"),
    ("seat_detail", "POST", "prolong the seat of ch"): sitting("seat_of_ch", action="prolong", until="2028-06-30"),
    ("seat_detail", "POST", "end"): posting(action="end", reason="Never came"),
    ("seat_detail", "POST", "end the seat of ch"): sitting("seat_of_ch", action="end", reason="Never came"),
    ("seat_detail", "POST", "make Vice-Chair"): posting(action="vice_chair"),
    ("seat_detail", "POST", "ch steps down"): sitting("seat_of_ch", action="step_down"),
    ("group_invite_guest", "POST", "somebody new"): posting(**GUEST),
    ("group_import", "POST", "shown first"): Case(data=a_list, changes=False),
    ("group_import", "POST", "confirmed"): Case(data=a_confirmed_list),
    ("join_request_detail", "GET", "asked by the office for the group"): of("group_nomination", "pk", "pk"),
    ("join_request_detail", "POST", "accept what the office asks for the group"): of(
        "group_nomination", "pk", "pk", action="accept", role="contributor"
    ),
    ("join_request_detail", "POST", "ask back"): of(
        "group_nomination", "pk", "pk", action="ask", question="Which unit?"
    ),
    ("join_request_detail", "POST", "answer what was asked back"): of(
        "asked_nomination", "pk", "pk", action="answer", reply="Registers"
    ),
    ("stored_file", "GET", "of a letter of a nomination"): letter_of("group_nomination"),
}

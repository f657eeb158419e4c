"""Who may do what with rounds and answers (permissions.md: circulation and feedback)."""

from datetime import datetime

from django.contrib.auth.models import AnonymousUser

from accounts.models import Member, User
from consultations.models import OfficeResponse, Release, Round


def can_edit_response(user: User | AnonymousUser, response: OfficeResponse) -> bool:
    """Current members of the office draft its answer; nobody else reads the draft, the Secretariat included."""
    return user.is_authenticated and Member.objects.current().of_office(response.office_id).filter(user=user).exists()


def can_submit_response(user: User | AnonymousUser, response: OfficeResponse) -> bool:
    """Focal point and alternate submit what the office says."""
    if not user.is_authenticated:
        return False
    return Member.objects.speaking_for_office().of_office(response.office_id).filter(user=user).exists()


def can_run_rounds(user: User | AnonymousUser) -> bool:
    """The Secretariat opens, extends, closes and publishes."""
    return user.is_authenticated and user.is_staff


def can_release(user: User | AnonymousUser, release: Release) -> bool:
    """One of the Secretariat releases what another has asked for, never what they asked for themselves."""
    return can_run_rounds(user) and user.pk != release.asked_by_id


def can_see_progress(user: User | AnonymousUser) -> bool:
    """Who has drafted, opened or not answered while a round is open is for the Secretariat alone."""
    return can_run_rounds(user)


def can_see_answers(user: User | AnonymousUser, round: Round, now: datetime) -> bool:
    """May this login read the answers of all offices at `now` (decisions.md 3)? The Secretariat always, once opened."""
    is_visible = Round.objects.visible_to(user).opened().filter(pk=round.pk).exists()
    return is_visible and are_answers_open(user, round, now)


def are_answers_open(user: User | AnonymousUser, round: Round, now: datetime) -> bool:
    """The same for a round this login is known to see: its own rule on when answers are read."""
    if round.opened_at is None:
        return False
    if can_run_rounds(user) or round.published_at is not None:
        return True
    if round.answers_visible == Round.AnswersVisible.CLOSING:
        return not round.is_open_at(now)
    if round.answers_visible == Round.AnswersVisible.SUBMITTED:
        return OfficeResponse.objects.visible_to(user).filter(round=round).answered().exists()
    return False

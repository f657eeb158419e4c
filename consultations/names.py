"""Under which name a login acts: accounts know people only as members of an office."""

from collections.abc import Iterable

from django.db.models import F

from accounts.models import Member, User


def names_of(users: Iterable[User | None]) -> dict[int, str]:
    """Names by the pk of the login, as a present member of an office, else a former one, else the e-mail; one query."""
    wanted = {user.pk: user for user in users if user is not None}
    rows = Member.objects.filter(user__in=wanted).order_by("user", F("until_on").asc(nulls_first=True), "-since_on")
    named = {member.user_id: member.name for member in reversed(rows)}
    return {pk: named.get(pk) or user.email for pk, user in wanted.items()}

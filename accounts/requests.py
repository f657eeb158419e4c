"""What accounts.middleware puts on a request, for the types of views."""

from django.http import HttpRequest

from accounts.models import Member, User


class MemberRequest(HttpRequest):
    """A request behind the sign-in; `member` is the acting one, None for a superuser without a membership."""

    user: User
    member: Member | None
    members: list[Member]
    LANGUAGE_CODE: str

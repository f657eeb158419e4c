"""Every address the portal has, found by walking the resolver: the base of the tests that leave none out."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import URLPattern, URLResolver, get_resolver, reverse

ABSENT: dict[str, object] = {
    "IntConverter": 987654321,
    "SlugConverter": "no-such-thing",
    "StringConverter": "no-such-thing",
    "PathConverter": "no/such/thing",
    "OfficeCode": "ZZ",
    "UUIDConverter": "00000000-0000-4000-8000-000000000000",
}


@dataclass(frozen=True)
class Route:
    """One address: its name with namespaces, its pattern as written, its view, and the kind of each argument."""

    name: str
    pattern: str
    view: Callable[..., HttpResponse] = field(compare=False)
    arguments: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return self.name or self.pattern

    @property
    def is_admin(self) -> bool:
        return self.pattern.startswith("admin/")

    @property
    def is_sign_in(self) -> bool:
        """True for allauth's own pages."""
        return self.pattern.startswith("accounts/")

    @property
    def is_open(self) -> bool:
        """True where the view says that no sign-in is needed."""
        return not getattr(self.view, "login_required", True)

    @cached_property
    def absent(self) -> dict[str, object]:
        """Arguments that fit the pattern and name nothing."""
        of_name = {"app_label": "accounts"}  # the admin's pattern lists the labels that exist
        return {name: of_name.get(name) or ABSENT.get(kind, "no-such-thing") for name, kind in self.arguments}

    def url(self, **arguments: object) -> str:
        """The address with these arguments; an unnamed one of the admin only sends on to a named one."""
        if not self.name:
            return "/" + re.sub(r"<\w+:\w+>|\(\?P<url>\.\*\)\$", "no-such-thing", self.pattern)
        return reverse(self.name, kwargs=arguments) if arguments else reverse(self.name)


def routes() -> list[Route]:
    """All of them, in the order of the resolver; the demonstration's own pages are among them."""
    return list(_below(get_resolver(), "", "", ()))


def _below(resolver: Any, space: str, path: str, arguments: tuple[tuple[str, str], ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        pattern, here = f"{path}{entry.pattern}", (*arguments, *_arguments(entry))
        if isinstance(entry, URLResolver):
            yield from _below(entry, f"{space}{entry.namespace}:" if entry.namespace else space, pattern, here)
        elif isinstance(entry, URLPattern):
            yield Route(f"{space}{entry.name}" if entry.name else "", pattern, entry.callback, here)


def _arguments(entry: URLPattern | URLResolver) -> tuple[tuple[str, str], ...]:
    converters = getattr(entry.pattern, "converters", {})
    names = dict.fromkeys(getattr(entry.pattern.regex, "groupindex", {}), None)
    return tuple((name, type(converters[name]).__name__ if name in converters else "regex") for name in names)


def is_sign_in(response: HttpResponse) -> bool:
    """True for a redirect to the sign-in page, or to the admin's own, with the way back to what was asked for."""
    doors = (f"{reverse(settings.LOGIN_URL)}?next=", f"{reverse('admin:login')}?next=")
    return response.status_code == 302 and response["Location"].startswith(doors)

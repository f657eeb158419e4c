"""Offices, members and logins for the Secretariat. What happens to people are actions, which call the operations.

Nobody sets the password of another here, nor the second factor, nor confirms an address: that would be signing in as
somebody else (permissions.md). So the tables of the sign-in and of single permissions are not shown at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.account import admin as _account_admin
from allauth.account.models import EmailAddress
from allauth.mfa import admin as _mfa_admin
from allauth.mfa.models import Authenticator
from allauth.usersessions import admin as _sessions_admin
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin, messages
from django.contrib.auth import admin as _auth_admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from import_export.admin import ExportMixin, ImportExportModelAdmin

from accounts import operations
from accounts.exchange import MemberResource, OfficeResource, place
from accounts.forms import Chooser, OfficeForm
from accounts.models import Invitation, Member, Office, User

AT_MOST = 10  # mails by one person alone (decisions.md 17)
LOADED = (_account_admin, _auth_admin, _mfa_admin, _sessions_admin)  # their tables are registered by now

for hidden in (EmailAddress, Authenticator, UserSession, Group):
    admin.site.unregister(hidden)


def each(
    request: HttpRequest, rows: QuerySet, operation: Callable[..., object], done: Callable[[int], str], **how: object
) -> None:
    """Does one operation with every chosen row; says how many it was, and for each of the others why not."""
    count = 0
    for row in rows:
        try:
            operation(**{row._meta.model_name: row}, by=request.user, **how)
        except operations.Refusal as refusal:
            messages.warning(request, _("%(row)s: %(reason)s") % {"row": row, "reason": refusal.message})
        else:
            count += 1
    messages.info(request, done(count))


@admin.register(Office)
class OfficeAdmin(ImportExportModelAdmin):
    """Offices: facts and names. People are changed on the page of the office."""

    form = OfficeForm
    resource_classes = (OfficeResource,)
    list_display = ("code", "name", "kind", "office_name", "office_acronym", "region", "wipo_group", "is_demo")
    list_filter = ("kind", "region", "wipo_group", "regional_organization", "is_wipo_member", "is_demo")
    search_fields = ("code", "search_text")
    search_help_text = gettext_lazy("Any name in any language, acronym or code")
    readonly_fields = ("names_source", "ranks", "search_text", "is_demo")
    fieldsets = (
        (None, {"fields": ("code", "kind", "is_wipo_member", "is_demo")}),
        (gettext_lazy("Name"), {"fields": (*OfficeForm.names, "names_source", "aliases")}),
        (gettext_lazy("Office"), {"fields": ("office_name", "office_acronym", "office_name_confidence", "time_zone")}),
        (
            gettext_lazy("Groups"),
            {"fields": ("region", "wipo_group", "wipo_group_confidence", "regional_organization")},
        ),
        (
            gettext_lazy("Codes and remarks"),
            {"fields": ("iso3", "m49", "notes", "ranks", "search_text")},
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Office | None = None) -> tuple[str, ...]:
        """The code is the key: it is typed once."""
        return (*self.readonly_fields, "code") if obj else self.readonly_fields

    def get_search_results(self, _request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """As the directory finds: accents and apostrophes do not matter."""
        return (queryset.named(search_term) if search_term.strip() else queryset), False

    def save_model(self, request: HttpRequest, obj: Office, form: forms.ModelForm, change: bool) -> None:
        """Finds the place of the names in the alphabets first."""
        place(obj)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, _request: HttpRequest, _obj: Office | None = None) -> bool:
        """Never: what an office said stays."""
        return False


@admin.register(Member)
class MemberAdmin(ImportExportModelAdmin):
    """People on behalf of offices. Roles and memberships end by actions, or on the page of the office."""

    resource_classes = (MemberResource,)
    list_display = ("name", "office", "role", "email", "has_login", "since_on", "until_on")
    list_filter = (("until_on", admin.EmptyFieldListFilter), "role", "language", "office__is_demo", "office__region")
    list_select_related = ("office", "user")
    search_fields = ("family_name", "given_name", "email", "office__code", "office__search_text")
    autocomplete_fields = ("office",)
    readonly_fields = ("user", "until_on", "successor")
    actions = ("invite", "mark_left")
    fields = (
        *("office", "role", "honorific", "given_name", "family_name", "job_title", "email", "language"),
        *("time_zone", "theme", "since_on", *readonly_fields),
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """The office with search."""
        return super().formfield_for_foreignkey(db_field, request, widget=Chooser(db_field, self.admin_site), **options)

    @admin.display(boolean=True, description=gettext_lazy("login"))
    def has_login(self, member: Member) -> bool:
        """True where the person can sign in."""
        return member.user is not None and member.user.is_active

    @admin.action(description=gettext_lazy("Send an invitation to sign in"))
    def invite(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        """Invites at most ten people; more need a second person (decisions.md 17)."""
        if queryset.count() > AT_MOST:
            text = ngettext(
                "Choose at most %(count)s person at a time.", "Choose at most %(count)s people at a time.", AT_MOST
            )
            messages.error(request, text % {"count": AT_MOST})
            return
        each(request, queryset, operations.invite, _invited, now=timezone.now())

    @admin.action(description=gettext_lazy("Mark as left"))
    def mark_left(self, request: HttpRequest, queryset: QuerySet[Member]) -> None:
        """Ends memberships; the last contact of an office stays."""
        each(request, queryset, operations.mark_left, _left, now=timezone.now())

    def get_readonly_fields(self, _request: HttpRequest, obj: Member | None = None) -> tuple[str, ...]:
        """Where somebody belongs and in which role is decided at the beginning; later changes are operations."""
        return (*self.readonly_fields, "office", "role", "email") if obj else self.readonly_fields

    def has_delete_permission(self, _request: HttpRequest, _obj: Member | None = None) -> bool:
        """Never: a membership ends and stays in the history."""
        return False


@admin.register(User)
class UserAdmin(ExportMixin, admin.ModelAdmin):
    """Logins, to be looked at; what may be done is an action."""

    list_display = ("email", "is_staff", "is_superuser", "is_active", "last_login", "joined_at")
    list_filter = ("is_active", "is_staff", "is_superuser")
    search_fields = ("email", "members__family_name", "members__given_name")
    fields = readonly_fields = ("email", "is_active", "is_staff", "is_superuser", "last_login", "joined_at")
    actions = ("close_logins", "reopen_logins", "end_sessions", "grant_staff", "withdraw_staff")

    @admin.action(description=gettext_lazy("Close the login"))
    def close_logins(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """Nobody closes the own one."""
        each(request, queryset, operations.close_login, _closed)

    @admin.action(description=gettext_lazy("Reopen the login"))
    def reopen_logins(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """With the password and the second factor it had."""
        each(request, queryset, operations.reopen_login, _reopened)

    @admin.action(description=gettext_lazy("Sign out everywhere"))
    def end_sessions(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """On the next request they are strangers."""
        each(request, queryset, operations.end_sessions, _signed_out)

    @admin.action(description=gettext_lazy("Make a login of the Secretariat"))
    def grant_staff(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For superusers."""
        each(request, queryset, operations.grant_staff, _changed, is_staff=True)

    @admin.action(description=gettext_lazy("No longer a login of the Secretariat"))
    def withdraw_staff(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """For superusers."""
        each(request, queryset, operations.grant_staff, _changed, is_staff=False)

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Never: a login begins with an invitation."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: User | None = None) -> bool:
        """Never by typing."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: User | None = None) -> bool:
        """Never: what a login did stays."""
        return False

    def has_view_permission(self, request: HttpRequest, _obj: User | None = None) -> bool:
        """The Secretariat."""
        return request.user.is_active and request.user.is_staff


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    """Who was invited by whom, and what became of it. The links are in the mails alone."""

    list_display = ("member", "invited_at", "invited_by", "expires_at", "used_at", "withdrawn_at")
    list_filter = (("used_at", admin.EmptyFieldListFilter), ("withdrawn_at", admin.EmptyFieldListFilter))
    list_select_related = ("member", "invited_by")
    search_fields = ("member__family_name", "member__email")
    date_hierarchy = "invited_at"

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Never: inviting is an action."""
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Invitation | None = None) -> bool:
        """Never by typing."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Invitation | None = None) -> bool:
        """Never."""
        return False


def _invited(count: int) -> str:
    return ngettext("%(count)s person is invited.", "%(count)s people are invited.", count) % {"count": count}


def _left(count: int) -> str:
    return ngettext("%(count)s membership has ended.", "%(count)s memberships have ended.", count) % {"count": count}


def _closed(count: int) -> str:
    return ngettext("%(count)s login is closed.", "%(count)s logins are closed.", count) % {"count": count}


def _reopened(count: int) -> str:
    return ngettext("%(count)s login is open again.", "%(count)s logins are open again.", count) % {"count": count}


def _signed_out(count: int) -> str:
    return ngettext("%(count)s person is signed out.", "%(count)s people are signed out.", count) % {"count": count}


def _changed(count: int) -> str:
    return ngettext("%(count)s login is changed.", "%(count)s logins are changed.", count) % {"count": count}

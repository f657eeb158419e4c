"""Groups, seats and nominations for the Secretariat."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.forms import ModelChoiceField, Select
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.deadlines import GENEVA
from accounts.models import Member
from accounts.operations import Refusal
from accounts.read_only import ReadOnly
from accounts.requests import MemberRequest
from groups.models import Group, Membership, NextStep, Nomination, Post, PostRevision, Subscription, Thread
from groups.operations.memberships import prolong
from groups.operations.nominations import accept_nomination
from groups.operations.officers import appoint_vice_chair, step_down
from groups.seating import prolongation_of

AT_MOST = 10  # mails by one person alone (decisions.md 17)


class NextStepInline(admin.TabularInline):
    """The checklist of a group; steps from the record keep their wording."""

    model = NextStep
    extra = 0
    fields = ("order", "text", "due_on", "owner", "done_at", "done_by", "is_record")
    readonly_fields = ("done_at", "done_by", "is_record")

    def get_formset(self, request: HttpRequest, obj: Group | None = None, **kwargs: Any) -> Any:
        """Who does a step sits in the group, or did when it was given; asked once for all rows."""
        formset = super().get_formset(request, obj, **kwargs)
        sit = Membership.objects.current().filter(group=obj).values("member")
        people = Member.objects.filter(Q(pk__in=sit) | Q(pk__in=NextStep.objects.filter(group=obj).values("owner")))
        field = cast("ModelChoiceField", formset.form.base_fields["owner"])
        field.widget, field.queryset = Select(), people
        field.choices = [("", "---------"), *((member.pk, str(member)) for member in people.in_order())]
        for each in formset.form.base_fields.values():
            each.widget.attrs["aria-label"] = each.label  # the stock table names its columns, not its fields
        return formset


class MembershipInline(ReadOnly, admin.TabularInline):
    """Current seats with their terms, to be looked at: what happens to a seat happens on its page."""

    model = Membership
    extra = 0
    fields = ("member", "role", "since_on", "mandate_ends_on")
    show_change_link = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        """Current ones with offices, for the names."""
        return super().get_queryset(request).filter(until_on=None).select_related("member__office")


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin):
    """Groups; what was reported to a session is kept as it was reported."""

    list_display = ("name", "kind", "reported_wording", "reported_as_of", "is_record")
    list_filter = ("kind", "is_record")
    search_fields = ("name", "slug")
    readonly_fields = ("is_record",)
    inlines = (NextStepInline, MembershipInline)

    def has_delete_permission(self, _request: HttpRequest, _obj: Group | None = None) -> bool:
        """Never: what a group did stays."""
        return False


@admin.register(Nomination)
class NominationAdmin(ReadOnly, admin.ModelAdmin):
    """Nominations and requests to join, to be looked at; deciding is an action, or the page of the request."""

    list_display = ("__str__", "office", "role", "seat", "asked_at", "asked_back_at", "replied_at", "decision")
    list_filter = (
        *("decision", ("asked_by", admin.EmptyFieldListFilter), ("asked_back_at", admin.EmptyFieldListFilter)),
        *(("replied_at", admin.EmptyFieldListFilter), "role", "seat", "groups"),
    )
    list_select_related = ("office",)
    search_fields = ("family_name", "given_name", "email", "office__code", "office__search_text")
    date_hierarchy = "asked_at"
    actions = ("accept",)

    @admin.action(description=gettext_lazy("Accept in the role that was wished"))
    def accept(self, request: MemberRequest, queryset: QuerySet[Nomination]) -> None:
        """Accepts at most ten; declining needs a reason, which is typed on the page of the request."""
        if queryset.count() > AT_MOST:
            text = ngettext(
                "Choose at most %(count)s person at a time.", "Choose at most %(count)s people at a time.", AT_MOST
            )
            messages.error(request, text % {"count": AT_MOST})
            return
        count = 0
        for nomination in queryset:
            try:
                accept_nomination(nomination=nomination, role=nomination.role, by=request.user, now=timezone.now())
            except Refusal as refusal:
                messages.warning(request, _("%(row)s: %(reason)s") % {"row": nomination, "reason": refusal.message})
            else:
                count += 1
        text = ngettext("%(count)s person is accepted.", "%(count)s people are accepted.", count)
        messages.info(request, text % {"count": count})


@admin.register(Membership)
class MembershipAdmin(ReadOnly, admin.ModelAdmin):
    """Seats with their history, to be looked at; ending one needs a reason, which is typed on its page."""

    list_display = ("member", "office", "group", "role", "since_on", "mandate_ends_on", "until_on", "ending")
    list_filter = ("group", ("until_on", admin.EmptyFieldListFilter), "role", "ending", "mandate_ends_on")
    list_select_related = ("member__office", "group")
    search_fields = ("member__family_name", "member__given_name", "member__office__code", "member__office__search_text")
    date_hierarchy = "since_on"
    actions = ("prolong", "appoint_vice_chair", "step_down")

    @admin.display(description=gettext_lazy("office"))
    def office(self, seat: Membership) -> str:
        """The code of the office; empty for a guest."""
        return seat.member.office_id or ""

    @admin.action(description=gettext_lazy("Prolong by one mandate of the kind of group"))
    def prolong(self, request: MemberRequest, queryset: QuerySet[Membership]) -> None:
        """Gives each chosen seat another full term."""
        now = timezone.now()
        today = now.astimezone(GENEVA).date()
        self._each(
            request,
            queryset,
            lambda seat: prolong(seat=seat, until=prolongation_of(seat, today)[1], by=request.user, now=now),
        )

    @admin.action(description=gettext_lazy("Make Vice-Chair"))
    def appoint_vice_chair(self, request: MemberRequest, queryset: QuerySet[Membership]) -> None:
        """A Chair comes by silence procedure only."""
        now = timezone.now()
        self._each(request, queryset, lambda seat: appoint_vice_chair(seat=seat, by=request.user, now=now))

    @admin.action(description=gettext_lazy("Step down as Chair or Vice-Chair"))
    def step_down(self, request: MemberRequest, queryset: QuerySet[Membership]) -> None:
        """The officer is a member again."""
        now = timezone.now()
        self._each(request, queryset, lambda seat: step_down(seat=seat, by=request.user, now=now))

    def _each(
        self, request: MemberRequest, queryset: QuerySet[Membership], act: Callable[[Membership], object]
    ) -> None:
        count = 0
        for seat in queryset.select_related("group", "member__office"):
            try:
                act(seat)
            except Refusal as refusal:
                messages.warning(request, _("%(row)s: %(reason)s") % {"row": seat, "reason": refusal.message})
            else:
                count += 1
        text = ngettext("%(count)s seat is changed.", "%(count)s seats are changed.", count)
        messages.info(request, text % {"count": count})


@admin.register(Thread)
class ThreadAdmin(ReadOnly, admin.ModelAdmin):
    """Discussions; "view on site" leads to the page where one is closed."""

    list_display = ("title", "group", "started_by", "started_at", "closed_at")
    list_filter = ("group", ("closed_at", admin.EmptyFieldListFilter))
    list_select_related = ("group", "started_by")
    search_fields = ("title",)
    date_hierarchy = "started_at"


class PostRevisionInline(ReadOnly, admin.TabularInline):
    """What a post said before its author changed it."""

    model = PostRevision
    extra = 0
    fields = ("replaced_at", "text")


@admin.register(Post)
class PostAdmin(ReadOnly, admin.ModelAdmin):
    """Posts; "view on site" leads to the page where one is hidden or shown again."""

    inlines = (PostRevisionInline,)
    list_display = ("__str__", "author", "posted_at", "edited_at", "hidden_at", "hidden_by", "hidden_reason")
    list_filter = ("thread__group", ("hidden_at", admin.EmptyFieldListFilter))
    list_select_related = ("thread", "author", "hidden_by")
    search_fields = ("text", "thread__title", "author__family_name")
    date_hierarchy = "posted_at"


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnly, admin.ModelAdmin):
    """How members hear of posts, for whoever asks why no mail comes; what they have read is nobody's business."""

    list_display = ("member", "group", "mode", "mailed_until")
    list_filter = ("group", "mode")
    list_select_related = ("member", "group")
    search_fields = ("member__family_name", "member__given_name", "member__email")

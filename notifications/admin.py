"""The ledger for the Secretariat: read-only, searched by address and key; what a person decides is an action."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from notifications import operations
from notifications.message import address_hash
from notifications.models import Attempt, Bounce, Delivery, EngineState, Preference, Suppression

Row = TypeVar("Row", Delivery, Suppression)


class Ledger(admin.ModelAdmin):
    """Rows that the whole Secretariat reads and nobody types."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.is_staff

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.is_staff

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ByAddress(Ledger):
    """Rows that hold the hash of an address, found by typing the address."""

    search_fields = ("address_sha256",)
    search_help_text = _("The whole address")

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        """Finds by the hash of what was typed."""
        return (queryset.filter(address_sha256=address_hash(search_term)) if search_term else queryset), False


class AttemptInline(admin.TabularInline):
    """The attempts of one message."""

    model = Attempt
    extra = 0
    fields = readonly_fields = (
        "n",
        "started_at",
        "data_at",
        "ended_at",
        "outcome",
        "smtp_code",
        "smtp_text",
        "remote_queue_id",
        "worker",
    )
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return request.user.is_staff

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Delivery)
class DeliveryAdmin(Ledger):
    """Every message from queueing to its end; of a secret only that it was there."""

    list_display = (
        "created_at",
        "to_address",
        "purpose",
        "step",
        "shown_subject",
        "state",
        "attempts",
        "next_at",
        "reason",
    )
    list_filter = ("state", "purpose", "kind", "language")
    search_fields = ("to_address", "key")
    search_help_text = _("Address or key")
    date_hierarchy = "created_at"
    show_full_result_count = False
    inlines = (AttemptInline,)
    actions = ("send_again", "give_up")
    fieldsets = (
        (None, {"fields": ("to_address", "to_name", "language", "shown_subject", "text")}),
        (
            _("State"),
            {"fields": ("state", "reason", "next_at", "expires_at", "sent_at", "ended_at", "cancel_requested")},
        ),
        (_("Origin"), {"fields": ("key", "subject_key", "kind", "purpose", "step", "created_at")}),
        (
            _("Transport"),
            {"fields": ("message_id", "rendered_sha256", "stage", "lease_until", "attempts", "crashes", "urgency")},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        """The list does without the bytes of the messages."""
        return Delivery.objects.visible_to(request.user).defer("rendered")

    @admin.display(description=_("subject"), empty_value="-")
    def shown_subject(self, delivery: Delivery) -> str:
        """The subject; nothing of a secret, not even before it is sent."""
        return "" if delivery.is_secret else delivery.subject

    @admin.display(description=_("text"))
    def text(self, delivery: Delivery) -> str:
        """What the recipient reads."""
        return delivery.text

    @admin.action(description=_("Send held messages again"), permissions=["view"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Gives held messages fresh attempts."""
        _each(request, queryset, lambda delivery: operations.send_held(delivery=delivery, by=request.user))

    @admin.action(description=_("Give up held messages"), permissions=["view"])
    def give_up(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        """Ends held messages without sending them."""
        now = timezone.now()
        _each(request, queryset, lambda delivery: operations.give_up_held(delivery=delivery, by=request.user, now=now))


@admin.register(Attempt)
class AttemptAdmin(Ledger):
    """Every try, for instance all those in doubt."""

    list_display = ("started_at", "delivery", "n", "outcome", "smtp_code", "smtp_text", "data_at", "ended_at")
    list_filter = ("outcome", "smtp_code")
    search_fields = ("delivery__to_address", "delivery__key", "remote_queue_id")
    list_select_related = ("delivery",)
    show_full_result_count = False


@admin.register(Bounce)
class BounceAdmin(Ledger):
    """Every report that a message did not arrive."""

    list_display = ("received_at", "delivery", "kind", "code", "text")
    list_filter = ("kind", "code")
    search_fields = ("delivery__to_address", "delivery__key")
    list_select_related = ("delivery",)
    show_full_result_count = False


@admin.register(Suppression)
class SuppressionAdmin(ByAddress):
    """Addresses that do not work."""

    list_display = ("address_sha256", "reason", "since_at", "until_at", "ended_at", "ended_by")
    list_filter = ("reason",)
    actions = ("end",)

    @admin.action(description=_("Send mail to these addresses again"), permissions=["view"])
    def end(self, request: HttpRequest, queryset: QuerySet[Suppression]) -> None:
        """Ends suppressions."""
        now = timezone.now()
        _each(request, queryset, lambda row: operations.end_suppression(suppression=row, by=request.user, now=now))


@admin.register(Preference)
class PreferenceAdmin(ByAddress):
    """What people chose about optional mail."""

    list_display = ("address_sha256", "purpose", "is_wanted", "changed_at")
    list_filter = ("purpose", "is_wanted")


@admin.register(EngineState)
class EngineStateAdmin(Ledger):
    """Whether mail is going out."""

    list_display = (
        "heartbeat_at",
        "heartbeat_host",
        "planned_at",
        "failures",
        "breaker_until",
        "breaker_reason",
        "doorbell_errors",
        "restored_at",
    )


def _each(request: HttpRequest, rows: QuerySet[Row], act: Callable[[Row], object]) -> None:
    """Does one act to every row; a refusal is shown and does not stop the others."""
    done = 0
    for row in rows:
        try:
            act(row)
        except (operations.AlreadyEnded, operations.NotHeld, operations.SecretGone) as refusal:
            messages.error(request, _("%(row)s: %(reason)s") % {"row": row, "reason": refusal})
        else:
            done += 1
    if done:
        text = ngettext("%(count)s entry is changed.", "%(count)s entries are changed.", done)
        messages.success(request, text % {"count": done})

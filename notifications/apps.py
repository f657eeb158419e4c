"""The lowest app: outgoing mail, which knows addresses and text and nobody's business."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    """Mail."""

    name = "notifications"
    verbose_name = _("Mail")

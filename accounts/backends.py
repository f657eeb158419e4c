"""What the Secretariat may do in the admin: being staff is enough, no table of single permissions is kept."""

from django.contrib.auth.backends import BaseBackend
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from accounts.models import User

# Only superusers: the audit log, and the bare tables of Django and the sign-in (permissions.md: audit_log, user).
SUPERUSER_APPS = {"auth", "contenttypes", "sessions", "pghistory", "account", "mfa", "usersessions"}


class SecretariatBackend(BaseBackend):
    """Gives active staff the permissions of the portal's own apps; signs nobody in."""

    def has_perm(self, user_obj: User | AnonymousUser, perm: str, _obj: Model | None = None) -> bool:
        """True for staff, except in the apps that are for superusers; `perm` is "app.action_model"."""
        return self.has_module_perms(user_obj, perm.split(".")[0])

    def has_module_perms(self, user_obj: User | AnonymousUser, app_label: str) -> bool:
        """True for staff in every app of the portal."""
        return user_obj.is_active and user_obj.is_staff and app_label not in SUPERUSER_APPS

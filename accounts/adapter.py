"""How allauth behaves here: no sign-up, mail through the outbox, and only members and the Secretariat come in."""

import uuid
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.contrib.sites.shortcuts import get_current_site
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.emails import sign_in_message
from accounts.models import Member, User
from notifications import outbox


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: members come in by invitation."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        """Never."""
        return False

    def pre_login(self, request: HttpRequest, user: User, **options: Any) -> HttpResponse | None:
        """Refuses a login that is closed, or that stands for nobody: neither a current member nor the Secretariat."""
        if not user.is_staff and not Member.objects.current().filter(user=user).exists():
            user.is_active = False  # of this object only, so that allauth answers as for any closed login
        return super().pre_login(request, user, **options)

    @transaction.atomic
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queues one of allauth's mails; the outbox sends codes before everything else and keeps no copy of them."""
        facts = {"request": self.request, "email": email, "current_site": get_current_site(self.request)} | context
        key = f"{template_prefix}:{uuid.uuid4()}"
        now = timezone.now()
        outbox.queue(sign_in_message(template_prefix, email, facts, key=key, now=now), now=now)


class MFAAdapter(DefaultMFAAdapter):
    """Second factors, as allauth has them; who needs one is decided in accounts.middleware."""

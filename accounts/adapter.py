"""How allauth behaves here."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter


class AccountAdapter(DefaultAccountAdapter):
    """Sign-up is closed: members come in by invitation."""


class MFAAdapter(DefaultMFAAdapter):
    """Second factors."""

"""Who did something and when, as two columns that are set together (architecture.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from accounts.models import User

if TYPE_CHECKING:
    from django.db.models.expressions import Combinable
    from django_stubs_ext import StrOrPromise


def done_by(label: StrOrPromise) -> models.ForeignKey[User | Combinable | None, User | None]:
    """The user who did an act, empty until it is done; no form shows it and the user cannot be deleted."""
    return models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+", verbose_name=label
    )


def by_and_at(stem: str, name: str) -> models.CheckConstraint:
    """The constraint `name`: the columns `stem`_by and `stem`_at are both empty or both set."""
    neither = Q(**{f"{stem}_at": None, f"{stem}_by": None})
    return models.CheckConstraint(
        name=name, condition=neither | Q(**{f"{stem}_at__isnull": False, f"{stem}_by__isnull": False})
    )

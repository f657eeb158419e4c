"""Who in an office has read its draft and agrees: with the state it is in now, or with an earlier one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from consultations.drafts import Draft
from consultations.models import OfficeResponse, SignOff


@dataclass(frozen=True, kw_only=True)
class SignOffs:
    """Sign-offs of the draft as it stands, and those of people whose last one was of an earlier state.

    `is_mine`: has the reader signed off what stands now?
    """

    of_this: Sequence[SignOff]
    of_earlier: Sequence[SignOff]
    is_mine: bool


def sign_offs_of(response: OfficeResponse, draft: Draft, user: User) -> SignOffs:
    """The sign-offs of an answer as `user` reads them beside `draft`, oldest first; one query."""
    rows = list(response.sign_offs.with_signer().order_by("signed_at", "pk"))
    of_this = [row for row in rows if row.fingerprint == draft.fingerprint]
    present = {row.signed_by_id for row in of_this}
    last = {row.signed_by_id: row for row in rows if row.signed_by_id not in present}
    return SignOffs(of_this=of_this, of_earlier=list(last.values()), is_mine=user.pk in present)

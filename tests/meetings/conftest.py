"""What the tests of circulations, of their outcome and of silence procedures share."""

from typing import Any

import pytest

from accounts.models import Member
from groups.models import Group
from tests.meetings.deciding import group_of


@pytest.fixture
def strict(settings: Any) -> None:
    """Two persons from three mails on."""
    settings.SECOND_PERSON_ABOVE = 2


@pytest.fixture
def group(ana: Member, chloe: Member) -> Group:
    """Ana and Bruno's office Meridia and Chloe's Norland sit in it."""
    return group_of(ana, chloe)

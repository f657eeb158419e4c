"""What the tests of circulations and of their outcome share."""

from typing import Any

import pytest


@pytest.fixture
def strict(settings: Any) -> None:
    """Two persons from three mails on."""
    settings.SECOND_PERSON_ABOVE = 2

"""What every journey needs: links of mails that lead to the site of the test, and a relay next door."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache

from tests.notifications.sink import Sink, running


@pytest.fixture(autouse=True)
def mail_links_lead_here(settings: Any, live_server: Any) -> None:
    settings.SITE_URL = live_server.url
    settings.MAIL_PROFILE = "test"
    cache.clear()  # rate limits outlive a test that commits


@pytest.fixture
def sink(settings: Any) -> Iterator[Sink]:
    """The relay next door."""
    with running() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        yield sink

"""How long a silent broker keeps somebody waiting: members for half a second, workers for a second."""

import socket
import time

import pytest
from celery import Celery
from celery.signals import celeryd_init
from django.conf import settings
from kombu.exceptions import OperationalError

from wild_portal.celery import app


def test_a_broker_that_takes_connections_and_never_answers_is_left_after_half_a_second() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, Celery("silent") as impatient:
        impatient.config_from_object("django.conf:settings", namespace="CELERY")
        impatient.conf.broker_url = f"redis://127.0.0.1:{silent.getsockname()[1]}/0"
        began = time.monotonic()

        with pytest.raises(OperationalError):
            impatient.send_task("anything", retry=False)

    assert 0.4 < time.monotonic() - began < 1.5


def test_a_worker_has_more_patience() -> None:
    usual = dict(app.conf.broker_transport_options)
    try:
        celeryd_init.send(sender="worker@here", instance=None, conf=app.conf, options={})

        waits = app.conf.broker_transport_options
        assert waits == {**usual, "socket_timeout": 1, "socket_connect_timeout": 1}
    finally:
        app.conf.broker_transport_options = usual
    assert settings.CELERY_BROKER_TRANSPORT_OPTIONS["socket_timeout"] == 0.5

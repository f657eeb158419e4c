"""One sender process of bench/mail.py: `_sender.py engine` is the mailer, `_sender.py floor` the least that could do.

The floor speaks to the relay and commits twice for each message, once on disk, as any sender must that marks a point of
no return and an end; it decides nothing. Prints "ready", waits for a line, then prints its CPU seconds as JSON.
"""

import json
import sys
import time

import django

django.setup()

from django.conf import settings
from django.db import connection

from notifications import delivery
from notifications.relay import Relay

END = """
UPDATE notifications_delivery SET crashes = %s WHERE id = %s RETURNING set_config('synchronous_commit', 'off', true)
"""


def engine() -> None:
    """Rounds until nothing is due."""
    while delivery.work():
        pass


def floor() -> None:
    """As many messages as argument 3 says, of the size of the first that is owed."""
    with connection.cursor() as cursor, Relay() as relay:
        cursor.execute(
            "SELECT id, to_address, rendered FROM notifications_delivery LIMIT 1 OFFSET %s", [int(sys.argv[2])]
        )
        key, address, body = cursor.fetchone()
        relay.make_ready()
        for number in range(int(sys.argv[3])):
            relay.offer(address, sender="bench@wild.example")
            cursor.execute("UPDATE notifications_delivery SET crashes = %s WHERE id = %s", [number % 9, key])
            relay.deliver(bytes(body))
            cursor.execute(END, [number % 7, key])


connection.ensure_connection()
print("ready", flush=True)
settings.EMAIL_PORT = int(sys.stdin.readline())
began = time.process_time()
if "profile" in sys.argv:
    import cProfile
    import pstats

    with cProfile.Profile() as profiler:
        engine()
    pstats.Stats(profiler, stream=sys.stderr).sort_stats("tottime").print_stats(35)
else:
    {"engine": engine, "floor": floor}[sys.argv[1]]()
print(json.dumps({"cpu": time.process_time() - began}))

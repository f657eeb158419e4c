"""Counting queries: a page must need as many for thirty rows as for one."""

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

MOST = 15
SIZES = (1, 3, 30)


def queries_of(client: Client, url: str) -> int:
    """Number of SQL statements of one GET, which must answer 200; savepoints of tests are not counted."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    return len([query for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))])


def assert_same_number_of_queries(client: Client, url: str, add: Callable[[int], object]) -> None:
    """Asks for a page with 1, 3 and 30 rows: `add(n)` adds n more; the number of queries stays, and is at most MOST."""
    client.get(url)  # content types and the like are looked up once for each process
    counts, rows = {}, 0
    for size in SIZES:
        add(size - rows)
        rows = size
        counts[size] = queries_of(client, url)
    assert len(set(counts.values())) == 1, f"{url}: queries by number of rows: {counts}"
    assert counts[1] <= MOST, f"{url}: {counts[1]} queries, {MOST} allowed"

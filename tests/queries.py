"""Counting queries: a page must need as many for thirty rows as for one."""

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

MOST = 15
SIZES = (1, 3, 30)


def queries_and_length(client: Client, url: str) -> tuple[int, int]:
    """Number of SQL statements of one GET, which must answer 200, without savepoints; and the length of the page."""
    with CaptureQueriesContext(connection) as captured:
        response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    asked = [query for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK"))]
    return len(asked), len(response.content)


def assert_same_number_of_queries(client: Client, url: str, add: Callable[[int], object]) -> None:
    """Asks for a page with 1, 3 and 30 rows: `add(n)` adds n more; the number of queries stays, and is at most MOST.

    The page must grow with the rows: one that does not show them would pass for nothing.
    """
    client.get(url)  # content types and the like are looked up once for each process
    counts, lengths, rows = {}, {}, 0
    for size in SIZES:
        add(size - rows)
        rows = size
        counts[size], lengths[size] = queries_and_length(client, url)
    assert lengths[1] < lengths[3] < lengths[30], f"{url}: the page does not show the rows: {lengths}"
    assert len(set(counts.values())) == 1, f"{url}: queries by number of rows: {counts}"
    assert counts[1] <= MOST, f"{url}: {counts[1]} queries, {MOST} allowed"

"""What the activity page and the audit log's chain cost with a million entries, in a database of their own."""

import time
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection
from django.utils import timezone

from accounts import history, sealing
from accounts.history import Wanted
from accounts.models import User
from accounts.verification import verify
from benchmarks.figures import Figure, milliseconds
from buckets.models import Bucket
from buckets.paths import Rights
from files.activity import Sight
from tests import people
from tests.browser.database import committed_database

ENTRIES = 1_000_000
PAGE = 51
FILL = """
    INSERT INTO accounts_auditentry
        (at, operation, outcome, actor_id, actor_name, actor_email, bucket_id, bucket_code, path, ip, detail)
    SELECT '2025-01-01'::timestamptz + n * interval '30 seconds',
        (ARRAY['upload_signed', 'upload_confirmed', 'link_copied', 'downloaded', 'deleted', 'signed_in'])[1 + n * 7 %% 6],
        CASE WHEN n %% 97 = 0 THEN 'failed' WHEN n %% 89 = 0 THEN 'refused' ELSE 'done' END,
        ('00000000-0000-4000-8000-' || lpad((n %% 211)::text, 12, '0'))::uuid, 'Person ' || n %% 211, '', %s, 'B',
        CASE WHEN n %% 40000 = 1 THEN 'rare/' ELSE 'team ' || n %% 503 || '/' END || 'project ' || n %% 37 || '/' || n,
        '198.51.100.7', '{"size": 1}'
    FROM generate_series(1, %s) n
"""
PERSON = UUID("00000000-0000-4000-8000-000000000042")
DAY = {"since": datetime(2025, 3, 1, tzinfo=UTC), "until": datetime(2025, 3, 2, tzinfo=UTC)}
FILTERS = {
    "no filter": Wanted(),
    "a person": Wanted(actor_id=PERSON),
    "somebody who did nothing": Wanted(actor_id=UUID(int=1)),
    "an operation": Wanted(operation="deleted"),
    "an operation there is none of": Wanted(operation="cors_changed"),
    "what failed": Wanted(outcome="failed"),
    "an old day": Wanted(**DAY),
    "an old day of a person": Wanted(actor_id=PERSON, **DAY),
    "what failed of an operation on an old day": Wanted(operation="deleted", outcome="failed", **DAY),
}


def activity() -> list[Figure]:
    """Every filter, seen from four places; then sealing and checking."""
    with committed_database():
        bucket = people.press_bucket()
        with connection.cursor() as cursor:
            cursor.execute(FILL, [bucket.pk, ENTRIES])
            cursor.execute("ANALYZE accounts_auditentry")
        return [*_pages(bucket), *_chain()]


def _pages(bucket: Bucket) -> list[Figure]:
    somebody, admin = User(id=PERSON), User(is_admin=True)
    roots = {
        "the whole bucket": "",
        "one folder in 503": "team 7/",
        "a folder of 25 entries": "rare/",
        "an empty folder": "x/",
    }
    sights = {
        name: Sight(somebody, [bucket.reach(root=root, rights=Rights())]) for name, root in roots.items()
    }
    sights["everything"] = Sight(admin, [bucket.reach(root="", rights=Rights())])
    figures = []
    for place, sight in sights.items():
        found = {name: _fastest(sight, wanted) for name, wanted in FILTERS.items()}
        slowest = max(found, key=lambda name: found[name])
        value = (
            f"{milliseconds(found['no filter'])}; slowest filter {milliseconds(found[slowest])} ({slowest})"
        )
        figures.append(Figure(f"Page of 50 of {ENTRIES:,} entries, who sees {place}", value, "≤ 100 ms"))
    return figures


def _fastest(sight: Sight, wanted: Wanted) -> float:
    """Seconds of the best of three: the others say how busy the machine was."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        history.page(sight.parts, wanted, after=None, limit=PAGE)
        times.append(time.perf_counter() - started)
    return min(times)


def _chain() -> list[Figure]:
    started = time.process_time()
    sealed = sealing.seal_new(now=timezone.now())
    sealing_took = time.process_time() - started
    started = time.process_time()
    report = verify(now=timezone.now())
    checking_took = time.process_time() - started
    return [
        Figure("Sealing an entry, processor time", f"{sealing_took / sealed * 1e6:,.0f} µs"),
        Figure("Checking a sealed entry, processor time", f"{checking_took / report.sealed * 1e6:,.0f} µs"),
    ]

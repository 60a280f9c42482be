"""GET /admin/restore-requests."""

from datetime import UTC, datetime, timedelta

import pytest

from restore.models import RestoreRequest
from tests.wire.client import told

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
COUNTS = ("total", "pending_count", "restored_count", "not_started_count")


def asked(minute, **fields):
    values = {"s3_bucket": "press-kit", "s3_key": f"film {minute}.mov", "access_key_id": "AKIASOMEBODY"}
    return RestoreRequest.objects.create(**values, requested_at=NOON + timedelta(minutes=minute), **fields)


@pytest.fixture
def requests(db):
    """One in each state, oldest first, and an ignored one."""
    asked(9, status="ignored")
    return [
        asked(0, email="nora@example.com", status="restored", restored_at=NOON, pre_notified_at=NOON, post_notified_at=NOON),
        asked(1, email="nora@example.com", status="pending", pre_notified_at=NOON),
        asked(2),
        asked(3),
    ]  # fmt: skip


def test_has_nothing_to_tell_yet(adas):
    answer = adas.get("/admin/restore-requests").json()

    assert answer == {"items": [], **dict.fromkeys(COUNTS, 0)}


def test_tells_how_far_each_is_newest_first(adas, requests):
    rows = adas.get("/admin/restore-requests").json()["items"]

    assert [row["id"] for row in rows] == [str(request.pk) for request in reversed(requests)]
    assert rows[-1] == {
        "id": str(requests[0].pk),
        "s3_bucket": "press-kit",
        "s3_key": "film 0.mov",
        "access_key_id": "AKIASOMEBODY",
        "email": "nora@example.com",
        "user_resolved": True,
        "restore_status": "restored",
        "pre_notified": True,
        "post_notified": True,
        "requested_at": "2026-11-21T12:00:00Z",
        "restored_at": "2026-11-21T12:00:00Z",
    }
    bare = rows[0]
    assert (bare["email"], bare["user_resolved"], bare["restore_status"], bare["restored_at"]) == (
        None,
        False,
        "not_started",
        None,
    )
    assert (bare["pre_notified"], bare["post_notified"]) == (False, False)


def test_counts_all_but_ignored_ones_whatever_the_stretch(adas, requests):
    answer = adas.get("/admin/restore-requests?limit=2&offset=1").json()

    assert {name: answer[name] for name in COUNTS} == {
        "total": 4,
        "pending_count": 1,
        "restored_count": 1,
        "not_started_count": 2,
    }
    assert [row["s3_key"] for row in answer["items"]] == ["film 2.mov", "film 1.mov"]


def test_takes_three_queries(adas, requests, django_assert_num_queries):
    with django_assert_num_queries(3):
        adas.get("/admin/restore-requests")


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "offset=-1", "limit=1001"])
def test_refuses_what_is_no_stretch(adas, query):
    answer = adas.get(f"/admin/restore-requests?{query}")

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == {"field": query.partition("=")[0]}


def test_is_for_administrators_alone(marks):
    assert told(marks.get("/admin/restore-requests")) == (403, "FORBIDDEN")

"""CORS as the store itself answers a browser, and the doctor's findings on a real store."""

import http.client
from copy import copy
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from buckets import doctor
from buckets.credentials import seal
from buckets.s3 import cors, probe
from buckets.s3.links import presign_get
from tests.s3_contract.conftest import Place

HERE, THERE = "https://media.example.com", "https://elsewhere.example.com"


def allows(place: Place, origin: str) -> bool:
    return cors.preflight_allows(place.reach, place.reach.file("a.txt"), origin=origin)


def test_allows_nobody_before_there_is_a_rule(place: Place) -> None:
    assert cors.read_rules(place.reach) == []
    assert not allows(place, HERE)


def test_allows_our_pages_and_no_others_by_our_rule(place: Place) -> None:
    change = doctor.add_cors_rule(place.row, origins=[HERE])
    assert change.changed
    assert allows(place, HERE)
    assert not allows(place, THERE)
    assert not allows(place, HERE + ".evil.example")


def test_keeps_the_rules_of_others(place: Place) -> None:
    other = {
        "AllowedOrigins": [THERE],
        "AllowedMethods": ["GET"],
        "AllowedHeaders": ["x-theirs"],
        "MaxAgeSeconds": 7,
    }
    place.server.sdk.put_bucket_cors(Bucket=place.name, CORSConfiguration={"CORSRules": [other]})
    before = cors.read_rules(place.reach)
    doctor.add_cors_rule(place.row, origins=[HERE])
    assert [rule for rule in cors.read_rules(place.reach) if rule.origins == (THERE,)] == before


def test_changes_nothing_the_second_time(place: Place) -> None:
    doctor.add_cors_rule(place.row, origins=[HERE])
    assert not doctor.add_cors_rule(place.row, origins=[HERE]).changed


def test_only_shows_what_it_would_change(place: Place) -> None:
    assert doctor.add_cors_rule(place.row, origins=[HERE], dry_run=True).changed
    assert cors.read_rules(place.reach) == []


def test_lets_our_pages_see_the_headers_they_need(place: Place) -> None:
    place.put("a.txt", b"hello")
    doctor.add_cors_rule(place.row, origins=[HERE])
    link = presign_get(
        place.reach,
        place.reach.file("a.txt"),
        expires=60,
        disposition="inline",
        content_type="text/plain",
        now=datetime.now(UTC),
    )
    parts = urlsplit(link)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    connection.request("GET", f"{parts.path}?{parts.query}", headers={"Origin": HERE, "Range": "bytes=0-1"})
    response = connection.getresponse()
    assert (response.status, response.read()) == (206, b"he")
    exposed = {
        name.strip().lower()
        for name in (response.getheader("Access-Control-Expose-Headers") or "").split(",")
    }
    assert response.getheader("Access-Control-Allow-Origin") == HERE
    assert {"etag", "content-range"} <= exposed
    connection.close()


def test_lets_the_doctor_find_everything_right(place: Place) -> None:
    doctor.add_cors_rule(place.row, origins=[HERE])
    report = doctor.examine(place.row, origins=[HERE])
    assert [(check.name, str(check.outcome)) for check in report.checks if check.outcome != "ok"] == []
    assert "Contents" not in place.server.sdk.list_objects_v2(Bucket=place.name)


def test_lets_the_doctor_find_what_is_wrong(place: Place) -> None:
    row = copy(place.row)
    row.bucket_name += "-gone"
    report = doctor.examine(row, origins=[HERE])
    assert report.checks[0].outcome == "failed"
    assert row.bucket_name in report.checks[0].explanation


@pytest.mark.parametrize("field", ["access_key_id", "secret_access_key"])
def test_lets_the_doctor_find_a_wrong_key(place: Place, field: str) -> None:
    row = copy(place.row)
    setattr(row, field, seal("AKIAWRONGWRONGWRONG0", row_id=row.id, field=field))
    report = doctor.examine(row, origins=[])
    assert report.checks[0].outcome == "failed"
    assert "access key ID" in report.checks[0].explanation


def test_lets_the_doctor_write_nothing_where_it_must_not_stay(place: Place) -> None:
    assert probe.write_nothing(place.reach, probe.new_key(place.reach))
    assert "Contents" not in place.server.sdk.list_objects_v2(Bucket=place.name)

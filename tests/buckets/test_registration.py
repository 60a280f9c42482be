"""Registering and changing buckets, when two do it at once."""

import pytest

from accounts.models import AuditEntry
from accounts.rules import Invalid, Taken
from buckets import registration
from buckets.access import NoSuchBucket
from buckets.credentials import are
from buckets.models import Bucket
from buckets.registration import NewKey
from files import contents
from files.models import Folder

KEY = NewKey("AKIATESTKEYID", "a-secret")
NOTHING = NewKey()

pytestmark = pytest.mark.django_db


def new(**fields):
    values = {"display_name": "Press kit", "bucket_name": "press-kit", "region": "eu-central-1"}
    return Bucket(**{**values, **fields})


@pytest.fixture
def bucket():
    made = new()
    registration.register(made, key=KEY, by=None)
    return made


def test_tells_who_came_second_to_a_code():
    registration.register(new(system_code="PRESS"), key=KEY, by=None)
    checked_before = new(system_code="PRESS")

    with pytest.raises(Taken) as problem:
        registration.save(checked_before, key=KEY, before=None)

    assert problem.value.field == "system_code"
    assert Bucket.objects.count() == 1


def test_keeps_what_another_changed_meanwhile(bucket):
    before, after = registration.with_changes(bucket.pk, {"description": "Mine"})
    Bucket.objects.update(display_name="Theirs")

    registration.store_changes(after, key=NOTHING, before=before, by=None)

    stored = Bucket.objects.get()
    assert (stored.display_name, stored.description) == ("Theirs", "Mine")
    assert are(stored, access_key_id=KEY.access_key_id, secret_access_key=KEY.secret_access_key)


def test_asks_for_the_secret_when_the_place_changed_meanwhile(bucket):
    before, after = registration.with_changes(bucket.pk, {"description": "Mine"})
    Bucket.objects.update(endpoint_url="https://elsewhere.example")

    with pytest.raises(Invalid) as problem:
        registration.store_changes(after, key=NOTHING, before=before, by=None)

    assert problem.value.field == "secret_access_key"


def test_knows_a_bucket_no_more_that_was_taken_out_meanwhile(bucket):
    before, after = registration.with_changes(bucket.pk, {"description": "Mine"})
    registration.remove(bucket.pk, by=None)

    with pytest.raises(NoSuchBucket):
        registration.store_changes(after, key=NOTHING, before=before, by=None)

    assert not Bucket.objects.exists()
    assert [entry.operation for entry in AuditEntry.objects.order_by("id")] == [
        "admin_added",
        "admin_removed",
    ]


def test_forgets_no_contents_when_a_change_is_refused(bucket):
    Folder.objects.create(bucket=bucket, path="", path_folded="")

    with pytest.raises(Invalid):
        contents.change_bucket(bucket.pk, {"bucket_name": "another"}, key=NOTHING, by=None)

    assert Folder.objects.exists()

"""buckets/demo.py: the embedded store's buckets as rows."""

import io
import json
import sys

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from buckets.credentials import open_sealed
from buckets.demo import Described, Store, register
from buckets.models import Bucket

pytestmark = pytest.mark.django_db

STORE = Store("http://127.0.0.1:9000", "KEYID", "first-secret")
PRESS = Described("Press", "press-demo", "Finished pictures.", "http://127.0.0.1:9000/press-demo")
ARCHIVE = Described("Archive", "archive-demo", "Papers.", "")


def opened(bucket: Bucket) -> tuple[str, str]:
    bucket.refresh_from_db()
    return (
        open_sealed(bucket.access_key_id, row_id=bucket.id, field="access_key_id"),
        open_sealed(bucket.secret_access_key, row_id=bucket.id, field="secret_access_key"),
    )


def test_adds_a_bucket_with_its_key_sealed():
    bucket = register(ARCHIVE, store=STORE, may_add=True)
    assert opened(bucket) == ("KEYID", "first-secret")
    assert "first-secret" not in bucket.secret_access_key
    assert (bucket.addressing_style, bucket.is_public) == (Bucket.Addressing.PATH, False)


def test_makes_the_bucket_with_a_public_url_public():
    assert register(PRESS, store=STORE, may_add=True).is_public


def test_adds_nothing_when_it_may_not():
    assert register(PRESS, store=STORE, may_add=False) is None
    assert not Bucket.objects.exists()


def test_leaves_a_bucket_alone_that_is_in_step():
    before = register(PRESS, store=STORE, may_add=True)
    after = register(PRESS, store=STORE, may_add=True)
    assert (after.id, after.credential_version) == (before.id, before.credential_version)
    assert after.secret_access_key == before.secret_access_key


@pytest.mark.parametrize(
    "store",
    [
        Store("http://127.0.0.1:9000", "KEYID", "second-secret"),
        Store("http://127.0.0.1:9000", "OTHER", "first-secret"),
        Store("http://127.0.0.1:9999", "KEYID", "first-secret"),
    ],
)
def test_follows_a_new_key_or_address_with_a_new_version(store: Store):
    before = register(ARCHIVE, store=STORE, may_add=True)
    register(ARCHIVE, store=store, may_add=False)
    version = before.credential_version
    assert opened(before) == (store.access_key_id, store.secret_access_key)
    assert (before.endpoint_url, before.credential_version) == (store.endpoint_url, version + 1)


def test_keeps_what_an_admin_has_changed():
    bucket = register(ARCHIVE, store=STORE, may_add=True)
    Bucket.objects.filter(id=bucket.id).update(display_name="Cellar", root_path="2026/")
    register(ARCHIVE, store=Store(STORE.endpoint_url, "OTHER", "x"), may_add=True)
    bucket.refresh_from_db()
    assert (bucket.display_name, bucket.root_path) == ("Cellar", "2026/")


def test_leaves_a_bucket_of_that_name_in_another_store_alone():
    elsewhere = register(ARCHIVE, store=Store("https://s3.example.org", "THEIRS", "theirs"), may_add=True)
    register(ARCHIVE, store=STORE, may_add=True)
    assert opened(elsewhere) == ("THEIRS", "theirs")
    assert Bucket.objects.count() == 2


def test_audits_what_it_adds_and_changes_but_no_secret():
    register(ARCHIVE, store=STORE, may_add=True)
    register(ARCHIVE, store=Store(STORE.endpoint_url, "OTHER", "second-secret"), may_add=True)
    entries = AuditEntry.objects.order_by("id")
    assert [entry.operation for entry in entries] == ["admin_added", "admin_changed"]
    assert "secret" not in json.dumps([entry.detail for entry in entries])


def test_does_not_show_the_secret_of_a_store():
    assert "first-secret" not in repr(STORE)


def told(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_the_command_registers_what_standard_input_describes(monkeypatch: pytest.MonkeyPatch):
    store = {"endpoint_url": "http://127.0.0.1:9000", "access_key_id": "K", "secret_access_key": "S"}
    bucket = {"title": "Archive", "name": "archive-demo", "description": "", "public_url": ""}
    told(monkeypatch, json.dumps({"store": store, "buckets": [bucket]}))
    call_command("demo_buckets", add=True, stdout=io.StringIO())
    assert Bucket.objects.get().bucket_name == "archive-demo"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"store": {"secret_access_key": "hush"}, "buckets": []}'])
def test_the_command_refuses_anything_else_without_quoting_it(monkeypatch: pytest.MonkeyPatch, text: str):
    told(monkeypatch, text)
    with pytest.raises(CommandError) as refusal:
        call_command("demo_buckets", stdout=io.StringIO())
    assert "hush" not in str(refusal.value)
    assert not Bucket.objects.exists()

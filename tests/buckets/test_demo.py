"""buckets/demo.py: the embedded store's buckets as rows."""

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AuditEntry
from buckets.credentials import open_sealed
from buckets.demo import Described, Made, Store, register
from buckets.models import Bucket

pytestmark = pytest.mark.django_db

STORE = Store("http://127.0.0.1:9000", "KEYID", "first-secret")
PRESS = Described("Press", "press-demo", "Finished pictures.", "http://127.0.0.1:9000/press-demo")
ARCHIVE = Described("Archive", "archive-demo", "Papers.", "")
RENEWED = replace(STORE, access_key_id="OTHER", secret_access_key="second-secret")
MOVED = replace(STORE, endpoint_url="http://127.0.0.1:9999", former_endpoint_url=STORE.endpoint_url)


def registered_by_somebody(
    name: str = ARCHIVE.name, title: str = "Aardvark", endpoint: str = "http://127.0.0.1:9100"
) -> Bucket:
    """A bucket of somebody's own, which stands before the demo's in every list."""
    store = Store(endpoint, "THEIRS", "their-secret")
    bucket = register(Described(title, "theirs", "", ""), store=store, may_add=True)
    bucket.bucket_name = name
    bucket.save(update_fields=["bucket_name"])
    return bucket


def remembered(bucket: Bucket, described: Described = ARCHIVE) -> Made:
    return Made(bucket.id, described.public_url)


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


@pytest.mark.parametrize("is_remembered", [True, False])
def test_leaves_a_bucket_of_that_name_in_another_store_on_this_machine_alone(is_remembered: bool):
    theirs, own = registered_by_somebody(), register(ARCHIVE, store=STORE, may_add=True)
    register(ARCHIVE, store=RENEWED, may_add=False, made=remembered(own) if is_remembered else None)
    assert opened(theirs) == ("THEIRS", "their-secret")
    assert (theirs.endpoint_url, theirs.credential_version) == ("http://127.0.0.1:9100", 1)
    assert opened(own) == ("OTHER", "second-secret")


def test_adds_its_own_beside_a_bucket_of_that_name():
    theirs = registered_by_somebody()
    assert register(ARCHIVE, store=STORE, may_add=True).id != theirs.id
    assert opened(theirs) == ("THEIRS", "their-secret")


def test_takes_no_other_bucket_for_one_that_was_removed():
    own = register(ARCHIVE, store=STORE, may_add=True)
    made = remembered(own)
    own.delete()
    theirs = registered_by_somebody(title=ARCHIVE.title, endpoint=STORE.endpoint_url)
    assert register(ARCHIVE, store=RENEWED, may_add=False, made=made) is None
    assert opened(theirs) == ("THEIRS", "their-secret")


@pytest.mark.parametrize(
    "elsewhere", [{"endpoint_url": "https://s3.example.org"}, {"endpoint_url": ""}, {"bucket_name": "mine"}]
)
def test_leaves_its_own_row_alone_once_somebody_has_led_it_to_another_bucket(elsewhere: dict[str, str]):
    own = register(ARCHIVE, store=STORE, may_add=True)
    Bucket.objects.filter(id=own.id).update(**elsewhere)
    assert register(ARCHIVE, store=RENEWED, may_add=False, made=remembered(own)) is None
    assert opened(own) == ("KEYID", "first-secret")


def test_knows_its_row_where_the_code_is_another_by_where_the_store_was():
    registered_by_somebody(name="any", title=ARCHIVE.title)
    own = register(ARCHIVE, store=STORE, may_add=True)
    assert own.system_code != "ARCHIVE"
    theirs = registered_by_somebody()
    register(ARCHIVE, store=MOVED, may_add=False)
    assert opened(own) == ("KEYID", "first-secret")
    assert own.endpoint_url == MOVED.endpoint_url
    assert opened(theirs) == ("THEIRS", "their-secret")


def test_takes_no_bucket_on_aws_for_its_own_before_the_store_ever_ran():
    theirs = registered_by_somebody(endpoint="")
    assert register(ARCHIVE, store=STORE, may_add=False) is None
    assert opened(theirs) == ("THEIRS", "their-secret")


def test_puts_the_addressing_back_that_the_store_needs():
    own = register(ARCHIVE, store=STORE, may_add=True)
    Bucket.objects.filter(id=own.id).update(addressing_style=Bucket.Addressing.VIRTUAL)
    register(ARCHIVE, store=STORE, may_add=False, made=remembered(own))
    own.refresh_from_db()
    assert own.addressing_style == Bucket.Addressing.PATH


@pytest.mark.parametrize("is_remembered", [True, False])
@pytest.mark.parametrize("url", ["https://cdn.example.org", ""])
def test_keeps_the_public_url_that_somebody_has_written(url: str, is_remembered: bool):
    own = register(PRESS, store=STORE, may_add=True)
    Bucket.objects.filter(id=own.id).update(cloudfront_base_url=url)
    now = replace(PRESS, public_url="http://127.0.0.1:9999/press-demo")
    register(now, store=MOVED, may_add=False, made=remembered(own, PRESS) if is_remembered else None)
    own.refresh_from_db()
    assert (own.cloudfront_base_url, own.endpoint_url) == (url, MOVED.endpoint_url)


@pytest.mark.parametrize("given", ["https://media.example.org/press-demo", PRESS.public_url])
def test_the_public_url_it_has_given_itself_follows_the_store(given: str):
    own = register(replace(PRESS, public_url=given), store=STORE, may_add=True)
    now = replace(PRESS, public_url="http://127.0.0.1:9999/press-demo")
    register(now, store=MOVED, may_add=False, made=Made(own.id, given))
    own.refresh_from_db()
    assert own.cloudfront_base_url == now.public_url


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


def described(*, key: str = "K") -> str:
    store = {"endpoint_url": "http://127.0.0.1:9000", "access_key_id": key, "secret_access_key": "S"}
    bucket = {"title": "Archive", "name": "archive-demo", "description": "", "public_url": ""}
    return json.dumps({"store": store, "buckets": [bucket]})


def test_the_command_registers_what_standard_input_describes(monkeypatch: pytest.MonkeyPatch):
    told(monkeypatch, described())
    call_command("demo_buckets", add=True, stdout=io.StringIO())
    assert Bucket.objects.get().bucket_name == "archive-demo"


def test_the_command_finds_the_rows_of_its_record_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    told(monkeypatch, described())
    call_command("demo_buckets", add=True, record=tmp_path / "made.json", stdout=io.StringIO())
    own = Bucket.objects.get()
    Bucket.objects.filter(id=own.id).update(system_code="ANOTHER")
    told(monkeypatch, described(key="L"))
    call_command("demo_buckets", record=tmp_path / "made.json", stdout=io.StringIO())
    assert opened(own) == ("L", "S")
    assert [file.name for file in tmp_path.iterdir()] == ["made.json"]


@pytest.mark.parametrize("text", ["", "[]", '{"archive-demo": 3}', '{"archive-demo": {"id": "none"}}'])
def test_the_command_begins_its_record_anew_when_it_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str
):
    (tmp_path / "made.json").write_text(text)
    told(monkeypatch, described())
    call_command("demo_buckets", add=True, record=tmp_path / "made.json", stdout=io.StringIO())
    kept = json.loads((tmp_path / "made.json").read_text())
    assert kept == {"archive-demo": {"id": str(Bucket.objects.get().id), "public_url": ""}}


def test_the_command_keeps_in_mind_what_was_removed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    told(monkeypatch, described())
    call_command("demo_buckets", add=True, record=tmp_path / "made.json", stdout=io.StringIO())
    before = (tmp_path / "made.json").read_text()
    Bucket.objects.all().delete()
    told(monkeypatch, described(key="L"))
    call_command("demo_buckets", record=tmp_path / "made.json", stdout=io.StringIO())
    assert (tmp_path / "made.json").read_text() == before
    assert not Bucket.objects.exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"store": {"secret_access_key": "hush"}, "buckets": []}'])
def test_the_command_refuses_anything_else_without_quoting_it(monkeypatch: pytest.MonkeyPatch, text: str):
    told(monkeypatch, text)
    with pytest.raises(CommandError) as refusal:
        call_command("demo_buckets", stdout=io.StringIO())
    assert "hush" not in str(refusal.value)
    assert not Bucket.objects.exists()

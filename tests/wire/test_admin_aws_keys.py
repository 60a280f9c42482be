"""GET, POST /admin/aws-keys; DELETE /admin/aws-keys/:id."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import AuditEntry
from restore.models import AwsKey
from tests.wire.client import Wire, told

KEY = {
    "accessKeyId": "AKIAIOSFODNN7EXAMPLE",
    "email": "Nora@Example.com",
    "ownerName": "Nora",
    "notes": "Her laptop.",
}
ON_THE_PAGE = {"accessKeyId": "access_key_id", "email": "email", "ownerName": "owner_name", "notes": "notes"}


def test_shows_whose_keys_are_whose(adas):
    row = adas.post("/admin/aws-keys", KEY).json()

    stored = AwsKey.objects.get()
    assert row == {
        "id": str(stored.pk),
        "access_key_id": "AKIAIOSFODNN7EXAMPLE",
        "email": "nora@example.com",
        "owner_name": "Nora",
        "notes": "Her laptop.",
        "created_at": stored.created_at.isoformat().replace("+00:00", "Z"),
    }
    assert adas.get("/admin/aws-keys").json() == [row]


def test_needs_no_name_and_no_notes(adas):
    bare = {name: KEY[name] for name in ("accessKeyId", "email")}

    assert adas.post("/admin/aws-keys", bare).json()["owner_name"] == ""
    assert adas.post("/admin/aws-keys", {**bare, "accessKeyId": "AKIATWO", "notes": None}).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accessKeyId", ""),
        ("accessKeyId", "abc"),
        ("accessKeyId", "with space"),
        ("accessKeyId", "a/secret+key"),
        ("accessKeyId", "x" * 129),
        ("email", ""),
        ("email", "nonsense"),
        ("ownerName", "x" * 121),
        ("notes", "x" * 2001),
    ],
)
def test_refuses_a_bad_value_as_the_page_does(adas, ada, field, value):
    page = Client()
    page.force_login(ada)

    answer = adas.post("/admin/aws-keys", {**KEY, field: value})

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == {"field": field}
    form = {ON_THE_PAGE[name]: each for name, each in {**KEY, field: value}.items()}
    shown = page.post("/admin/restore/awskey/add/", form).context["adminform"].form.errors
    assert shown == {ON_THE_PAGE[field]: [answer.json()["message"]]}
    assert not AwsKey.objects.exists()


@pytest.mark.parametrize("field", ["accessKeyId", "email"])
def test_wants_to_be_told(adas, field):
    answer = adas.post("/admin/aws-keys", {name: value for name, value in KEY.items() if name != field})

    assert answer.json()["details"] == {"field": field}


def test_refuses_a_key_that_has_an_owner(adas):
    adas.post("/admin/aws-keys", KEY)

    answer = adas.post("/admin/aws-keys", {**KEY, "email": "other@example.com"})

    assert told(answer) == (409, "ALREADY_EXISTS")
    assert answer.json()["details"] == {"field": "accessKeyId"}


def test_forgets_a_key_and_frees_its_id(adas):
    key_id = adas.post("/admin/aws-keys", KEY).json()["id"]

    assert adas.delete(f"/admin/aws-keys/{key_id}").json() == {}

    assert told(adas.delete(f"/admin/aws-keys/{key_id}")) == (404, "NOT_FOUND")
    assert adas.post("/admin/aws-keys", KEY).status_code == 200


def test_is_audited(adas, ada):
    adas.delete(f"/admin/aws-keys/{adas.post('/admin/aws-keys', KEY).json()['id']}")

    added, removed = AuditEntry.objects.filter(detail__kind="AWS key").order_by("id")
    assert (added.operation, removed.operation) == ("admin_added", "admin_removed")
    assert {added.actor_email, removed.actor_email} == {ada.email}
    assert added.subject == removed.subject == "AKIAIOSFODNN7EXAMPLE (nora@example.com)"


def test_is_for_administrators_alone(marks):
    for verb, door in (("get", ""), ("post", ""), ("delete", f"/{uuid4()}")):
        assert told(getattr(marks, verb)(f"/admin/aws-keys{door}")) == (403, "FORBIDDEN")
        assert told(getattr(Wire(), verb)(f"/admin/aws-keys{door}")) == (401, "UNAUTHORIZED")

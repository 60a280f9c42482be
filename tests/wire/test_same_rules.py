"""The administration's forms and the wire refuse the same values, at the same field, for the same reason."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from buckets.models import Assignment, Bucket
from tests import people
from tests.browsing import unpainted
from tests.wire.client import Wire

Fault = tuple[str, str]

NOTHING_INLINE = {"assignments-TOTAL_FORMS": 0, "assignments-INITIAL_FORMS": 0}
BUCKET = {
    "displayName": "Press kit 2026",
    "description": "",
    "bucketName": "press-kit",
    "region": "eu-central-1",
    "endpointUrl": "",
    "addressingStyle": "virtual",
    "accessKeyId": "AKIATESTKEYID",
    "secretAccessKey": "a/secret+nobody/may/see",
    "cloudfrontBaseUrl": "",
    "rootPath": "",
}
BUCKET_ON_THE_PAGE = {
    "displayName": "display_name",
    "description": "description",
    "bucketName": "bucket_name",
    "region": "region",
    "endpointUrl": "endpoint_url",
    "addressingStyle": "addressing_style",
    "accessKeyId": "new_access_key_id",
    "secretAccessKey": "new_secret_access_key",
    "cloudfrontBaseUrl": "cloudfront_base_url",
    "rootPath": "root_path",
}
PERSON = {"name": "Nora New", "email": "nora@example.com"}
PERSON_ON_THE_PAGE = {"name": "name", "email": "email", "isAdmin": "is_admin"}


@pytest.fixture
def page(ada: User) -> Iterator[Client]:
    browser = Client()
    browser.force_login(ada)
    with unpainted():
        yield browser


def on_the_wire(answer: Any, names: dict[str, str]) -> Fault:
    told = answer.json()
    assert answer.status_code in (400, 409), told
    return names.get(told.get("details", {}).get("field", ""), ""), told["message"]


def on_the_page(answer: Any) -> Fault:
    assert answer.status_code == 200
    [(field, reasons)] = answer.context_data["adminform"].form.errors.items()
    return field, " ".join(reasons)


def in_the_row(answer: Any) -> Fault:
    """What the page found wrong with the one assignment in it."""
    assert answer.status_code == 200
    [formset] = answer.context_data["inline_admin_formsets"]
    [(field, reasons)] = formset.formset.forms[0].errors.items()
    return "" if field == "__all__" else field, " ".join(reasons)


def page_form(fields: dict[str, Any]) -> dict[str, Any]:
    return {BUCKET_ON_THE_PAGE[name]: value for name, value in fields.items()} | NOTHING_INLINE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("displayName", ""),
        ("displayName", "  "),
        ("displayName", "x" * 121),
        ("description", "x" * 2001),
        ("bucketName", ""),
        ("bucketName", "ab"),
        ("bucketName", "with space"),
        ("bucketName", "with/slash"),
        ("bucketName", "x" * 256),
        ("bucketName", "häuser"),
        ("region", ""),
        ("region", "not a region"),
        ("region", "x" * 65),
        ("endpointUrl", "s3.example.com"),
        ("endpointUrl", "ftp://s3.example.com"),
        ("endpointUrl", "https://user:pass@s3.example.com"),
        ("endpointUrl", "https://127.0.0.1/?x=1"),
        ("endpointUrl", "https://127.0.0.1/" + "x" * 500),
        ("addressingStyle", "sideways"),
        ("addressingStyle", ""),
        ("cloudfrontBaseUrl", "javascript:alert(1)"),
        ("cloudfrontBaseUrl", "https://127.0.0.1/#x"),
        ("cloudfrontBaseUrl", "https://127.0.0.1/" + "x" * 500),
        ("rootPath", "../up"),
        ("rootPath", "a//b"),
        ("rootPath", "a/%2e%2e/b"),
        ("rootPath", "x" * 1025),
        ("accessKeyId", ""),
        ("accessKeyId", "with space"),
        ("accessKeyId", "x" * 513),
        ("secretAccessKey", ""),
        ("secretAccessKey", "with\ttab"),
        ("secretAccessKey", "x" * 513),
    ],
)
def test_of_a_new_bucket(page: Client, adas: Wire, field: str, value: str) -> None:
    bad = {**BUCKET, field: value}

    wire = on_the_wire(adas.post("/admin/buckets", bad), BUCKET_ON_THE_PAGE)

    assert wire == on_the_page(page.post(reverse("admin:buckets_bucket_add"), page_form(bad)))
    assert wire[0] == BUCKET_ON_THE_PAGE[field]
    assert not Bucket.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("bucketName", "another"),
        ("endpointUrl", "https://127.0.0.1:9443"),
        ("accessKeyId", "AKIANEW"),
        ("displayName", ""),
        ("region", ""),
        ("rootPath", ".."),
    ],
)
def test_of_a_changed_bucket(page: Client, adas: Wire, field: str, value: str) -> None:
    bucket = Bucket.objects.get(pk=adas.post("/admin/buckets", BUCKET).json()["id"])
    form = page_form({**BUCKET, "accessKeyId": "", "secretAccessKey": "", field: value})

    wire = on_the_wire(adas.patch(f"/admin/buckets/{bucket.pk}", {field: value}), BUCKET_ON_THE_PAGE)

    assert wire == on_the_page(page.post(reverse("admin:buckets_bucket_change", args=[bucket.pk]), form))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "   "),
        ("name", "x" * 121),
        ("name", "bell\x07"),
        ("email", ""),
        ("email", "nonsense"),
        ("email", "a@b"),
        ("email", "mark@example.com"),
        ("email", "MARK@EXAMPLE.COM"),
    ],
)
def test_of_a_new_person(page: Client, adas: Wire, mark: User, field: str, value: str) -> None:
    bad = {**PERSON, field: value}

    wire = on_the_wire(
        adas.post("/admin/users", {**bad, "password": "a fine new password"}), PERSON_ON_THE_PAGE
    )

    assert wire == on_the_page(page.post(reverse("admin:accounts_user_add"), {**bad, **NOTHING_INLINE}))
    assert wire[0] == field


@pytest.mark.parametrize("field", ["name", "email"])
def test_of_a_changed_person(page: Client, adas: Wire, mark: User, field: str) -> None:
    form = {"name": mark.name, "email": mark.email, "is_active": "on", **NOTHING_INLINE, field: ""}

    wire = on_the_wire(adas.patch(f"/admin/users/{mark.pk}", {field: ""}), PERSON_ON_THE_PAGE)

    assert wire == on_the_page(page.post(reverse("admin:accounts_user_change", args=[mark.pk]), form))


def test_of_the_last_administrator(page: Client, adas: Wire, ada: User) -> None:
    form = {"name": ada.name, "email": ada.email, "is_active": "on", **NOTHING_INLINE}

    wire = on_the_wire(adas.patch(f"/admin/users/{ada.pk}", {"isAdmin": False}), PERSON_ON_THE_PAGE)

    assert wire == on_the_page(page.post(reverse("admin:accounts_user_change", args=[ada.pk]), form))


@pytest.mark.parametrize(
    "place",
    [
        {"rootPath": ""},
        {"rootPath": " / "},
        {"rootPath": "../up"},
        {"rootPath": "a/../../b"},
        {"rootPath": "a//b"},
        {"rootPath": "%2e%2e/x"},
        {"rootPath": "x" * 1025},
        {"rootPath": "a/", "wholeBucket": True},
        {"wholeBucket": False},
    ],
)
def test_of_an_assignment(page: Client, adas: Wire, mark: User, press: Bucket, place: dict[str, Any]) -> None:
    names = {"rootPath": "root_path", "wholeBucket": "whole_bucket"}
    asked = {"userId": str(mark.pk), "bucketId": str(press.pk), **place}

    wire = on_the_wire(adas.post("/admin/assign", asked), names)

    assert wire == in_the_row(assigned_by_page(page, mark, press, place, names))
    assert not Assignment.objects.exists()


def test_of_a_second_assignment(page: Client, adas: Wire, mark: User, press: Bucket) -> None:
    people.assign(mark, press)
    asked = {"userId": str(mark.pk), "bucketId": str(press.pk), "rootPath": "b/"}

    wire = on_the_wire(adas.post("/admin/assign", asked), {})

    answer = assigned_by_page(page, mark, press, {"rootPath": "b/"}, {"rootPath": "root_path"})
    assert wire == in_the_row(answer)


def assigned_by_page(
    page: Client, user: User, bucket: Bucket, place: dict[str, Any], names: dict[str, str]
) -> Any:
    row = {
        names[name]: "on" if value is True else value for name, value in place.items() if value is not False
    }
    form = {"name": user.name, "email": user.email, "is_active": "on", **NOTHING_INLINE}
    form |= {"assignments-TOTAL_FORMS": 1, "assignments-0-bucket": bucket.pk}
    form |= {f"assignments-0-{name}": value for name, value in row.items()}
    return page.post(reverse("admin:accounts_user_change", args=[user.pk]), form)

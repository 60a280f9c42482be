"""The doors of the upload tray."""

import json
import re
from typing import Any
from urllib.request import Request
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import AuditEntry, ForceLogout, User
from buckets.models import Bucket
from files.models import PendingUpload
from tests import people
from tests.files.conftest import Store
from tests.files.doors import HTMX, events, signed_in, text

CODE = "PRESS_KIT"
DOORS = ["prepare", "confirm", "cancel"]
FINE: dict[str, Any] = {
    "client_id": "u1",
    "name": "new.txt",
    "size": 5,
    "content_type": "text/plain",
    "on_conflict": "ask",
}


def door(name: str) -> str:
    return f"/b/{CODE}/-/upload/{name}"


@pytest.fixture
def store(_kept: Store) -> Store:
    """The bucket with what these tests find in it."""
    _kept.hold({"team/old.txt": b"old"})
    return _kept


@pytest.fixture
def team(store: Store, bucket: Bucket, mark: User) -> Store:
    people.assign(mark, bucket, root="team/")
    return store


@pytest.fixture
def at_door(team: Store, mark: User) -> Client:
    return signed_in(mark)


def prepare(client: Client, *files: object, folder: str = "", **more: object) -> HttpResponse:
    return client.post(door("prepare"), {"folder": folder, "files": json.dumps(files), **more}, headers=HTMX)


def confirm(client: Client, *uploads: object) -> HttpResponse:
    return client.post(door("confirm"), {"uploads": json.dumps(uploads)}, headers=HTMX)


def signed(answer: HttpResponse) -> list[Any]:
    return list(answer.context["prepared"].uploads)


def send(store: Store, upload: Any, body: bytes = b"hello") -> None:
    """Puts the file where it was signed for, as the browser would."""
    store.put("team/" + upload.path, body)


# All doors


@pytest.mark.parametrize("name", DOORS)
def test_lets_no_stranger_in(team: Store, name: str) -> None:
    assert Client().post(door(name), {}, headers=HTMX).status_code == 401
    assert not PendingUpload.objects.exists()


@pytest.mark.parametrize("name", DOORS)
def test_lets_nobody_in_who_was_not_assigned(team: Store, uma: User, name: str) -> None:
    posted = {
        "files": json.dumps([FINE]),
        "uploads": json.dumps([{"id": str(uuid4())}]),
        "ids": json.dumps([str(uuid4())]),
    }
    assert signed_in(uma).post(door(name), posted, headers=HTMX).status_code == 404


@pytest.mark.parametrize("name", DOORS)
def test_needs_the_token_of_our_own_pages(team: Store, mark: User, name: str) -> None:
    answer = signed_in(mark, enforce_csrf_checks=True).post(door(name), {}, headers=HTMX)
    assert answer.status_code == 403


@pytest.mark.parametrize(("name", "field"), [("prepare", "files"), ("confirm", "uploads"), ("cancel", "ids")])
@pytest.mark.parametrize("value", ["", "no json", "{}", "[]", "null", '"text"', "[" * 5000, '[{"a": NaN'])
def test_refuses_what_is_no_list(at_door: Client, name: str, field: str, value: str) -> None:
    answer = at_door.post(door(name), {field: value}, headers=HTMX)
    assert answer.status_code == 400
    assert "toast" in events(answer)


@pytest.mark.parametrize(("name", "field"), [("confirm", "uploads"), ("cancel", "ids")])
@pytest.mark.parametrize("id_", ["", "1", "x" * 36, None, 5, ["a"]])
def test_refuses_what_is_no_id(at_door: Client, name: str, field: str, id_: object) -> None:
    row: object = {"id": id_} if name == "confirm" else id_
    assert at_door.post(door(name), {field: json.dumps([row])}, headers=HTMX).status_code == 400


# Prepare


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": "5"},
        {"size": 1.5},
        {"size": True},
        {"size": None},
        {"on_conflict": "destroy"},
        {"on_conflict": 3},
        {"on_conflict": []},
        {"on_conflict": {}},
        {"name": 5},
        {"name": None},
        {"content_type": ["text/plain"]},
        {"client_id": {}},
        {"client_id": "\ud800"},
        {"name": "a\u0000b"},
    ],
)
def test_refuses_a_field_of_another_shape(at_door: Client, wrong: dict[str, object]) -> None:
    assert prepare(at_door, {**FINE, **wrong}).status_code == 400
    assert not PendingUpload.objects.exists()


@pytest.mark.parametrize("row", [1, "a", None, [1]])
def test_refuses_an_entry_that_is_no_object(at_door: Client, row: object) -> None:
    assert prepare(at_door, row).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": -1},
        {"size": 25 * 1024 * 1024 + 1},
        {"name": ""},
        {"name": "a//b"},
        {"name": "/a"},
        {"name": "a/"},
        {"name": "x" * 1025},
        {"name": "a/./b"},
        {"content_type": "no type"},
        {"content_type": "text/plain\r\nx-evil: 1"},
    ],
)
def test_refuses_one_wrong_file_and_signs_the_other(at_door: Client, wrong: dict[str, object]) -> None:
    answer = prepare(at_door, {**FINE, **wrong}, {**FINE, "client_id": "u2", "name": "other.txt"})
    assert answer.status_code == 200
    assert [upload.client_id for upload in signed(answer)] == ["u2"]
    assert re.search(r'data-answer="refused" data-client="u1">[^<]+<', text(answer))


@pytest.mark.parametrize("folder", ["../", "../team2/", "a/../../"])
def test_throws_out_who_leaves_their_folder(at_door: Client, folder: str) -> None:
    answer = prepare(at_door, FINE, folder=folder)
    assert answer.status_code == 401
    assert ForceLogout.objects.count() == 1
    assert prepare(at_door, FINE).status_code == 401


def test_refuses_somebody_who_may_not_upload(team: Store, bucket: Bucket, rita: User) -> None:
    people.assign(rita, bucket, root="team/", allow_upload=False)
    answer = prepare(signed_in(rita), FINE)
    assert answer.status_code == 403
    assert "X-Amz-Signature" not in text(answer)
    (entry,) = AuditEntry.objects.all()
    assert (entry.operation, entry.outcome, entry.bucket_code) == ("upload_signed", "refused", CODE)


def test_refuses_more_than_a_batch(at_door: Client) -> None:
    answer = prepare(at_door, *({**FINE, "client_id": f"u{n}", "name": f"{n}.txt"} for n in range(2001)))
    assert answer.status_code in (400, 413)
    assert not PendingUpload.objects.exists()


def test_signs_with_the_headers_that_must_be_sent(at_door: Client) -> None:
    answer = prepare(at_door, FINE)
    (upload,) = signed(answer)
    shown = text(answer)
    assert f'data-id="{upload.id}"' in shown
    for name, value in upload.headers.items():
        assert f'data-header="{name}"' in shown
        assert Request("http://x", headers={name: value}).header_items()
    assert "<html" not in shown


def test_asks_about_a_taken_name_and_signs_nothing(at_door: Client) -> None:
    answer = prepare(at_door, {**FINE, "name": "old.txt"}, {**FINE, "client_id": "u2"})
    assert signed(answer) == []
    assert "This name is taken" in text(answer)
    assert 'data-client="u1"' in text(answer)
    assert not PendingUpload.objects.exists()


def test_offers_no_overwriting_without_the_right(team: Store, bucket: Bucket, rita: User) -> None:
    people.assign(rita, bucket, root="team/", allow_overwrite=False)
    shown = text(prepare(signed_in(rita), {**FINE, "name": "old.txt"}))
    assert re.search(r'<option value="overwrite"\s+disabled', shown)


def test_overwrites_nothing_without_the_right_however_it_is_asked(
    team: Store, bucket: Bucket, rita: User
) -> None:
    people.assign(rita, bucket, root="team/", allow_overwrite=False)
    answer = prepare(signed_in(rita), {**FINE, "name": "old.txt", "on_conflict": "overwrite"})
    assert signed(answer) == []
    assert 'data-answer="refused"' in text(answer)


@pytest.mark.parametrize(
    "name", ["a b.txt", "100% #1?.txt", 'o\'clock "now".txt', "<b>.txt", "naïve 😀.txt", "sub/ü/x.txt"]
)
def test_carries_odd_names_whole(at_door: Client, name: str) -> None:
    answer = prepare(at_door, {**FINE, "name": name, "client_id": '<u&1>"'})
    (upload,) = signed(answer)
    assert upload.name == name
    assert "<b>" not in text(answer)
    assert 'data-client="&lt;u&amp;1&gt;&quot;"' in text(answer)


# Confirm and cancel


def test_confirms_what_arrived(at_door: Client, team: Store) -> None:
    (upload,) = signed(prepare(at_door, FINE))
    send(team, upload)
    answer = confirm(at_door, {"id": str(upload.id), "etag": ""})
    assert f'data-id="{upload.id}" data-state="present"' in text(answer)
    assert AuditEntry.objects.filter(operation=AuditEntry.Operation.UPLOAD_CONFIRMED).count() == 1


def test_says_that_nothing_arrived(at_door: Client) -> None:
    (upload,) = signed(prepare(at_door, FINE))
    assert 'data-state="missing"' in text(confirm(at_door, {"id": str(upload.id)}))


@pytest.mark.parametrize("etag", ['"0123456789abcdef0123456789abcdef"', "0123456789abcdef0123456789abcdef"])
def test_says_that_something_else_is_there(at_door: Client, team: Store, etag: str) -> None:
    (upload,) = signed(prepare(at_door, FINE))
    send(team, upload)
    assert 'data-state="different"' in text(confirm(at_door, {"id": str(upload.id), "etag": etag}))


@pytest.mark.parametrize("quote", ['"', ""])
def test_knows_an_etag_with_and_without_its_quotes(at_door: Client, team: Store, quote: str) -> None:
    (upload,) = signed(prepare(at_door, FINE))
    send(team, upload)
    etag = f"{quote}5d41402abc4b2a76b9719d911017c592{quote}"
    assert 'data-state="present"' in text(confirm(at_door, {"id": str(upload.id), "etag": etag}))


def test_confirms_nobody_elses_upload(at_door: Client, team: Store, bucket: Bucket, rita: User) -> None:
    (upload,) = signed(prepare(at_door, FINE))
    send(team, upload)
    people.assign(rita, bucket, root="team/")
    assert "present" not in text(confirm(signed_in(rita), {"id": str(upload.id)}))
    assert PendingUpload.objects.get().state == PendingUpload.State.SIGNED


def test_knows_nothing_of_an_id_it_never_gave(at_door: Client) -> None:
    assert 'data-state="missing"' in text(confirm(at_door, {"id": str(uuid4())}))


def test_gives_up_what_was_signed(at_door: Client) -> None:
    (upload,) = signed(prepare(at_door, FINE))
    ids = {"ids": json.dumps([str(upload.id)])}
    assert at_door.post(door("cancel"), ids, headers=HTMX).status_code == 200
    assert PendingUpload.objects.get().state == PendingUpload.State.CANCELLED
    assert at_door.post(door("cancel"), ids, headers=HTMX).status_code == 200


def test_gives_up_nobody_elses_upload(at_door: Client, bucket: Bucket, rita: User) -> None:
    (upload,) = signed(prepare(at_door, FINE))
    people.assign(rita, bucket, root="team/")
    signed_in(rita).post(door("cancel"), {"ids": json.dumps([str(upload.id)])}, headers=HTMX)
    assert PendingUpload.objects.get().state == PendingUpload.State.SIGNED

"""GET and POST /auth/tokens, DELETE /auth/tokens/:id."""

from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from accounts import personal_tokens, token_texts
from accounts.models import AuditEntry, PersonalToken
from accounts.scopes import Scope
from tests import people
from tests.wire.client import Wire, page_of, told

DOOR, RITAS = "/auth/tokens", "rita's"
ROW = {
    "id", "name", "prefix", "operations", "all_buckets", "bucket_ids", "created_at", "expires_at", "last_used_at",
    "last_used_ip", "state",
}  # fmt: skip


@pytest.fixture(autouse=True)
def team(mark, press):
    return people.assign(mark, press)


def wanted(press, **changed):
    asked = {"name": "CI", "operations": ["read"], "bucketIds": [str(press.pk)], "expiresInDays": 30}
    return {name: value for name, value in {**asked, **changed}.items() if value is not ...}


def make_for(user):
    scope = Scope(frozenset({"read"}), None)
    return personal_tokens.make(user=user, name="CI", scope=scope, days=7, ip=None, now=timezone.now())


def test_makes_a_token_that_works_and_tells_it_once(marks, mark, press):
    made = marks.post(DOOR, wanted(press, operations=["upload", "read"])).json()

    assert set(made) == {*ROW, "token"}
    assert made["prefix"] == made["token"][:10]
    assert made["operations"] == ["read", "upload"]
    assert (made["all_buckets"], made["bucket_ids"]) == (False, [str(press.pk)])
    assert made["state"] == "active"
    program = Wire()
    program.token = made["token"]
    assert [row["id"] for row in program.get("/buckets").json()] == [str(press.pk)]
    (row,) = marks.get(DOOR).json()
    assert set(row) == ROW
    assert row["last_used_ip"] == "127.0.0.1"
    assert PersonalToken.objects.get(user=mark).token_hash == token_texts.hash_of(made["token"])


def test_is_for_all_buckets_only_when_told_so(marks, press):
    made = marks.post(DOOR, wanted(press, bucketIds=..., allBuckets=True)).json()

    assert (made["all_buckets"], made["bucket_ids"]) == (True, [])


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": ...}, "name"),
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"name": "x" * 121}, "name"),
        ({"operations": ...}, "operations"),
        ({"operations": []}, "operations"),
        ({"operations": "read"}, "operations"),
        ({"operations": ["admin"]}, "operations"),
        ({"operations": ["overwrite"]}, "operations"),
        ({"operations": [None]}, "operations"),
        ({"bucketIds": ...}, "bucketIds"),
        ({"bucketIds": []}, "bucketIds"),
        ({"bucketIds": None}, "bucketIds"),
        ({"allBuckets": True}, "bucketIds"),
        ({"allBuckets": "true", "bucketIds": ...}, "allBuckets"),
        ({"allBuckets": 1, "bucketIds": ...}, "allBuckets"),
        ({"expiresInDays": "30"}, "expiresInDays"),
        ({"expiresInDays": ...}, "expiresInDays"),
        ({"expiresInDays": 0}, "expiresInDays"),
        ({"expiresInDays": 366}, "expiresInDays"),
        ({"expiresInDays": None}, "expiresInDays"),
        ({"expiresInDays": 1e30}, "expiresInDays"),
    ],
)  # fmt: skip
def test_refuses_what_makes_no_sense(marks, press, changed, field):
    answer = marks.post(DOOR, wanted(press, **changed))

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"]["field"].split(".")[0] in (field, "0")
    assert not PersonalToken.objects.exists()


@pytest.mark.parametrize("which", ["another's", "nobody's", "no id"])
def test_knows_no_bucket_that_is_not_ones_own(marks, press, which):
    other = {
        "another's": people.press_bucket(display_name="Board").pk,
        "nobody's": UUID(int=1),
        "no id": "x",
    }[which]

    assert told(marks.post(DOOR, wanted(press, bucketIds=[str(press.pk), str(other)]))) == (404, "NOT_FOUND")
    assert not PersonalToken.objects.exists()


def test_is_not_opened_by_a_token_whatever_it_may(mark, press):
    program = Wire()
    scope = Scope(frozenset({"read", "upload", "overwrite", "delete"}), None)
    made = personal_tokens.make(user=mark, name="CI", scope=scope, days=7, ip=None, now=timezone.now())
    program.token = made.text

    for answer in (
        program.get(DOOR), program.post(DOOR, wanted(press)), program.delete(f"{DOOR}/{made.token.pk}")
    ):  # fmt: skip
        assert told(answer) == (403, "INSUFFICIENT_SCOPE")
        assert "sign in" in answer.json()["message"]
    assert PersonalToken.objects.get().ended_at is None


def test_is_opened_by_no_stranger_and_by_no_page_without_its_form_token(wire, mark, press):
    assert told(wire.post(DOOR, wanted(press))) == (401, "UNAUTHORIZED")
    assert told(page_of(mark).post(DOOR, wanted(press))) == (403, "CSRF_FAILED")
    assert not PersonalToken.objects.exists()


def test_revokes_for_good_and_once_in_the_log(marks, mark):
    made = make_for(mark)

    assert [marks.delete(f"{DOOR}/{made.token.pk}").status_code for _ in range(2)] == [200, 200]

    program = Wire()
    program.token = made.text
    assert told(program.get("/buckets")) == (401, "UNAUTHORIZED")
    assert AuditEntry.objects.filter(operation="token_revoked", actor_id=mark.pk).count() == 1
    assert [row["state"] for row in marks.get(DOOR).json()] == ["revoked"]


@pytest.mark.parametrize("whose", [RITAS, "nobody's"])
def test_knows_nobody_elses_token(marks, rita, whose):
    row = make_for(rita).token

    assert told(marks.delete(f"{DOOR}/{row.pk if whose == RITAS else uuid4()}")) == (404, "NOT_FOUND")
    assert marks.get(DOOR).json() == []
    row.refresh_from_db()
    assert row.ended_at is None


def test_lists_ones_own(marks, mark):
    for _ in range(9):
        make_for(mark)

    assert len(marks.get(DOOR).json()) == 9

"""What a personal token opens, at every door of the wire there is: read from the routing, so that a new door is shut."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts import personal_tokens, sessions, token_texts
from accounts.models import AuditEntry, ForceLogout, PersonalToken, Session, User
from accounts.scopes import ACTS, Scope
from buckets.models import Bucket
from files.models import PendingUpload
from mediabridge.api_urls import urlpatterns
from mediabridge.wire.policies import SignedIn, needed_at
from tests import people
from tests.permissions.cast import BUCKET, FILES, Stage, undone
from tests.permissions.table import ROWS

pytestmark = pytest.mark.django_db
NEEDS = {
    "GET buckets": "anything",
    "GET buckets/<uuid:bucket_id>/files": "read",
    "DELETE buckets/<uuid:bucket_id>/files": "delete",
    "POST buckets/<uuid:bucket_id>/urls": "read",
    "POST upload/presign": "upload",
    "POST upload/confirm": "upload",
}
"""What a token must be made for. No token opens anything else but what is open to everybody."""
OPEN = {
    "auth/setup-status", "auth/setup", "auth/login", "auth/refresh", "auth/logout", "cache/evict", "schema", "docs",
}  # fmt: skip
BEYOND, UNKNOWN, LOST = (403, "INSUFFICIENT_SCOPE"), (401, "UNAUTHORIZED"), (401, "FORCE_LOGGED_OUT")


def doors() -> Iterator[tuple[str, str, Any]]:
    """Every verb of every door that asks who calls, with the class behind it."""
    for pattern in urlpatterns:
        door = getattr(pattern.callback, "cls", None)
        if door is None or SignedIn not in {
            base for each in door.permission_classes for base in each.__mro__
        }:
            assert str(pattern.pattern) in OPEN, f"{pattern.pattern} asks nobody who they are"
            continue
        for verb in sorted(set(door.http_method_names) - {"options"}):
            yield verb.upper(), str(pattern.pattern), door


CLOSED = sorted(
    (verb, route) for verb, route, _ in doors() if f"{verb} {route}".replace("HEAD", "GET") not in NEEDS
)
ROW_OF = {row.route.removeprefix("api/"): row for row in ROWS if row.route.startswith("api/")}


def test_every_door_says_what_a_token_needs_there_and_all_others_are_shut() -> None:
    found = {f"{verb} {route}": needed_at(door, verb) for verb, route, door in doors() if verb != "HEAD"}
    assert {door: need for door, need in found.items() if need is not None} == NEEDS
    assert all(needed_at(door, "HEAD") == needed_at(door, "GET") for _, _, door in doors())


@pytest.fixture
def member(stage: Stage) -> Iterator[User]:
    cache.clear()
    stage.store.buckets[BUCKET] = sorted(FILES)
    with undone():
        yield User.objects.get(email="mark@example.com")


@pytest.fixture
def bucket(member: User) -> Bucket:
    return Bucket.objects.get(bucket_name=BUCKET)


def token_for(user: User, *acts: str, buckets: list[Bucket] | None = None, days: int = 30) -> str:
    scope = Scope(frozenset(acts), None if buckets is None else frozenset(bucket.pk for bucket in buckets))
    made = personal_tokens.make(user=user, name="CI", scope=scope, days=days, ip=None, now=timezone.now())
    return made.text


def ask(token: str, verb: str, door: str, body: Any = None, **headers: str) -> HttpResponse:
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    return client.generic(
        verb,
        f"/api{door}",
        b"" if body is None else json.dumps(body),
        content_type="application/json",
        headers={"authorization": f"Bearer {token}", **headers},
    )


def told(answer: HttpResponse) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"] if answer.status_code >= 400 else ""


def calls(bucket: Bucket) -> dict[str, tuple[str, str, Any]]:
    """One call for each thing a token can be for, that works where it may."""
    file = {"bucketId": str(bucket.pk), "path": "", "filename": "new.txt"}
    at = f"/buckets/{bucket.pk}"
    return {
        "list": ("GET", f"{at}/files", None),
        "link": ("POST", f"{at}/urls", {"keys": ["team/Notes.txt"]}),
        "sign": ("POST", "/upload/presign", [{**file, "size": 1, "contentType": "text/plain"}]),
        "replace": (
            "POST",
            "/upload/presign",
            [{**file, "filename": "Notes.txt", "size": 1, "contentType": ""}],
        ),
        "confirm": ("POST", "/upload/confirm", [file]),
        "delete": ("DELETE", f"{at}/files", {"s3Key": "team/Notes.txt"}),
    }


@pytest.mark.parametrize(
    ("acts", "done"),
    [
        (["read"], {"list", "link"}),
        (["upload"], {"sign", "confirm"}),
        (["upload", "overwrite"], {"sign", "replace", "confirm"}),
        (["delete"], {"delete"}),
        (list(ACTS), {"list", "link", "sign", "replace", "confirm", "delete"}),
    ],
    ids=["read", "upload", "overwrite", "delete", "everything"],
)
def test_does_what_it_is_for_and_nothing_else(
    stage: Stage, member: User, bucket: Bucket, acts: list[str], done: set[str]
) -> None:
    token = token_for(member, *acts, buckets=[bucket])
    got = {}
    for name, call in calls(bucket).items():
        stage.store.buckets[BUCKET] = sorted(FILES)
        got[name] = told(ask(token, *call))

    assert {name for name, answer in got.items() if answer == (200, "")} == done
    refused = {answer for name, answer in got.items() if name not in done}
    assert refused <= {BEYOND, (409, "ALREADY_EXISTS")}
    assert (got["replace"] == (409, "ALREADY_EXISTS")) == (acts == ["upload"])


@pytest.mark.parametrize(("verb", "route"), CLOSED)
def test_opens_no_other_door(member: User, verb: str, route: str, stage: Stage) -> None:
    """Whatever it is for and whoever made it: not even for an administrator."""
    User.objects.filter(pk=member.pk).update(is_admin=True)
    member.refresh_from_db()
    path = ROW_OF[route].path.removeprefix("/api")
    for word, value in stage.words.items():
        path = path.replace(f"{{{word}}}", value)

    answer = ask(token_for(member, *ACTS), verb, path, {} if verb not in ("GET", "HEAD") else None)

    assert answer.status_code == 403
    assert verb == "HEAD" or told(answer) == BEYOND
    entry = AuditEntry.objects.get(operation="token_refused")
    assert (entry.outcome, entry.actor_id) == ("refused", member.pk)
    assert entry.detail["call"] == f"{verb} /api{path}"
    assert entry.detail["token"]["name"].startswith("CI (mbp_")


@pytest.mark.parametrize(
    ("verb", "path"), [("POST", "/buckets"), ("OPTIONS", "/buckets"), ("PUT", "/auth/tokens")]
)
def test_is_not_blamed_for_what_a_door_does_for_nobody(member: User, verb: str, path: str) -> None:
    assert told(ask(token_for(member, "read"), verb, path)) == (405, "METHOD_NOT_ALLOWED")
    assert not AuditEntry.objects.filter(operation="token_refused").exists()


class TestElsewhere:
    """Buckets it is not for are not there, as those that are not assigned."""

    @pytest.fixture
    def token(self, member: User) -> str:
        other = people.press_bucket(display_name="Elsewhere", bucket_name="elsewhere")
        people.assign(member, other, root="")
        return token_for(member, *ACTS, buckets=[other])

    def test_lists_only_its_own(self, token: str) -> None:
        rows = ask(token, "GET", "/buckets").json()
        assert [row["display_name"] for row in rows] == ["Elsewhere"]

    @pytest.mark.parametrize("name", ["list", "link", "sign", "confirm", "delete"])
    def test_finds_no_other(self, token: str, member: User, bucket: Bucket, name: str) -> None:
        verb, door, body = calls(bucket)[name]
        refused = ask(token, verb, door, body)
        User.objects.filter(pk=member.pk).update(is_admin=False)
        nowhere = json.loads(json.dumps([door, body]).replace(str(bucket.pk), str(UUID(int=1))))
        unknown = ask(token, verb, nowhere[0], nowhere[1])
        assert told(refused) == (404, "NOT_FOUND")
        assert refused.content == unknown.content

    def test_takes_no_batch_that_leads_there(self, token: str, bucket: Bucket) -> None:
        here, there = calls(Bucket.objects.get(bucket_name="elsewhere"))["sign"], calls(bucket)["sign"]
        assert told(ask(token, "POST", "/upload/presign", [*here[2], *there[2]])) == (404, "NOT_FOUND")
        assert not PendingUpload.objects.exists()


class TestWriting:
    """A token that may only write learns nothing of what is there."""

    def test_gets_no_links_with_its_signature(self, member: User, bucket: Bucket) -> None:
        """A link to the file it will be is a link to the file it is."""
        (signed,) = ask(token_for(member, "upload", "overwrite"), *calls(bucket)["replace"]).json()
        assert signed["presignedUrl"]
        assert (signed["cloudfrontUrl"], signed["thumbnailUrl"]) == (None, None)

    def test_learns_no_size_and_no_etag(self, member: User, bucket: Bucket) -> None:
        asked = [{"bucketId": str(bucket.pk), "path": "", "filename": "Notes.txt"}]
        (writes,) = ask(token_for(member, "upload"), "POST", "/upload/confirm", asked).json()
        (reads,) = ask(token_for(member, "upload", "read"), "POST", "/upload/confirm", asked).json()
        assert writes == {"filename": "Notes.txt", "present": True, "size": None, "etag": None}
        assert reads["etag"]

    def test_shows_the_rights_that_are_left(self, member: User) -> None:
        (row,) = ask(token_for(member, "upload"), "GET", "/buckets").json()
        assert (row["allow_upload"], row["allow_delete"]) == (True, False)


class TestRights:
    def test_never_exceed_their_owners(self, bucket: Bucket) -> None:
        rita = User.objects.get(email="rita@example.com")
        token = token_for(rita, *ACTS)
        got = {name: told(ask(token, *call)) for name, call in calls(bucket).items()}
        assert got["list"] == got["link"] == (200, "")
        assert got["delete"] == (403, "DELETE_NOT_ALLOWED")
        assert got["sign"] == (403, "FORBIDDEN")

    def test_are_gone_with_the_assignment(self, member: User, bucket: Bucket) -> None:
        token = token_for(member, *ACTS, buckets=[bucket])
        member.assignments.all().delete()  # type: ignore[attr-defined]
        assert ask(token, "GET", "/buckets").json() == []
        assert told(ask(token, *calls(bucket)["list"])) == (404, "NOT_FOUND")

    def test_survive_the_bucket_as_nothing(self, member: User, bucket: Bucket) -> None:
        token = token_for(member, *ACTS, buckets=[bucket])
        Bucket.objects.all().delete()
        assert ask(token, "GET", "/buckets").json() == []

    def test_of_an_administrator_end_at_the_tokens_buckets(self, member: User, bucket: Bucket) -> None:
        ada = User.objects.get(email="ada@example.com")
        people.press_bucket(display_name="Elsewhere", bucket_name="elsewhere")
        token = token_for(ada, "read", buckets=[bucket])
        assert [row["id"] for row in ask(token, "GET", "/buckets").json()] == [str(bucket.pk)]


class TestRefusals:
    @pytest.mark.parametrize("where", ["query", "body", "cookie", "basic", "other header", "lower", "twice"])
    def test_counts_only_as_a_bearer(self, member: User, where: str) -> None:
        token = token_for(member, "read")
        client = Client(raise_request_exception=False)
        headers = {
            "basic": {"authorization": f"Basic {token}"},
            "other header": {"x-api-key": token, "private-token": token},
            "lower": {"authorization": f"Bearer {token.lower()}"},
            "twice": {"authorization": f"Bearer {token} {token}"},
        }.get(where, {})
        if where == "cookie":
            client.cookies["sessionid"] = client.cookies["refresh"] = client.cookies["token"] = token
        query = f"?token={token}&access_token={token}" if where == "query" else ""
        if where == "body":
            answer = client.post("/api/upload/confirm", {"token": token}, content_type="application/json")
        else:
            answer = client.get(f"/api/buckets{query}", headers=headers)
        assert told(answer) == UNKNOWN

    def test_never_says_to_refresh(self, member: User) -> None:
        token = token_for(member, "read")
        member.personal_tokens.update(created_at=timezone.now() - timedelta(2), expires_at=timezone.now())
        answer = ask(token, "GET", "/buckets")
        assert told(answer) == UNKNOWN
        assert "personal token has expired" in answer.json()["message"]
        assert answer["WWW-Authenticate"] == "Bearer"

    def test_holds_at_the_very_next_call(self, member: User) -> None:
        token = token_for(member, "read")
        assert ask(token, "GET", "/buckets").status_code == 200
        row = PersonalToken.objects.get(user=member)
        personal_tokens.revoke(user=member, token_id=row.pk, by=member, ip=None, now=timezone.now())
        answer = ask(token, "GET", "/buckets")
        assert told(answer) == UNKNOWN
        assert "revoked" in answer.json()["message"]

    @pytest.mark.parametrize("change", [{"is_active": False}, {"locked_at": timezone.now()}, {"epoch": 77}])
    def test_tells_of_an_end_by_force(self, member: User, change: dict[str, Any]) -> None:
        token = token_for(member, "read")
        User.objects.filter(pk=member.pk).update(**change)
        assert told(ask(token, "GET", "/buckets")) == LOST

    def test_knows_no_made_up_token(self, member: User) -> None:
        for token in ("mbp_", "mbp_" + "0" * 49, token_texts.new(), "mbp_" + "x" * 100_000):
            assert told(ask(token, "GET", "/buckets")) == UNKNOWN

    def test_is_judged_alone_whatever_cookies_came_along(self, stage: Stage, member: User) -> None:
        browser = stage.browser("admin")
        answer = browser.get(
            "/api/admin/users", headers={"authorization": f"Bearer {token_for(member, 'read')}"}
        )
        assert told(answer) == BEYOND

    def test_opens_no_page(self, member: User) -> None:
        token = token_for(member, *ACTS)
        client = Client()
        for page in ("/", "/account", "/admin/", "/activity"):
            assert client.get(page, headers={"authorization": f"Bearer {token}"}).status_code == 302
        assert not Session.objects.filter(user=member, agent="").exclude(ended_at=None).exists()

    def test_does_not_sign_its_owner_out(self, member: User) -> None:
        token = token_for(member, "read")
        assert ask(token, "POST", "/auth/logout").status_code == 200
        assert ask(token, "GET", "/buckets").status_code == 200


class TestViolations:
    def test_throw_the_owner_out_with_every_token(self, member: User, bucket: Bucket) -> None:
        token, another = token_for(member, "read"), token_for(member, "upload")
        answer = ask(token, "GET", f"/buckets/{bucket.pk}/files?prefix=../secret/")
        assert told(answer) == LOST
        assert ForceLogout.objects.get().is_violation
        entry = AuditEntry.objects.get(operation="violation")
        assert entry.detail["token"]["name"].startswith("CI (mbp_")
        assert {told(ask(each, "GET", "/buckets")) for each in (token, another)} == {LOST}
        assert set(member.personal_tokens.values_list("ended_reason", flat=True)) == {"forced_out"}

    def test_are_none_where_the_door_is_shut_anyway(self, member: User, bucket: Bucket) -> None:
        answer = ask(token_for(member, "upload"), "GET", f"/buckets/{bucket.pk}/files?prefix=../secret/")
        assert told(answer) == BEYOND
        assert not ForceLogout.objects.exists()


class TestTheLog:
    def test_says_by_which_token_something_was_done(self, member: User, bucket: Bucket) -> None:
        token = token_for(member, *ACTS)
        ask(token, *calls(bucket)["sign"])
        ask(token, *calls(bucket)["delete"])
        row = PersonalToken.objects.get(user=member)
        for operation in ("upload_signed", "deleted"):
            entry = AuditEntry.objects.get(operation=operation)
            assert entry.actor_id == member.pk
            assert entry.detail["token"] == {"id": str(row.pk), "name": str(row)}
            assert token not in str(entry.detail)

    def test_notes_what_the_owner_may_not_with_the_token(self, bucket: Bucket) -> None:
        rita = User.objects.get(email="rita@example.com")
        ask(token_for(rita, *ACTS), *calls(bucket)["delete"])
        entry = AuditEntry.objects.get(operation="deleted")
        assert entry.outcome == "refused"
        assert "token" in entry.detail

    def test_shows_when_and_from_where_it_was_used_last(self, member: User) -> None:
        token = token_for(member, "read")
        ask(token, "GET", "/buckets")
        row = PersonalToken.objects.get(user=member)
        assert row.last_used_at is not None
        assert row.last_used_ip == "127.0.0.1"


class TestLimits:
    def test_are_the_owners_for_a_good_token_and_the_addresss_for_any_other(
        self, member: User, settings: Any
    ) -> None:
        settings.RATE_LIMIT_USER = settings.RATE_LIMIT_ANONYMOUS = "2/h"
        token, revoked = token_for(member, "read"), token_for(member, "read")
        PersonalToken.objects.filter(token_hash=token_texts.hash_of(revoked)).update(
            ended_at=timezone.now(), ended_reason="revoked"
        )
        bad = [revoked, token_texts.new(), revoked]
        assert [ask(each, "GET", "/buckets").status_code for each in bad] == [401, 401, 429]
        assert [told(ask(token, "GET", door))[0] for door in ("/buckets", "/admin/audit", "/buckets")] == [
            200,
            403,
            429,
        ]


def test_force_logout_by_the_operator_ends_them(member: User) -> None:
    token = token_for(member, "read")
    sessions.force_logout(user=member, reason="test", now=timezone.now())
    assert told(ask(token, "GET", "/buckets")) == LOST


def test_no_address_of_the_wire_names_a_token() -> None:
    assert not [route for _, route, _ in doors() if re.search(r"<str:token|<slug:token", route)]

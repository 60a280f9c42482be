"""Who knocks: everybody who can hold a session, in every state an account can be in, and a stranger."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts import passwords, personal_tokens
from accounts.audit import Operation, record
from accounts.models import PersonalToken, Session, User
from accounts.scopes import Scope
from benchmarks.fake_s3 import FakeS3
from buckets.credentials import seal
from buckets.models import Bucket
from restore.models import AwsKey, RestoreRequest
from tests import people

INSIDE = ("admin", "member", "reader", "unassigned")
OUTSIDE = ("disabled", "locked", "older", "anonymous")
"""They hold a session cookie that was good once, or none: no door lets them in that asks for a session."""
EVERYBODY = (*INSIDE, *OUTSIDE)
FILES = ["Notes.txt", "team/Notes.txt"]
BUCKET = "press-kit"


@dataclass(frozen=True)
class Stage:
    """The data all cases share. `cookies` are session keys by person; `words` fill the placeholders of URLs."""

    cookies: dict[str, str]
    words: dict[str, str]
    store: FakeS3
    _browsers: dict[bool, Client] = field(default_factory=dict)

    def browser(self, who: str, *, checks_csrf: bool = False) -> Client:
        """A browser of `who`, who opened it before whatever befell their account. It lasts until the next is asked for:
        making one costs more than most requests."""
        made = Client(enforce_csrf_checks=checks_csrf, raise_request_exception=False)
        client = self._browsers.setdefault(checks_csrf, made)
        client.cookies.clear()
        if who in self.cookies:
            client.cookies[settings.SESSION_COOKIE_NAME] = self.cookies[who]
        return client


def set_up(store: FakeS3, endpoint: str) -> Stage:
    """Everybody signed in, then disabled, locked or thrown out as their parts ask."""
    users = {
        "admin": people.ada(),
        "member": people.mark(),
        "reader": people.rita(),
        "unassigned": people.uma(),
        **{who: people_in_state(who) for who in ("disabled", "locked", "older")},
    }
    bucket = bucket_in(endpoint)
    for who in ("member", "disabled", "locked", "older"):
        people.assign(users[who], bucket, root="team/", allow_delete=True)
    people.assign(
        users["reader"], bucket, root="team/", allow_upload=False, allow_overwrite=False, allow_delete=False
    )
    cookies = {who: _signed_in(user) for who, user in users.items()}
    User.objects.filter(pk=users["disabled"].pk).update(is_active=False)
    User.objects.filter(pk=users["locked"].pk).update(locked_at=timezone.now())
    User.objects.filter(pk=users["older"].pk).update(epoch=F("epoch") + 1)
    words = {
        "code": bucket.system_code,
        "bucket": str(bucket.pk),
        "user": str(users["unassigned"].pk),
        "entry": str(record(by=users["admin"], operation=Operation.SETUP).pk),
        "aws_key": str(AwsKey.objects.create(access_key_id="AKIAPERMISSIONS", email="uma@example.com").pk),
        "request": str(RestoreRequest.objects.create(s3_bucket="a", s3_key="b", access_key_id="AKIA").pk),
        "session": str(Session.objects.get(user=users["unassigned"]).id),
        "personal_token": str(token_of(users["unassigned"]).pk),
        "token": passwords.new_link(user=users["unassigned"], now=timezone.now()),
    }
    return Stage(cookies, words, store)


def token_of(user: User) -> PersonalToken:
    scope = Scope(frozenset({"read"}), None)
    made = personal_tokens.make(user=user, name="Nightly", scope=scope, days=30, ip=None, now=timezone.now())
    return made.token


def people_in_state(state: str) -> User:
    """Somebody of no other story, whose account gets into `state`."""
    return User.objects.create_user(email=f"{state}@example.com", name=state.capitalize())


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back, also what insists on a transaction of its own."""
    block = transaction.atomic()
    block._from_testcase = True
    with block:
        yield
        transaction.set_rollback(True)


def bucket_in(endpoint: str) -> Bucket:
    row = uuid4()
    return people.press_bucket(
        id=row,
        bucket_name=BUCKET,
        endpoint_url=endpoint,
        addressing_style="path",
        access_key_id=seal("AKIAPERMISSIONS00001", row_id=row, field="access_key_id"),
        secret_access_key=seal("a-secret-nobody-needs", row_id=row, field="secret_access_key"),
    )


def _signed_in(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value

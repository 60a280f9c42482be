"""Secrets never leave their room: no page, fragment, header or log line holds one, whoever asks and whatever goes wrong."""

import logging
import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, User
from benchmarks.fake_s3 import FakeS3
from buckets.credentials import seal
from buckets.models import Bucket
from buckets.s3 import calls
from tests import people

KEY_ID, SECRET = "AKIATHISISNOREALKEY7", "this+is/a/secret+that/nobody+may/ever+see"
FILES = ["Notes.txt", "Photos/harbour.png"]


@pytest.fixture
def fake() -> FakeS3:
    return FakeS3({"press-kit": sorted(FILES)})


@pytest.fixture
def bucket(db: None, fake: FakeS3, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    # What this store doesn't know is asked four times, and nobody waits for it to learn.
    monkeypatch.setattr(calls, "_FIRST_PAUSE", 0.001)
    bucket_id = uuid4()
    with fake.running() as endpoint:
        yield people.press_bucket(
            id=bucket_id,
            endpoint_url=endpoint,
            addressing_style="path",
            access_key_id=seal(KEY_ID, row_id=bucket_id, field="access_key_id"),
            secret_access_key=seal(SECRET, row_id=bucket_id, field="secret_access_key"),
        )


@pytest.fixture
def everything_logged(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Every log line, but what the template engine notes of each variable that is not there: a trace of fifty lines each."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.INFO, logger="django.template")
    return caplog


def pages_of(bucket: Bucket) -> list[str]:
    """Every page that has to do with the bucket, of files and of the administration."""
    admin = [
        reverse("admin:index"),
        *(
            reverse(f"admin:{name}_changelist")
            for name in ("buckets_bucket", "accounts_user", "accounts_auditentry")
        ),
        reverse("admin:buckets_bucket_add"),
        reverse("admin:buckets_bucket_change", args=[bucket.pk]),
        reverse("admin:buckets_bucket_history", args=[bucket.pk]),
    ]
    code = bucket.system_code
    files = [
        reverse("home"),
        f"/b/{code}/",
        f"/b/{code}/Photos/",
        f"/b/{code}/Notes.txt",
        f"/b/{code}/missing.txt",
    ]
    return [*files, reverse("account"), *admin]


def posts_of(bucket: Bucket) -> list[tuple[str, dict[str, str]]]:
    """Every act on the bucket that answers with something."""
    door = f"/b/{bucket.system_code}/-"
    return [
        (f"{door}/links", {"paths": "Notes.txt"}),
        (f"{door}/download", {"path": "Notes.txt"}),
        (f"{door}/open", {"path": "Notes.txt"}),
        (f"{door}/delete/plan", {"paths": "Notes.txt", "folder": ""}),
        (f"{door}/new-folder", {"folder": "", "name": "a/b"}),
        (f"{door}/upload/prepare", {"folder": "", "files": UPLOAD}),
        (reverse("admin:buckets_bucket_test", args=[bucket.pk]), {}),
        (reverse("admin:buckets_bucket_cors", args=[bucket.pk]), {}),
        (reverse("admin:buckets_bucket_change", args=[bucket.pk]), {"display_name": ""}),
    ]


UPLOAD = (
    '[{"client_id": "1", "name": "new.txt", "size": 3, "content_type": "text/plain", "on_conflict": "ask"}]'
)


def walk(client: Client, bucket: Bucket) -> str:
    """Everything the product says on all those pages, headers and bodies."""
    answers = [client.get(path) for path in pages_of(bucket)]
    answers += [client.get(path, HTTP_HX_REQUEST="true") for path in pages_of(bucket)[:5]]
    answers += [client.post(path, fields, HTTP_HX_REQUEST="true") for path, fields in posts_of(bucket)]
    return "\n".join(f"{answer.headers} {answer.content.decode()}" for answer in answers)


def assert_silent(said: str, bucket: Bucket) -> None:
    """The secret and what is stored sealed are nowhere; the key's id stands in signed links, as AWS has it, and only there."""
    assert SECRET not in said
    assert bucket.secret_access_key not in said
    assert bucket.access_key_id not in said
    assert KEY_ID not in re.sub(f"X-Amz-Credential={KEY_ID}", "", said)


def signed_in(person: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


class TestSecrets:
    def test_are_in_nothing_an_admin_sees(
        self, ada: User, bucket: Bucket, everything_logged: pytest.LogCaptureFixture
    ) -> None:
        said = walk(signed_in(ada), bucket)
        assert "X-Amz-Signature" in said
        assert_silent(said, bucket)
        assert_silent(everything_logged.text, bucket)

    def test_are_in_nothing_anybody_else_sees(
        self, mark: User, bucket: Bucket, everything_logged: pytest.LogCaptureFixture
    ) -> None:
        people.assign(mark, bucket, root="", allow_delete=True)
        assert_silent(walk(signed_in(mark), bucket), bucket)
        assert_silent(everything_logged.text, bucket)

    @pytest.mark.parametrize("denied", ["s3:ListBucket", "s3:DeleteObject", "s3:GetObject"])
    def test_are_in_nothing_that_is_said_of_a_refusal(
        self,
        ada: User,
        bucket: Bucket,
        fake: FakeS3,
        denied: str,
        everything_logged: pytest.LogCaptureFixture,
    ) -> None:
        fake.denied.add(denied)
        assert_silent(walk(signed_in(ada), bucket), bucket)
        assert_silent(everything_logged.text, bucket)

    def test_are_in_nothing_that_is_said_when_they_do_not_open(
        self, ada: User, bucket: Bucket, everything_logged: pytest.LogCaptureFixture
    ) -> None:
        other = seal(SECRET, row_id=uuid4(), field="secret_access_key")
        Bucket.objects.filter(pk=bucket.pk).update(secret_access_key=other)
        bucket.refresh_from_db()
        assert_silent(walk(signed_in(ada), bucket), bucket)
        assert_silent(everything_logged.text, bucket)

    def test_are_in_no_audit_entry(self, ada: User, bucket: Bucket) -> None:
        walk(signed_in(ada), bucket)
        assert AuditEntry.objects.exists()
        said = "\n".join(f"{entry} {entry.path} {entry.detail}" for entry in AuditEntry.objects.all())
        assert_silent(said, bucket)
        assert KEY_ID not in said

    def test_would_be_noticed(self, bucket: Bucket) -> None:
        with pytest.raises(AssertionError):
            assert_silent(f"<p>{SECRET}</p>", bucket)
        with pytest.raises(AssertionError):
            assert_silent(f"<p>{KEY_ID}</p>", bucket)
        assert_silent(f"X-Amz-Credential={KEY_ID}%2F20260301", bucket)
        with pytest.raises(AssertionError):
            assert_silent(f"X-Amz-Credential={KEY_ID} {bucket.access_key_id}", bucket)

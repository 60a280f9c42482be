"""What was signed is what S3 takes, and nothing else: every deviation is in the store's own log as refused.

And what leaves a person's folder never reaches the store at all.
"""

import html
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.client import HTTPConnection
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.refreshing import open_session
from accounts.tokens import access_token
from buckets.models import Bucket
from buckets.paths import Rights
from buckets.s3.links import presign_put
from tests.faults.visitor import Visitor
from tests.files.conftest import Store
from tests.promises.conftest import Webs, cookie_of
from tests.promises.s3_log import S3Log

BODY = b"twenty bytes, or so."
NAME = "plan for May.txt"


@dataclass(frozen=True)
class Put:
    """A presigned upload as it is sent."""

    url: str
    headers: Mapping[str, str]
    body: bytes = BODY
    method: str = "PUT"

    def send(self) -> int:
        """Sends exactly this, and gives the status."""
        parts = urlsplit(self.url)
        connection = HTTPConnection(parts.netloc, timeout=20)
        connection.putrequest(
            self.method,
            f"{parts.path}?{parts.query}",
            skip_host="Host" in self.headers,
            skip_accept_encoding=True,
        )
        for name, value in {"Content-Length": str(len(self.body)), **self.headers}.items():
            connection.putheader(name, value)
        connection.endheaders(self.body)
        status = connection.getresponse().status
        connection.close()
        return status

    def with_header(self, name: str, value: str | None) -> "Put":
        kept = {key: old for key, old in self.headers.items() if key.lower() != name.lower()}
        return replace(self, headers=kept if value is None else {**kept, name: value})


@pytest.fixture
def visitor(webs: Webs, mark: User, bucket: Bucket) -> Visitor:
    return Visitor(webs.urls[0]).sign_in(mark.email)


@pytest.fixture
def signed(visitor: Visitor, bucket: Bucket) -> Put:
    """An upload into Mark's folder, as the tray's door signs it."""
    row = {"client_id": "c", "name": NAME, "size": len(BODY), "content_type": "text/plain"}
    answer = visitor.post(f"/b/{bucket.system_code}/-/upload/prepare", folder="", files=json.dumps([row]))
    (url,) = re.findall(r'data-url="([^"]+)"', answer.text)
    headers = dict(re.findall(r'data-header="([^"]+)" value="([^"]*)"', answer.text))
    return Put(html.unescape(url), {name: html.unescape(value) for name, value in headers.items()})


def of_another_key(put: Put) -> Put:
    return replace(put, url=put.url.replace("/team/", "/secret/"))


DEVIATIONS: dict[str, Callable[[Put], Put]] = {
    "longer": lambda put: replace(put, body=BODY + b"!"),
    "shorter": lambda put: replace(put, body=BODY[:-1]),
    "empty": lambda put: replace(put, body=b""),
    "another type": lambda put: put.with_header("Content-Type", "text/html"),
    "no type": lambda put: put.with_header("Content-Type", None),
    "another disposition": lambda put: put.with_header("Content-Disposition", "attachment"),
    "no disposition": lambda put: put.with_header("Content-Disposition", None),
    "another host": lambda put: put.with_header("Host", "s3.example.com"),
    "overwriting": lambda put: put.with_header("If-None-Match", None),
    "another condition": lambda put: put.with_header("If-None-Match", '"abc"'),
    "another key": of_another_key,
    "deleting": lambda put: replace(put, method="DELETE", body=b""),
    "reading": lambda put: replace(put, method="GET", body=b""),
    "posting": lambda put: replace(put, method="POST"),
    "for longer": lambda put: replace(put, url=put.url.replace("X-Amz-Expires=300", "X-Amz-Expires=3000")),
    "type not signed": lambda put: replace(put, url=put.url.replace("content-type%3B", "")),
}


def test_takes_what_was_signed_and_refuses_every_deviation(
    signed: Put, store: Store, bucket: Bucket, s3_log: S3Log, figure: Callable[[str], None]
) -> None:
    expected = "team/" + NAME
    s3_log.begin()

    answers = {name: deviate(signed).send() for name, deviate in DEVIATIONS.items()}

    logged = s3_log.requests(bucket.bucket_name)
    assert [(name, status) for name, status in answers.items() if status < 400] == []
    assert [(one.method, one.status) for one in logged] == [
        (deviate(signed).method, answers[name]) for name, deviate in DEVIATIONS.items()
    ]
    assert {one.status for one in logged} <= {400, 403, 405}
    assert store.keys() == set()

    s3_log.begin()
    assert signed.send() == 200
    assert [(one.method, one.status, one.key) for one in s3_log.requests(bucket.bucket_name)] == [
        ("PUT", 200, expected)
    ]
    figure(f"{len(answers)} deviations of a signed upload: all refused, by S3's own log")


def test_refuses_what_is_expired(bucket: Bucket, store: Store, s3_log: S3Log) -> None:
    reach = bucket.reach(root="team/", rights=Rights(upload=True, overwrite=True, delete=True))
    upload = presign_put(
        reach, reach.file(NAME), size=len(BODY), content_type="text/plain", create_only=True, expires=1,
        now=timezone.now(),
    )  # fmt: skip
    time.sleep(2.2)

    assert Put(upload.url, upload.headers).send() == 403
    assert [(one.method, one.status) for one in s3_log.requests(bucket.bucket_name)] == [("PUT", 403)]
    assert store.keys() == set()


ESCAPES = ["../secret/plan.txt", "a/../../secret/x", "%2e%2e/secret/x"]
FILES = json.dumps([{"client_id": "c", "name": "x", "size": 1, "content_type": "text/plain"}])
DOORS: dict[str, Callable[[str], dict[str, str]]] = {
    "delete/plan": lambda path: {"paths": path},
    "delete": lambda path: {"paths": path},
    "links": lambda path: {"paths": path},
    "download": lambda path: {"path": path},
    "open": lambda path: {"path": path},
    "new-folder": lambda path: {"folder": path, "name": "new"},
    "revalidate": lambda path: {"folder": path},
    "upload/prepare": lambda path: {"folder": path, "files": FILES},
}


@pytest.mark.parametrize("door", DOORS)
def test_asks_s3_nothing_for_whoever_leaves_their_folder(
    webs: Webs, mark: User, bucket: Bucket, s3_log: S3Log, door: str
) -> None:
    statuses = []
    for number, path in enumerate(ESCAPES):
        visitor = Visitor(webs.urls[number % 2]).sign_in(mark.email)
        statuses.append(visitor.post(f"/b/{bucket.system_code}/-/{door}", **DOORS[door](path)).status)

    assert set(statuses) == {401}
    assert s3_log.requests(bucket.bucket_name) == []


OUTSIDE = ["secret/plan.txt", "team/../secret/plan.txt", "teamwork/plan.txt"]
ITEM = {"filename": "x.txt", "size": 1, "contentType": "text/plain"}
WIRE: dict[str, tuple[str, str, list[str], Callable[[str], Any] | None]] = {
    "files": ("GET", "/buckets/BUCKET/files?prefix=WILD", ESCAPES, None),
    "urls": ("POST", "/buckets/BUCKET/urls", OUTSIDE, lambda key: {"keys": ["team/fine.txt", key]}),
    "delete": ("DELETE", "/buckets/BUCKET/files", OUTSIDE, lambda key: {"s3Key": key}),
    "delete many": ("DELETE", "/buckets/BUCKET/files", OUTSIDE, lambda key: {"s3Keys": ["team/fine.txt", key]}),
    "presign": ("POST", "/upload/presign", ESCAPES, lambda path: [{"bucketId": "BUCKET", "path": path, **ITEM}]),
    "confirm": ("POST", "/upload/confirm", ESCAPES, lambda path: [{"bucketId": "BUCKET", "path": path, "filename": "x"}]),
}  # fmt: skip
"""Every door of the wire that takes a path or a key: verb, address, what leads outside, and the body that holds it."""


@pytest.mark.parametrize("door", WIRE)
def test_asks_s3_nothing_for_a_program_that_leaves_its_folder(
    webs: Webs, mark: User, bucket: Bucket, store: Store, s3_log: S3Log, *, door: str
) -> None:
    verb, address, wild, body_of = WIRE[door]
    store.put("secret/plan.txt")
    s3_log.begin()
    answers = []
    for number, text in enumerate(wild):
        path = f"/api{address}".replace("WILD", quote(text, safe=""))
        body = json.dumps(body_of(text)) if body_of else ""
        path, body = (sent.replace("BUCKET", str(bucket.pk)) for sent in (path, body))
        answers.append(called(webs.urls[number % 2], verb, path, body, token=fresh_token(mark)))

    assert answers == [(401, "FORCE_LOGGED_OUT")] * 3
    assert s3_log.requests(bucket.bucket_name) == []
    assert store.keys() == {"secret/plan.txt"}


def fresh_token(person: User) -> str:
    """An access token of a session that was begun now, whatever happened to those before."""
    person.refresh_from_db()
    now = timezone.now()
    return access_token(open_session(user=person, ip=None, agent="", now=now).session, now=now)


def called(url: str, verb: str, path: str, body: str, *, token: str) -> tuple[int, str]:
    """Status and code of a call with this access token."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=20)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request(verb, path, body=body or None, headers=headers)
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    return answer.status, said["code"] if answer.status >= 400 else ""


@pytest.mark.parametrize(
    "path", ["../secret/plan.txt", "%2e%2e/secret/", "..%2fsecret/", "a/..%2f..%2fsecret/"]
)
def test_asks_s3_nothing_for_a_link_that_leads_outside(
    webs: Webs, mark: User, bucket: Bucket, s3_log: S3Log, path: str
) -> None:
    connection = HTTPConnection(urlsplit(webs.urls[0]).netloc, timeout=20)
    connection.request("GET", f"/b/{bucket.system_code}/{path}", headers={"Cookie": cookie_of(mark)})
    answer = connection.getresponse()
    answer.read()
    connection.close()

    assert answer.status in (400, 404)
    assert s3_log.requests(bucket.bucket_name) == []

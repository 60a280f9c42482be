"""The doctor: what it says of a store that refuses, fails or isn't there, and that it touches nobody's objects."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from buckets.doctor import Outcome, Report, add_cors_rule, examine
from buckets.models import Bucket
from buckets.s3 import calls, cors, sockets
from buckets.s3.errors import S3AccessDenied
from tests.buckets.s3.certificates import self_signed, unspeakable
from tests.buckets.s3.faulty_store import (
    EMPTY_LISTING,
    Behaviour,
    FaultyStore,
    PlainSpeaker,
    answer,
    garbage,
    refusal,
    reset,
    stall,
)
from tests.buckets.working_store import DENIED, FOREIGN_RULE, HERE, RULES, Store, bucket_at, not_deleted


def outcomes(report: Report) -> dict[str, str]:
    return {check.name: str(check.outcome) for check in report.checks}


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "_FIRST_PAUSE", 0.01)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as working:
        yield working


@pytest.fixture
def bucket(store: Store) -> Bucket:
    return bucket_at(store.url)


def test_says_that_everything_works(store: Store, bucket: Bucket) -> None:
    report = examine(bucket, origins=[HERE])
    assert report.is_fine
    assert outcomes(report) == dict.fromkeys(
        ["bucket", "list", "write", "read", "delete", f"upload from {HERE}"], "ok"
    )
    assert [check.action for check in report.checks] == [
        "",
        "s3:ListBucket",
        "s3:PutObject",
        "s3:GetObject",
        "s3:DeleteObject",
        "",
    ]


def test_touches_only_its_own_probe_and_removes_it(store: Store, bucket: Bucket) -> None:
    bucket.root_path = "team/"
    examine(bucket, origins=[HERE])
    touched = [
        head.split(" ")[1] for head in store.requests if Store.name_of(head) in ("write", "read", "preflight")
    ]
    assert touched
    assert all(re.fullmatch(r"/press-kit/team/\.mediabridge-probe/[0-9a-f]{32}", path) for path in touched)
    deleted = [re.findall("<Key>([^<]*)", body) for body in store.bodies if "<Delete" in body]
    assert [[f"/press-kit/{key}" for key in keys] for keys in deleted] == [[touched[0]], [touched[0]]]
    assert store.names.index("write") < len(store.names) - 1 - store.names[::-1].index("delete")


def test_lists_only_below_the_buckets_root(store: Store, bucket: Bucket) -> None:
    bucket.root_path = "team/"
    examine(bucket, origins=[])
    assert "prefix=team%2F" in store.requests[0]


@pytest.mark.parametrize(
    ("denied", "missing", "action"),
    [("list", "list", "s3:ListBucket"), ("write", "write", "s3:PutObject"), ("read", "read", "s3:GetObject")],
)
def test_names_the_action_that_is_missing(
    store: Store, bucket: Bucket, denied: str, missing: str, action: str
) -> None:
    store.calls[denied] = DENIED
    if denied == "write":
        store.calls["read"] = refusal(404, "NoSuchKey")
    report = examine(bucket, origins=[HERE])
    bad = [check for check in report.checks if check.outcome is not Outcome.OK]
    assert [(check.name, check.outcome, check.action) for check in bad] == [
        (missing, Outcome.MISSING, action)
    ]
    assert action in bad[0].explanation


@pytest.mark.parametrize("denial", [DENIED, not_deleted])
def test_leaves_nothing_behind_where_it_may_not_delete(
    store: Store, bucket: Bucket, denial: Behaviour
) -> None:
    store.calls |= {"delete": denial, "write": refusal(400, "BadDigest"), "read": refusal(404, "NoSuchKey")}
    assert outcomes(examine(bucket, origins=[])) == {
        "bucket": "ok",
        "list": "ok",
        "write": "ok",
        "read": "ok",
        "delete": "missing",
    }
    writing = next(head for head in store.requests if head.startswith("PUT"))
    assert "content-md5: 1b2m2y8asgtpgamy7phcfg==" in writing.lower()


def test_names_the_probe_that_it_could_not_remove(store: Store, bucket: Bucket) -> None:
    store.calls |= {"delete": DENIED, "read": DENIED}
    report = examine(bucket, origins=[])
    writing = next(check for check in report.checks if check.name == "write")
    assert writing.outcome is Outcome.FAILED
    assert re.search(r"\.mediabridge-probe/[0-9a-f]{32}", writing.explanation)


def test_does_not_guess_about_reading_when_it_may_neither_list_nor_write(
    store: Store, bucket: Bucket
) -> None:
    store.calls |= {"list": DENIED, "write": DENIED, "read": DENIED}
    assert outcomes(examine(bucket, origins=[]))["read"] == "not_tried"


def test_notices_a_store_that_gives_back_something_else(store: Store, bucket: Bucket) -> None:
    store.calls["read"] = answer(206, "other bytes")
    assert outcomes(examine(bucket, origins=[]))["read"] == "failed"


AHEAD = format_datetime(datetime.now(UTC) + timedelta(minutes=30), usegmt=True)
BEHIND = format_datetime(datetime.now(UTC) - timedelta(minutes=30), usegmt=True)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (refusal(404, "NoSuchBucket"), ["no bucket “press-kit”", "deleted"]),
        (refusal(404, "NoSuchKey"), ["endpoint URL without the bucket's name"]),
        (refusal(403, "InvalidAccessKeyId"), ["doesn't know this access key ID"]),
        (refusal(403, "SignatureDoesNotMatch"), ["secret access key doesn't belong"]),
        (refusal(403, "RequestTimeTooSkewed", date=AHEAD), ["minutes behind the storage"]),
        (refusal(403, "RequestTimeTooSkewed", date=BEHIND), ["minutes ahead of the storage"]),
        (refusal(403, "RequestTimeTooSkewed", date="then"), ["clock", "NTP"]),
        (
            refusal(301, "PermanentRedirect", x_amz_bucket_region="eu-west-1"),
            ["region eu-west-1", "Set the region"],
        ),
        (refusal(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"), ["region eu-west-1"]),
        (refusal(301, "PermanentRedirect"), ["not in the region us-east-1"]),
        (refusal(503, "SlowDown"), ["gave no usable answer (SlowDown)"]),
        (refusal(403, "AccountProblem"), ["trouble with the account", "AccountProblem"]),
        (refusal(403, "AllAccessDisabled"), ["shut off all access", "AllAccessDisabled"]),
        (refusal(403, "QuotaOfPatience"), ["a reason of its own (QuotaOfPatience)"]),
        (answer(200, "<ListAllMyBucketsResult></ListAllMyBucketsResult>"), ["addressing style"]),
        (reset, ["broke its answer off"]),
        (refusal(400, "InvalidRequest"), ["InvalidRequest"]),
    ],
)
def test_explains_why_the_bucket_does_not_answer(
    store: Store, bucket: Bucket, fault: Behaviour, words: list[str]
) -> None:
    store.calls["list"] = fault
    report = examine(bucket, origins=[HERE])
    first, *rest = report.checks
    assert first.outcome is Outcome.FAILED
    assert not [word for word in words if word not in first.explanation]
    assert {check.outcome for check in rest} == {Outcome.NOT_TRIED}
    assert set(store.names) == {"list"}


@pytest.mark.parametrize(
    "fault",
    [
        answer(200, "<html>a login page</html>"),
        *(answer(status, "<html>not here</html>") for status in (302, 400, 401, 403, 404, 405)),
        answer(403),
        answer(404),
        garbage,
    ],
)
def test_says_that_what_answers_is_no_store(store: Store, bucket: Bucket, fault: Behaviour) -> None:
    store.calls["list"] = fault
    first, *rest = examine(bucket, origins=[HERE]).checks
    host = bucket.endpoint_url.removeprefix("http://")
    assert first.outcome is Outcome.FAILED
    assert first.explanation.startswith(f"What answers at {host} is not an S3 store")
    assert "Check the endpoint URL" in first.explanation
    assert {check.outcome for check in rest} == {Outcome.NOT_TRIED}


@pytest.mark.parametrize("call", ["write", "read", "delete"])
def test_asks_for_no_right_where_a_proxy_refuses(store: Store, bucket: Bucket, call: str) -> None:
    store.calls[call] = answer(403, "<html>blocked</html>")
    checks = {check.name: check for check in examine(bucket, origins=[]).checks}
    assert checks[call].outcome is Outcome.FAILED
    assert "not an S3 store (it answered 403)" in checks[call].explanation


def test_says_that_no_tls_is_spoken_there() -> None:
    with PlainSpeaker([answer(400, "<html>plain</html>")]) as plain:
        said = examine(bucket_at(plain.url), origins=[]).checks[0].explanation
    assert "No TLS is spoken" in said
    assert "http://" in said
    assert "certificate" not in said


def test_says_that_a_store_is_too_slow(store: Store, bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sockets, "READ_SECONDS", 0.2)
    monkeypatch.setattr(calls, "BUDGET_SECONDS", 0.45)
    store.calls["list"] = stall
    said = examine(bucket, origins=[]).checks[0].explanation
    assert "did not answer in time. Try again" in said


def test_explains_that_nobody_listens(store: Store) -> None:
    with Store() as gone:
        url = gone.url
    assert "Nothing answers at" in examine(bucket_at(url), origins=[]).checks[0].explanation


def test_explains_that_a_name_has_no_address() -> None:
    assert "has no address" in examine(bucket_at("http://s3.invalid"), origins=[]).checks[0].explanation


def test_explains_a_certificate_nobody_vouches_for(tmp_path: Path) -> None:
    with FaultyStore(tls=self_signed(tmp_path)) as store:
        assert "TLS certificate" in examine(bucket_at(store.url), origins=[]).checks[0].explanation


def test_explains_that_no_way_to_encrypt_is_shared(tmp_path: Path) -> None:
    with FaultyStore(tls=unspeakable(tmp_path)) as store:
        said = examine(bucket_at(store.url), origins=[]).checks[0].explanation
    assert "can't agree on how to encrypt" in said
    assert "certificate" not in said


def test_explains_a_private_address(store: Store, bucket: Bucket, settings: Settings) -> None:
    settings.ALLOW_PRIVATE_ENDPOINTS = False
    settings.S3_ENDPOINT_URL = ""
    assert "ALLOW_PRIVATE_ENDPOINTS" in examine(bucket, origins=[]).checks[0].explanation
    assert store.requests == []


def test_explains_a_seal_that_does_not_open(store: Store, bucket: Bucket) -> None:
    bucket.secret_access_key = "v1.x.y"
    assert "can't be opened" in examine(bucket, origins=[]).checks[0].explanation
    assert store.requests == []


def test_explains_a_region_that_is_none(store: Store, bucket: Bucket) -> None:
    bucket.region = "eu central"
    bucket.endpoint_url = ""
    assert "eu-central-1" in examine(bucket, origins=[]).checks[0].explanation


def test_tries_a_bucket_that_was_just_found_dead(store: Store, bucket: Bucket) -> None:
    store.calls["list"] = refusal(503, "SlowDown")
    for _ in range(3):
        examine(bucket, origins=[])
    store.calls["list"] = answer(200, EMPTY_LISTING)
    assert examine(bucket, origins=[]).is_fine


@pytest.mark.parametrize(
    "preflight",
    [
        answer(403, "<Error><Code>AccessForbidden</Code></Error>"),
        answer(200),
        answer(200, access_control_allow_origin="https://other.example", access_control_allow_methods="PUT"),
        answer(200, access_control_allow_origin=HERE, access_control_allow_methods="GET"),
        answer(
            200,
            access_control_allow_origin=HERE,
            access_control_allow_methods="PUT",
            access_control_allow_headers="content-type",
        ),
        answer(503),
    ],
)
def test_says_that_a_browser_could_not_upload(store: Store, bucket: Bucket, preflight: Behaviour) -> None:
    store.calls["preflight"] = preflight
    report = examine(bucket, origins=[HERE])
    assert report.checks[-1].outcome is Outcome.FAILED
    assert not report.is_fine


def test_asks_for_each_origin_as_a_browser_does(store: Store, bucket: Bucket) -> None:
    report = examine(bucket, origins=[HERE, "https://other.example"])
    assert [check.outcome for check in report.checks[-2:]] == [Outcome.OK, Outcome.FAILED]
    asked = next(head for head in store.requests if head.startswith("OPTIONS")).lower()
    assert f"origin: {HERE}" in asked
    assert "access-control-request-method: put" in asked
    assert "access-control-request-headers: content-disposition,content-type,if-none-match" in asked
    assert "authorization" not in asked


class TestTheCorsButton:
    def test_adds_our_rule_and_keeps_the_others(self, store: Store, bucket: Bucket) -> None:
        store.calls["rules"] = answer(200, RULES.format(FOREIGN_RULE))
        change = add_cors_rule(bucket, origins=[HERE])
        assert change.changed
        assert change.after == [cors.own_rule([HERE]), *change.before]
        assert "https://*.other.example" in store.bodies[-1]
        assert "<MaxAgeSeconds>5</MaxAgeSeconds>" in store.bodies[-1]
        assert "other.example" in change.before_text
        assert HERE in change.after_text

    def test_starts_where_there_is_no_configuration(self, store: Store, bucket: Bucket) -> None:
        assert add_cors_rule(bucket, origins=[HERE]).before == []
        assert store.names == ["rules", "set rules"]

    def test_only_shows_the_difference_when_asked(self, store: Store, bucket: Bucket) -> None:
        assert add_cors_rule(bucket, origins=[HERE], dry_run=True).changed
        assert store.names == ["rules"]

    def test_refuses_to_write_when_it_may_not_read(self, store: Store, bucket: Bucket) -> None:
        store.calls["rules"] = DENIED
        with pytest.raises(S3AccessDenied) as refused:
            add_cors_rule(bucket, origins=[HERE])
        assert refused.value.action == "s3:GetBucketCORS"
        assert store.names == ["rules"]

    def test_names_the_action_that_setting_needs(self, store: Store, bucket: Bucket) -> None:
        store.calls["set rules"] = DENIED
        with pytest.raises(S3AccessDenied) as refused:
            add_cors_rule(bucket, origins=[HERE])
        assert refused.value.action == "s3:PutBucketCORS"

"""What a store or the network refuses, and what we say of it: which error, which action, no secret."""

import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from buckets.paths import Reach
from buckets.s3 import calls, transport
from buckets.s3.errors import (
    AlreadyThere,
    BadCredentials,
    BucketMissing,
    ClockSkewed,
    NotAStore,
    ObjectArchived,
    ObjectMissing,
    PrivateAddress,
    S3AccessDenied,
    S3Error,
    S3Unavailable,
    Unreachable,
    Untrusted,
    WrongRegion,
)
from buckets.s3.translation import BROKEN_OFF, NO_AGREEMENT, NO_TLS, tls_failure
from tests.buckets.s3.acts import delete_file, everything, head_file, list_root, read_file
from tests.buckets.s3.certificates import self_signed, unspeakable
from tests.buckets.s3.conftest import ACCESS_KEY, SECRET_KEY, make_reach
from tests.buckets.s3.faulty_store import (
    Behaviour,
    FaultyStore,
    PlainSpeaker,
    answer,
    refusal,
)

REFUSALS: list[tuple[Behaviour, type[S3Error]]] = [
    (refusal(403, "AccessDenied"), S3AccessDenied),
    (refusal(404, "NoSuchBucket"), BucketMissing),
    (refusal(403, "InvalidAccessKeyId"), BadCredentials),
    (refusal(403, "SignatureDoesNotMatch"), BadCredentials),
    (refusal(403, "RequestTimeTooSkewed"), ClockSkewed),
    (refusal(301, "PermanentRedirect", x_amz_bucket_region="eu-west-1"), WrongRegion),
    (refusal(307, "TemporaryRedirect", location="http://127.0.0.1:1/"), WrongRegion),
    (refusal(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"), WrongRegion),
    (refusal(403, "InvalidObjectState"), ObjectArchived),
    (refusal(412, "PreconditionFailed"), AlreadyThere),
    (refusal(400, "SomethingNew"), S3Error),
    (refusal(403, "AccountProblem"), S3Error),
    (refusal(403, "AllAccessDisabled"), S3Error),
    (answer(301, x_amz_bucket_region="eu-west-1"), WrongRegion),
    *((answer(status, "<html>no store</html>"), NotAStore) for status in (301, 302, 307, 400, 401, 403, 404)),
    (answer(405), NotAStore),
    (answer(412, "<html>no store</html>"), NotAStore),
    (answer(418, "<html>teapot</html>"), NotAStore),
    (answer(404, "<html>" + "an endless page " * 10_000), NotAStore),
]


@pytest.mark.parametrize("act", [list_root, read_file, delete_file])
@pytest.mark.parametrize(("behaviour", "error"), REFUSALS)
def test_says_at_once_why_the_store_refuses(
    store: FaultyStore,
    reach: Reach,
    act: Callable[[Reach], object],
    behaviour: Behaviour,
    error: type[S3Error],
) -> None:
    store.behaviours = [behaviour]
    with pytest.raises(S3Error) as refused:
        act(reach)
    assert type(refused.value) is error
    assert len(store.requests) == 1


@pytest.mark.parametrize(("act", "error"), [(read_file, ObjectMissing), (list_root, BucketMissing)])
def test_takes_a_missing_key_for_what_was_asked_for(
    store: FaultyStore, reach: Reach, act: Callable[[Reach], object], error: type[S3Error]
) -> None:
    store.behaviours = [refusal(404, "NoSuchKey")]
    with pytest.raises(error):
        act(reach)


@pytest.mark.parametrize(
    ("status", "error"), [(403, S3AccessDenied), (404, ObjectMissing), (301, WrongRegion), (400, S3Error)]
)
def test_reads_the_status_where_a_head_has_no_body(
    store: FaultyStore, reach: Reach, status: int, error: type[S3Error]
) -> None:
    store.behaviours = [answer(status)]
    with pytest.raises(S3Error) as refused:
        head_file(reach)
    assert type(refused.value) is error


@pytest.mark.parametrize(
    ("act", "action"),
    [
        (list_root, "s3:ListBucket"),
        (head_file, "s3:GetObject"),
        (read_file, "s3:GetObject"),
        (delete_file, "s3:DeleteObject"),
    ],
)
def test_names_the_missing_iam_action(
    store: FaultyStore, reach: Reach, act: Callable[[Reach], object], action: str
) -> None:
    store.behaviours = [refusal(403, "AccessDenied")]
    with pytest.raises(S3AccessDenied) as refused:
        act(reach)
    assert refused.value.action == action
    assert action in str(refused.value)


@pytest.mark.parametrize(
    "behaviour",
    [
        refusal(301, "PermanentRedirect", x_amz_bucket_region="eu-west-1"),
        refusal(400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>"),
    ],
)
def test_names_the_right_region(store: FaultyStore, reach: Reach, behaviour: Behaviour) -> None:
    store.behaviours = [behaviour]
    with pytest.raises(WrongRegion) as refused:
        list_root(reach)
    assert refused.value.region == "eu-west-1"


def test_says_by_how_much_the_clocks_differ(store: FaultyStore, reach: Reach) -> None:
    theirs = datetime.now(UTC) + timedelta(minutes=17)
    store.behaviours = [refusal(403, "RequestTimeTooSkewed", date=format_datetime(theirs, usegmt=True))]
    with pytest.raises(ClockSkewed) as refused:
        list_root(reach)
    assert refused.value.skew is not None
    assert timedelta(minutes=16) < refused.value.skew < timedelta(minutes=18)


def test_follows_no_redirect(store: FaultyStore, reach: Reach) -> None:
    with FaultyStore() as elsewhere:
        store.behaviours = [answer(302, location=f"{elsewhere.url}/press-kit")]
        for act in (list_root, head_file, read_file, delete_file):
            with pytest.raises(S3Error):
                act(reach)
        assert elsewhere.requests == []


@everything
def test_says_when_nobody_listens(act: Callable[[Reach], object], works: Behaviour) -> None:
    with FaultyStore() as gone:
        reach = make_reach(gone.url)
    with pytest.raises(Unreachable):
        act(reach)


def test_says_when_a_name_has_no_address() -> None:
    with pytest.raises(Unreachable) as failed:
        list_root(make_reach("http://no-such-host.invalid"))
    assert failed.value.code == "DNS"


@everything
def test_trusts_no_certificate_that_nobody_vouches_for(
    tmp_path: Path, act: Callable[[Reach], object], works: Behaviour
) -> None:
    with FaultyStore([works], tls=self_signed(tmp_path)) as store:
        with pytest.raises(Untrusted):
            act(make_reach(store.url))
        assert store.requests == []


@everything
def test_says_when_no_tls_is_spoken(act: Callable[[Reach], object], works: Behaviour) -> None:
    with PlainSpeaker([answer(400, "<html>plain</html>")]) as plain, pytest.raises(Untrusted) as refused:
        act(make_reach(plain.url))
    assert refused.value.code == NO_TLS


@everything
def test_says_when_no_way_to_encrypt_is_shared(
    tmp_path: Path, act: Callable[[Reach], object], works: Behaviour
) -> None:
    with FaultyStore([works], tls=unspeakable(tmp_path)) as store, pytest.raises(Untrusted) as refused:
        act(make_reach(store.url))
    assert refused.value.code == NO_AGREEMENT


def test_takes_a_handshake_that_broke_off_for_no_distrust() -> None:
    failed = tls_failure(ssl.SSLEOFError("EOF occurred in violation of protocol"), action="")
    assert (type(failed), failed.code, failed.may_pass) == (S3Unavailable, BROKEN_OFF, True)


@pytest.mark.parametrize(
    "body", ["<html>a login page</html>", b"\x89PNG\xff", '{"error": 0}', "<?xml?><html/>"]
)
def test_takes_no_web_page_for_a_listing(store: FaultyStore, reach: Reach, body: str | bytes) -> None:
    store.behaviours = [answer(200, body)]
    with pytest.raises(NotAStore):
        list_root(reach)
    assert len(store.requests) == 1


@pytest.mark.parametrize("body", ["<html><p>a login page", b"\x89PNG\xff"])
def test_takes_no_web_page_for_a_deletion(store: FaultyStore, reach: Reach, body: str | bytes) -> None:
    store.behaviours = [answer(200, body)]
    with pytest.raises(NotAStore):
        delete_file(reach)


def test_believes_a_store_that_failed_after_it_began_to_answer(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [refusal(200, "InternalError")]
    with pytest.raises(S3Unavailable) as failed:
        delete_file(reach)
    assert failed.value.code == "InternalError"


@everything
def test_trusts_a_certificate_that_the_machine_trusts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, act: Callable[[Reach], object], works: Behaviour
) -> None:
    context = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "self-signed.pem"))
    transport._pools.cache_clear()
    try:
        with FaultyStore([works], tls=context) as store:
            act(make_reach(store.url))
            assert len(store.requests) == 1
    finally:
        transport._pools.cache_clear()


def test_goes_to_no_private_address_unless_allowed(
    store: FaultyStore, reach: Reach, settings: Settings
) -> None:
    settings.ALLOW_PRIVATE_ENDPOINTS = False
    settings.S3_ENDPOINT_URL = ""
    for act in (list_root, head_file, read_file, delete_file):
        calls.forget(reach.bucket_id)
        with pytest.raises(PrivateAddress):
            act(reach)
    assert store.requests == []


def test_goes_to_the_private_address_the_operator_set(
    store: FaultyStore, reach: Reach, settings: Settings
) -> None:
    settings.ALLOW_PRIVATE_ENDPOINTS = False
    settings.S3_ENDPOINT_URL = store.url
    list_root(reach)


@everything
def test_keeps_keys_and_secrets_out_of_every_error(
    store: FaultyStore,
    reach: Reach,
    act: Callable[[Reach], object],
    works: Behaviour,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("WARNING")
    store.behaviours = [refusal(403, "SignatureDoesNotMatch", f"<StringToSign>{ACCESS_KEY}</StringToSign>")]
    with pytest.raises(S3Error) as refused:
        act(reach)
    told = f"{refused.value!r} {refused.value} {vars(refused.value)} {reach!r} {caplog.text}"
    assert not [secret for secret in (ACCESS_KEY, SECRET_KEY, "Signature=") if secret in told]
    assert refused.value.__cause__ is None


def test_refuses_a_seal_that_does_not_open_before_it_sends_anything(store: FaultyStore) -> None:
    broken = make_reach(store.url)
    object.__setattr__(broken.connection, "secret_access_key", "v1.x.y")
    for act in (list_root, head_file, read_file, delete_file):
        with pytest.raises(BadCredentials) as refused:
            act(broken)
        assert refused.value.code == "BadSeal"
    assert store.requests == []

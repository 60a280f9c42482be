"""Faults of a store and of the network, from real sockets: what is tried again, what is said, and who else suffers."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from django.db import connection as database
from django.db import transaction
from pytest_django.fixtures import Settings

from buckets.paths import Reach
from buckets.s3 import calls, lister, objects, transport
from buckets.s3.errors import (
    AlreadyThere,
    BadCredentials,
    BucketMissing,
    ClockSkewed,
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
from tests.buckets.s3.certificates import self_signed
from tests.buckets.s3.conftest import ACCESS_KEY, SECRET_KEY, make_reach
from tests.buckets.s3.faulty_store import (
    EMPTY_LISTING,
    Behaviour,
    FaultyStore,
    answer,
    cut,
    drip,
    garbage,
    listing,
    refusal,
    reset,
    stall,
)


def list_root(reach: Reach) -> list[lister.FolderPage]:
    return list(lister.folder_pages(reach, reach.folder("")))


def head_file(reach: Reach) -> objects.ObjectFacts:
    return objects.head(reach, reach.file("a.txt"))


def read_file(reach: Reach) -> bytes:
    return objects.get_range(reach, reach.file("a.txt"), start=0, length=100)


def delete_file(reach: Reach) -> list[objects.DeleteOutcome]:
    return objects.delete_many(reach, [reach.file("a.txt")])


DELETED = "<DeleteResult></DeleteResult>"
HEADERS = {"last_modified": "Sun, 01 Mar 2026 12:00:00 GMT", "etag": '"e"'}
WORKING: dict[str, tuple[Callable[[Reach], object], Behaviour]] = {
    "list": (list_root, listing()),
    "head": (head_file, answer(200, content_length="5", **HEADERS)),
    "read": (read_file, answer(206, "hello")),
    "delete": (delete_file, answer(200, DELETED)),
}
everything = pytest.mark.parametrize(("act", "works"), WORKING.values(), ids=WORKING)


@everything
@pytest.mark.parametrize(
    "fault",
    [
        refusal(503, "SlowDown"),
        refusal(500, "InternalError"),
        answer(502),
        answer(429),
        garbage,
        reset,
    ],
    ids=["SlowDown", "500", "502", "429", "garbage", "reset"],
)
def test_tries_again_what_may_pass(
    store: FaultyStore, reach: Reach, act: Callable[[Reach], object], works: Behaviour, fault: Behaviour
) -> None:
    store.behaviours = [fault, works]
    act(reach)
    assert len(store.requests) == 2


@pytest.mark.parametrize("act", [list_root, read_file, delete_file])
@pytest.mark.parametrize("code", ["RequestTimeout", "OperationAborted"])
def test_tries_again_what_only_a_code_tells(
    store: FaultyStore, reach: Reach, act: Callable[[Reach], object], code: str
) -> None:
    works = {list_root: listing(), read_file: answer(206, "hello"), delete_file: answer(200, DELETED)}[act]
    store.behaviours = [refusal(400, code), works]
    act(reach)
    assert len(store.requests) == 2


@pytest.mark.parametrize("act", [list_root, read_file, delete_file])
def test_tries_again_after_an_answer_cut_in_the_middle(
    store: FaultyStore, reach: Reach, act: Callable[[Reach], object]
) -> None:
    works = {list_root: listing(), read_file: answer(206, "hello"), delete_file: answer(200, DELETED)}[act]
    store.behaviours = [cut(), cut(at=1), works]
    act(reach)
    assert len(store.requests) == 3


def test_takes_no_answer_to_a_head_that_says_nothing(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [answer(200, content_length="5")]
    with pytest.raises(S3Unavailable):
        head_file(reach)


@pytest.mark.parametrize("at", [20, 60, len(EMPTY_LISTING) - 1])
def test_never_takes_a_truncated_listing_as_whole(store: FaultyStore, reach: Reach, at: int) -> None:
    store.behaviours = [listing(EMPTY_LISTING[:at])]
    with pytest.raises(S3Unavailable):
        list_root(reach)


def test_signs_each_try_anew(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [refusal(503, "SlowDown"), refusal(503, "SlowDown", retry_after="2"), listing()]
    list_root(reach)
    assert len({head for head in store.requests if "x-amz-date" in head.lower()}) > 1


@everything
def test_gives_up_after_four_tries(
    store: FaultyStore, reach: Reach, act: Callable[[Reach], object], works: Behaviour
) -> None:
    store.behaviours = [refusal(503, "SlowDown")]
    with pytest.raises(S3Unavailable) as failed:
        act(reach)
    assert failed.value.code in ("SlowDown", "503")
    assert len(store.requests) == 4


@everything
@pytest.mark.parametrize("fault", [stall, drip], ids=["stall", "drip"])
def test_does_not_wait_longer_than_its_budget(
    *,
    impatient: None,
    store: FaultyStore,
    reach: Reach,
    act: Callable[[Reach], object],
    works: Behaviour,
    fault: Behaviour,
) -> None:
    if act is head_file and fault is drip:
        fault = stall  # a HEAD has no body to drip
    store.behaviours = [fault]
    with pytest.raises(S3Unavailable):
        act(reach)


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
    (refusal(404, "NoSuchKey"), ObjectMissing),
    (refusal(400, "SomethingNew"), S3Error),
    (answer(418, "<html>teapot</html>"), S3Error),
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


@pytest.mark.parametrize("body", [EMPTY_LISTING + " " * 17 * 1024 * 1024])
def test_reads_no_endless_answer(store: FaultyStore, reach: Reach, body: str) -> None:
    store.behaviours = [listing(body)]
    with pytest.raises(S3Unavailable):
        list_root(reach)


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


class TestABucketThatIsDead:
    @pytest.fixture
    def dead(self, store: FaultyStore, reach: Reach) -> Reach:
        store.behaviours = [refusal(503, "SlowDown")]
        for _ in range(2):
            with pytest.raises(S3Unavailable):
                list_root(reach)
        return reach

    def test_fails_at_once_for_a_while(self, store: FaultyStore, dead: Reach) -> None:
        before = len(store.requests)
        with pytest.raises(S3Unavailable) as failed:
            head_file(dead)
        assert len(store.requests) == before
        assert 0 < failed.value.retry_after <= 4

    def test_does_not_stop_another_bucket(self, store: FaultyStore, dead: Reach) -> None:
        with FaultyStore() as healthy:
            list_root(make_reach(healthy.url))

    def test_is_tried_again_by_one_call_after_a_while(
        self, store: FaultyStore, dead: Reach, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        later = calls.time.monotonic() + 5
        monkeypatch.setattr(calls.time, "monotonic", lambda: later)
        guard = calls._guard_of(dead.connection)
        guard.refuse_if_dead("s3:ListBucket")
        with pytest.raises(S3Unavailable):
            guard.refuse_if_dead("s3:ListBucket")

    def test_works_again_once_it_answered(self, store: FaultyStore, dead: Reach) -> None:
        calls._guard_of(dead.connection).closed_until = 0
        store.behaviours = [listing()]
        list_root(dead)
        list_root(dead)

    def test_is_tried_at_once_when_its_connection_changed(self, store: FaultyStore, dead: Reach) -> None:
        store.behaviours = [listing()]
        calls.forget(dead.bucket_id)
        list_root(dead)

    def test_is_not_one_that_refuses(self, store: FaultyStore, reach: Reach) -> None:
        store.behaviours = [refusal(403, "AccessDenied")]
        for _ in range(5):
            with pytest.raises(S3AccessDenied):
                list_root(reach)
        assert len(store.requests) == 5


class TestABucketThatStalls:
    @pytest.fixture
    def crowd(self) -> Iterator[ThreadPoolExecutor]:
        with ThreadPoolExecutor(40) as threads:
            yield threads

    def test_holds_no_more_than_sixteen_callers(
        self, impatient: None, store: FaultyStore, reach: Reach, crowd: ThreadPoolExecutor
    ) -> None:
        store.behaviours = [stall]
        failures = [crowd.submit(list_root, reach).exception() for _ in range(1)]
        calls.forget(reach.bucket_id)
        futures = [crowd.submit(list_root, reach) for _ in range(30)]
        failures = [future.exception() for future in futures]
        assert all(isinstance(failure, S3Unavailable) for failure in failures)
        busy = [failure for failure in failures if getattr(failure, "code", "") == "busy"]
        assert len(busy) == 30 - calls.AT_ONCE

    def test_leaves_the_other_buckets_alone(
        self, impatient: None, store: FaultyStore, reach: Reach, crowd: ThreadPoolExecutor
    ) -> None:
        store.behaviours = [stall]
        stuck = [crowd.submit(list_root, reach) for _ in range(20)]
        with FaultyStore() as healthy:
            other = make_reach(healthy.url)
            for _ in range(20):
                list_root(other)
            assert not all(future.done() for future in stuck)

    def test_serves_everybody_once_it_answers(
        self, store: FaultyStore, reach: Reach, crowd: ThreadPoolExecutor
    ) -> None:
        futures = [crowd.submit(list_root, reach) for _ in range(60)]
        assert all(len(future.result()) == 1 for future in futures)


def test_refuses_a_seal_that_does_not_open_before_it_sends_anything(store: FaultyStore) -> None:
    broken = make_reach(store.url)
    object.__setattr__(broken.connection, "secret_access_key", "v1.x.y")
    for act in (list_root, head_file, read_file, delete_file):
        with pytest.raises(BadCredentials) as refused:
            act(broken)
        assert refused.value.code == "BadSeal"
    assert store.requests == []


@pytest.mark.django_db(transaction=True)
class TestThePooledDatabaseConnection:
    @pytest.fixture(autouse=True)
    def pooled(self) -> Iterator[None]:
        database.close()
        database.settings_dict["OPTIONS"]["pool"] = {"min_size": 0, "max_size": 1, "timeout": 2}
        yield
        database.close()
        database.close_pool()
        del database.settings_dict["OPTIONS"]["pool"]

    def test_goes_back_before_a_call(self, store: FaultyStore, reach: Reach) -> None:
        database.ensure_connection()
        list_root(reach)
        assert database.connection is None

    def test_stays_while_a_transaction_is_open(self, store: FaultyStore, reach: Reach) -> None:
        with transaction.atomic():
            list_root(reach)
            assert database.connection is not None

    def test_serves_another_thread_while_the_store_stalls(
        self, impatient: None, store: FaultyStore, reach: Reach
    ) -> None:
        store.behaviours = [stall]
        database.ensure_connection()
        with ThreadPoolExecutor(1) as other:
            calls.release_database()

            def ask() -> int:
                with database.cursor() as cursor:
                    cursor.execute("select 1")
                    found = cursor.fetchone()[0]
                database.close()
                return int(found)

            assert other.submit(ask).result() == 1


def test_never_waits_when_no_time_is_left(store: FaultyStore) -> None:
    with pytest.raises(S3Unavailable):
        transport.send("GET", store.url, headers={}, action="", deadline=transport.Deadline.in_seconds(-1))
    assert store.requests == []

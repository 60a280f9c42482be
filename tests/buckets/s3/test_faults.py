"""Faults of a store and of the network, from real sockets: what is tried again, and for how long."""

from collections.abc import Callable

import pytest

from buckets.paths import Reach
from buckets.s3 import calls, sockets, transport
from buckets.s3.errors import (
    S3Unavailable,
)
from buckets.s3.translation import BROKEN_OFF, NO_HTTP, TIMEOUT
from tests.buckets.s3.acts import DELETED, delete_file, everything, head_file, list_root, read_file
from tests.buckets.s3.faulty_store import (
    EMPTY_LISTING,
    Behaviour,
    FaultyStore,
    answer,
    cut,
    drip,
    drip_headers,
    garbage,
    listing,
    refusal,
    reset,
    stall,
)


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


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """A quarter as patient as the impatient: nothing else happens while the only call waits."""
    monkeypatch.setattr(sockets, "READ_SECONDS", 0.1)
    monkeypatch.setattr(calls, "BUDGET_SECONDS", 0.22)


@everything
@pytest.mark.parametrize(("fault", "code"), [(garbage, NO_HTTP), (reset, BROKEN_OFF)])
def test_tells_an_answer_that_broke_off_from_one_that_is_no_http(
    *,
    store: FaultyStore,
    reach: Reach,
    act: Callable[[Reach], object],
    works: Behaviour,
    fault: Behaviour,
    code: str,
) -> None:
    store.behaviours = [fault]
    with pytest.raises(S3Unavailable) as failed:
        act(reach)
    assert failed.value.code == code


@everything
@pytest.mark.parametrize("fault", [stall, drip, drip_headers])
def test_does_not_wait_longer_than_its_budget(
    *,
    hurried: None,
    store: FaultyStore,
    reach: Reach,
    act: Callable[[Reach], object],
    works: Behaviour,
    fault: Behaviour,
) -> None:
    if act is head_file and fault is drip:
        fault = stall  # a HEAD has no body to drip
    store.behaviours = [fault]
    with pytest.raises(S3Unavailable) as failed:
        act(reach)
    # Had it waited for the store to hang up, this would be another error.
    assert failed.value.code in (TIMEOUT, "deadline")


@pytest.mark.parametrize("body", [EMPTY_LISTING + " " * 17 * 1024 * 1024])
def test_reads_no_endless_answer(store: FaultyStore, reach: Reach, body: str) -> None:
    store.behaviours = [listing(body)]
    with pytest.raises(S3Unavailable):
        list_root(reach)


def test_never_waits_when_no_time_is_left(store: FaultyStore) -> None:
    with pytest.raises(S3Unavailable):
        transport.send("GET", store.url, headers={}, action="", deadline=transport.Deadline.in_seconds(-1))
    assert store.requests == []

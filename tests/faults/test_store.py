"""A store that stalls, resets or says SlowDown: bounded, said plainly, and nobody else's trouble."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from buckets.models import Bucket
from files.models import Folder
from tests.faults.gate import Gate, Mood
from tests.faults.visitor import Visitor
from tests.files.conftest import Store

MORE_THAN_THE_POOL = 24


@pytest.mark.parametrize("mood", ["reset", "slow_down"])
def test_says_that_the_storage_cannot_be_reached(
    behind: Bucket, gate: Gate, visitor: Visitor, mood: Mood
) -> None:
    gate.turn(mood)
    answer = visitor.get(f"/b/{behind.system_code}/team/")
    assert answer.status == 503
    assert "storage" in answer.text
    assert not Folder.objects.filter(is_whole=True).exists()


@pytest.mark.parametrize("mood", ["reset", "slow_down"])
def test_shows_what_was_last_known(
    behind: Bucket, store: Store, gate: Gate, visitor: Visitor, mood: Mood
) -> None:
    store.put("team/a.txt")
    assert "a.txt" in visitor.get(f"/b/{behind.system_code}/team/").text
    gate.turn(mood)
    time.sleep(1.1)
    answer = visitor.get(f"/b/{behind.system_code}/team/")
    assert answer.status == 200
    assert "a.txt" in answer.text
    gate.turn("open")


def test_keeps_one_bad_bucket_from_slowing_another(
    behind: Bucket, beside: Bucket, gate: Gate, visitor: Visitor, at_once: ThreadPoolExecutor
) -> None:
    gate.turn("stall")
    bad = [
        at_once.submit(visitor.get, f"/b/{behind.system_code}/{number}/")
        for number in range(MORE_THAN_THE_POOL)
    ]
    assert "fine.txt" in visitor.get(f"/b/{beside.system_code}/").text
    assert not all(answer.done() for answer in bad), (
        "the good bucket answered while the bad one was waited for"
    )
    assert {answer.result().status for answer in bad} == {503}


def test_is_well_again_when_the_store_is(behind: Bucket, store: Store, gate: Gate, visitor: Visitor) -> None:
    store.put("team/a.txt")
    gate.turn("reset")
    assert visitor.get(f"/b/{behind.system_code}/team/").status == 503
    gate.turn("open")
    deadline = time.monotonic() + 10
    while (
        answer := visitor.get(f"/b/{behind.system_code}/team/")
    ).status == 503 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert "a.txt" in answer.text


def test_never_stores_half_a_listing(
    big: Bucket, gate: Gate, visitor: Visitor, at_once: ThreadPoolExecutor
) -> None:
    gate.hold_next_listing()
    page = at_once.submit(visitor.get, f"/b/{big.system_code}/big/")
    assert gate.held.wait(20)
    gate.turn("reset")
    gate.let_go()
    assert page.result().status == 503
    assert not Folder.objects.filter(is_whole=True).exists()


def test_refuses_an_upload_it_cannot_check(behind: Bucket, gate: Gate, visitor: Visitor) -> None:
    gate.turn("reset")
    row = '[{"client_id": "c", "name": "a.txt", "size": 1, "content_type": "text/plain"}]'
    answer = visitor.post(f"/b/{behind.system_code}/-/upload/prepare", folder="", files=row)
    assert answer.status == 503
    assert "X-Amz-Signature" not in answer.text

"""Redis is gone: browsing and uploading go on."""

import json
from collections.abc import Iterator

import pytest

from accounts.models import User
from buckets.models import Bucket
from files.models import Folder
from launcher import redis
from launcher.ports import wait_until
from launcher.processes import Processes
from tests.browser.live import Live
from tests.faults.conftest import end
from tests.faults.visitor import Visitor
from tests.files.conftest import Store
from tests.promises.ear import Ear, hear_all


@pytest.fixture
def no_redis(processes: Processes, own_redis: redis.Redis, visitor: Visitor) -> Iterator[None]:
    end(own_redis.running)
    yield
    own_redis.running.process = processes.start(own_redis.running.program).process
    redis.await_ready(processes, own_redis)


def test_browses_uploads_and_deletes(behind: Bucket, store: Store, visitor: Visitor, no_redis: None) -> None:
    store.put("team/a.txt")
    code = behind.system_code
    assert "a.txt" in visitor.get(f"/b/{code}/team/").text
    assert "present" in visitor.upload(code, "team/", "new.txt", b"new")
    assert "new.txt" in visitor.get(f"/b/{code}/team/").text
    assert visitor.post(f"/b/{code}/-/delete", paths="team/new.txt").status < 400
    assert store.keys() == {"team/a.txt"}
    assert "new.txt" not in visitor.get(f"/b/{code}/team/").text


def test_finishes_a_big_folder_all_the_same(big: Bucket, visitor: Visitor, no_redis: None) -> None:
    visitor.get(f"/b/{big.system_code}/big/")
    assert wait_until(lambda: Folder.objects.filter(path="big/", is_whole=True).exists(), seconds=15)
    assert Folder.objects.get(path="big/").file_count == 1001


def test_signs_people_in(product: Live, mark: User, visitor: Visitor, no_redis: None) -> None:
    assert Visitor(product.url).sign_in(mark.email).get("/").status == 200


def test_says_so_and_stays_healthy(visitor: Visitor, no_redis: None) -> None:
    answer = visitor.get("/healthz")
    assert answer.status == 200
    assert '"redis": false' in answer.text


def test_still_limits_tries_of_a_password(product: Live, visitor: Visitor, no_redis: None) -> None:
    limit = int(product.environ["RATE_LIMIT_LOGIN"].partition("/")[0])
    stranger = Visitor(product.url, address="203.0.113.7")
    stranger.get("/login")

    answers = [
        stranger.post("/login", email=f"guess{number}@example.com", password="wrong")
        for number in range(limit + 1)
    ]

    statuses = [answer.status for answer in answers]
    assert (statuses[0], statuses[-1]) == (401, 429)
    assert statuses == sorted(statuses)
    assert 1 <= int(answers[-1].retry_after) <= 60


def test_forces_out_whoever_leaves_their_folder(
    product: Live, mark: User, behind: Bucket, visitor: Visitor, no_redis: None
) -> None:
    key = next(cookie.value for cookie in visitor.cookies if cookie.name == "sessionid")
    socket = Ear(product.url, f"sessionid={key}").open()
    assert socket.status == 101

    refused = visitor.post(f"/b/{behind.system_code}/-/delete", paths="../x")

    assert refused.status == 401
    assert "All your sessions were ended" in visitor.get("/login").text
    socket.line.close()
    late = Ear(product.url, f"sessionid={key}").open()
    hear_all([late], seconds=20)
    late.line.close()
    assert (late.code, json.loads(late.said[0])["reason"]) == (4401, "forced_out")

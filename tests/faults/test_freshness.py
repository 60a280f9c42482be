"""What a folder shows is true: at once after one's own changes, soon after everybody else's."""

import time
from concurrent.futures import ThreadPoolExecutor

from buckets.models import Bucket
from tests.faults.gate import Gate
from tests.faults.visitor import Visitor
from tests.files.conftest import Store


def test_never_shows_a_listing_begun_before_an_upload_after_it(
    behind: Bucket, store: Store, gate: Gate, visitor: Visitor, at_once: ThreadPoolExecutor
) -> None:
    store.put("team/old.txt")
    folder = f"/b/{behind.system_code}/team/"
    gate.hold_next_listing()
    early = at_once.submit(visitor.get, folder)
    assert gate.held.wait(20)
    assert "present" in visitor.upload(behind.system_code, "team/", "new.txt", b"new")
    gate.let_go()
    assert "old.txt" in early.result().text
    assert "new.txt" in visitor.get(folder).text


def test_never_shows_a_listing_begun_before_a_deletion_after_it(
    behind: Bucket, store: Store, gate: Gate, visitor: Visitor, at_once: ThreadPoolExecutor
) -> None:
    store.put_many(["team/old.txt", "team/kept.txt"])
    folder = f"/b/{behind.system_code}/team/"
    gate.hold_next_listing()
    early = at_once.submit(visitor.get, folder)
    assert gate.held.wait(20)
    assert visitor.post(f"/b/{behind.system_code}/-/delete", paths="team/old.txt").status < 400
    gate.let_go()
    early.result()
    after = visitor.get(folder).text
    assert "kept.txt" in after
    assert "old.txt" not in after


def test_shows_own_uploads_at_once_however_many_look(
    behind: Bucket, visitor: Visitor, at_once: ThreadPoolExecutor
) -> None:
    code = behind.system_code
    names = [f"file-{number}.txt" for number in range(6)]

    def upload_and_look(name: str) -> bool:
        visitor.upload(code, "team/", name, b"x")
        return name in visitor.get(f"/b/{code}/team/").text

    assert all(at_once.map(upload_and_look, names))
    page = visitor.get(f"/b/{code}/team/").text
    assert all(name in page for name in names)


def test_shows_a_change_from_outside_within_the_ttl(behind: Bucket, store: Store, visitor: Visitor) -> None:
    folder = f"/b/{behind.system_code}/team/"
    store.put("team/a.txt")
    assert "a.txt" in visitor.get(folder).text
    store.put("team/outside.txt")
    time.sleep(1.1)
    assert "outside.txt" in visitor.get(folder).text

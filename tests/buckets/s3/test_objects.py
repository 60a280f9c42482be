"""Objects: what is asked of the store, and what becomes of each key when only some are deleted."""

import re

import pytest

from buckets.paths import FolderKey, Key, OutOfBounds, Reach
from buckets.s3 import objects
from buckets.s3.errors import S3AccessDenied, S3Unavailable
from tests.buckets.s3.conftest import make_reach
from tests.buckets.s3.faulty_store import FaultyStore, answer, refusal

GONE = answer(200, "<DeleteResult></DeleteResult>")


def partly(key: str, code: str = "AccessDenied") -> object:
    error = f"<Error><Key>{key}</Key><Code>{code}</Code><Message>Not this one</Message></Error>"
    return answer(200, f"<DeleteResult>{error}</DeleteResult>")


def keys(reach: Reach, count: int) -> list[Key | FolderKey]:
    return [reach.file(f"f{number}") for number in range(count)]


@pytest.mark.parametrize(("count", "requests"), [(0, 0), (1, 1), (1000, 1), (1001, 2), (2500, 3)])
def test_deletes_a_thousand_in_one_request(
    store: FaultyStore, reach: Reach, count: int, requests: int
) -> None:
    store.behaviours = [GONE]
    outcomes = objects.delete_many(reach, keys(reach, count))
    assert [outcome.key.text for outcome in outcomes] == [f"f{number}" for number in range(count)]
    assert all(outcome.deleted for outcome in outcomes)
    assert len(store.requests) == requests
    assert sum(len(re.findall("<Key>", body)) for body in store.bodies) == count


def test_proves_its_list_as_every_store_asks(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [GONE]
    objects.delete_many(reach, keys(reach, 1))
    assert re.search(r"(?im)^(content-md5|x-amz-checksum-\w+):", store.requests[0])


def test_says_for_each_key_what_became_of_it(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [partly("f1")]
    outcomes = objects.delete_many(reach, keys(reach, 3))
    assert [outcome.deleted for outcome in outcomes] == [True, False, True]
    assert (outcomes[1].code, outcomes[1].message) == ("AccessDenied", "Not this one")


@pytest.mark.parametrize("name", ["a&b<c>.txt", "ü 🎉", "a\u2019b", " spaced "])
def test_knows_a_refused_key_of_any_name(store: FaultyStore, reach: Reach, name: str) -> None:
    from xml.sax.saxutils import escape

    store.behaviours = [partly(escape(name))]
    (outcome,) = objects.delete_many(reach, [reach.file(name)])
    assert not outcome.deleted
    assert f"<Key>{escape(name)}</Key>" in store.bodies[0]


def test_forgets_nothing_when_a_later_thousand_fails(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [GONE, refusal(403, "AccessDenied")]
    outcomes = objects.delete_many(reach, keys(reach, 1500))
    assert [outcome.deleted for outcome in outcomes] == [True] * 1000 + [False] * 500
    assert outcomes[-1].code == "AccessDenied"
    assert "s3:DeleteObject" in outcomes[-1].message


def test_fails_when_the_first_thousand_fails(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [refusal(403, "AccessDenied")]
    with pytest.raises(S3AccessDenied):
        objects.delete_many(reach, keys(reach, 1500))
    assert len(store.requests) == 1


def test_touches_nothing_outside_its_reach(store: FaultyStore, below_root: Reach) -> None:
    other = make_reach(store.url)
    for act in (
        lambda: objects.head(below_root, other.file("a")),
        lambda: objects.get_range(below_root, other.file("a"), start=0, length=1),
        lambda: objects.delete_many(below_root, [below_root.file("a"), other.file("a")]),
    ):
        with pytest.raises(OutOfBounds):
            act()
    assert store.requests == []


def test_never_deletes_a_root(store: FaultyStore, below_root: Reach) -> None:
    with pytest.raises(ValueError, match="root"):
        objects.delete_many(below_root, [below_root.folder("")])
    assert store.requests == []


@pytest.mark.parametrize("body", [b"0123456789", b"0123", b""])
def test_takes_a_piece_from_a_store_that_ignores_ranges(
    store: FaultyStore, reach: Reach, body: bytes
) -> None:
    store.behaviours = [answer(200, body)]
    assert objects.get_range(reach, reach.file("a"), start=2, length=100) == body[2:102]


def test_reads_no_more_than_it_asked_for(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [answer(206, b"x" * 1000)]
    with pytest.raises(S3Unavailable):
        objects.get_range(reach, reach.file("a"), start=0, length=10)


@pytest.mark.parametrize("status", [(416, "InvalidRange"), (416, "")])
def test_reads_nothing_behind_the_end(store: FaultyStore, reach: Reach, status: tuple[int, str]) -> None:
    store.behaviours = [refusal(*status) if status[1] else answer(416)]
    assert objects.get_range(reach, reach.file("a"), start=50, length=10) == b""


def test_reads_what_is_known_of_an_archived_object(store: FaultyStore, reach: Reach) -> None:
    store.behaviours = [
        answer(
            200,
            content_length="7",
            etag='"abc-2"',
            last_modified="Sun, 01 Mar 2026 12:00:00 GMT",
            content_type="video/mp4",
            x_amz_storage_class="GLACIER",
            x_amz_restore='ongoing-request="true"',
        )
    ]
    facts = objects.head(reach, reach.file("a"))
    assert (facts.size, facts.etag, facts.storage_class) == (7, "abc-2", "GLACIER")
    assert (facts.content_type, facts.restore) == ("video/mp4", 'ongoing-request="true"')
    assert facts.modified_at.isoformat() == "2026-03-01T12:00:00+00:00"

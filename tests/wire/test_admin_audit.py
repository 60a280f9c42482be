"""GET /admin/audit."""

import pytest

from accounts.audit import Operation, Outcome, record
from tests.wire.client import told


@pytest.fixture
def acts(mark, press):
    """What Mark did, oldest first."""
    acts = [
        (Operation.LINK_COPIED, "share/a.txt"),
        (Operation.UPLOAD_SIGNED, "share/b.txt"),
        (Operation.UPLOAD_CONFIRMED, "share/b.txt"),
        (Operation.OVERWRITE_SIGNED, "share/b.txt"),
        (Operation.DELETED, "share/b.txt"),
        (Operation.LISTINGS_FLUSHED, ""),
    ]
    about = {"by": mark, "bucket_id": press.pk, "bucket_code": press.system_code, "ip": "198.51.100.7"}
    record(operation=Operation.DELETED, path="share/c.txt", outcome=Outcome.REFUSED, **about)
    return [record(operation=operation, path=path, **about) for operation, path in acts]


def test_tells_what_was_done_with_files_newest_first(adas, acts):
    answer = adas.get("/admin/audit").json()

    assert answer["total"] == 4
    assert [(row["operation"], row["path"]) for row in answer["items"]] == [
        ("DELETE", "share/b.txt"),
        ("PUT", "share/b.txt"),
        ("PUT", "share/b.txt"),
        ("GET", "share/a.txt"),
    ]


def test_says_who_when_and_from_where(adas, acts, mark):
    [row] = adas.get("/admin/audit?operation=GET").json()["items"]

    assert row == {
        "id": str(acts[0].pk),
        "user_name": mark.name,
        "user_email": mark.email,
        "operation": "GET",
        "path": "share/a.txt",
        "ip": "198.51.100.7",
        "created_at": acts[0].at.isoformat().replace("+00:00", "Z"),
    }


@pytest.mark.parametrize(("word", "total"), [("GET", 1), ("PUT", 2), ("DELETE", 1)])
def test_tells_of_one_word(adas, acts, word, total):
    answer = adas.get(f"/admin/audit?operation={word}").json()

    assert answer["total"] == total
    assert {row["operation"] for row in answer["items"]} == {word}


def test_takes_no_word_for_all_of_them(adas, acts):
    assert adas.get("/admin/audit?operation=").json()["total"] == 4


def test_counts_all_and_shows_a_stretch(adas, acts):
    answer = adas.get("/admin/audit?limit=2&offset=1").json()

    assert answer["total"] == 4
    assert [row["operation"] for row in answer["items"]] == ["PUT", "PUT"]
    assert adas.get("/admin/audit?offset=99").json() == {"items": [], "total": 4}


def test_still_names_who_is_gone(adas, acts, mark):
    adas.delete(f"/admin/users/{mark.pk}")

    assert {row["user_email"] for row in adas.get("/admin/audit").json()["items"]} == {"mark@example.com"}


def test_takes_three_queries(adas, acts, django_assert_num_queries):
    with django_assert_num_queries(3):
        adas.get("/admin/audit")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("operation=POST", "operation"),
        ("operation=get", "operation"),
        ("operation=deleted", "operation"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=many", "limit"),
        ("limit=1001", "limit"),
        ("offset=-1", "offset"),
        ("offset=99999999999999999999", "offset"),
    ],
)
def test_refuses_what_it_does_not_know(adas, query, field):
    answer = adas.get(f"/admin/audit?{query}")

    assert told(answer) == (400, "VALIDATION_ERROR")
    assert answer.json()["details"] == {"field": field}


def test_is_for_administrators_alone(marks):
    assert told(marks.get("/admin/audit")) == (403, "FORBIDDEN")

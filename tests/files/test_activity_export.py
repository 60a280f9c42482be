"""The export: exactly the rows of the filter, streamed, as far as one may see them."""

import csv
import json
from collections.abc import AsyncIterator
from io import StringIO
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from accounts import sessions
from accounts.audit import Operation, Outcome, record
from accounts.models import AuditEntry, User
from buckets.models import Assignment, Bucket
from files import activity_export
from tests import people
from tests.files.doors import signed_in
from tests.files.test_activity_page import happened

URL = "/activity/export"


@pytest.fixture(autouse=True)
def _nobody_was_limited_before() -> None:
    cache.clear()


@pytest.fixture
def marks(mark: User, press: Bucket) -> Client:
    people.assign(mark, press, root="projects/marketing/")
    return signed_in(mark)


@async_to_sync
async def _whole(parts: AsyncIterator[bytes]) -> bytes:
    return b"".join([part async for part in parts])


def text(answer: HttpResponse) -> str:
    return _whole(answer.streaming_content).decode()  # type: ignore[attr-defined]


def exported(client: Client, kind: str, query: str = "") -> list[dict[str, Any]]:
    """The lines, as a reader of that format reads them; the export's own entry left out."""
    said = text(client.post(URL + query, {"format": kind}))
    read = csv.DictReader(StringIO(said)) if kind == "csv" else map(json.loads, said.splitlines())
    return [dict(line) for line in read if line["operation"] != "audit_exported"]


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_holds_what_the_page_shows_a_person(marks: Client, press: Bucket, rita: User, kind: str) -> None:
    happened(press, rita, "projects/marketing/a.png", ip="192.0.2.44", detail={"size": 31337})
    happened(press, rita, "projects/sales/b.png")

    [line] = exported(marks, kind)

    assert line.pop("at").endswith("Z")
    assert line == {
        "person": "Rita Reader", "operation": "upload_confirmed", "outcome": "done", "bucket": "PRESS_KIT",
        "path": "a.png", "ip": "",
    }  # fmt: skip


def test_holds_every_column_for_an_administrator(ada: User, press: Bucket, rita: User) -> None:
    entry = happened(press, rita, "projects/a.png", ip="192.0.2.44", detail={"size": 31337})

    [line] = exported(signed_in(ada), "jsonl")

    assert line.pop("at").endswith("Z")
    assert line == {
        "id": entry.id, "person": "Rita Reader", "operation": "upload_confirmed", "outcome": "done",
        "bucket": "PRESS_KIT", "path": "projects/a.png", "ip": "192.0.2.44", "person_id": str(rita.pk),
        "email": "rita@example.com", "bucket_id": str(press.pk), "detail": {"size": 31337},
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_holds_every_row_of_the_filter_and_no_other(
    marks: Client, press: Bucket, rita: User, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(activity_export, "_AT_ONCE", 3)
    for number in range(10):
        happened(press, rita, f"projects/marketing/{number}", Operation.DELETED)
        happened(press, rita, f"projects/marketing/{number}", Operation.DOWNLOADED)

    found = exported(marks, kind, "?operation=deleted")

    assert [line["path"] for line in found] == [str(number) for number in reversed(range(10))]


def test_takes_a_page_at_a_time(
    marks: Client, press: Bucket, rita: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity_export, "_AT_ONCE", 3)
    for number in range(10):
        happened(press, rita, f"projects/marketing/{number}")

    answer = marks.post(URL, {"format": "jsonl"})

    async def sizes() -> list[int]:
        return [part.count(b"\n") async for part in answer.streaming_content]

    assert async_to_sync(sizes)() == [0, 3, 3, 3, 2]


@pytest.mark.parametrize(
    "name", ["=1+1", "+cmd", "-2", "@SUM(A1)", "\tx", "\rx", " =x", "＝1", '=HYPERLINK("x")']
)
def test_defuses_formulas_in_a_spreadsheet(ada: User, press: Bucket, rita: User, name: str) -> None:
    happened(press, rita, name)
    client = signed_in(ada)

    assert [line["path"] for line in exported(client, "csv")] == [f"'{name}"]
    assert [line["path"] for line in exported(client, "jsonl")] == [name]


@pytest.mark.parametrize("name", ["a,b", 'quo"te', "two\nlines", "ünï/🐟", "it's", "a=b", "1-2"])
def test_writes_other_names_as_they_are(ada: User, press: Bucket, rita: User, name: str) -> None:
    happened(press, rita, name)
    client = signed_in(ada)

    assert [line["path"] for line in exported(client, "csv")] == [name]
    assert [line["path"] for line in exported(client, "jsonl")] == [name]


def test_comes_as_a_file(marks: Client) -> None:
    answer = marks.post(URL, {"format": "csv"})

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="activity-20')
    assert answer["Content-Disposition"].endswith('.csv"')
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_is_not_packed_chunk_by_chunk(marks: Client, press: Bucket, rita: User) -> None:
    happened(press, rita, "projects/marketing/a.png")

    answer = marks.post(URL, {"format": "jsonl"}, headers={"Accept-Encoding": "gzip, br"})

    assert answer["Content-Encoding"] == "identity"
    assert text(answer).startswith("{")


def test_is_noted_in_the_log(marks: Client, mark: User) -> None:
    marks.post(f"{URL}?operation=deleted", {"format": "csv"}, REMOTE_ADDR="198.51.100.7")

    entry = AuditEntry.objects.get(operation="audit_exported")
    assert (entry.actor_id, entry.ip, entry.detail) == (
        mark.pk,
        "198.51.100.7",
        {"format": "csv", "filter": "operation=deleted"},
    )


@pytest.mark.parametrize(
    ("query", "form"),
    [
        ("", {}),
        ("", {"format": "xlsx"}),
        ("?operation=nonsense", {"format": "csv"}),
        ("?bucket=OTHER", {"format": "csv"}),
    ],
)
def test_refuses_what_cannot_be_asked(marks: Client, query: str, form: dict[str, str]) -> None:
    assert marks.post(URL + query, form).status_code == 400
    assert not AuditEntry.objects.filter(operation="audit_exported").exists()


def test_is_no_link(marks: Client) -> None:
    assert marks.get(f"{URL}?format=csv").status_code == 405


def test_asks_for_the_pages_own_form(mark: User) -> None:
    client = signed_in(mark, enforce_csrf_checks=True)

    assert client.post(URL, {"format": "csv"}).status_code == 403


def test_is_limited(marks: Client) -> None:
    answers = [marks.post(URL, {"format": "csv"}) for _ in range(12)]

    assert [answer.status_code for answer in answers].count(200) == 10
    assert int(answers[-1]["Retry-After"]) > 0


class TestWhileItIsRead:
    """What may be seen is asked anew for every page of a long export."""

    @pytest.fixture
    def half_read(self, marks: Client, press: Bucket, rita: User, monkeypatch: pytest.MonkeyPatch) -> Any:
        monkeypatch.setattr(activity_export, "_AT_ONCE", 2)
        for number in range(6):
            happened(press, rita, f"projects/marketing/{number}")
        return marks.post(URL, {"format": "jsonl"})

    def read(self, answer: Any, meanwhile: Any) -> str:
        async def all_of_it() -> str:
            found = ""
            async for part in answer.streaming_content:
                found += part.decode()
                if found.count("\n") == 2:
                    await act()
            return found

        act = sync_to_async(meanwhile)
        return async_to_sync(all_of_it)()

    @pytest.mark.django_db(transaction=True)
    def test_ends_with_the_session(self, half_read: Any, mark: User) -> None:
        with pytest.raises(activity_export.NoLonger):
            self.read(half_read, lambda: sessions.force_logout(user=mark, reason="x", now=timezone.now()))

    def test_follows_the_root(self, half_read: Any) -> None:
        said = self.read(half_read, lambda: Assignment.objects.update(root_path="elsewhere/"))

        assert said.count("upload_confirmed") <= 2


def test_tells_nothing_that_others_were_refused(marks: Client, press: Bucket, rita: User) -> None:
    happened(press, rita, "projects/marketing/a", Operation.DELETED, outcome=Outcome.REFUSED)
    record(by=rita, operation=Operation.SIGNED_IN)

    assert exported(marks, "jsonl") == []

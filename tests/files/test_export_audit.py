"""`manage.py export_audit`."""

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts import history
from accounts.audit import Operation, record
from accounts.models import AuditEntry, User
from buckets.models import Bucket
from tests.accounts.chains import days_ago, tamper
from tests.files.test_activity_page import happened


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def run(*args: str, **options: Any) -> str:
    said = StringIO()
    call_command("export_audit", *args, stdout=said, **options)
    return said.getvalue()


def lines(*args: str) -> list[dict[str, Any]]:
    """What was exported, but for the exports themselves."""
    found = [json.loads(line) for line in run("--format", "jsonl", *args).splitlines()]
    return [line for line in found if line["operation"] != "audit_exported"]


@pytest.fixture
def log(press: Bucket, mark: User, rita: User) -> None:
    happened(press, mark, "=1+1")
    happened(press, rita, "b", Operation.DELETED, ip="192.0.2.44", detail={"code": "x"})
    record(by=mark, operation=Operation.SIGNED_IN)


def test_writes_everything_newest_first(log: None) -> None:
    assert [line["path"] or line["operation"] for line in lines()] == ["signed_in", "b", "=1+1"]


def test_writes_csv_with_a_head_and_harmless_cells(log: None) -> None:
    found = list(csv.DictReader(StringIO(run())))

    assert [line["path"] for line in found][1:] == ["", "b", "'=1+1"]
    assert (found[2]["ip"], found[2]["email"], found[2]["detail"]) == (
        "192.0.2.44",
        "rita@example.com",
        '{"code": "x"}',
    )


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["--person", "RITA@example.com"], ["b"]),
        (["--operation", "deleted"], ["b"]),
        (["--bucket", "PRESS_KIT"], ["b", "=1+1"]),
        (["--outcome", "failed"], []),
        (["--until", "2020-01-01"], []),
        (["--since", "2020-01-01", "--operation", "signed_in"], [""]),
        (["--bucket", "00000000-0000-0000-0000-000000000001"], []),
        (["--person", "00000000-0000-0000-0000-000000000001"], []),
    ],
    ids=str,
)
def test_filters_as_the_page_does(log: None, filters: list[str], expected: list[str]) -> None:
    assert [line["path"] for line in lines(*filters)] == expected


def test_knows_people_and_buckets_that_are_gone(log: None, press: Bucket, rita: User) -> None:
    gone, whose = str(press.pk), str(rita.pk)
    press.delete()
    rita.delete()

    assert [line["path"] for line in lines("--bucket", gone, "--person", whose)] == ["b"]


def test_takes_the_last_day_whole(db: None, mark: User) -> None:
    record(by=mark, operation=Operation.SIGNED_IN)
    day = days_ago(3).replace(hour=23, minute=59)
    tamper("UPDATE accounts_auditentry SET at = %s", [day])

    assert len(lines("--since", f"{day:%Y-%m-%d}", "--until", f"{day:%Y-%m-%d}")) == 1


def test_writes_a_file_that_only_its_owner_reads(log: None, tmp_path: Path) -> None:
    target, told = tmp_path / "log.csv", StringIO()

    assert run("--output", str(target), "--json", stderr=told) == ""

    assert target.read_text().count("\n") == 5
    assert target.stat().st_mode & 0o777 == 0o600
    assert json.loads(told.getvalue()) == {"entries": 4, "format": "csv", "output": str(target)}


def test_overwrites_nothing(log: None, tmp_path: Path) -> None:
    target = tmp_path / "log.csv"
    target.write_text("precious")

    with pytest.raises(CommandError) as refused:
        run("--output", str(target))
    assert refused.value.returncode == 3
    assert target.read_text() == "precious"


@pytest.mark.parametrize(
    "filters",
    [
        ["--person", "nobody@example.com"], ["--bucket", "UNKNOWN"], ["--operation", "nonsense"], ["--outcome", "x"],
        ["--since", "yesterday"], ["--since", "2026-02-01", "--until", "2026-01-01"], ["--format", "xlsx"],
    ],
    ids=str,
)  # fmt: skip
def test_refuses_a_filter_that_names_nothing(log: None, filters: list[str]) -> None:
    with pytest.raises(CommandError):
        run(*filters)
    assert not AuditEntry.objects.filter(operation="audit_exported").exists()


def test_is_noted_in_the_log(log: None) -> None:
    run("--operation", "deleted")

    entry = AuditEntry.objects.get(operation="audit_exported")
    assert (entry.actor_id, entry.detail) == (None, {"format": "csv", "filter": {"operation": "deleted"}})


def test_holds_some_entries_at_a_time(log: None, monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[int] = []
    page = history.page

    def noted(*args: Any, **options: Any) -> list[AuditEntry]:
        found = page(*args, **{**options, "limit": 2})
        held.append(len(found))
        return found

    monkeypatch.setattr(history, "page", noted)

    assert len(lines()) == 3
    assert held == [2, 2, 0]


def test_counts_on_a_terminal_only(log: None) -> None:
    on_terminal, in_file = Terminal(), StringIO()

    run(stderr=on_terminal)
    run(stderr=in_file)

    assert "4 entries written" in on_terminal.getvalue()
    assert in_file.getvalue() == ""

"""Known weaknesses fail, whatever is excused has its reason, and no answer is never taken for a good one."""

import json
import subprocess
import tomllib
from types import ModuleType, SimpleNamespace

import pytest

from tests.boundaries.source import REPO

CLEAN, FOUND, NOT_ASKED = 0, 1, 75


@pytest.fixture
def report(audit: ModuleType, monkeypatch: pytest.MonkeyPatch):
    """Makes pip-audit print this for every lock."""

    def says(stdout: object, stderr: str = "") -> None:
        text = stdout if isinstance(stdout, str) else json.dumps({"dependencies": stdout})
        done = SimpleNamespace(stdout=text, stderr=stderr, returncode=0)
        monkeypatch.setattr(audit.subprocess, "run", lambda *_, **__: done)

    monkeypatch.delenv("AUDIT_REQUIRED", raising=False)
    return says


SOUND = {"name": "django", "version": "5.2.0", "vulns": []}
WEAK = {"name": "django", "version": "5.2.0", "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["5.2.1"]}]}
UNKNOWN = {"name": "amqp", "skip_reason": "Dependency not found"}


def test_passes_when_every_package_was_asked_about_and_none_is_weak(audit: ModuleType, report) -> None:
    report([SOUND])
    assert audit._packages({}) == CLEAN


def test_fails_for_a_known_weakness(audit: ModuleType, report, capsys: pytest.CaptureFixture[str]) -> None:
    report([WEAK])
    assert audit._packages({}) == FOUND
    assert "django PYSEC-2026-1" in capsys.readouterr().out


def test_lets_an_excused_one_pass(audit: ModuleType, report) -> None:
    report([WEAK])
    assert audit._packages({"django PYSEC-2026-1": "the part is not used"}) == CLEAN


def test_fails_for_a_weakness_even_where_other_packages_are_unknown(audit: ModuleType, report) -> None:
    report([WEAK, UNKNOWN])
    assert audit._packages({}) == FOUND


@pytest.mark.parametrize("answer", [[SOUND, UNKNOWN], "", "not json"])
def test_never_takes_a_missing_answer_for_a_good_one(
    audit: ModuleType, report, capsys: pytest.CaptureFixture[str], answer: object
) -> None:
    report(answer, stderr="ConnectionError: nobody there")
    assert audit._packages({}) == NOT_ASKED
    assert capsys.readouterr().out.startswith("NOT ASKED")


def test_fails_without_an_answer_where_one_is_required(
    audit: ModuleType, report, monkeypatch: pytest.MonkeyPatch
) -> None:
    report([UNKNOWN])
    monkeypatch.setenv("AUDIT_REQUIRED", "1")
    assert audit._packages({}) == FOUND


def test_gives_up_on_a_service_that_never_answers(
    audit: ModuleType, report, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hangs(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("pip-audit", 120)

    monkeypatch.setattr(audit.subprocess, "run", hangs)
    assert audit._packages({}) == NOT_ASKED


@pytest.mark.parametrize(
    ("excuses", "left", "idle"),
    [
        ({}, ["B1 a/x.py", "B2 a/y.py", "B2 b/z.py"], []),
        ({"B2": "why"}, ["B1 a/x.py"], []),
        ({"B2 a/": "why"}, ["B1 a/x.py", "B2 b/z.py"], []),
        ({"B1 a/x.py": "why", "B2": "why"}, [], []),
        ({"B1": "why", "B2": "why", "B3": "why"}, [], ["B3"]),
        ({"B": "why"}, ["B1 a/x.py", "B2 a/y.py", "B2 b/z.py"], ["B"]),
    ],
)
def test_excuses_what_is_named_and_notices_idle_excuses(
    audit: ModuleType, excuses: dict[str, str], left: list[str], idle: list[str]
) -> None:
    assert audit.unexcused(["B2 a/y.py", "B1 a/x.py", "B2 b/z.py"], excuses) == (left, idle)


def test_every_excuse_has_its_reason() -> None:
    excuses = tomllib.loads((REPO / "pyproject.toml").read_text())["tool"]["audit"]
    assert all(len(reason) > 5 for part in excuses.values() for reason in part.values())

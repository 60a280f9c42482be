"""A step that failed by a few tests is tried once more; what fails again has failed, and what didn't is named."""

import sys
from types import ModuleType

import pytest

FAILS = "print('FAILED tests/a.py::test_one - assert'); print('1 failed'); raise SystemExit(1)"
PASSES = "print('1 passed')"


def run(checks: ModuleType, first: str, second: str | None) -> int:
    again = (sys.executable, "-c", second) if second else ()
    step = checks.Step("tests", (sys.executable, "-c", first), loud=True, second_try=again)
    return int(checks._report([checks._tried_again(checks._run(step))], notes=[], since=0.0))


def test_fails_with_a_step_that_has_no_second_try(checks: ModuleType) -> None:
    assert run(checks, FAILS, None) == 1


def test_fails_with_what_fails_twice(checks: ModuleType) -> None:
    assert run(checks, FAILS, FAILS) == 1


def test_fails_without_a_second_try_when_it_never_came_to_a_test(checks: ModuleType) -> None:
    assert run(checks, "raise SystemExit(4)", PASSES) == 1


def test_fails_without_a_second_try_when_many_failed(checks: ModuleType) -> None:
    many = "print('\\n'.join(f'FAILED tests/a.py::test_{n}' for n in range(6))); raise SystemExit(1)"
    assert run(checks, many, PASSES) == 1


def test_passes_with_what_passes_at_its_second_try_and_names_it(
    checks: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(checks, FAILS, PASSES) == 0
    assert "tests/a.py::test_one passed only at its second try" in capsys.readouterr().out


def test_tries_nothing_again_that_passed(checks: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(checks, PASSES, FAILS) == 0
    assert "second try" not in capsys.readouterr().out

"""What a big listing held goes back to the system, and what few need is not loaded by all."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from mediabridge import celery, memory
from tests.boundaries.source import REPO

# Bigger than what Python keeps in pools of its own.
PIECE = 600


@pytest.fixture
def trims(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    calls: list[int] = []
    monkeypatch.setattr(memory, "_trim", lambda: calls.append)
    return calls


def resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_gives_back_what_is_free_below_what_is_not() -> None:
    before = resident()
    pieces = [bytes(PIECE) for _ in range(100_000)]
    last = pieces[-1]
    del pieces
    memory.give_back()
    assert len(last) == PIECE
    assert resident() - before < 30_000_000


def test_does_nothing_where_the_library_knows_no_such_thing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_trim", lambda: None)
    memory.give_back()


def test_is_given_back_after_listings(trims: list[int]) -> None:
    celery.give_memory_back(task=SimpleNamespace(name="files.tasks.finish_listing"))
    assert trims == [0]


def test_is_left_alone_after_what_is_small(trims: list[int]) -> None:
    celery.give_memory_back(task=SimpleNamespace(name="accounts.tasks.seal_audit_log"))
    assert trims == []


def test_knows_the_tasks_that_list() -> None:
    celery.app.loader.import_default_modules()
    assert set(celery._LISTING) <= set(celery.app.tasks)


@pytest.mark.processes
def test_is_not_spent_on_the_sdk_by_who_only_lists_and_signs() -> None:
    program = """
import sys, django
django.setup()
import mediabridge.asgi, search.worker, files.tasks
print("boto3" in sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=REPO
    )
    assert done.stdout == "False\n"

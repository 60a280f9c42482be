"""Big listings stored by a process of its own: in turn, as often as it pays, and ended with whoever began it."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from files import apart
from files.spool import Spool
from files.storing import Begun
from tests.files.flat_pages import NOON

BEGUN = Begun(UUID(int=7), "team/", NOON, 42)
OTHER = Begun(UUID(int=7), "", NOON, 42)


@pytest.fixture(autouse=True)
def _nothing_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "_rests", {})


@pytest.fixture
def program(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """What stands in for `manage.py`."""
    settings.BASE_DIR = tmp_path
    yield tmp_path / "manage.py"
    apart.stop()


def test_hands_the_whole_listing_to_a_command(program: Path, tmp_path: Path) -> None:
    place = str(tmp_path / "told")
    program.write_text(
        f"import sys; open({place!r}, 'wb').write(sys.argv[1].encode() + sys.stdin.buffer.read())"
    )
    apart.store_apart(BEGUN, Spool(BEGUN)).result(20)
    told = (tmp_path / "told").read_bytes()
    assert told.startswith(b"store_listing")
    assert (b'"path": "team/"' in told, told.endswith(b"\0\0\0\0")) == (True, True)


def test_stores_a_folder_again_only_when_that_pays(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program.write_text("import sys; sys.stdin.buffer.read()")
    assert apart.pays(BEGUN)
    future = apart.store_apart(BEGUN, Spool(BEGUN))
    assert (apart.pays(BEGUN), apart.pays(OTHER)) == (False, True)
    future.result(20)
    assert not apart.pays(BEGUN)
    monkeypatch.setattr(apart, "_rests", {key: time.monotonic() for key in apart._rests})
    assert apart.pays(BEGUN)


def test_remembers_only_so_many_folders(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program.write_text("")
    monkeypatch.setattr(apart, "_MOST_REMEMBERED", 2)
    for number in range(5):
        begun = Begun(UUID(int=number), "", NOON, 1)
        apart.store_apart(begun, Spool(begun)).result(20)
    assert {bucket.int for bucket, _ in apart._rests} == {3, 4}


def test_ends_what_is_stored_when_it_is_told_to_stop(program: Path) -> None:
    program.write_text("import time; time.sleep(60)")
    future = apart.store_apart(BEGUN, Spool(BEGUN))
    while not apart._processes:
        time.sleep(0.01)
    apart.stop()
    future.result(20)
    assert not apart._processes


def test_ends_one_that_never_comes_to_its_end(program: Path, settings: Any) -> None:
    settings.INDEX_TIME_LIMIT = 0.001
    program.write_text("import time; time.sleep(60)")
    apart.store_apart(BEGUN, Spool(BEGUN)).result(20)
    assert not apart._processes


@pytest.mark.parametrize("program_text", ["raise SystemExit(3)", "import os; os.kill(os.getpid(), 9)"])
def test_says_of_one_that_ended_without_a_word(
    program: Path, program_text: str, caplog: pytest.LogCaptureFixture
) -> None:
    program.write_text(program_text)
    apart.store_apart(BEGUN, Spool(BEGUN)).result(20)
    assert "it ended unheard" in caplog.text


def test_kills_one_that_will_not_end(program: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.INDEX_TIME_LIMIT = 0.01
    monkeypatch.setattr(apart, "_LAST_BREATH", 0.1)
    program.write_text("import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)")
    apart.store_apart(BEGUN, Spool(BEGUN)).result(20)
    assert not apart._processes


def test_goes_on_after_a_disk_that_is_full(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError

    monkeypatch.setattr(subprocess, "Popen", full)
    apart.store_apart(BEGUN, Spool(BEGUN)).result(20)
    monkeypatch.undo()

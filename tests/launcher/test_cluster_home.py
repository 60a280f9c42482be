"""launcher/cluster_home.py: where PostgreSQL may live, without changing what is not ours."""

import os
import stat
from pathlib import Path

import pytest

from launcher import cluster_home
from launcher.cluster_home import find, may_reach
from launcher.problems import Problem

STRANGER = {"uid": 54321, "gid": 54321}


def test_a_closed_parent_cannot_be_passed(tmp_path: Path):
    inner = tmp_path / "closed" / "inner"
    inner.mkdir(parents=True)
    (tmp_path / "closed").chmod(0o700)
    assert not may_reach(inner, **STRANGER)
    assert may_reach(Path("/"), **STRANGER)


def test_its_owner_and_group_count_before_others(tmp_path: Path):
    status = tmp_path.stat()
    tmp_path.chmod(0o601)
    assert cluster_home._may_enter(tmp_path.stat(), **STRANGER)
    assert not cluster_home._may_enter(tmp_path.stat(), uid=status.st_uid, gid=0)
    assert not cluster_home._may_enter(tmp_path.stat(), uid=54321, gid=status.st_gid)


def test_notes_a_private_place_when_the_parent_is_closed_to_the_database(tmp_path: Path, monkeypatch):
    tmp_path.chmod(0o700)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(cluster_home, "PRIVATE_PLACES", (str(tmp_path / "none"), str(elsewhere)))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "chown", lambda *_: None)
    monkeypatch.setattr(cluster_home, "_unprivileged_user", lambda: (54321, 54321))
    home = find(tmp_path)
    assert home.path.parent == elsewhere
    assert (tmp_path / "pg.path").read_text().strip() == str(home.path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700
    assert find(tmp_path).path == home.path


def test_refuses_to_make_a_new_database_when_the_noted_one_is_gone(tmp_path: Path):
    (tmp_path / "pg.path").write_text(f"{tmp_path}/gone\n")
    with pytest.raises(Problem, match="put it back"):
        find(tmp_path)


def test_refuses_the_database_of_another_user(tmp_path: Path, monkeypatch):
    (tmp_path / "pg").mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 54321)
    with pytest.raises(Problem, match="belongs to another user"):
        find(tmp_path)


def test_says_what_to_do_where_root_is_the_only_user(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(cluster_home, "UNPRIVILEGED", ("no-such-user-here",))
    with pytest.raises(Problem, match="useradd"):
        find(tmp_path)

"""launcher/environment.py and launcher/private_files.py: what was configured, and where things go."""

import os
import re
import shutil
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from launcher.environment import (
    GENERATED_SECRETS,
    hosts_of,
    is_loopback,
    origins_of,
    prepare_var_dir,
    read_configuration,
    with_secrets,
)
from launcher.private_files import read_assignments, write_private
from launcher.problems import Problem


@contextmanager
def as_somebody_else() -> Iterator[None]:
    """The block as a user without rights, where the tests run as root."""
    user = os.geteuid()
    os.seteuid(65534 if user == 0 else user)
    try:
        yield
    finally:
        os.seteuid(user)


def test_reads_an_env_file_as_people_write_them(tmp_path: Path):
    (tmp_path / ".env").write_text(
        "# a comment\n\nPORT=9000\nexport HOST='127.0.0.2'\nSMTP_PASS=\"a b#c\"\nSMTP_USER=me # mine\nREDIS_URL=\n"
        "DATABASE_URL= # none\nSMTP_FROM=#1@example.org\n"
    )
    found = read_configuration({}, project=tmp_path)
    assert (found.port, found.host) == (9000, "127.0.0.2")
    assert (found.values["SMTP_PASS"], found.values["SMTP_USER"]) == ("a b#c", "me")
    assert found.values["SMTP_FROM"] == "#1@example.org"
    assert (found.redis_url, found.database_url) == (None, None)


@pytest.mark.parametrize("blank", ["", " "])
def test_the_environment_wins_over_the_file_unless_it_is_blank(tmp_path: Path, blank: str):
    (tmp_path / ".env").write_text("PORT=9000\nHOST=127.0.0.2\n")
    found = read_configuration({"PORT": "9001", "HOST": blank}, project=tmp_path)
    assert (found.port, found.host) == (9001, "127.0.0.2")


@pytest.mark.parametrize("line", ["PORT", "= 3", "MY PORT=3", "1PORT=3"])
def test_names_the_line_of_an_env_file_that_is_no_assignment(tmp_path: Path, line: str):
    (tmp_path / ".env").write_text(f"# first\n{line}\n")
    with pytest.raises(Problem, match="line 2"):
        read_configuration({}, project=tmp_path)


def test_refuses_an_env_file_that_is_no_text(tmp_path: Path):
    (tmp_path / ".env").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(Problem, match="UTF-8"):
        read_configuration({}, project=tmp_path)


def test_makes_secrets_once_and_only_those_that_were_not_given(tmp_path: Path):
    given = read_configuration({"JWT_SECRET": "ab" * 64, "VAR_DIR": str(tmp_path)}, project=tmp_path)
    first = with_secrets(given)
    assert first["JWT_SECRET"] == "ab" * 64
    assert "JWT_SECRET" not in read_assignments(tmp_path / "secrets.env")
    assert with_secrets(given) == first
    assert {name: len(first[name]) for name in GENERATED_SECRETS} == GENERATED_SECRETS


def test_puts_back_the_mode_of_the_secrets(tmp_path: Path):
    found = read_configuration({"VAR_DIR": str(tmp_path)}, project=tmp_path)
    with_secrets(found)
    (tmp_path / "secrets.env").chmod(0o644)
    with_secrets(found)
    assert stat.S_IMODE((tmp_path / "secrets.env").stat().st_mode) == 0o600


def test_never_writes_a_private_file_that_others_can_read_meanwhile(tmp_path: Path):
    previous = os.umask(0)
    try:
        write_private(tmp_path / "kept", "secret")
    finally:
        os.umask(previous)
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "kept"]


def test_refuses_a_directory_that_cannot_be_written(tmp_path: Path):
    tmp_path.chmod(0o555)
    found = read_configuration({"VAR_DIR": str(tmp_path / "var")}, project=tmp_path)
    with as_somebody_else(), pytest.raises(Problem, match="cannot be written"):
        prepare_var_dir(found)


def test_refuses_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=12_000_000))
    found = read_configuration({"VAR_DIR": str(tmp_path)}, project=tmp_path)
    with pytest.raises(Problem, match="only 12 MB"):
        prepare_var_dir(found)


def test_keeps_rooms_with_keys_in_them_to_the_owner(tmp_path: Path):
    prepare_var_dir(read_configuration({"VAR_DIR": str(tmp_path / "var")}, project=tmp_path))
    modes = {room.name: stat.S_IMODE(room.stat().st_mode) for room in (tmp_path / "var").iterdir()}
    assert modes["s3-state"] == modes["log"] == 0o700


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("localhost", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
    ],
)
def test_says_where_a_browser_on_this_machine_goes(tmp_path: Path, host: str, url: str):
    assert read_configuration({"HOST": host}, project=tmp_path).url == url


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.9", "::1", "localhost"])
def test_knows_loopback(host: str):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org", ""])
def test_knows_what_is_reached_from_elsewhere(host: str):
    assert not is_loopback(host)


def test_never_allows_the_wildcard_as_a_host_name(tmp_path: Path):
    found = read_configuration(
        {"HOST": "0.0.0.0", "FRONTEND_URL": "https://media.example.org/x"}, project=tmp_path
    )
    assert "media.example.org" in hosts_of(found)
    assert not {"0.0.0.0", "*"} & set(hosts_of(found))


def test_lets_its_own_pages_and_the_frontend_upload(tmp_path: Path):
    found = read_configuration({"FRONTEND_URL": "https://media.example.org/x"}, project=tmp_path)
    assert {"http://127.0.0.1:8000", "http://localhost:8000", "https://media.example.org"} <= set(
        origins_of(found)
    )


def test_answers_to_the_address_other_machines_know_it_by(tmp_path: Path):
    named = hosts_of(read_configuration({"HOST": "0.0.0.0"}, project=tmp_path))
    for address in (name for name in named if re.fullmatch(r"\d+(\.\d+){3}", name)):
        with socket.socket() as probe:
            probe.bind((address, 0))
    assert socket.gethostname() in named

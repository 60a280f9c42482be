"""Starts that cannot go on: one sentence, another exit code than 0, no traceback."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.launcher.starting import PROJECT, environment, refusal

pytestmark = pytest.mark.processes

# No part is to be started for these.
ELSEWHERE = {"REDIS_URL": "redis://127.0.0.1:1/0", "S3_ENDPOINT_URL": "http://127.0.0.1:1"}


def test_no_postgresql_to_be_had(place: Path):
    said = refusal(
        environment(
            place / "no-pg", POSTGRES_BIN="wheel", UV_OFFLINE="1", UV_NO_CACHE="1", PORT="18999", **ELSEWHERE
        )
    )
    assert "DATABASE_URL" in said
    assert "apt-get install postgresql" in said


def test_postgresql_at_a_place_that_holds_none(place: Path):
    said = refusal(environment(place / "odd-pg", POSTGRES_BIN="/nowhere", PORT="18998", **ELSEWHERE))
    assert "POSTGRES_BIN=/nowhere" in said


def test_a_directory_that_is_a_file(place: Path):
    (place / "file").write_text("")
    assert "VAR_DIR" in refusal(environment(place / "file" / "var"))


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"PORT": "0"}, "PORT"),
        ({"PORT": "70000"}, "PORT"),
        ({"WEB_PROCESSES": "none"}, "WEB_PROCESSES"),
        ({"HOST": "0.0.0.0"}, "S3_PUBLIC_URL"),
        ({"HOST": "host.invalid", "S3_PUBLIC_URL": "https://s3.example.org"}, "HOST"),
    ],
)
def test_a_setting_that_cannot_be_meant(place: Path, settings: dict[str, str], named: str):
    assert named in refusal(environment(place / "settings", **settings))


def test_a_setting_of_the_pages_that_cannot_be_meant(place: Path):
    said = refusal(environment(place / "mail", SMTP_PORT="mail", PORT="18996", **ELSEWHERE))
    assert "SMTP_PORT must be a whole number from 1 to 65535, not 'mail'." in said
    assert "Improperly" not in said


def test_a_database_that_does_not_answer(place: Path):
    settings = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "PORT": "18997", **ELSEWHERE}
    assert "migrate" in refusal(environment(place / "far", **settings))


def test_python_that_is_too_old(place: Path):
    old = place / "old"
    old.mkdir()
    for name in ("python", "python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        (old / name).write_text("#!/bin/sh\n[ \"$1\" = --version ] && echo 'Python 3.9.2' || exit 1\n")
        (old / name).chmod(0o755)
    said = refusal(
        environment(place / "var-old", PATH=f"{old}:/usr/bin:/bin"), str(PROJECT / "script" / "server")
    )
    assert "Python 3.11 or newer is needed" in said
    assert "Python 3.9.2" in said


def test_managing_what_does_not_run(place: Path):
    done = subprocess.run(
        [sys.executable, "-m", "launcher", "manage", "check"],
        cwd=PROJECT,
        env=environment(place / "not-running"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "script/server" in done.stderr

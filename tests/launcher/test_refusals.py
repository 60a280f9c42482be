"""Starts that cannot go on: one sentence, another exit code than 0, no traceback."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from launcher.environment import read_configuration
from launcher.serve import look_for_parts_elsewhere
from tests.launcher.starting import PROJECT, environment, refusal

pytestmark = pytest.mark.processes

# No part is to be started for these. Nothing answers at their addresses.
ELSEWHERE = {"REDIS_URL": "redis://127.0.0.1:1/0", "S3_ENDPOINT_URL": "http://127.0.0.1:1"}


@contextmanager
def hung_up_on() -> Iterator[int]:
    """The port of somebody who takes connections and ends each at once."""

    def hang_up() -> None:
        with suppress(OSError):
            while True:
                door.accept()[0].close()

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=hang_up, daemon=True).start()
        yield door.getsockname()[1]
        door.shutdown(socket.SHUT_RDWR)


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


def test_a_database_where_nothing_answers(place: Path):
    settings = {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none", "PORT": "18997", **ELSEWHERE}
    said = refusal(environment(place / "far", **settings))
    assert "127.0.0.1:1" in said
    assert "DATABASE_URL" in said
    assert not (place / "far").exists()


def test_a_database_that_is_none(place: Path):
    with hung_up_on() as port:
        settings = {
            "DATABASE_URL": f"postgresql://nobody@127.0.0.1:{port}/none",
            "PORT": "18995",
            **ELSEWHERE,
        }
        assert "DATABASE_URL" in refusal(environment(place / "odd-database", **settings))


def test_no_refusal_but_a_line_where_redis_does_not_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    look_for_parts_elsewhere(read_configuration({"REDIS_URL": ELSEWHERE["REDIS_URL"]}, project=tmp_path))
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("No Redis answers at 127.0.0.1:1; start it or correct REDIS_URL.")


def test_an_address_that_cannot_be_meant_before_anything_is_made(place: Path):
    said = refusal(environment(place / "nonsense", S3_ENDPOINT_URL="nonsense"))
    assert said == "MediaBridge: S3_ENDPOINT_URL must be like https://s3.example.org."
    assert not (place / "nonsense").exists()


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

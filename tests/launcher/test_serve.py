"""`python -m launcher serve` with real processes: from nothing to ready, and back."""

import os
import signal
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import psycopg
import pytest
from botocore.config import Config

from launcher.demo.buckets import PRIVATE, PUBLIC
from launcher.environment import read_configuration
from launcher.identity import write_pid_file
from launcher.private_files import read_assignments
from launcher.serve import environ_for_commands
from tests.launcher.starting import PROJECT, Started, environment, eventually, refusal, runs, start

pytestmark = pytest.mark.processes

CREATE_ADMIN = ("create_admin", "ada@example.com", "--name", "Ada")
CONNECTION = "endpoint_url, access_key_id, secret_access_key, credential_version"
PARTS = {"postgres", "redis", "s3", "web", "worker", "lister", "beat"}


@pytest.fixture(scope="module")
def first(place: Path) -> dict[str, Any]:
    """What a first start left, after Ctrl-C: everything below continues from it."""
    started = start(place / "var")
    seen = {
        "pids": started.pids(),
        "healthy": get(f"{started.url}/healthz"),
        "objects": keys_of(started, PRIVATE.name) | keys_of(started, PUBLIC.name),
        "public": get(f"{endpoint(started)}/{PUBLIC.name}/press/about.html"),
        "buckets": sorted(row[0] for row in rows(started, "SELECT system_code FROM buckets_bucket")),
        "store": client(started).get_object(Bucket=PRIVATE.name, Key="odd names/empty.txt")["ContentLength"],
        "archived": client(started).head_object(Bucket=PRIVATE.name, Key="masters/2023/reel 01.mp4"),
        "origins": cors(started),
        "url": started.url,
    }
    client(started).put_object(Bucket=PRIVATE.name, Key="kept.txt", Body=b"kept")
    client(started).delete_object(Bucket=PRIVATE.name, Key="odd names/empty.txt")
    seen["said"] = (started.end(), *started.process.communicate())
    return seen


@pytest.fixture(scope="module")
def again(first: dict[str, Any], place: Path) -> Iterator[Started]:
    """A second start, which the tests below share."""
    started = start(place / "var")
    yield started
    if started.process.poll() is None:
        started.end()
    started.process.communicate()


def test_answers_when_it_says_that_it_is_ready(first: dict[str, Any]):
    assert first["healthy"][0] == 200


def test_starts_every_part(first: dict[str, Any]):
    assert set(first["pids"]) == PARTS


def test_fills_two_registered_buckets_with_hundreds_of_objects(first: dict[str, Any]):
    assert first["buckets"] == ["PRESS_AND_CAMPAIGNS", "STUDIO_ARCHIVE"]
    assert 250 <= len(first["objects"]) <= 450
    assert "inbox/" in first["objects"]
    assert first["archived"]["StorageClass"] == "GLACIER"


def test_lets_everybody_read_the_public_bucket_alone(first: dict[str, Any]):
    assert first["public"][0] == 200


def test_lets_its_own_pages_upload_to_the_buckets(first: dict[str, Any]):
    assert first["url"] in first["origins"]


def test_keeps_keys_and_secrets_to_their_owner(first: dict[str, Any], place: Path):
    files = ["s3.env", "secrets.env", "s3-root.env", "postgres.password"]
    assert {name: stat.S_IMODE((place / "var" / name).stat().st_mode) for name in files} == dict.fromkeys(
        files, 0o600
    )
    lengths = {name: len(value) for name, value in read_assignments(place / "var" / "secrets.env").items()}
    assert (lengths["JWT_SECRET"], lengths["ENCRYPTION_KEY"]) == (128, 64)
    assert set(read_assignments(place / "var" / "s3.env")) == {
        "S3_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
    }


def test_writes_no_secret_into_a_log(first: dict[str, Any], place: Path):
    kept = {**read_assignments(place / "var" / "secrets.env"), **read_assignments(place / "var" / "s3.env")}
    secrets = [value for name, value in kept.items() if name not in {"S3_ENDPOINT_URL", "AWS_ACCESS_KEY_ID"}]
    secrets.append((place / "var" / "postgres.password").read_text())
    logs = "".join(log.read_text(errors="replace") for log in (place / "var" / "log").iterdir())
    assert not [secret for secret in secrets if secret in logs]


def test_says_one_line_and_ends_everything_at_ctrl_c(first: dict[str, Any], place: Path):
    code, out, err = first["said"]
    assert (code, out) == (0, "")
    assert "Traceback" not in err
    assert not [name for name, pid in first["pids"].items() if runs(pid)]
    assert not list((place / "var" / "run").iterdir())


def test_a_second_start_keeps_what_was_stored_and_what_was_deleted(first: dict[str, Any], again: Started):
    keys = keys_of(again, PRIVATE.name)
    assert "kept.txt" in keys
    assert "odd names/empty.txt" not in keys


def test_hands_the_address_people_type_on_to_commands_and_no_secret(tmp_path: Path):
    given = {"FRONTEND_URL": "https://media.example.org", "PORT": "9000", "JWT_SECRET": "ab" * 64}
    handed_on = environ_for_commands(read_configuration(given, project=tmp_path), given)
    assert handed_on == {"FRONTEND_URL": "https://media.example.org", "HOST": "127.0.0.1", "PORT": "9000"}


def test_refuses_a_second_launcher_on_the_same_directory(again: Started, place: Path):
    assert str(again.process.pid) in refusal(environment(place / "var"))
    assert get(f"{again.url}/healthz")[0] == 200


def test_refuses_a_port_that_is_taken(again: Started, place: Path):
    port = again.url.rpartition(":")[2]
    assert f"port {port} " in refusal(environment(place / "other", PORT=port))


def test_commands_know_where_it_is_whatever_their_own_terminal_says(again: Started):
    done = subprocess.run(
        [*(sys.executable, "-m", "launcher", "manage"), *CREATE_ADMIN],
        cwd=PROJECT,
        env=environment(again.var_dir, PORT="8000", HOST="127.0.0.9"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{again.url}/account/password/" in done.stdout


def test_a_store_that_was_killed_comes_back_with_a_key_that_works_and_cors(again: Started):
    killed = again.pids()["s3"]
    before = demo_buckets(again)
    theirs = registered_by_somebody(again)
    # What it has not written down since its last start it forgets: here everything, its user too.
    for written in (again.var_dir / "s3-state").glob("*iam*"):
        written.unlink()
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: again.pids().get("s3") not in (None, killed))
    assert eventually(lambda: works(again))
    assert eventually(lambda: again.url in cors(again))
    assert "kept.txt" in keys_of(again, PRIVATE.name)
    # The demo's rows get its new key, and they alone.
    assert eventually(
        lambda: all(after > old for after, old in zip(demo_buckets(again), before, strict=True))
    )
    assert rows(again, f"SELECT {CONNECTION} FROM buckets_bucket WHERE system_code = 'AARDVARK'") == theirs


@pytest.mark.parametrize("name", ["web", "worker", "postgres", "redis"])
def test_a_program_that_was_killed_is_started_again(again: Started, name: str):
    killed = again.pids()[name]
    os.kill(killed, signal.SIGKILL)
    assert eventually(lambda: again.pids().get(name) not in (None, killed))
    assert eventually(lambda: get(f"{again.url}/healthz")[0] == 200)


def test_sigterm_ends_it_like_ctrl_c(again: Started):
    pids = again.pids()
    assert again.end(signal.SIGTERM) == 0
    assert not [name for name, pid in pids.items() if runs(pid)]


def test_a_launcher_that_is_killed_leaves_nothing_that_stops_the_next_start(
    first: dict[str, Any], place: Path
):
    killed = start(place / "var")
    pids = killed.pids()
    killed.process.kill()
    killed.process.communicate()
    # What the kernel did not end, as on other systems, is ended by the next start.
    left = os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "300")
    write_pid_file(place / "var" / "run" / "left.pid", left, stop_signal=signal.SIGTERM)
    following = start(place / "var")
    assert not [name for name, pid in pids.items() if runs(pid)]
    assert os.waitstatus_to_exitcode(os.waitpid(left, 0)[1]) == -signal.SIGTERM
    assert "kept.txt" in keys_of(following, PRIVATE.name)
    assert following.end() == 0
    following.process.communicate()


def get(url: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, b""
    except OSError:
        return 0, b""


def endpoint(started: Started) -> str:
    return read_assignments(started.var_dir / "s3.env")["S3_ENDPOINT_URL"]


def client(started: Started) -> Any:
    found = read_assignments(started.var_dir / "s3.env")
    return boto3.session.Session().client(
        "s3",
        endpoint_url=found["S3_ENDPOINT_URL"],
        region_name="us-east-1",
        aws_access_key_id=found["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}, connect_timeout=2),
    )


def works(started: Started) -> bool:
    try:
        client(started).list_buckets()
    except Exception:  # noqa: BLE001 -- whatever boto3 says while the store is coming back
        return False
    return True


def keys_of(started: Started, bucket: str) -> set[str]:
    pages = client(started).get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return {found["Key"] for page in pages for found in page.get("Contents", [])}


def cors(started: Started) -> list[str]:
    try:
        rules = client(started).get_bucket_cors(Bucket=PRIVATE.name)["CORSRules"]
    except Exception:  # noqa: BLE001 -- no rules yet
        return []
    return [origin for rule in rules for origin in rule["AllowedOrigins"]]


def demo_buckets(started: Started) -> list[tuple[Any, ...]]:
    """The credential versions of both."""
    codes = "('PRESS_AND_CAMPAIGNS', 'STUDIO_ARCHIVE')"
    return rows(
        started,
        f"SELECT system_code, credential_version FROM buckets_bucket WHERE system_code IN {codes} ORDER BY 1",
    )


def registered_by_somebody(started: Started) -> list[tuple[Any, ...]]:
    """A row before the demo's, with the name of one of its buckets, in another store on this machine."""
    return rows(
        started,
        "INSERT INTO buckets_bucket SELECT (jsonb_populate_record(demo, jsonb_build_object('id', gen_random_uuid(),"
        " 'system_code', 'AARDVARK', 'display_name', 'Aardvark', 'endpoint_url', 'http://127.0.0.1:9'))).*"
        f" FROM buckets_bucket demo WHERE system_code = 'STUDIO_ARCHIVE' RETURNING {CONNECTION}",
    )


def rows(started: Started, query: str) -> list[tuple[Any, ...]]:
    url = read_assignments(started.var_dir / "services.env")["DATABASE_URL"]
    with psycopg.connect(url) as connection:
        return connection.execute(query).fetchall()

"""`python -m launcher run`: a command with parts of its own beside it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.launcher.starting import PROJECT, environment, eventually, first_line, runs

pytestmark = pytest.mark.processes

TRY_THEM = """
import os, sys, boto3, psycopg, redis
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("CREATE TABLE here (id int)")
assert redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
store = boto3.client("s3", endpoint_url=os.environ["S3_ENDPOINT_URL"], region_name="us-east-1")
store.create_bucket(Bucket="here")
print(os.environ["S3_ENDPOINT_URL"])
sys.exit(7)
"""


FORK_IT = """
import os, signal, sys, time
from launcher import run
from launcher.__main__ import Interrupted, _interrupt

def ask_for_the_end():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(0.2)

# What the handler of a signal raises in a hook is told to stderr and lost, but signals are handled by the main thread alone.
os.register_at_fork(before=ask_for_the_end)
signal.signal(signal.SIGTERM, _interrupt)
run.PATIENCE = 60
try:
    run._run(["sleep", "50"], os.environ)
except Interrupted:
    sys.exit(3)
"""


def run(place: Path, *command: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "launcher", "run", "--", *command],
        cwd=PROJECT,
        env={**environment(place, **settings), "TMPDIR": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_gives_a_command_the_parts_that_are_blank_and_hands_on_its_exit_code(place: Path):
    done = run(place, sys.executable, "-c", TRY_THEM, DATABASE_URL="", REDIS_URL=" ")
    assert (done.returncode, done.stderr) == (7, "")
    assert done.stdout.startswith("http://127.0.0.1:")
    assert not list(place.glob("mediabridge-*"))


def test_names_a_command_that_does_not_exist(place: Path):
    done = run(place, "no-such-command")
    assert (done.returncode, done.stderr) == (1, "MediaBridge: there is no command no-such-command.\n")


def test_asks_for_a_command(place: Path):
    assert "which command" in run(place).stderr


def test_ends_the_command_and_its_parts_when_it_is_ended(place: Path):
    with subprocess.Popen(
        [sys.executable, "-m", "launcher", "run", "--", "sh", "-c", "echo $$; exec sleep 60"],
        cwd=PROJECT,
        env={**environment(place), "TMPDIR": str(place)},
        stdout=subprocess.PIPE,
        text=True,
    ) as running:
        command = int(first_line(running))
        running.terminate()
        assert running.wait(timeout=40) == 130
    assert eventually(lambda: not runs(command))
    assert not list(place.glob("mediabridge-*"))


def test_hears_of_an_end_that_is_asked_for_while_the_command_begins():
    done = subprocess.run(
        [sys.executable, "-c", FORK_IT], cwd=PROJECT, capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stderr) == (3, "")

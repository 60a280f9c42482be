"""`run`: a command with throw-away parts beside it, as the tests and benchmarks need them."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from launcher import parts
from launcher.environment import Configuration, prepare_var_dir, without_blanks
from launcher.problems import Problem
from launcher.processes import Processes, begin, settle
from launcher.serve import only_one

PATIENCE = 30.0


def run(command: Sequence[str], configuration: Configuration) -> int:
    """Runs `command` with DATABASE_URL, REDIS_URL, S3_ENDPOINT_URL and AWS_* of parts started for it, and returns
    its exit code. Parts that the environment names already are left as they are. Raises Problem when a part
    cannot be started or there is no such command."""
    if shutil.which(command[0]) is None:
        raise Problem(f"there is no command {command[0]}.")
    prepare_var_dir(configuration)
    with only_one(configuration.var_dir):
        processes = Processes(configuration.var_dir)
        processes.end_left_overs()
        try:
            running = parts.start(processes, without_blanks(os.environ), lasting=False)
            return _run(command, {**os.environ, **running.values})
        finally:
            processes.stop_all()


def _run(command: Sequence[str], environ: Mapping[str, str]) -> int:
    begun: list[subprocess.Popen[bytes]] = []
    try:
        return begin(command, environ, death_signal=signal.SIGTERM, begun=begun).wait()
    except BaseException:
        # An interruption: the command is told, and has a while to end what it has started itself.
        settle()
        for process in begun:
            _end(process)
        raise


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def throw_away_directory() -> Iterator[Path]:
    """A new VAR_DIR that goes when the block ends, with the cluster that may live elsewhere for it."""
    place = Path(tempfile.mkdtemp(prefix="mediabridge-"))
    # The database's user, another than root, must be able to walk through.
    place.chmod(0o711)
    try:
        yield place
    finally:
        noted = place / "pg.path"
        if noted.exists():
            shutil.rmtree(noted.read_text().strip(), ignore_errors=True)
        shutil.rmtree(place, ignore_errors=True)

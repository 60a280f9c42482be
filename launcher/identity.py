"""Which process a number means: numbers are given out again, start times are not."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path


def identity_of(pid: int) -> str | None:
    """A text that only this very process has, or None when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except FileNotFoundError:
        return None if Path("/proc/self/stat").exists() else _identity_from_ps(pid)
    except ProcessLookupError:
        return None
    # The command, in parentheses, may itself hold spaces and parentheses.
    state, *fields = stat.rpartition(")")[2].split()
    return None if state == "Z" else f"{pid} {fields[18]} {boot}"


def write_pid_file(path: Path, pid: int, *, stop_signal: signal.Signals) -> None:
    """Notes the process `pid`, so that a later start can end it should it have been left behind."""
    path.write_text(f"{identity_of(pid)}\n{int(stop_signal)}\n")


def end_left_over(path: Path, *, patience: float = 10.0) -> None:
    """Ends the process noted at `path` if it still runs, first by its own signal, then by force."""
    try:
        noted, number = path.read_text().splitlines()
        pid = int(noted.split()[0])
    except (FileNotFoundError, ValueError, IndexError):
        path.unlink(missing_ok=True)
        return
    if identity_of(pid) == noted:
        _signal(pid, signal.Signals(int(number)))
        if not _gone(pid, noted, seconds=patience):
            _signal(pid, signal.SIGKILL)
            _gone(pid, noted, seconds=5.0)
    path.unlink(missing_ok=True)


def _signal(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _gone(pid: int, noted: str, *, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while identity_of(pid) == noted:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _identity_from_ps(pid: int) -> str | None:
    found = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
    return f"{pid} {found}" if found else None

"""Starts `python -m launcher serve` as people do, and reads what it says."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.ports import free_port

PROJECT = Path(__file__).resolve().parent.parent.parent
# What a start may know of the machine. Nothing of the suite's own database, store and secrets.
KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
KEPT_PREFIXES = ("UV_", "PIP_", "PYENV")
READY_WITHIN = 120.0


@dataclass(frozen=True)
class Started:
    """A launcher that said it is ready."""

    process: "subprocess.Popen[str]"
    var_dir: Path
    url: str

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        """Asks it to end and returns its exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def pids(self) -> dict[str, int]:
        """The processes it started, by name."""
        files = sorted((self.var_dir / "run").glob("*.pid"))
        return {file.stem: int(file.read_text().split()[0]) for file in files}


def environment(var_dir: Path, **settings: str) -> dict[str, str]:
    """An environment with nothing configured but `settings`."""
    kept = {
        name: value for name, value in os.environ.items() if name in KEPT or name.startswith(KEPT_PREFIXES)
    }
    return {**kept, "VAR_DIR": str(var_dir), **settings}


def serve(environ: Mapping[str, str], *arguments: str) -> "subprocess.Popen[str]":
    """A launcher that has just been started."""
    return subprocess.Popen(
        [*(arguments or (sys.executable, "-m", "launcher", "serve"))],
        cwd=PROJECT,
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def start(var_dir: Path, **settings: str) -> Started:
    """A launcher that is ready."""
    port = free_port()
    process = serve(environment(var_dir, PORT=str(port), **settings))
    line = first_line(process)
    if "ready" not in line:
        process.kill()
        raise AssertionError(f"not ready: {line!r} {process.communicate()[1]}")
    return Started(process, var_dir, line.rpartition(" ")[2].strip())


def refusal(environ: Mapping[str, str], *arguments: str) -> str:
    """What a start that must fail says on stderr. It must be one sentence, and nothing on stdout."""
    process = serve(environ, *arguments)
    out, err = process.communicate(timeout=READY_WITHIN)
    assert process.returncode not in (0, None), err
    assert out == ""
    assert "Traceback" not in err
    said = [line for line in err.splitlines() if line.startswith("MediaBridge:")]
    assert len(said) == 1, err
    return said[0]


def first_line(process: "subprocess.Popen[str]") -> str:
    """The first line on its stdout; empty when it ends or takes too long."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        return process.stdout.readline() if selector.select(READY_WITHIN) else ""


def runs(pid: int) -> bool:
    """Whether the process is there and not merely waiting to be noticed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def eventually(holds, *, seconds: float = 20.0) -> bool:
    """Whether `holds` comes to hold."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True

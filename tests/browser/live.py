"""The product as processes: daphne and a Celery worker on the test database, with Redis and static files of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection

from launcher.web import SMALL_MESSAGES
from tests.boundaries.source import REPO

SETTINGS = "tests.browser.live_settings"
STARTS_WITHIN = 60.0
WORKER = [
    "celery", "-A", "mediabridge.celery:app", "worker", "-P", "threads", "-c", "2", "-l", "WARNING",
    "--without-gossip", "--without-mingle", "--without-heartbeat",
]  # fmt: skip


@dataclass
class Live:
    """A running product. `url` is its origin, without a trailing slash; `log` is where its processes write."""

    url: str
    log: Path
    environ: Mapping[str, str]
    processes: "list[subprocess.Popen[bytes]]"

    def manage(self, *arguments: str) -> str:
        """Runs `manage.py` with the product's environment and gives what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=REPO, env=dict(self.environ), capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    def stop(self) -> None:
        """Ends the processes, worker first."""
        for process in reversed(self.processes):
            process.send_signal(signal.SIGTERM)
        for process in reversed(self.processes):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def start(
    directory: Path,
    *,
    overrides: Mapping[str, str] | None = None,
    only_web: bool = False,
    application: str = "mediabridge.asgi:application",
    python: str = sys.executable,
) -> Live:
    """Starts the product with its files in `directory`; `only_web` on the static files that another one collected. `python`
    is the interpreter of an environment that it runs in.

    Raises RuntimeError with the log's end when it does not answer.
    """
    port = free_port()
    environ = environment(directory, port) | dict(overrides or {})
    log = directory / "product.log"
    live = Live(f"http://127.0.0.1:{port}", log, environ, [])
    if not only_web:
        live.manage("collectstatic", "--noinput", "--verbosity=0")
    address = ["-b", "127.0.0.1", "-p", str(port)]
    live.processes.append(
        _run(python, ["mediabridge.serving", *address, *SMALL_MESSAGES, application], environ, log)
    )
    if not only_web:
        live.processes.append(_run(python, WORKER, environ, log))
    _await_answer(live)
    return live


def environment(directory: Path, port: int) -> dict[str, str]:
    """The environment of the product's processes: the test process's secrets, so that both sign and seal alike."""
    return {
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")},
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "DJANGO_SECRET_KEY": settings.SECRET_KEY,
        "JWT_SECRET": settings.JWT_SECRET,
        "ENCRYPTION_KEY": settings.ENCRYPTION_KEYS[0],
        "ALLOW_PRIVATE_ENDPOINTS": "1",
        "DATABASE_URL": _database_url(),
        "REDIS_URL": _redis_url(),
        "STATIC_ROOT": str(directory / "static"),
        "RATE_LIMIT_LOGIN": "100/m",
        "RATE_LIMIT_ANONYMOUS": "100000/m",
        "RATE_LIMIT_USER": "100000/m",
        "RATE_LIMIT_SESSION": "100000/m",
        "FRONTEND_URL": f"http://127.0.0.1:{port}",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(REPO),
        "LOG_LEVEL": "WARNING",
    }


def free_port() -> int:
    """A port nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _database_url() -> str:
    values = connection.settings_dict
    host, port = values["HOST"] or "", values["PORT"] or ""
    password = f":{values['PASSWORD']}" if values["PASSWORD"] else ""
    if host.startswith("/"):
        return f"postgresql://{values['USER']}{password}@{host.replace('/', '%2F')}:{port}/{values['NAME']}"
    return f"postgresql://{values['USER']}{password}@{host}:{port}/{values['NAME']}"


def _redis_url() -> str:
    """A database of the configured Redis that another suite beside this one hardly uses."""
    return f"{settings.REDIS_URL.rpartition('/')[0]}/{1 + os.getpid() % 15}"


def _run(python: str, module: list[str], environ: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    with log.open("ab") as output:
        return subprocess.Popen(
            [python, "-m", *module],
            cwd=REPO,
            env=dict(environ),
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _await_answer(live: Live) -> None:
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until and live.processes[0].poll() is None:
        try:
            with urllib.request.urlopen(f"{live.url}/healthz", timeout=2):
                return
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.1)
    live.stop()
    raise RuntimeError(f"The product did not start:\n{live.log.read_text()[-4000:]}")

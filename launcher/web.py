"""The app's own programs: the one-off steps before the start, the web processes, the worker, the clock."""

import dataclasses
import hashlib
import http.client
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from launcher.environment import PROJECT, Configuration
from launcher.ports import wait_until
from launcher.processes import Processes, Program, Running

PYTHON = sys.executable
# What a socket may be sent at most, in bytes: nothing of ours is longer, and daphne keeps it in memory until it is whole.
SMALL_MESSAGES = ("--websocket-max-message-size", "65536", "--websocket-max-frame-size", "65536")
STATIC_STAMP = "static.sha256"
SCHEMA_STAMP = "schema.sha256"


def manage(*arguments: str, environ: Mapping[str, str]) -> Program:
    """A run of manage.py, named after its command."""
    return Program(
        name=arguments[0].replace("_", "-"),
        argv=[PYTHON, str(PROJECT / "manage.py"), *arguments],
        environ=environ,
    )


def migrate(processes: Processes, environ: Mapping[str, str]) -> None:
    """Brings the database to this version's schema."""
    processes.run(manage("migrate", "--no-input", environ=environ))
    _stamp(processes.var_dir / SCHEMA_STAMP, _schema_digest(environ))


def schema_is_current(var_dir: Path, environ: Mapping[str, str]) -> bool:
    """Whether this very database was migrated by this very version before; web processes need not wait then."""
    return _stamped(var_dir / SCHEMA_STAMP) == _schema_digest(environ)


def collect_static(processes: Processes, environ: Mapping[str, str]) -> None:
    """Gathers and compresses the static files under VAR_DIR/static, when they changed."""
    stamp = processes.var_dir / STATIC_STAMP
    digest = _digest_of_files(sorted((PROJECT / "static").rglob("*")), PROJECT / "requirements.txt")
    if _stamped(stamp) != digest:
        processes.run(manage("collectstatic", "--no-input", "--clear", environ=environ))
        _stamp(stamp, digest)


def start_web(
    processes: Processes, configuration: Configuration, *, descriptor: int, environ: Mapping[str, str]
) -> list[Running]:
    """Starts WEB_PROCESSES web processes on the listening socket `descriptor`, which they share."""
    count = configuration.web_processes
    names = ["web"] if count == 1 else [f"web-{number}" for number in range(1, count + 1)]
    return [
        processes.start(
            Program(
                name=name,
                argv=[
                    *(PYTHON, "-m", "mediabridge.serving", "--fd", str(descriptor), "--no-server-name"),
                    *SMALL_MESSAGES,
                    "mediabridge.asgi:application",
                ],
                environ=environ,
                stage=2,
                descriptors=(descriptor,),
            )
        )
        for name in names
    ]


def start_background(processes: Processes, configuration: Configuration, environ: Mapping[str, str]) -> None:
    """Starts the worker and the clock that wakes it, and LISTER_PROCESSES listers for the searches."""
    for number in range(1, configuration.lister_processes + 1):
        lister = manage("lister", environ=environ)
        name = "lister" if configuration.lister_processes == 1 else f"lister-{number}"
        processes.start(dataclasses.replace(lister, name=name, stage=2))
    celery = [PYTHON, "-m", "celery", "-A", "mediabridge"]
    worker = [*celery, "worker", "--pool", "threads", "--concurrency", "4", "--loglevel", "INFO"]
    schedule = processes.var_dir / "beat" / "schedule"
    processes.start(
        Program("worker", [*worker, "--without-gossip", "--without-mingle"], environ, stage=2, patience=15.0)
    )
    processes.start(
        Program("beat", [*celery, "beat", "--pidfile=", "--schedule", str(schedule)], environ, stage=3)
    )


def await_healthy(
    processes: Processes, configuration: Configuration, web: list[Running], *, seconds: float = 60.0
) -> None:
    """Returns when /healthz answers 200. Raises Problem, naming the log, when it does not or a process ends."""

    def healthy_or_dead() -> bool:
        return _is_healthy(configuration) or not all(processes.alive(running) for running in web)

    if not wait_until(healthy_or_dead, seconds=seconds) or not all(
        processes.alive(running) for running in web
    ):
        dead = [running for running in web if not processes.alive(running)]
        raise processes.failure((dead or web)[0].program)


def _is_healthy(configuration: Configuration) -> bool:
    host = configuration.url.removeprefix("http://").rpartition(":")[0].strip("[]")
    connection = http.client.HTTPConnection(host, configuration.port, timeout=2)
    try:
        connection.request("GET", "/healthz", headers={"Host": f"localhost:{configuration.port}"})
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _schema_digest(environ: Mapping[str, str]) -> str:
    migrations = sorted(PROJECT.glob("*/migrations/*.py"))
    described = hashlib.sha256(environ["DATABASE_URL"].partition("@")[2].encode())
    described.update(_digest_of_files(migrations, PROJECT / "requirements.txt").encode())
    return described.hexdigest()


def _digest_of_files(files: Iterable[Path], lock: Path) -> str:
    found = hashlib.sha256(lock.read_bytes())
    for file in files:
        status = file.stat()
        found.update(f"{file.relative_to(PROJECT)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return found.hexdigest()


def _stamped(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _stamp(path: Path, digest: str) -> None:
    path.write_text(digest)

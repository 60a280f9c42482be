"""A throw-away Ceph cluster with an S3 gateway: one monitor, one object store in memory, one gateway.

`with ceph_gateway() as gateway:` takes some ten seconds. Started by root, every process runs as an unprivileged user;
whatever happens, all of them end with the block. `python -m tests.s3_contract.ceph` runs one until Ctrl-C.
"""

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

PROGRAMS = (
    "setpriv",
    "ceph",
    "ceph-authtool",
    "ceph-mon",
    "ceph-osd",
    "monmaptool",
    "radosgw",
    "radosgw-admin",
)
_START_SECONDS = 60

_CONFIGURATION = """
[global]
fsid = {fsid}
mon host = [v2:127.0.0.1:{mon},v1:127.0.0.1:{mon_old}]
public network = 127.0.0.0/8
cluster network = 127.0.0.0/8
run dir = {home}/run
log file = {home}/log/$name.log
admin socket = {home}/run/$name.asok
keyring = {home}/keyring
crash dir = {home}/crash
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 1000
[mon]
mon data = {home}/mon
mon initial members = a
[osd]
osd data = {home}/osd
keyring = {home}/osd/keyring
osd objectstore = memstore
memstore device bytes = 1073741824
[client.rgw]
rgw frontends = beast endpoint=127.0.0.1:{port}
rgw data = {home}/rgw
rgw cache enabled = true
debug rgw = 1
"""


class CephFailed(Exception):
    """The cluster did not come up; the message holds the end of the log that says why."""


@dataclass
class Gateway:
    """A running gateway. `log` is what it wrote about every request."""

    url: str
    access_key_id: str
    secret_access_key: str
    log: Path


@dataclass
class _Cluster:
    home: Path
    port: int
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def run(self, *command: str) -> None:
        """Runs to the end. Raises CephFailed with what the program said."""
        done = subprocess.run(command, capture_output=True, check=False, **self._how())
        if done.returncode:
            raise CephFailed(f"{' '.join(command)}: {done.stderr.decode(errors='replace')[-500:]}")

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """Starts in the foreground, so that its pid is ours to end; it dies with us even when we are killed."""
        output = (self.home / "log" / f"{command[0]}.out").open("wb")
        bound = ("setpriv", "--pdeathsig", "KILL", "--", *command)
        process = subprocess.Popen(
            bound, stdin=subprocess.DEVNULL, stdout=output, stderr=output, **self._how()
        )
        output.close()
        self.processes.append(process)
        return process

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    def _how(self) -> dict[str, Any]:
        how: dict[str, Any] = {
            "cwd": self.home,
            "env": {
                "PATH": os.environ["PATH"],
                "CEPH_CONF": f"{self.home}/ceph.conf",
                "HOME": str(self.home),
            },
        }
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            how |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        return how


def missing_programs() -> list[str]:
    """Which programs of Ceph this machine lacks."""
    return [program for program in PROGRAMS if shutil.which(program) is None]


@contextmanager
def ceph_gateway() -> Iterator[Gateway]:
    """A gateway with one user, until the block ends. Raises CephFailed."""
    # Not below pytest's own folder: an unprivileged user can't enter that.
    home = Path(tempfile.mkdtemp(prefix="ceph-", dir="/tmp"))
    cluster = _Cluster(home, _free_port())
    try:
        _prepare(cluster)
        _start(cluster)
        yield _with_user(cluster)
    finally:
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


def _prepare(cluster: _Cluster) -> None:
    home = cluster.home
    fsid, ports = str(uuid4()), (_free_port(), _free_port())
    for name in ("mon", "osd", "run", "log", "rgw", "crash"):
        (home / name).mkdir()
    (home / "ceph.conf").write_text(
        _CONFIGURATION.format(home=home, fsid=fsid, mon=ports[0], mon_old=ports[1], port=cluster.port)
    )
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for path in (home, *home.iterdir()):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    ring = f"{home}/keyring"
    everything = ("--cap", "mon", "allow *", "--cap", "osd", "allow *", "--cap", "mgr", "allow *")
    cluster.run(
        "ceph-authtool", "--create-keyring", ring, "--gen-key", "-n", "mon.", "--cap", "mon", "allow *"
    )
    for name in ("client.admin", "client.rgw"):
        cluster.run("ceph-authtool", ring, "--gen-key", "-n", name, *everything)
    address = f"[v2:127.0.0.1:{ports[0]},v1:127.0.0.1:{ports[1]}]"
    cluster.run(
        "monmaptool", "--create", "--clobber", "--addv", "a", address, "--fsid", fsid, f"{home}/monmap"
    )
    cluster.run("ceph-mon", "--mkfs", "-i", "a", "--monmap", f"{home}/monmap", "--keyring", ring)


def _start(cluster: _Cluster) -> None:
    disk = str(uuid4())
    cluster.start("ceph-mon", "-f", "-i", "a")
    cluster.run("ceph", "--connect-timeout", str(_START_SECONDS), "osd", "new", disk, "0")
    caps = ("mon", "allow profile osd", "osd", "allow *")
    cluster.run("ceph", "auth", "get-or-create", "osd.0", *caps, "-o", f"{cluster.home}/osd/keyring")
    cluster.run("ceph-osd", "-i", "0", "--mkfs", "--osd-uuid", disk)
    cluster.start("ceph-osd", "-f", "-i", "0")
    gateway = cluster.start("radosgw", "-f", "-n", "client.rgw")
    _wait_until_it_listens(cluster, gateway)


def _with_user(cluster: _Cluster) -> Gateway:
    access, secret = f"AK{secrets.token_hex(9).upper()}", secrets.token_hex(20)
    user = ("--uid=app", "--display-name=app", f"--access-key={access}", f"--secret-key={secret}")
    cluster.run("radosgw-admin", "user", "create", *user)
    return Gateway(
        f"http://127.0.0.1:{cluster.port}", access, secret, cluster.home / "log" / "client.rgw.log"
    )


def _wait_until_it_listens(cluster: _Cluster, gateway: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and gateway.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", cluster.port)) == 0:
                return
        time.sleep(0.1)
    log = cluster.home / "log" / "client.rgw.log"
    raise CephFailed(log.read_text(errors="replace")[-2000:] if log.exists() else "radosgw wrote no log.")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    with ceph_gateway() as running:
        print(f"S3_ENDPOINT_URL={running.url}")  # noqa: T201
        print(f"AWS_ACCESS_KEY_ID={running.access_key_id}")  # noqa: T201
        print(f"AWS_SECRET_ACCESS_KEY={running.secret_access_key}", flush=True)  # noqa: T201
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            pass

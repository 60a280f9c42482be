"""An embedded S3 for the demo: ministack, its keys, and what it forgets when it is killed."""

import http.client
import json
import os
import secrets
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from launcher.ports import LOOPBACK, remembered_port, wait_until
from launcher.private_files import read_assignments, write_assignments
from launcher.problems import Problem
from launcher.processes import Processes, Program, Running
from launcher.wheels import store_environment

REGION = "us-east-1"
USER = "mediabridge"
REFUSALS = (BotoCoreError, ClientError)
MAY_DO_S3 = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
)


@dataclass(frozen=True)
class Keys:
    """An access key."""

    access_key_id: str
    secret_access_key: str

    def __repr__(self) -> str:
        return f"Keys({self.access_key_id!r})"


@dataclass(frozen=True)
class Store:
    """A ministack that is being started. `former_endpoint` is where it was last time, empty at its first start."""

    running: Running
    endpoint: str
    former_endpoint: str
    port: int
    root: Keys


def begin(processes: Processes, *, access_log: Path | None = None) -> Store:
    """Starts ministack on loopback; `await_ready` tells when it answers, `prepare` when it can be used.

    With `access_log` its web server writes a line there for each request it has answered: method, status, path, query.
    """
    port = remembered_port("s3", var_dir=processes.var_dir)
    root = _root_keys(processes.var_dir)
    python = str(store_environment(processes) / "bin" / "python")
    running = processes.start(
        Program(
            name="s3",
            argv=[python, "-m", *(_logging(port, access_log) if access_log else ["ministack"])],
            environ=_environ(processes.var_dir, port=port, root=root),
            stage=0,
            # It writes its buckets' settings and its users down when it is told to end, not before.
            stop_signal=signal.SIGTERM,
            death_signal=signal.SIGTERM,
            cwd=processes.var_dir,
        )
    )
    former = read_assignments(processes.var_dir / "s3.env").get("S3_ENDPOINT_URL", "")
    return Store(running, f"http://{LOOPBACK}:{port}", former, port, root)


def await_ready(processes: Processes, store: Store) -> None:
    """Returns when ministack answers. Raises Problem when it ends or stays silent for 30 s."""

    def ready_or_dead() -> bool:
        return _is_healthy(store) or not processes.alive(store.running)

    if not wait_until(ready_or_dead, seconds=30.0) or not processes.alive(store.running):
        raise processes.failure(store.running.program)


def prepare(store: Store, *, var_dir: Path) -> Keys:
    """The app's key, from VAR_DIR/s3.env if it still works, else a new one that is written there (mode 600)."""
    path = var_dir / "s3.env"
    known = read_assignments(path)
    keys = Keys(known.get("AWS_ACCESS_KEY_ID", ""), known.get("AWS_SECRET_ACCESS_KEY", ""))
    try:
        if not keys.access_key_id or not _works(store, keys):
            keys = _new_keys(store)
    except REFUSALS as error:
        raise Problem(f"the embedded S3 refused to make a key ({error}); see its log.") from None
    write_assignments(path, environ_of(store, keys))
    return keys


def environ_of(store: Store, keys: Keys) -> dict[str, str]:
    """The three settings by which a program finds the store."""
    return {
        "S3_ENDPOINT_URL": store.endpoint,
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
    }


def open_buckets(store: Store, keys: Keys, *, names: Sequence[str], origins: Sequence[str]) -> None:
    """Makes the buckets `names` where they are missing, and lets browsers on `origins` read and upload."""
    s3 = client("s3", store.endpoint, keys)
    there = {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    rule = {
        "ID": "mediabridge",
        "AllowedOrigins": list(origins),
        "AllowedMethods": ["PUT", "GET", "HEAD"],
        "AllowedHeaders": ["content-type", "content-disposition", "if-none-match", "range"],
        "ExposeHeaders": ["ETag", "Content-Range", "Accept-Ranges"],
        "MaxAgeSeconds": 3600,
    }
    for name in names:
        if name not in there:
            s3.create_bucket(Bucket=name)
        s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": [rule]})


def publish(store: Store, keys: Keys, *, name: str) -> None:
    """Lets everybody read the objects of the bucket `name`, as a CDN in front of it would."""
    statement = {
        "Sid": "PublicRead",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    s3 = client("s3", store.endpoint, keys)
    # New buckets come with a lock against exactly this.
    s3.delete_public_access_block(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=policy)


def client(service: str, endpoint: str, keys: Keys) -> Any:
    """A boto3 client for the embedded store; Any, as boto3 makes its classes while it runs."""
    return boto3.session.Session().client(
        service,  # type: ignore[call-overload]
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=keys.access_key_id,
        aws_secret_access_key=keys.secret_access_key,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path"},
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"mode": "standard", "max_attempts": 3},
            max_pool_connections=16,
        ),
    )


def _logging(port: int, access_log: Path) -> list[str]:
    """The same application under the same web server, started as that server's own program, which can log."""
    log = ["--access-logfile", str(access_log), "--access-logformat", "%(m)s %(s)s %(Uq)s"]
    return ["hypercorn", "ministack.app:app", "--bind", f"{LOOPBACK}:{port}", "--keep-alive", "75", *log]


def _is_healthy(store: Store) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, store.port, timeout=2)
    try:
        connection.request("GET", "/_ministack/health")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _works(store: Store, keys: Keys) -> bool:
    try:
        client("s3", store.endpoint, keys).list_buckets()
    except ClientError:
        return False
    return True


def _new_keys(store: Store) -> Keys:
    iam = client("iam", store.endpoint, store.root)
    try:
        iam.create_user(UserName=USER)
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityAlreadyExists":
            raise
        for old in iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]:
            iam.delete_access_key(UserName=USER, AccessKeyId=old["AccessKeyId"])
    iam.put_user_policy(UserName=USER, PolicyName="s3", PolicyDocument=MAY_DO_S3)
    made = iam.create_access_key(UserName=USER)["AccessKey"]
    keys = Keys(made["AccessKeyId"], made["SecretAccessKey"])
    # It answers a moment before its new user may do anything.
    deadline = time.monotonic() + 5
    while not _works(store, keys) and time.monotonic() < deadline:
        time.sleep(0.05)
    return keys


def _root_keys(var_dir: Path) -> Keys:
    path = var_dir / "s3-root.env"
    known = read_assignments(path)
    if not known:
        known = {"KEY": f"ROOT{secrets.token_hex(8).upper()}", "SECRET": secrets.token_hex(20)}
        write_assignments(path, known)
    return Keys(known["KEY"], known["SECRET"])


def _environ(var_dir: Path, *, port: int, root: Keys) -> Mapping[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "AUTH": "true",
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "SERVICES": "s3,iam,sts,sns,sqs",
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(var_dir / "s3"),
        "PERSIST_STATE": "1",
        "STATE_DIR": str(var_dir / "s3-state"),
        "TMPDIR": str(var_dir / "tmp"),
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
        "AWS_ACCESS_KEY_ID": root.access_key_id,
        "AWS_SECRET_ACCESS_KEY": root.secret_access_key,
    }

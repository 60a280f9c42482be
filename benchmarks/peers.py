"""Other clients, measured on the same simulated S3 in the same run. A peer that can't be had is said to be missing."""

import asyncio
import os
import shutil
import subprocess
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

import aiohttp
import boto3
from botocore.config import Config

from buckets.s3.lister.page import outline_of
from buckets.s3.listing_xml import parse

PLACE = Path(os.environ.get("VAR_DIR", "var")) / "bench-peers"
NOBODY = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_REGION": "us-east-1"}
WALKED = 200


def boto3_walk(url: str, bucket: str, folders: int) -> float:
    """Seconds to list `folders` folders one by one, depth first, by the pace of the first 200."""
    sdk, stack, walked = _sdk(url), [""], 0
    sdk.list_objects_v2(Bucket=bucket, MaxKeys=1)
    started = time.perf_counter()
    while stack and walked < WALKED:
        page = sdk.list_objects_v2(Bucket=bucket, Prefix=stack.pop(), Delimiter="/")
        stack += [found["Prefix"] for found in page.get("CommonPrefixes", [])]
        walked += 1
    return (time.perf_counter() - started) / walked * folders


def boto3_first(url: str, bucket: str, needle: str) -> float:
    """Seconds until a folder-by-folder walk meets the first key with `needle`."""
    sdk, stack = _sdk(url), [""]
    started = time.perf_counter()
    while stack:
        page = sdk.list_objects_v2(Bucket=bucket, Prefix=stack.pop(), Delimiter="/")
        if any(needle in found["Key"] for found in page.get("Contents", [])):
            break
        stack += reversed([found["Prefix"] for found in page.get("CommonPrefixes", [])])
    return time.perf_counter() - started


def boto3_pages(url: str, bucket: str) -> tuple[float, float, int]:
    """Seconds on the wall and of processor for a flat listing, and its pages."""
    sdk, pages = _sdk(url), 0
    wall, processor = time.perf_counter(), time.process_time()
    for _ in sdk.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        pages += 1
    return time.perf_counter() - wall, time.process_time() - processor, pages


def raw_stream(url: str, bucket: str, needle: str) -> float:
    """Seconds of one page after the other by the bare HTTP client, reading only the next token and pages with `needle`."""
    folded = needle.encode()

    async def follow() -> float:
        async with aiohttp.ClientSession() as session:
            token = ""
            started = time.perf_counter()
            while True:
                query = {"list-type": "2", "encoding-type": "url"} | (
                    {"continuation-token": token} if token else {}
                )
                async with session.get(f"{url}/{bucket}", params=query) as answer:
                    body = await answer.read()
                token = outline_of(body).token
                if folded in body.lower():
                    parse(body)
                if not token:
                    return time.perf_counter() - started

    return asyncio.run(follow())


def rclone(url: str, bucket: str) -> float | None:
    """Seconds of `rclone lsf -R --fast-list`; None when it can't be had."""
    program = _rclone()
    flags = ["--s3-provider", "AWS", "--s3-endpoint", url, "--s3-access-key-id", "nobody", "--s3-secret-access-key",
             "nothing", "--s3-region", "us-east-1", "--s3-force-path-style", "--config", "/dev/null"]  # fmt: skip
    return _seconds(program, [*flags, "lsf", "-R", "--fast-list", f":s3:{bucket}"])


def aws_cli(url: str, bucket: str) -> float | None:
    """Seconds of `aws s3 ls --recursive`; None when it can't be had."""
    return _seconds(_python_peer("aws"), ["--endpoint-url", url, "s3", "ls", "--recursive", f"s3://{bucket}"])


def s5cmd(url: str, bucket: str) -> float | None:
    """Seconds of `s5cmd ls`; None when it can't be had."""
    return _seconds(_python_peer("s5cmd"), ["--endpoint-url", url, "ls", f"s3://{bucket}/*"])


def _seconds(program: str | None, arguments: list[str]) -> float | None:
    if program is None:
        return None
    started = time.perf_counter()
    done = subprocess.run(
        [program, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"} | NOBODY, check=False,
    )  # fmt: skip
    if done.returncode:
        print(f"{Path(program).name}: {done.stderr.decode(errors='replace')[-300:]}", file=sys.stderr)
        return None
    return time.perf_counter() - started


@cache
def _python_peer(name: str) -> str | None:
    program = PLACE / "python" / "bin" / name
    if not program.exists():
        steps: list[list[str]] = [
            [sys.executable, "-m", "venv", str(PLACE / "python")],
            [str(PLACE / "python/bin/python"), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements/peers.txt"],
        ]  # fmt: skip
        _run_all(steps)
    return str(program) if program.exists() else None


@cache
def _rclone() -> str | None:
    """The machine's own, or Debian's, unpacked beside the other peers."""
    if found := shutil.which("rclone"):
        return found
    program = PLACE / "rclone" / "usr" / "bin" / "rclone"
    if not program.exists() and shutil.which("apt-get"):
        (PLACE / "rclone").mkdir(parents=True, exist_ok=True)
        unpack = "apt-get download -q rclone >&2 && dpkg -x rclone_*.deb ."
        _run_all([["sh", "-c", f"cd {PLACE / 'rclone'} && {unpack}"]])
    return str(program) if program.exists() else None


def _run_all(steps: list[list[str]]) -> None:
    for step in steps:
        if subprocess.run(step, stdin=subprocess.DEVNULL, check=False).returncode:
            return


def _sdk(url: str) -> Any:
    return boto3.session.Session().client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id="nobody", aws_secret_access_key="nothing",
        config=Config(s3={"addressing_style": "path"}),
    )  # fmt: skip

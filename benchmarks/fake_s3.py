"""A simulated S3: ListObjectsV2 over synthetic sorted keys, with chosen latency, jitter, rate cap and faults.

It exists to be slow in a known way: a benchmark against it measures the product and not a disk, and a fault test can have
exactly the outage it needs. It does not check signatures (the contract tests use servers that do) and keeps no bodies.

    fake = FakeS3({"press-kit": keys_of_a_flat_folder(100_000)}, latency=0.1)
    with fake.running() as url: ...
    fake.requests["list"], fake.most_in_flight

As a program, for a look by hand:  python -m benchmarks.fake_s3 --port 9200 --keys 100000 --latency-ms 100
"""

import argparse
import asyncio
import hashlib
import random
import re
import threading
import time
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE = 1000
NEWEST = datetime(2026, 1, 1, tzinfo=UTC)
NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"


@dataclass
class FakeS3:
    """What is stored, how it behaves, and what was asked. Everything may be changed while it runs.

    `buckets` maps a name to its keys, sorted by UTF-8 bytes. `latency` and `jitter` are seconds per answer, `rate` is how
    many requests a second are answered before `503 SlowDown`, `hands` how many requests it works at at once (None: all; one
    that was given up is worked at all the same), `denied` holds the IAM actions that are refused, `faults`
    the requests to spoil: `stall` (never answered), `reset` (connection reset), `slow_down`, `broken` (half an answer).
    """

    buckets: dict[str, list[str]]
    latency: float = 0.0
    jitter: float = 0.0
    rate: float | None = None
    hands: int | None = None
    denied: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    requests: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0
    _arrivals: list[float] = field(default_factory=list)
    _turns: AbstractAsyncContextManager[None] = field(default_factory=nullcontext)

    @contextmanager
    def running(self, port: int = 0) -> Iterator[str]:
        """Serves on loopback from a thread of its own; gives the endpoint URL."""
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="fake-s3", daemon=True)
        thread.start()
        self._turns = asyncio.Semaphore(self.hands) if self.hands else nullcontext()
        server = asyncio.run_coroutine_threadsafe(self._serve(port), loop).result(10)
        try:
            yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        finally:
            asyncio.run_coroutine_threadsafe(_close(server), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    def add(self, bucket: str, key: str, *, size: int = 0) -> None:
        """Stores a key, as somebody else would behind the product's back."""
        if key not in self.sizes:
            insort(self.buckets[bucket], key, key=str.encode)
        self.sizes[key] = size

    def remove(self, bucket: str, key: str) -> None:
        keys = self.buckets[bucket]
        at = bisect_left(keys, key.encode(), key=str.encode)
        if at < len(keys) and keys[at] == key:
            del keys[at]

    async def _serve(self, port: int) -> asyncio.Server:
        return await asyncio.start_server(self._converse, "127.0.0.1", port, limit=2**20)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                if not await self._answer(head, reader, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request, one answer; whether the connection goes on."""
        method, target, headers = _parsed(head)
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            fault = self.faults.pop(0) if self.faults else ""
            if fault == "stall":
                await asyncio.sleep(3600)
            if fault == "reset":
                writer.transport.abort()
                return False
            async with self._turns:
                await asyncio.sleep(self.latency + random.random() * self.jitter)
            if fault == "slow_down" or self._is_too_fast():
                status, kind, content = (
                    503,
                    "application/xml",
                    _error("SlowDown", "Please reduce your request rate."),
                )
            else:
                status, kind, content = self._respond(method, target, body)
            answer = _http(
                status, kind, content, is_head=method == "HEAD", length=self._length(method, target)
            )
            writer.write(answer[: len(answer) // 2] if fault == "broken" else answer)
            await writer.drain()
            return fault != "broken"
        finally:
            self.in_flight -= 1

    def _is_too_fast(self) -> bool:
        if self.rate is None:
            return False
        now = time.monotonic()
        self._arrivals = [moment for moment in self._arrivals if now - moment < 1]
        if len(self._arrivals) >= self.rate:
            self.requests["slowed"] += 1
            return True
        self._arrivals.append(now)
        return False

    def _respond(self, method: str, target: str, body: bytes) -> tuple[int, str, bytes]:
        bucket, key, query = _addressed(target)
        if bucket not in self.buckets:
            return 404, "application/xml", _error("NoSuchBucket", "The specified bucket does not exist")
        if method == "GET" and not key:
            return self._act("list", "s3:ListBucket", lambda: self._list(bucket, query))
        if method == "POST" and "delete" in query:
            return self._act("delete", "", lambda: self._delete_many(bucket, body))
        if method == "DELETE":
            return self._act("delete", "s3:DeleteObject", lambda: self._delete(bucket, key))
        if method in ("HEAD", "GET"):
            return self._act("head", "s3:GetObject", lambda: self._head(bucket, key))
        return 501, "application/xml", _error("NotImplemented", "The fake has no such request.")

    def _act(
        self, name: str, action: str, act: Callable[[], tuple[int, str, bytes]]
    ) -> tuple[int, str, bytes]:
        self.requests[name] += 1
        if action in self.denied:
            return 403, "application/xml", _error("AccessDenied", f"Not authorized to perform: {action}")
        return act()

    def _list(self, bucket: str, query: dict[str, str]) -> tuple[int, str, bytes]:
        return 200, "application/xml", list_page(self.buckets[bucket], bucket, query, self.sizes)

    def _delete_many(self, bucket: str, body: bytes) -> tuple[int, str, bytes]:
        keys = [_unescaped(key) for key in re.findall(r"<Key>(.*?)</Key>", body.decode(), re.DOTALL)]
        # A refusal is said for each key, in an answer that is otherwise fine.
        is_denied = "s3:DeleteObject" in self.denied
        for key in [] if is_denied else keys:
            self.remove(bucket, key)
        told = "".join(
            _refused(key) if is_denied else f"<Deleted><Key>{escape(key)}</Key></Deleted>" for key in keys
        )
        return 200, "application/xml", f'<DeleteResult xmlns="{NAMESPACE}">{told}</DeleteResult>'.encode()

    def _delete(self, bucket: str, key: str) -> tuple[int, str, bytes]:
        self.remove(bucket, key)
        return 204, "", b""

    def _head(self, bucket: str, key: str) -> tuple[int, str, bytes]:
        keys = self.buckets[bucket]
        at = bisect_left(keys, key.encode(), key=str.encode)
        if at == len(keys) or keys[at] != key:
            return 404, "application/xml", _error("NoSuchKey", "The specified key does not exist.")
        return 200, "application/octet-stream", b""

    def _length(self, method: str, target: str) -> int | None:
        return facts(_addressed(target)[1], self.sizes)[0] if method == "HEAD" else None


def list_page(keys: Sequence[str], bucket: str, query: dict[str, str], sizes: dict[str, int]) -> bytes:
    """One page of ListObjectsV2, with the fields and the order of AWS; common prefixes count as one each."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    limit = min(int(query.get("max-keys", PAGE)), PAGE)
    after = bytes.fromhex(query.get("continuation-token", "")) or query.get("start-after", "").encode()
    is_url = query.get("encoding-type") == "url"
    files, folders, last, is_cut = _one_page(keys, prefix, delimiter, after, limit)
    said = _quoted if is_url else escape
    token = f"<NextContinuationToken>{last.hex()}</NextContinuationToken>" if is_cut else ""
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="{NAMESPACE}"><Name>{bucket}</Name>'
        f"<Prefix>{said(prefix)}</Prefix>{token}<KeyCount>{len(files) + len(folders)}</KeyCount>"
        f"<MaxKeys>{limit}</MaxKeys>" + (f"<Delimiter>{said(delimiter)}</Delimiter>" if delimiter else "")
        + ("<EncodingType>url</EncodingType>" if is_url else "") + f"<IsTruncated>{str(is_cut).lower()}</IsTruncated>",
        *(_contents(key, said, sizes) for key in files),
        *(f"<CommonPrefixes><Prefix>{said(folder)}</Prefix></CommonPrefixes>" for folder in folders),
        "</ListBucketResult>",
    ]  # fmt: skip
    return "".join(parts).encode()


def _one_page(
    keys: Sequence[str], prefix: str, delimiter: str, after: bytes, limit: int
) -> tuple[list[str], list[str], bytes, bool]:
    """Files, folders, what the next page starts after, and whether there is one."""
    files: list[str] = []
    folders: list[str] = []
    last = after
    at = bisect_left(keys, prefix.encode(), key=str.encode)
    if after:
        at = max(at, bisect_right(keys, after, key=str.encode))
    while at < len(keys) and keys[at].startswith(prefix):
        if len(files) + len(folders) == limit:
            return files, folders, last, True
        key = keys[at]
        cut = key.find(delimiter, len(prefix)) if delimiter else -1
        if cut < 0:
            files.append(key)
            last, at = key.encode(), at + 1
        else:
            folder = key[: cut + len(delimiter)]
            folders.append(folder)
            # Past everything below the folder: no UTF-8 holds this byte.
            last = folder.encode() + b"\xff"
            at = bisect_right(keys, last, key=str.encode)
    return files, folders, last, False


def facts(key: str, sizes: dict[str, int]) -> tuple[int, datetime, str]:
    """Size, date and ETag of a key: made from its name, so that they need no room and never change."""
    digest = hashlib.md5(key.encode(), usedforsecurity=False).hexdigest()
    number = int(digest[:8], 16)
    return sizes.get(key, number % 5_000_000), NEWEST - timedelta(seconds=number % 100_000_000), digest


def keys_of_a_flat_folder(count: int, *, prefix: str = "") -> list[str]:
    """`count` files of one folder with names as cameras and people give them."""
    endings = ("jpg", "png", "pdf", "mp4", "csv", "txt")
    return [f"{prefix}picture-{number:07d}-berlin.{endings[number % 6]}" for number in range(count)]


def keys_of_a_tree(folders: int, files: int, *, prefix: str = "") -> list[str]:
    """`folders` folders, three levels deep, with `files` files each."""
    return sorted(
        (
            f"{prefix}{number % 10:02d}/{number % 100:03d}/{number:05d}/file-{file:05d}.jpg"
            for number in range(folders)
            for file in range(files)
        ),
        key=str.encode,
    )


def _contents(key: str, said: Callable[[str], str], sizes: dict[str, int]) -> str:
    size, modified, etag = facts(key, sizes)
    return (
        f"<Contents><Key>{said(key)}</Key><LastModified>{modified:%Y-%m-%dT%H:%M:%S}.000Z</LastModified>"
        f"<ETag>&quot;{etag}&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>"
        f"<ChecksumType>FULL_OBJECT</ChecksumType><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
    )


def _quoted(text: str) -> str:
    return quote(text, safe="/-_.*")


def _unescaped(text: str) -> str:
    for name, character in (
        ("lt", "<"),
        ("gt", ">"),
        ("quot", '"'),
        ("apos", "'"),
        ("#13", "\r"),
        ("amp", "&"),
    ):
        text = text.replace(f"&{name};", character)
    return text


def _parsed(head: bytes) -> tuple[str, str, dict[str, str]]:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ", 2)
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name
    }
    return method, target, headers


def _addressed(target: str) -> tuple[str, str, dict[str, str]]:
    parts = urlsplit(target)
    bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
    query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    return bucket, key, query


def _error(code: str, message: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>{escape(message)}</Message></Error>".encode()


def _refused(key: str) -> str:
    return f"<Error><Key>{escape(key)}</Key><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"


def _http(status: int, kind: str, content: bytes, *, is_head: bool, length: int | None) -> bytes:
    size = length if is_head and status == 200 and length is not None else len(content)
    modified = NEWEST.strftime("%a, %d %b %Y %H:%M:%S GMT")
    lines = [
        f"HTTP/1.1 {status} -", f"Content-Type: {kind}", f"Content-Length: {size}", f"Last-Modified: {modified}",
        'ETag: "0123456789abcdef0123456789abcdef"', "x-amz-request-id: FAKE", "Access-Control-Allow-Origin: *",
        *(["Retry-After: 1"] if status == 503 else []), "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + (b"" if is_head else content)


async def _close(server: asyncio.Server) -> None:
    server.close()
    for task in asyncio.all_tasks():
        if task is not asyncio.current_task():
            task.cancel()
    await server.wait_closed()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=9200)
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--jitter-ms", type=float, default=0)
    parser.add_argument("--max-rps", type=float)
    chosen = parser.parse_args()
    fake = FakeS3(
        {"press-kit": keys_of_a_flat_folder(chosen.keys)},
        latency=chosen.latency_ms / 1000,
        jitter=chosen.jitter_ms / 1000,
        rate=chosen.max_rps,
    )
    with fake.running(chosen.port) as url:
        print(f"{url}/press-kit: {chosen.keys} keys. Ctrl-C ends it.")
        threading.Event().wait()


if __name__ == "__main__":
    main()

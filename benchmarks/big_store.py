"""A simulated S3 that only lists, as fast as a client can read: a process of its own, so that it costs the client nothing.

Every key's XML is made once, and a page is one slice of it. It answers ListObjectsV2 (prefix, delimiter, start-after,
continuation-token, max-keys), checks no signatures, and takes orders by `POST /-/`: latency, jitter and rate cap.

    with running("A", "B") as store:
        store.behave(latency=0.1)
        ... store.url, buckets "a" and "b" ...
        store.counted()
"""

import argparse
import asyncio
import json
import random
import subprocess
import sys
import time
import urllib.request
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, quote, unquote, urlsplit

from benchmarks.key_sets import KEY_SETS

PAGE = 1000
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    "<Name>{bucket}</Name><Prefix>{prefix}</Prefix>{token}<KeyCount>{count}</KeyCount><MaxKeys>{limit}</MaxKeys>"
    "{delimiter}<EncodingType>url</EncodingType><IsTruncated>{truncated}</IsTruncated>"
)
ENTRY = (
    "<Contents><Key>{key}</Key><LastModified>2025-{month:02}-{day:02}T{hour:02}:30:00.000Z</LastModified>"
    "<ETag>&quot;{number:032x}&quot;</ETag><ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm>"
    "<ChecksumType>FULL_OBJECT</ChecksumType><Size>{size}</Size><StorageClass>STANDARD</StorageClass></Contents>"
)
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


class Shelf:
    """One bucket: its keys in order, and their XML end to end."""

    def __init__(self, name: str, keys: list[str]) -> None:
        self.name = name
        self.keys = keys
        self.offsets = array("Q", [0])
        pieces, at = [], 0
        for number, key in enumerate(keys):
            piece = ENTRY.format(
                key=quote(key, safe="/-_.*"), month=1 + number % 12, day=1 + number % 28, hour=number % 24,
                number=number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128, size=number * 7919 % 5_000_000,
            ).encode()  # fmt: skip
            pieces.append(piece)
            at += len(piece)
            self.offsets.append(at)
        self.xml = memoryview(b"".join(pieces))

    def page(self, query: dict[str, str]) -> bytes:
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        limit = min(int(query.get("max-keys", PAGE)), PAGE)
        after = bytes.fromhex(query.get("continuation-token", "")).decode() or query.get("start-after", "")
        start = bisect_left(self.keys, prefix)
        if after:
            start = max(start, bisect_right(self.keys, after))
        end = bisect_left(self.keys, prefix + "\U0010ffff") if prefix else len(self.keys)
        if not delimiter:
            stop = min(start + limit, max(end, start))
            body = self.xml[self.offsets[start] : self.offsets[stop]]
            return self._written(query, body, stop - start, self.keys[stop - 1] if stop < end else "")
        return self._grouped(query, prefix, delimiter, start=start, end=end, limit=limit)

    def _grouped(
        self, query: dict[str, str], prefix: str, delimiter: str, *, start: int, end: int, limit: int
    ) -> bytes:
        files: list[memoryview] = []
        folders: list[str] = []
        at, last = start, ""
        while at < end and len(files) + len(folders) < limit:
            key = self.keys[at]
            cut = key.find(delimiter, len(prefix))
            if cut < 0:
                files.append(self.xml[self.offsets[at] : self.offsets[at + 1]])
                last, at = key, at + 1
            else:
                folders.append(key[: cut + 1])
                last = key[: cut + 1] + "\U0010ffff"
                at = bisect_right(self.keys, last)
        named = "".join(
            f"<CommonPrefixes><Prefix>{quote(folder, safe='/-_.*')}</Prefix></CommonPrefixes>"
            for folder in folders
        )
        body = b"".join([*files, named.encode()])
        return self._written(query, body, len(files) + len(folders), last if at < end else "")

    def _written(self, query: dict[str, str], body: bytes | memoryview, count: int, last: str) -> bytes:
        head = HEAD.format(
            bucket=self.name,
            prefix=quote(query.get("prefix", ""), safe="/-_.*"),
            token=f"<NextContinuationToken>{last.encode().hex()}</NextContinuationToken>" if last else "",
            count=count,
            limit=query.get("max-keys", PAGE),
            delimiter="<Delimiter>/</Delimiter>" if query.get("delimiter") else "",
            truncated="true" if last else "false",
        )
        return b"".join((head.encode(), body, b"</ListBucketResult>"))


class Behaviour:
    """How all buckets answer, and what was asked of them."""

    def __init__(self) -> None:
        self.latency = self.jitter = 0.0
        self.rate: float | None = None
        self.counted: Counter[str] = Counter()
        self.in_flight = 0
        self._level, self._filled = 0.0, 0.0

    def is_too_fast(self) -> bool:
        if not self.rate:
            return False
        now = time.monotonic()
        # A tenth of a second's worth may come at once, as behind a load balancer.
        self._level = min(self.rate / 10, self._level + (now - self._filled) * self.rate)
        self._filled = now
        if self._level < 1:
            return True
        self._level -= 1
        return False

    def order(self, orders: dict[str, float]) -> dict[str, int]:
        told = dict(self.counted)
        if "latency" in orders:
            self.latency, self.jitter = orders["latency"], orders["jitter"]
            self.rate = orders["rate"] or None
        self.counted.clear()
        return told


class Conversation(asyncio.Protocol):
    """One connection; requests come one after the other, as HTTP/1.1 clients send them."""

    def __init__(self, shelves: dict[str, Shelf], behaviour: Behaviour) -> None:
        self._shelves, self._behaviour = shelves, behaviour
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, ended, rest = self._received.partition(b"\r\n\r\n")
        if not ended:
            return
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")),
            0,
        )
        if len(rest) < length:
            return
        self._received = rest[length:]
        target = head.split(b" ", 2)[1].decode()
        if target == "/-/":
            self._answer(200, json.dumps(self._behaviour.order(json.loads(rest[:length] or b"{}"))).encode())
            return
        behaviour = self._behaviour
        behaviour.in_flight += 1
        behaviour.counted["most"] = max(behaviour.counted["most"], behaviour.in_flight)
        pause = behaviour.latency + random.random() * behaviour.jitter
        asyncio.get_running_loop().call_later(pause, self._respond, target)

    def _respond(self, target: str) -> None:
        behaviour = self._behaviour
        behaviour.in_flight -= 1
        if self._transport.is_closing():
            behaviour.counted["gone"] += 1
            return
        if behaviour.is_too_fast():
            behaviour.counted["slowed"] += 1
            self._answer(503, SLOW_DOWN)
            return
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
        shelf = self._shelves.get(unquote(parts.path).strip("/"))
        behaviour.counted["requests"] += 1
        if shelf is None:
            self._answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        else:
            self._answer(200, shelf.page(query))

    def _answer(self, status: int, body: bytes) -> None:
        head = f"HTTP/1.1 {status} -\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
        self._transport.write(head.encode() + body)


@dataclass
class Running:
    """The process, from the side of whoever measures."""

    url: str

    def behave(self, *, latency: float = 0.0, jitter: float = 0.0, rate: float = 0.0) -> None:
        """Seconds an answer, seconds more at random, answers a second (0: no cap). Forgets what was counted."""
        self._order({"latency": latency, "jitter": jitter, "rate": rate})

    def counted(self) -> Counter[str]:
        """What was asked since it was asked last: `requests` answered, `slowed`, `gone`, `most` in flight."""
        return Counter(self._order({}))

    def _order(self, orders: dict[str, float]) -> dict[str, int]:
        asked = urllib.request.Request(f"{self.url}/-/", data=json.dumps(orders).encode(), method="POST")
        with urllib.request.urlopen(asked, timeout=30) as answer:
            told: dict[str, int] = json.loads(answer.read())
            return told


@contextmanager
def running(*sets: str) -> Iterator[Running]:
    """A process that serves the key sets of these names, each as a bucket of that name in small letters."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.big_store", *sets],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        port = process.stdout.readline().strip()
        yield Running(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(10)


async def serve(sets: list[str]) -> None:
    shelves = {name.lower(): Shelf(name.lower(), KEY_SETS[name]()) for name in sets}
    behaviour = Behaviour()
    # Whoever started it holds the other end of its input: when they are gone, so is this.
    asyncio.get_running_loop().add_reader(sys.stdin, sys.exit)
    server = await asyncio.get_running_loop().create_server(
        lambda: Conversation(shelves, behaviour), "127.0.0.1", 0, backlog=1024
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="+", choices=sorted(KEY_SETS))
    asyncio.run(serve(parser.parse_args().sets))


if __name__ == "__main__":
    main()

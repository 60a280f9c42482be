"""What an out-of-root request would be, judged by the oracle and never by the code under test."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from itertools import cycle
from urllib.parse import unquote, urlsplit
from uuid import UUID

from buckets.credentials import seal
from buckets.models import Bucket
from buckets.paths import Malformed, OutOfBounds, Reach, Rights
from buckets.s3.errors import S3Error
from files.pages import FolderMissing
from files.wanted import CannotUpload
from tests.buckets import path_oracle as oracle
from tests.confinement.doors import DRIVEN, Drive
from tests.confinement.hollow import BUCKET, HollowStore

ROOTS = ("projects/mark/", "", "Ä ö/+ %/x/", "a/")
CDN = "https://cdn.example.org/base"


@dataclass
class Tally:
    """What came of a run. `escaped` are the requests and links that left their root: there must be none."""

    paths: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    urls: int = 0
    escaped: list[tuple[str, str, str]] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.paths:,} paths; {sum(self.refused.values()):,} refused ({dict(self.refused)}); {self.requests:,} S3 "
            f"requests and {self.urls:,} signed or public URLs, of which {len(self.escaped)} out of root"
        )


def reaches() -> list[Reach]:
    """One with every right for each root, public and private by turns."""
    row = UUID(int=7)
    made = []
    for number, root in enumerate(ROOTS):
        bucket = Bucket(
            id=UUID(int=7 + number), display_name="Press", system_code="PRESS", bucket_name=BUCKET,
            endpoint_url="http://127.0.0.1:9", addressing_style="path", cloudfront_base_url=CDN if number % 2 else "",
        )  # fmt: skip
        row = bucket.id
        bucket.access_key_id = seal("AKIACONFINEMENT00001", row_id=row, field="access_key_id")
        bucket.secret_access_key = seal("secret", row_id=row, field="secret_access_key")
        made.append(bucket.reach(root=root, rights=Rights(True, True, True)))
    return made


def drive(
    paths: Iterable[str], store: HollowStore, *, doors: Mapping[str, tuple[Drive, ...]] = DRIVEN
) -> Tally:
    """Each path through the next door with the next root; what reached S3, or came back as a URL, is judged."""
    tally = Tally()
    everyone = reaches()
    ways = [(name, way) for name, its_ways in doors.items() for way in its_ways]
    turns = cycle((reach, *way) for way in ways for reach in everyone)
    for path, (reach, name, way) in zip(paths, turns, strict=False):
        tally.paths += 1
        store.name = path or "x"
        store.seen.clear()
        result: object = None
        try:
            result = way(reach, path)
        except (OutOfBounds, Malformed, CannotUpload, FolderMissing, S3Error) as refusal:
            tally.refused[type(refusal).__name__] += 1
        urls = list(_urls(result))
        tally.requests += len(store.seen)
        tally.urls += len(urls)
        for key in {*store.seen, *(_key_of(url) for url in urls)}:
            if _is_out(key, reach.root):
                tally.escaped.append((name, path, key))
    return tally


def _is_out(key: str, root: str) -> bool:
    """Whether `key` lies outside `root` to anybody on its way."""
    if not key.startswith(root):
        return True
    below = key[len(root) :].removesuffix("/")
    return bool(below) and (oracle.escapes(below) or oracle.is_moved_by_a_reader(below))


def _key_of(url: str) -> str:
    base = CDN if url.startswith(CDN) else f"http://127.0.0.1:9/{BUCKET}"
    assert url.startswith(f"{base}/"), url
    return unquote(urlsplit(url).path[len(urlsplit(base).path) + 1 :], errors="strict")


def _urls(value: object) -> Iterator[str]:
    """Every URL in what a door answered."""
    if isinstance(value, str):
        if value.startswith(("http://", "https://")):
            yield value
    elif isinstance(value, dict):
        yield from _urls(list(value.values()))
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _urls(one)
    elif is_dataclass(value):
        for one in fields(value):
            yield from _urls(getattr(value, one.name))

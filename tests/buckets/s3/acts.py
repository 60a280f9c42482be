"""What we ask of a store, each with an answer that satisfies it."""

from collections.abc import Callable

import pytest

from buckets.paths import Reach
from buckets.s3 import lister, objects
from tests.buckets.s3.faulty_store import (
    Behaviour,
    answer,
    listing,
)


def list_root(reach: Reach) -> list[lister.FolderPage]:
    return list(lister.folder_pages(reach, reach.folder("")))


def head_file(reach: Reach) -> objects.ObjectFacts:
    return objects.head(reach, reach.file("a.txt"))


def read_file(reach: Reach) -> bytes:
    return objects.get_range(reach, reach.file("a.txt"), start=0, length=100)


def delete_file(reach: Reach) -> list[objects.DeleteOutcome]:
    return objects.delete_many(reach, [reach.file("a.txt")])


DELETED = "<DeleteResult></DeleteResult>"
HEADERS = {"last_modified": "Sun, 01 Mar 2026 12:00:00 GMT", "etag": '"e"'}
WORKING: dict[str, tuple[Callable[[Reach], object], Behaviour]] = {
    "list": (list_root, listing()),
    "head": (head_file, answer(200, content_length="5", **HEADERS)),
    "read": (read_file, answer(206, "hello")),
    "delete": (delete_file, answer(200, DELETED)),
}
everything = pytest.mark.parametrize(("act", "works"), WORKING.values(), ids=WORKING)

"""What somebody uploaded shows at once, though nobody says that it arrived: so do clients written before one could."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest
from asgiref.sync import async_to_sync

from accounts.models import User
from buckets.models import Bucket
from tests.faults.visitor import PATIENCE, Visitor
from tests.files.conftest import Store
from tests.promises.conftest import Webs
from tests.promises.test_searching import items, lister, search
from tests.promises.test_signed_means_enforced import BODY, Put
from tests.search.sockets import token_of

INLINE = {"Content-Type": "text/plain", "Content-Disposition": "inline"}
Look = Callable[[str], list[str]]
"""The keys of what a door shows of a folder, folders with a slash at their end."""


@pytest.fixture
def ask(webs: Webs, mark: User) -> Callable[..., Any]:
    """Mark's program."""
    token = token_of(mark)

    def call(path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        with urlopen(Request(f"{webs.urls[0]}/api{path}", data, headers), timeout=PATIENCE) as answer:
            return json.load(answer)

    return call


@pytest.fixture
def doors(webs: Webs, mark: User, bucket: Bucket, ask: Callable[..., Any]) -> dict[str, Look]:
    visitor = Visitor(webs.urls[1]).sign_in(mark.email)

    def on_the_page(path: str) -> list[str]:
        page = visitor.get(f"/b/{bucket.system_code}/{quote(path)}").text
        return sorted(f"team/{row}" for row in set(re.findall(r'data-path="([^"]+)"', page)) - {path})

    def in_the_listing(path: str) -> list[str]:
        rows = ask(f"/buckets/{bucket.pk}/files?prefix={quote(path)}")["items"]
        ends = {"folder": "/", "file": ""}
        return sorted(f"team/{path}{row['resource_name']}{ends[row['type']]}" for row in rows)

    def by_searching(path: str) -> list[str]:
        message = {"token": token_of(mark), "q": "fresh", "prefix": path, "scope": "level", "batch": True}
        return items(async_to_sync(search)(f"{webs.urls[1]}/api/buckets/{bucket.pk}/search", message))

    return {"page": on_the_page, "listing": in_the_listing, "search": by_searching}


@pytest.fixture
def upload(bucket: Bucket, store: Store, ask: Callable[..., Any]) -> Put:
    """Signed for Mark's program, into a folder in a folder that aren't there yet; what is there is stored."""
    store.put("team/a/fresh.txt")
    for path in ("", "a/"):
        assert ask(f"/buckets/{bucket.pk}/files?prefix={path}")["total"] == 1
    row = {"bucketId": str(bucket.pk), "path": "a/fresh 2/fresh 3/", "filename": "fresh 4.txt"}
    (signed,) = ask("/upload/presign", [{**row, "size": len(BODY), "contentType": "text/plain"}])
    return Put(signed["presignedUrl"], INLINE)


@pytest.mark.parametrize("door", ["page", "listing", "search"])
def test_an_upload_that_nobody_confirms_shows_at_once_with_its_new_folders(
    webs: Webs, upload: Put, doors: dict[str, Look], door: str
) -> None:
    look = doors[door]

    with lister(webs):
        assert look("a/") == look("a/") == ["team/a/fresh.txt"]

        assert upload.send() == 200

        assert look("a/") == ["team/a/fresh 2/", "team/a/fresh.txt"]
        assert look("a/fresh 2/") == ["team/a/fresh 2/fresh 3/"]


def test_a_search_of_everything_finds_it_at_once(webs: Webs, mark: User, bucket: Bucket, upload: Put) -> None:
    message = {"token": token_of(mark), "q": "fresh", "batch": True}

    def found() -> list[str]:
        return items(async_to_sync(search)(f"{webs.urls[1]}/api/buckets/{bucket.pk}/search", message))

    with lister(webs):
        assert found() == found() == ["team/a/fresh.txt"]

        assert upload.send() == 200

        way = "team/a/fresh 2/"
        assert found() == sorted(["team/a/fresh.txt", way, f"{way}fresh 3/", f"{way}fresh 3/fresh 4.txt"])

"""One folder to its end by many requests at once, for code that waits: a task, or the door of a program."""

import asyncio
from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing
from typing import NamedTuple

from buckets.paths import FolderKey, Reach
from buckets.s3.async_transport import AsyncTransport
from buckets.s3.calls import release_database
from buckets.s3.errors import S3Unavailable
from buckets.s3.lister.budget import Budget
from buckets.s3.lister.folders import ListedFile, folder_pages
from buckets.s3.lister.listing import NO_ORDER, listing
from buckets.s3.lister.page import Page
from buckets.s3.lister.ranges import Beginning
from buckets.s3.lister.ruler import Hint
from buckets.s3.lister.shares import Share

FOLDER_AT_ONCE = 32
"""Requests in flight for one folder: a search of its bucket that is under way keeps as many."""


class Entries(NamedTuple):
    """Some of what lies directly in a folder, as a `FolderPage` has it."""

    folders: list[str]
    files: list[ListedFile]


def folder_entries(
    reach: Reach, folder: FolderKey, *, beginning: Beginning | None = None, hints: Sequence[Hint] = ()
) -> Generator[Entries, None, None]:
    """Everything directly in `folder`, or behind its `beginning`, in pieces of no order. Raises S3Error.

    Requests go on only while the next piece is awaited, in the caller's own thread, which may use the database between two
    pieces. Of a store that keeps no order some entries come twice. Must not be called where an event loop runs.
    """
    reach.path_of(folder)
    with Share(reach.connection, most=FOLDER_AT_ONCE) as share, asyncio.Runner() as runner:
        pages = _pages(reach, folder, share.budget, beginning, hints)
        try:
            while True:
                release_database()
                page = runner.run(_next(pages))
                if page is None:
                    return
                yield _entries(page, len(folder.text))
                share.keep()
        except S3Unavailable as problem:
            if problem.code != NO_ORDER:
                raise
        finally:
            runner.run(pages.aclose())
    for one in folder_pages(reach, folder):
        yield Entries(one.folders, one.files)


async def _pages(
    reach: Reach, folder: FolderKey, budget: Budget, beginning: Beginning | None, hints: Sequence[Hint]
) -> AsyncGenerator[Page, None]:
    async with AsyncTransport() as transport:
        pages = listing(
            reach, folder, transport=transport, budget=budget, delimiter="/", beginning=beginning, hints=hints
        )
        async with aclosing(pages):
            async for page in pages:
                yield page


async def _next(pages: AsyncGenerator[Page, None]) -> Page | None:
    return await anext(pages, None)


def _entries(page: Page, start: int) -> Entries:
    """The names on a page without what comes before them; the folder's own marker is none."""
    objects = [listed for listed in page.objects if len(listed.key) > start]
    keys, *columns = zip(*objects, strict=True) if objects else [()] * len(ListedFile._fields)
    names = [key[start:] for key in keys]
    return Entries(
        folders=[prefix[start:-1] for prefix in page.prefixes],
        files=list(map(ListedFile._make, zip(names, *columns, strict=True))),
    )

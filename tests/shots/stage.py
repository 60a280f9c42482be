"""What the shots are taken of: a product with people, buckets and trouble that are real."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import connection
from django.utils import timezone
from playwright.sync_api import BrowserContext, Locator, Page

from accounts.models import User
from benchmarks.fake_s3 import FakeS3, keys_of_a_flat_folder
from buckets.models import Bucket
from files.models import Folder
from tests import people
from tests.browser import live as product
from tests.browser import stores
from tests.browser.line import Line
from tests.browser.watch import Watch
from tests.browser.windows import Windows

MORE = {
    f"Photos/Summer/{name} {number:02d}.png": stores.picture(hue=number * 7 % 255)
    for number, name in enumerate(["harbour", "lighthouse", "pier", "market", "bridge", "garden"] * 5)
}
ODD = {
    "Odd names/a\tb.txt": b"tab",
    "Odd names/100% café #1 + &.txt": b"odd",
    "Odd names/" + "a very long name that goes on and on " * 4 + ".txt": b"long",
    "Odd names/trailing.": b"dot",
}


class Stage:
    """One running product dressed for every scene. `width` and `theme` hold for the shot that is being taken."""

    def __init__(self, live: product.Live, windows: Windows, directory: Path) -> None:
        self.live, self.windows, self.directory = live, windows, directory
        self.width, self.theme = 1440, "light"
        self.watch = Watch(live.url)
        self._whole, self._shot = ExitStack(), ExitStack()
        self._others: dict[str, product.Live] = {}
        self._databases: list[str] = []
        self._people()
        self._buckets()

    def _people(self) -> None:
        self.ada, self.mark, self.rita = people.ada(), people.mark(), people.rita()
        self.uma, self.dora = people.uma(), people.dora()

    def _buckets(self) -> None:
        origin = self.live.url
        self.press = stores.store(
            origin=origin, files={**stores.EVERYTHING, **MORE, **ODD}, description="What journalists ask for."
        )
        self.press.put("Masters/reel 01.mp4", b"archived", StorageClass="GLACIER")
        self.press.put("Masters/reel 02.mov", b"deep", StorageClass="DEEP_ARCHIVE")
        self.press.put("Empty/")
        self._whole.callback(self.press.forget)
        stores.register(
            title="Campaigns",
            name="campaigns",
            cloudfront_base_url="https://cdn.example.com",
            description="Public, behind CloudFront.",
        )
        self.line = Line(os.environ["S3_ENDPOINT_URL"])
        self._whole.callback(self.line.close)
        self.far = stores.store(
            origin=origin,
            title="Far away",
            endpoint=self.line.url,
            files={f"{name}/file.txt": b"x" for name in ("Known", "Held", "Unknown", "Slow")},
        )
        self._whole.callback(self.far.forget)
        self.big = FakeS3({"big": keys_of_a_flat_folder(100_000)}, latency=0.4)
        self.big_code = self._fake(self.big, "Everything ever", "big")
        self.refusing = FakeS3({"refusing": ["a.txt"]}, denied={"s3:ListBucket"})
        self.refusing_code = self._fake(self.refusing, "Locked away", "refusing")
        self.keeping = FakeS3({"keeping": ["Contract.pdf", "Notes.txt"]}, denied={"s3:DeleteObject"})
        self.keeping_code = self._fake(self.keeping, "Safe", "keeping")
        for row in Bucket.objects.all():
            people.assign(self.mark, row, root="", allow_delete=True)
        people.assign(self.rita, self.press.row, root="Empty/", allow_upload=False, allow_overwrite=False)

    def _fake(self, fake: FakeS3, title: str, name: str) -> str:
        endpoint = self._whole.enter_context(fake.running())
        return stores.register(title=title, name=name, endpoint=endpoint).system_code

    def page(self, person: User | None, path: str, *, ready: str = "main", **options: Any) -> Page:
        """A page at `path`, as far as the element `ready` stands in it."""
        page = self.window(person, **options).new_page()
        page.goto(path)
        page.locator(ready).first.wait_for()
        return page

    def window(self, person: User | None, *, url: str = "", **options: Any) -> BrowserContext:
        """A browser window for this shot."""
        context = self.windows.open(
            url=url or self.live.url,
            watch=self.watch,
            person=person,
            width=self.width,
            theme=self.theme,
            **{"reduced_motion": "reduce", **options},
        )
        self._shot.callback(lambda: self.windows.put_back(context))
        return context

    def folder(
        self, path: str = "", *, person: User | None = None, ready: str = "#folder", **query: str
    ) -> Page:
        """The folder `path` of the press kit, as Mark sees it."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return self.page(
            person or self.mark, f"/b/{self.press.code}/{path}{'?' if asked else ''}{asked}", ready=ready
        )

    def preview(self, path: str, *, ready: str = "dialog#preview[open] .preview-stage *") -> Page:
        """The preview of a file of the press kit."""
        return self.page(self.mark, f"/b/{self.press.code}/{path}", ready=ready)

    def afterwards(self, act: Callable[[], object]) -> None:
        """Puts something right when the shot is taken."""
        self._shot.callback(act)

    def strike(self) -> None:
        """Ends a shot: its windows close, what it broke is mended."""
        self._shot.close()
        self._shot = ExitStack()

    def close(self) -> None:
        self.strike()
        for other in self._others.values():
            other.stop()
        with connection.cursor() as cursor:
            for database in self._databases:
                cursor.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
        self._whole.close()

    def age_listings(self) -> None:
        """As if nobody had looked for twenty minutes."""
        Folder.objects.update(listed_at=timezone.now() - timedelta(minutes=20))

    def without_database(self) -> str:
        """The address of a second server of the same product whose database has just gone away."""
        target = self.live.environ["DATABASE_URL"]
        address = target.rpartition("@")[2].partition("/")[0]
        if "outage" not in self._others:
            wire = Line(f"http://{address}")
            self._whole.callback(wire.close)
            self._another("outage", DATABASE_URL=target.replace(address, wire.url.removeprefix("http://")))
            wire.cut()
        return self._others["outage"].url

    def with_mail(self) -> str:
        """The address of a second server of the same product that can send mail."""
        return self._another("mail", SMTP_HOST="127.0.0.1")

    def untouched(self, name: str) -> str:
        """The address of another server on a database of its own, `name`, in which nobody has set anything up."""
        if name not in self._others:
            target, _, database = self.live.environ["DATABASE_URL"].rpartition("/")
            database = f"{database}_{name}"
            with connection.cursor() as cursor:
                cursor.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
                cursor.execute(f'CREATE DATABASE "{database}"')
            self._databases.append(database)
            self._another(name, migrated=True, DATABASE_URL=f"{target}/{database}")
        return self._others[name].url

    def _another(self, name: str, *, migrated: bool = False, **overrides: str) -> str:
        if name not in self._others:
            given = {"STATIC_ROOT": self.live.environ["STATIC_ROOT"], **overrides}
            if migrated:
                product.Live("", self.live.log, {**self.live.environ, **given}, []).manage(
                    "migrate", "--verbosity=0"
                )
            self._others[name] = product.start(self.directory, overrides=given, only_web=True)
        return self._others[name].url


def rows_of(page: Page) -> Locator:
    """The entries of the folder shown."""
    return page.locator("#folder [role=row][data-name]")


def row_named(page: Page, name: str) -> Locator:
    return page.locator(f'#folder [role=row][data-name="{name}"]')

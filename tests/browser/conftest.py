"""A live product and a real browser.

A browser test takes pages and buckets and plays a person:

    def test_opens_a_folder(cast, bucket, page_as):
        bucket.assign(cast.mark)                             # whole bucket; root="Photos/" confines, allow_delete=True etc.
        page = page_as(cast.mark, 390, "dark")               # signed in; width 1440 (default) | 768 | 390; "light" (default) | "dark"
        page.goto(f"/b/{bucket.code}/Photos/")               # relative to the live product
        expect(page.get_by_role("link", name="harbour.png")).to_be_visible()
        assert_accessible(page)

Fixtures
  live         the running product: .url, .log, .manage("command"); daphne + Celery worker on the test database, once per run
  front        the origin of somebody else's application, the product's FRONTEND_URL: an empty page to run scripts in
  cast         ada (administers), mark, rita, uma, dora: saved rows, fresh for each module; password people.PASSWORD
  bucket       a fresh bucket for the module with `stores.EVERYTHING` in it: .code .row .put(key, body) .keys() .body(key) .head(key)
               .assign(person, root=, allow_delete=) .empty() .forget()
  make_bucket  make_bucket(files={...}, title=..., cloudfront_base_url=..., endpoint=line.url) for others
  line         a line to S3 that can be cut(), hold() and mend()ed; give line.url as a bucket's endpoint
  page_as      page_as(person | None, width=1440, theme="light", **options of the browser context); once=True for a window that
               is changed for good, as by a script of its own: all others are used again
  whole_page_as  the same in the browser that people have, with all its viewers; others are drawn by one without windows
  watch        watch.allow("regex") for what the test provokes on purpose; anything else below fails the test

Every test fails on: a script error, a console error or warning, a violation of the page's CSP, a failed request, an answer
>= 500 of ours, >= 400 of an asset or of S3.

Tables are emptied between modules, not between tests: a module's tests share people and buckets and say what they change.
Timeouts are 5 s (expect) and 10 s (navigation). Tests here are marked `browser` by themselves.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from accounts.models import User
from tests import people
from tests.browser import front as elsewhere
from tests.browser import live as product
from tests.browser import pages, stores
from tests.browser.database import committed_database, empty_tables
from tests.browser.line import Line
from tests.browser.watch import Watch
from tests.browser.windows import Windows

NEEDED = ("DATABASE_URL", "REDIS_URL", "S3_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
HERE = Path(__file__).parent

PageAs = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@dataclass(frozen=True)
class Cast:
    """The people of `tests.people`, saved."""

    ada: User
    mark: User
    rita: User
    uma: User
    dora: User


@pytest.fixture(scope="package")
def _database(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Rows written here are committed, since the product reads them from other processes; all are removed in the end."""
    missing = [name for name in NEEDED if not os.environ.get(name)]
    if missing:
        pytest.fail(
            f"Browser tests need {', '.join(missing)}: run them by script/test, which starts what they name."
        )
    # Playwright keeps an event loop in this thread, and Django would refuse to ask the database beside it.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with django_db_blocker.unblock(), committed_database():
        yield
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="package")
def front() -> Iterator[str]:
    with elsewhere.application() as origin:
        yield origin


@pytest.fixture(scope="package")
def live(_database: None, front: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[product.Live]:
    running = product.start(tmp_path_factory.mktemp("live"), overrides={"FRONTEND_URL": front})
    yield running
    running.stop()


@pytest.fixture(scope="package")
def playwright(_database: None) -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="package")
def browser(playwright: Playwright) -> Iterator[Browser]:
    yield from _launched(playwright, whole=False)


@pytest.fixture(scope="package")
def whole_browser(playwright: Playwright) -> Iterator[Browser]:
    yield from _launched(playwright, whole=True)


def _launched(playwright: Playwright, *, whole: bool) -> Iterator[Browser]:
    try:
        chromium = pages.launch(playwright, whole=whole)
    except pages.NoChromium as problem:
        pytest.fail(str(problem))
    yield chromium
    chromium.close()


@pytest.fixture(scope="module")
def cast(_database: None) -> Iterator[Cast]:
    empty_tables()
    yield Cast(people.ada(), people.mark(), people.rita(), people.uma(), people.dora())
    empty_tables()


@pytest.fixture(scope="module")
def make_bucket(cast: Cast, live: product.Live) -> Iterator[Callable[..., stores.StoredBucket]]:
    made: list[stores.StoredBucket] = []

    def make(**wanted: Any) -> stores.StoredBucket:
        made.append(stores.store(origin=live.url, **wanted))
        return made[-1]

    yield make
    for bucket in made:
        _remove(bucket)


def _remove(bucket: stores.StoredBucket) -> None:
    there = {entry["Name"] for entry in bucket.s3.list_buckets()["Buckets"]}
    if bucket.row.bucket_name in there:
        bucket.forget()


@pytest.fixture(scope="module")
def bucket(make_bucket: Callable[..., stores.StoredBucket]) -> stores.StoredBucket:
    return make_bucket()


@pytest.fixture
def line() -> Iterator[Line]:
    line = Line(os.environ["S3_ENDPOINT_URL"])
    yield line
    line.close()


@pytest.fixture
def watch(live: product.Live) -> Iterator[Watch]:
    watch = Watch(live.url)
    yield watch
    assert not watch.trouble, "\n".join(["While the page was open:", *watch.trouble])


@pytest.fixture(scope="package")
def windows(browser: Browser) -> Iterator[Windows]:
    windows = Windows(browser)
    yield windows
    windows.close()


@pytest.fixture
def page_as(windows: Windows, live: product.Live, watch: Watch) -> Iterator[PageAs]:
    yield from _pages_of(windows, live, watch)


@pytest.fixture
def whole_page_as(whole_browser: Browser, live: product.Live, watch: Watch) -> Iterator[PageAs]:
    with closing(Windows(whole_browser)) as windows:
        yield from _pages_of(windows, live, watch)


def _pages_of(windows: Windows, live: product.Live, watch: Watch) -> Iterator[PageAs]:
    contexts = []

    def open_page(person: User | None, width: int = 1440, theme: str = "light", **options: Any) -> Page:
        context = windows.open(url=live.url, watch=watch, person=person, width=width, theme=theme, **options)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        windows.put_back(context)

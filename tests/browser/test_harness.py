"""The harness itself: the product answers, people are signed in, and trouble is noticed."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Cast
from tests.browser.line import Line
from tests.browser.stores import StoredBucket, client
from tests.browser.watch import Watch

PageAs = Callable[..., Page]


def test_leads_a_stranger_to_the_login_page(cast: Cast, page_as: PageAs) -> None:
    page = page_as(None)
    page.goto("/")
    assert "/login" in page.url


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_signs_people_in(cast: Cast, page_as: PageAs, width: int, theme: str) -> None:
    page = page_as(cast.ada, width, theme)
    answer = page.goto("/account")
    assert answer is not None
    assert answer.status == 200
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Ada Admin")
    assert_accessible(page)


def test_seeds_a_bucket(bucket: StoredBucket) -> None:
    assert {"Photos/harbour.png"} <= set(bucket.keys())
    assert bucket.body("Press kit/Press release.txt") == b"For immediate release.\n"


def test_a_line_to_s3_can_be_cut_and_mended(bucket: StoredBucket, line: Line) -> None:
    through = client(line.url)
    through.head_object(Bucket=bucket.row.bucket_name, Key="Notes.md")
    line.cut()
    with pytest.raises(Exception, match=r"Connection|connect"):
        through.head_object(Bucket=bucket.row.bucket_name, Key="Notes.md")
    line.mend()
    through.head_object(Bucket=bucket.row.bucket_name, Key="Notes.md")


@pytest.mark.parametrize(
    ("script", "noticed"),
    [
        ("console.error('oh dear')", "oh dear"),
        ("setTimeout(() => { throw new Error('thrown') })", "thrown"),
        (
            "document.body.append(Object.assign(new Image(), {src: 'http://127.0.0.1:9/x.png'}))",
            "CSP violation",
        ),
        ("fetch('/static/no-such-asset.js')", "answer 404"),
    ],
)
def test_notices_trouble(cast: Cast, page_as: PageAs, watch: Watch, script: str, noticed: str) -> None:
    page = page_as(None)
    page.goto("/login")
    page.evaluate(f"() => {{ {script} }}")
    page.wait_for_timeout(300)
    assert any(noticed in trouble for trouble in watch.trouble)
    watch.allow(".")

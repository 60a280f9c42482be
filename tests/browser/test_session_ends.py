"""A page learns by itself that its session is over, and leads to the login page, which says why."""

import re
from pathlib import Path

from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts import sessions
from accounts.models import Session
from buckets.models import Bucket
from tests.browser.conftest import Cast, PageAs
from tests.browser.line import Line
from tests.browser.live import Live
from tests.browser.pages import enter
from tests.browser.stores import StoredBucket

LOGIN = re.compile(r"/login\?next=")
HIDES = """
let seen = true;
Object.defineProperty(document, "hidden", { get: () => !seen });
globalThis.look = (now) => { seen = now; document.dispatchEvent(new Event("visibilitychange")); };
"""
"""Lets a test put the page into the background: `look(false)`."""


def opened(page: Page, address: str) -> None:
    """Goes there, and returns when the page's socket stands and listens."""
    with page.expect_websocket() as coming:
        page.goto(address)
    assert "/ws/page?of=" in coming.value.url
    # Joining the channel layer takes a moment, and nothing of it is seen from here.
    page.wait_for_timeout(300)


def test_leads_to_the_login_page_when_somebody_is_forced_out(cast: Cast, page_as: PageAs, live: Live) -> None:
    page = page_as(cast.mark)
    opened(page, "/account")
    live.manage("force_logout", cast.mark.email)
    expect(page).to_have_url(LOGIN)
    expect(page.get_by_text("All your sessions were ended")).to_be_visible()


def test_leads_there_from_the_administration(cast: Cast, page_as: PageAs, live: Live) -> None:
    page = page_as(cast.ada)
    opened(page, "/admin/")
    live.manage("force_logout", cast.ada.email)
    expect(page).to_have_url("/login?next=%2Fadmin%2F")
    expect(page.get_by_text("All your sessions were ended")).to_be_visible()


def test_leads_there_from_a_browser_that_was_ended_and_from_no_other(cast: Cast, page_as: PageAs) -> None:
    there, here = page_as(cast.rita), page_as(cast.rita)
    opened(there, "/")
    opened(here, "/account")
    here.get_by_role("button", name=re.compile("^End|^Sign out this")).first.click()
    expect(there).to_have_url("/login")
    expect(there.get_by_text("ended from another browser")).to_be_visible()
    expect(here).to_have_url("/account")


def test_asks_again_when_the_network_is_back(cast: Cast, page_as: PageAs) -> None:
    # In a window with another tab the network comes back for that one first, and this one's page learns it with it.
    page = page_as(cast.rita, once=True)
    opened(page, "/account")
    page.context.set_offline(True)
    page.wait_for_function("!navigator.onLine")
    reason = Session.Ended.PASSWORD_CHANGED
    cast.rita.refresh_from_db()
    sessions.end_all(user=cast.rita, reason=reason, now=timezone.now())
    page.context.set_offline(False)
    expect(page).to_have_url(LOGIN)
    expect(page.get_by_text("The password was changed")).to_be_visible()


def test_waits_until_somebody_looks(cast: Cast, page_as: PageAs, live: Live) -> None:
    cast.mark.refresh_from_db()
    page = page_as(cast.mark, once=True)
    page.context.add_init_script(HIDES)
    opened(page, "/account")
    page.evaluate("look(false)")
    with page.expect_event("websocket", predicate=lambda _: True, timeout=60_000) as coming:
        live.manage("force_logout", cast.mark.email)
        page.wait_for_timeout(500)
        assert page.url.endswith("/account")
        page.evaluate("look(true)")
    assert "/ws/page" in coming.value.url
    expect(page).to_have_url(LOGIN)
    expect(page.get_by_text("All your sessions were ended")).to_be_visible()


def test_stays_with_files_that_are_not_uploaded_yet(  # noqa: PLR0917
    cast: Cast, page_as: PageAs, bucket: StoredBucket, line: Line, live: Live, tmp_path: Path
) -> None:
    bucket.assign(cast.uma)
    Bucket.objects.filter(id=bucket.row.id).update(endpoint_url=line.url)
    line.bytes_per_second = 20_000
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(2_000_000))
    page = page_as(cast.uma)
    opened(page, f"/b/{bucket.code}/")
    page.set_input_files("#pick-files", [str(film)])
    row = page.locator("#upload-tray .tray-row", has_text=film.name)
    expect(row).to_have_attribute("data-state", "uploading")

    live.manage("force_logout", cast.uma.email)

    offer = page.get_by_role("link", name="Sign in")
    expect(offer).to_have_attribute("href", re.compile("^/login"))
    expect(row).to_have_attribute("data-state", "uploading")
    expect(page).to_have_url(f"/b/{bucket.code}/")
    line.mend()
    expect(row).to_have_attribute("data-state", "failed")
    expect(row).to_contain_text("You were signed out")

    cast.uma.refresh_from_db()
    enter(page.context, cast.uma, url=live.url)
    row.locator('[data-act="retry"]').click()
    expect(row).to_have_attribute("data-state", "done")

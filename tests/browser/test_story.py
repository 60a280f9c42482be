"""The first two minutes: one command, then everything a newcomer does, against the embedded S3, which checks signatures."""

import shutil
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import pages
from tests.browser.accessibility import assert_accessible
from tests.browser.stores import picture
from tests.browser.watch import Watch
from tests.launcher.starting import Started, start

pytestmark = pytest.mark.processes

PICTURE = picture(640, 400, hue=30)
NAME = "Our harbour at dusk.png"
CLIPBOARD = """async () => {
  for (let tries = 0; tries < 50; tries++) {
    const text = await navigator.clipboard.readText();
    if (text.startsWith('http')) return text;
    await new Promise(later => setTimeout(later, 100));
  }
  return '';
}"""


@pytest.fixture(scope="module")
def started() -> Iterator[Started]:
    """`script/server` on an empty VAR_DIR, which the database's user can reach."""
    place = Path(tempfile.mkdtemp(prefix="mediabridge-story-"))
    place.chmod(0o711)
    running = start(place / "var")
    yield running
    running.end()
    running.process.communicate()
    noted = place / "var" / "pg.path"
    if noted.exists():
        shutil.rmtree(noted.read_text().strip())
    shutil.rmtree(place)


@pytest.fixture
def page(whole_browser: Browser, started: Started) -> Iterator[Page]:
    watch = Watch(started.url)
    context = pages.context_of(whole_browser, url=started.url, width=1440, theme="light")
    watch.over(context)
    yield context.new_page()
    context.close()
    assert not watch.trouble, "\n".join(watch.trouble)


def test_a_newcomer_sets_up_browses_uploads_previews_copies_and_deletes(page: Page) -> None:
    sets_up(page)
    browses(page)
    uploads(page)
    url = previews_and_copies(page)
    assert urllib.request.urlopen(url, timeout=10).read() == PICTURE
    deletes(page)
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(url, timeout=10)


def sets_up(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url("/setup")
    assert_accessible(page)
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_role("textbox", name="Name").fill("Ada Admin")
    page.locator("input[type=password]").fill("a harbour full of lights")
    page.get_by_role("button", name="Create the administrator").click()
    expect(page).to_have_url("/")


def browses(page: Page) -> None:
    expect(page.get_by_role("link", name="Press and campaigns")).to_be_visible()
    page.get_by_role("link", name="Studio archive").click()
    rows = page.locator("#folder [role=row][data-name]")
    expect(rows.first).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="inbox", exact=True).click()
    expect(page.get_by_role("heading", name="This folder is empty")).to_be_visible()


def uploads(page: Page) -> None:
    files = [{"name": NAME, "mimeType": "image/png", "buffer": PICTURE}]
    page.set_input_files("#pick-files", files=files)  # type: ignore[arg-type]
    expect(page.locator("#upload-tray")).to_be_visible()
    expect(page.get_by_role("link", name=NAME)).to_be_visible()
    assert_accessible(page)


def previews_and_copies(page: Page) -> str:
    """The copied address."""
    page.get_by_role("link", name=NAME).dblclick()
    preview = page.locator("dialog#preview[open]")
    image = preview.get_by_role("img", name=NAME)
    expect(image).to_be_visible()
    assert image.evaluate(
        "image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])"
    ) == [640, 400]
    assert_accessible(page)
    page.evaluate("() => navigator.clipboard.writeText('')")  # Other pages of this browser copied, too.
    preview.get_by_role("button", name="Copy URL").first.click()
    expect(page.get_by_text("7 days").first).to_be_visible()
    url = page.evaluate(CLIPBOARD)
    page.keyboard.press("Escape")
    expect(preview).to_be_hidden()
    return str(url)


def deletes(page: Page) -> None:
    page.locator("#folder [role=row]").filter(has_text=NAME).get_by_role("checkbox").check()
    page.locator("#selection-bar").get_by_role("button", name="Delete").click()
    dialog = page.get_by_role("dialog", name="Delete")
    expect(dialog).to_contain_text(NAME)
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("link", name=NAME)).to_have_count(0)
    expect(page.get_by_role("heading", name="This folder is empty")).to_be_visible()

"""Looking at files: each kind, the states that only a browser finds out, and the dialog's manners."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from accounts.models import AuditEntry
from tests.boundaries.source import REPO
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Cast, PageAs
from tests.browser.stores import EVERYTHING, StoredBucket, picture
from tests.browser.watch import Watch

FILM = REPO / "launcher" / "demo" / "assets" / "showreel.mp4"
SCRIPTED = b"<svg xmlns='http://www.w3.org/2000/svg'><script>parent.document.title='ran'</script></svg>"


@pytest.fixture(scope="module")
def shelf(cast: Cast, make_bucket: Callable[..., StoredBucket]) -> StoredBucket:
    bucket = make_bucket(files=EVERYTHING)
    bucket.assign(cast.mark, allow_delete=True)
    return bucket


@pytest.fixture
def page(cast: Cast, page_as: PageAs) -> Page:
    return page_as(cast.mark)


def stage(page: Page) -> Locator:
    return page.locator("#preview .preview-stage")


def open_file(page: Page, bucket: StoredBucket, path: str) -> None:
    page.goto(f"/b/{bucket.code}/{path}")
    expect(page.locator("#preview")).to_have_attribute("open", "")


def is_drawn(page: Page) -> None:
    """Waits until the picture is decoded."""
    page.wait_for_function("() => document.querySelector('#preview img.preview-media')?.naturalWidth > 0")


def test_shows_an_image(shelf: StoredBucket, page: Page) -> None:
    open_file(page, shelf, "Photos/harbour.png")
    is_drawn(page)
    expect(page.get_by_role("heading", name="harbour.png")).to_be_visible()
    expect(page.locator(".preview-facts")).to_contain_text("image/png")
    assert_accessible(page)


def test_shows_a_name_that_addresses_must_escape(shelf: StoredBucket, page: Page) -> None:
    open_file(page, shelf, "Photos/100%25%20caf%C3%A9%20%231.png")
    is_drawn(page)
    expect(page.get_by_role("heading", name="100% café #1.png")).to_be_visible()


def test_plays_a_sound(shelf: StoredBucket, page: Page) -> None:
    open_file(page, shelf, "Interview.wav")
    expect(stage(page).locator("audio")).to_have_js_property("readyState", 4)


def test_plays_a_film(shelf: StoredBucket, page: Page) -> None:
    shelf.put("film.mp4", FILM.read_bytes())
    open_file(page, shelf, "film.mp4")
    expect(stage(page).locator("video")).to_have_js_property("readyState", 4)
    assert_accessible(page)


def test_says_that_a_film_cannot_be_played(shelf: StoredBucket, page: Page) -> None:
    shelf.put("torn.mp4", b"no film at all")
    open_file(page, shelf, "torn.mp4")
    expect(stage(page).locator("[data-preview-state=broken]")).to_contain_text("This browser can’t play it")


def test_frames_a_pdf_on_the_storages_origin(cast: Cast, shelf: StoredBucket, whole_page_as: PageAs) -> None:
    page = whole_page_as(cast.mark)
    open_file(page, shelf, "Brochure.pdf")
    source = stage(page).locator("iframe").get_attribute("src") or ""
    assert source.startswith(shelf.row.endpoint_url)
    assert "response-content-type=application%2Fpdf" in source


def test_numbers_the_lines_of_code(shelf: StoredBucket, page: Page) -> None:
    open_file(page, shelf, "script.py")
    expect(stage(page).locator("code")).to_have_text("def hello() -> None:\n    print('hello')\n")
    expect(stage(page).locator(".code-numbers")).to_have_text("1\n2")
    assert page.evaluate("CSS.highlights.get('code-keyword').size") == 2
    assert_accessible(page)


def test_draws_csv_as_a_table(shelf: StoredBucket, page: Page) -> None:
    open_file(page, shelf, "People.csv")
    expect(stage(page).get_by_role("cell", name="Mark, Jr.")).to_be_visible()
    expect(stage(page).get_by_role("columnheader", name="city")).to_be_visible()
    assert_accessible(page)


def test_says_that_only_the_first_rows_are_shown(shelf: StoredBucket, page: Page) -> None:
    shelf.put("long.csv", b"n,square\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(1500)))
    open_file(page, shelf, "long.csv")
    expect(stage(page).get_by_role("note")).to_have_text("Shows the first 1,000 rows.")
    expect(stage(page).locator("tbody tr")).to_have_count(1000)


def test_renders_markdown(shelf: StoredBucket, page: Page) -> None:
    open_file(page, shelf, "Notes.md")
    expect(stage(page).locator("article h1")).to_have_text("Notes")
    link = stage(page).get_by_role("link", name="link")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    assert_accessible(page)


def test_lets_nothing_in_markdown_act(shelf: StoredBucket, page: Page) -> None:
    planted = [
        "<script>document.title = 'ran'</script>",
        "<img src=x onerror=\"document.title = 'ran'\">",
        "<a href=\"javascript:document.title='ran'\">x</a>",
        "[one](javascript:document.title='ran')",
        "[two](data:text/html,<script>parent.document.title='ran'</script>)",
        "[three]( java&#115;cript:document.title='ran')",
        "<iframe srcdoc=\"<script>parent.document.title='ran'</script>\"></iframe>",
        "<form action='/logout' method='post'><button>x</button></form>",
        "<div data-hx-get='/account' data-hx-trigger='load' hx-post='/logout' hx-trigger='load'>x</div>",
        "<style>body { display: none }</style>",
        "<svg><use href='data:image/svg+xml,x'/><script>document.title='ran'</script></svg>",
        "<p id='upload-tray' class='preview' style='position: fixed'>x</p>",
        "![four](https://example.com/seen.png)",
        "![five](x.png \"' onerror='document.title=1\")",
    ]
    shelf.put("planted.md", ("# Planted\n\n" + "\n\n".join(planted) + "\n\nend\n").encode())
    open_file(page, shelf, "planted.md")
    expect(stage(page).locator("article")).to_contain_text("end")
    for link in stage(page).locator("article a[href]").all():
        link.click(no_wait_after=True)
    left = page.evaluate(
        """() => [...document.querySelectorAll('.preview-prose *')].flatMap(element =>
             [element.localName, ...[...element.attributes].map(one => one.name)])"""
    )
    assert set(left) == {"h1", "p", "a", "span", "class"}
    assert page.title() == "planted.md · MediaBridge"


def test_shows_html_as_its_source(shelf: StoredBucket, page: Page) -> None:
    open_file(page, shelf, "page.html")
    expect(stage(page).locator("code")).to_contain_text("<script>document.title = 'ran'</script>")
    assert page.title() != "ran"
    expect(page.get_by_role("link", name="Open in a new tab")).to_have_count(0)


def test_shows_a_drawing_without_running_it(shelf: StoredBucket, page: Page) -> None:
    shelf.put("evil.svg", SCRIPTED)
    open_file(page, shelf, "drawing.svg")
    is_drawn(page)
    open_file(page, shelf, "evil.svg")
    assert page.title() != "ran"
    expect(page.get_by_role("link", name="Open in a new tab")).to_have_count(0)


def test_reads_texts_in_their_encoding(shelf: StoredBucket, page: Page) -> None:
    written = {
        "latin.txt": ("Zoë naïve".encode("latin-1"), "Zoë naïve"),
        "marked.txt": (b"\xef\xbb\xbfplain", "plain"),
        "wide.txt": ("\ufeffwide ž".encode("utf-16-le"), "wide ž"),
        "emoji.txt": ("a 😀 b".encode(), "a 😀 b"),
    }
    for name, (body, read) in written.items():
        shelf.put(name, body)
        open_file(page, shelf, name)
        expect(stage(page).locator("code")).to_have_text(read)


def test_reads_only_the_beginning_of_a_long_text(shelf: StoredBucket, page: Page) -> None:
    line = "ä" * 49 + "\n"
    shelf.put("long.log", (line * 20_000).encode())
    ranges: list[str] = []
    page.on("request", lambda request: ranges.append(request.headers.get("range", "")))
    open_file(page, shelf, "long.log")
    expect(stage(page).get_by_role("note")).to_contain_text("Shows the first 1.0\u00a0MB of 1.9\u00a0MB")
    assert "bytes=0-1048575" in ranges
    assert "\ufffd" not in stage(page).locator("code").inner_text()[-60:]


def test_says_that_a_text_is_none(shelf: StoredBucket, page: Page) -> None:
    shelf.put("binary.txt", bytes(range(256)))
    open_file(page, shelf, "binary.txt")
    expect(stage(page)).to_contain_text("This isn’t text: it holds binary data.")
    expect(stage(page).get_by_role("button", name="Download")).to_be_visible()


def test_says_that_a_picture_is_broken(shelf: StoredBucket, page: Page) -> None:
    open_file(page, shelf, "broken.png")
    expect(stage(page).locator("[data-preview-state=broken]")).to_contain_text("This file can’t be shown")
    with page.expect_download() as download:
        stage(page).get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "broken.png"
    assert_accessible(page)


@pytest.mark.parametrize(
    ("name", "state", "says"),
    [("unknown.xyz", "type", "No preview for this type"), ("empty.txt", "empty", "This file is empty")],
)
def test_says_why_there_is_no_preview(
    shelf: StoredBucket, page: Page, name: str, state: str, says: str
) -> None:
    open_file(page, shelf, name)
    expect(stage(page).locator(f"[data-preview-state={state}]")).to_contain_text(says)
    assert_accessible(page)


def test_says_that_a_file_is_archived(shelf: StoredBucket, page: Page) -> None:
    shelf.put("frozen.png", picture(), StorageClass="GLACIER")
    open_file(page, shelf, "frozen.png")
    expect(stage(page)).to_contain_text("This file is archived")
    expect(page.get_by_role("button", name="Download")).to_have_count(0)
    assert_accessible(page)


def test_says_that_a_file_is_gone(shelf: StoredBucket, page: Page) -> None:
    answer = page.goto(f"/b/{shelf.code}/never.png")
    assert answer is not None
    assert answer.status == 404
    expect(stage(page)).to_contain_text("This file is gone")
    assert_accessible(page)


def test_turns_by_arrows_and_closes_by_back(shelf: StoredBucket, page: Page) -> None:
    page.goto(f"/b/{shelf.code}/Photos/?sort=name&dir=asc")
    page.get_by_role("link", name="harbour.png").click()
    heading = page.locator("#preview-title")
    expect(heading).to_have_text("harbour.png")
    expect(page).to_have_url(re.compile(r"/Photos/harbour\.png\?sort=name&dir=asc$"))
    page.keyboard.press("ArrowRight")
    expect(heading).to_have_text("street at night.png")
    expect(page.locator("#preview")).not_to_have_attribute("aria-busy", "true")
    page.keyboard.press("ArrowLeft")
    expect(heading).to_have_text("harbour.png")
    page.go_back()
    expect(page.locator("#preview")).not_to_have_attribute("open", "")
    expect(page).to_have_url(re.compile(r"/Photos/\?sort=name&dir=asc$"))
    page.go_forward()
    expect(heading).to_have_text("harbour.png")


def test_goes_as_far_as_the_arrows_were_pressed(shelf: StoredBucket, page: Page) -> None:
    page.goto(f"/b/{shelf.code}/Photos/?sort=name&dir=asc")
    names = page.locator("a[data-file]").all_inner_texts()
    page.get_by_role("link", name=names[0]).click()
    heading = page.locator("#preview-title")
    expect(heading).to_have_text(names[0])
    # All at once: the first is on its way when the others are pressed.
    arrows = "ways => ways.forEach(key => document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true})))"
    page.evaluate(arrows, ["ArrowRight", "ArrowRight"])
    expect(heading).to_have_text(names[2])
    page.evaluate(arrows, ["ArrowLeft", "ArrowRight"])
    expect(heading).to_have_text(names[1])
    expect(heading).to_have_text(names[2])
    expect(page.locator("#preview")).not_to_have_attribute("aria-busy", "true")
    page.evaluate(arrows, ["ArrowLeft"] * 9)
    expect(heading).to_have_text(names[0])


def test_has_the_keys_of_its_buttons(shelf: StoredBucket, page: Page) -> None:
    open_file(page, shelf, "Photos/harbour.png")
    with page.expect_response("**/-/download") as answer:
        page.keyboard.press("d")
    assert answer.value.status == 204
    page.keyboard.press("Delete")
    expect(page.get_by_role("dialog", name=re.compile("Delete"))).to_contain_text("harbour.png")
    page.keyboard.press("Escape")
    expect(page.locator("#preview")).to_have_attribute("open", "")


def test_closes_by_escape_and_gives_the_focus_back(shelf: StoredBucket, page: Page) -> None:
    page.goto(f"/b/{shelf.code}/Photos/")
    page.get_by_role("link", name="harbour.png").click()
    expect(page.locator("#preview-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#preview")).not_to_have_attribute("open", "")
    expect(page).to_have_url(re.compile(r"/Photos/$"))
    row = page.locator("[data-path='Photos/harbour.png']")
    assert row.evaluate(
        "element => element === document.activeElement || element.contains(document.activeElement)"
    )


def test_keeps_the_focus_inside(shelf: StoredBucket, page: Page) -> None:
    page.goto(f"/b/{shelf.code}/Photos/")
    page.get_by_role("link", name="harbour.png").click()
    expect(page.locator("#preview-title")).to_be_focused()
    for _ in range(20):
        page.keyboard.press("Tab")
        outside = "!document.querySelector('#preview').contains(document.activeElement) && document.activeElement !== document.body"
        assert not page.evaluate(outside)


def test_opens_before_its_folder_by_its_own_address(shelf: StoredBucket, page: Page) -> None:
    open_file(page, shelf, "Photos/harbour.png")
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/Photos/$"))
    expect(page.get_by_role("link", name="street at night.png")).to_be_visible()
    expect(page).to_have_title("Press kit / Photos · MediaBridge")


def test_stays_in_the_folder_when_the_file_cannot_be_asked_for(
    shelf: StoredBucket, page: Page, watch: Watch
) -> None:
    watch.allow("503")
    page.goto(f"/b/{shelf.code}/Photos/")
    page.route("**/Photos/harbour.png*", lambda route: route.fulfill(status=503, body=""))
    page.get_by_role("link", name="harbour.png").click()
    expect(page).to_have_url(re.compile(r"/Photos/$"))
    expect(page.locator("#preview")).not_to_have_attribute("open", "")


def test_turns_by_a_swipe(cast: Cast, shelf: StoredBucket, page_as: PageAs) -> None:
    page = page_as(cast.mark, 390, has_touch=True)
    page.goto(f"/b/{shelf.code}/Photos/harbour.png?sort=name&dir=asc")
    is_drawn(page)
    page.evaluate(
        """() => {
          const image = document.querySelector('#preview img');
          const touch = x => [new Touch({identifier: 1, target: image, clientX: x, clientY: 300})];
          image.dispatchEvent(new TouchEvent('touchstart', {bubbles: true, touches: touch(300), changedTouches: touch(300)}));
          image.dispatchEvent(new TouchEvent('touchend', {bubbles: true, touches: [], changedTouches: touch(100)}));
        }"""
    )
    expect(page.locator("#preview-title")).to_have_text("street at night.png")


def test_goes_on_to_the_next_file_after_deleting_one(shelf: StoredBucket, page: Page) -> None:
    for name in ("one", "two"):
        shelf.put(f"Bin/{name}.png", picture())
    page.goto(f"/b/{shelf.code}/Bin/?sort=name&dir=asc")
    page.get_by_role("link", name="one.png").click()
    is_drawn(page)
    page.locator("#preview").get_by_role("button", name="Delete").click()
    page.locator("#delete-dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#preview-title")).to_have_text("two.png")
    assert shelf.keys("Bin/") == ["Bin/two.png"]


def test_offers_no_deletion_without_the_right(cast: Cast, shelf: StoredBucket, page_as: PageAs) -> None:
    shelf.assign(cast.rita)
    page = page_as(cast.rita)
    open_file(page, shelf, "Photos/harbour.png")
    is_drawn(page)
    expect(page.locator("#preview").get_by_role("button", name="Delete")).to_have_count(0)


def test_opens_a_file_in_a_new_tab_and_notes_it(shelf: StoredBucket, page: Page) -> None:
    open_file(page, shelf, "Photos/harbour.png")
    before = AuditEntry.objects.filter(operation="link_opened").count()
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Open in a new tab").click()
    popup.value.wait_for_url(re.compile(r"/Photos/harbour\.png\?.*X-Amz-Signature="))
    assert popup.value.evaluate("window.opener") is None
    assert AuditEntry.objects.filter(operation="link_opened").count() == before + 1
    expect(page.locator("#preview-title")).to_have_text("harbour.png")


def test_closes_the_new_tab_when_the_file_is_gone(shelf: StoredBucket, page: Page, watch: Watch) -> None:
    watch.allow("Status Error Code 404")
    shelf.put("Fleeting/fleeting.png", picture())
    open_file(page, shelf, "Fleeting/fleeting.png")
    is_drawn(page)
    shelf.s3.delete_object(Bucket=shelf.row.bucket_name, Key="Fleeting/fleeting.png")
    with page.expect_popup() as popup:
        page.get_by_role("link", name="Open in a new tab").click()
    expect(page.locator("#toasts")).to_contain_text("This file is gone")
    page.wait_for_timeout(200)
    assert popup.value.is_closed()


def test_copies_the_address(shelf: StoredBucket, page: Page) -> None:
    open_file(page, shelf, "Photos/harbour.png")
    page.locator(".preview-facts").get_by_role("button", name="Copy URL").click()
    expect(page.locator("#toasts")).to_contain_text("Copied the URL")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "/Photos/harbour.png?" in copied
    assert "X-Amz-Expires=604800" in copied


def test_fetches_the_neighbours_ahead(shelf: StoredBucket, page: Page) -> None:
    with page.expect_response(lambda answer: "street%20at%20night" in answer.url):
        page.goto(f"/b/{shelf.code}/Photos/harbour.png?sort=name&dir=asc")


def test_stands_by_itself_on_a_phone(cast: Cast, shelf: StoredBucket, page_as: PageAs) -> None:
    page = page_as(cast.mark, 390, "dark")
    open_file(page, shelf, "People.csv")
    expect(stage(page).locator("table")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)


def test_says_when_the_storage_forbids_reading(shelf: StoredBucket, page: Page, watch: Watch) -> None:
    watch.allow("script.py")
    page.route(lambda url: "script.py?" in url and "X-Amz" in url, lambda route: route.abort("failed"))
    open_file(page, shelf, "script.py")
    expect(stage(page)).to_contain_text("The storage doesn’t answer")
    page.unroute_all()
    stage(page).get_by_role("button", name="Try again").click()
    expect(stage(page).locator("code")).to_contain_text("hello")

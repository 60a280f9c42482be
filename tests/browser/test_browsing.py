"""Walking through folders: places, Back, order, states."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from files.models import Folder
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Cast
from tests.browser.line import Line
from tests.browser.stores import StoredBucket, picture
from tests.browser.watch import Watch

PageAs = Callable[..., Page]
ODD = [
    "with space.txt", "a#b?c%d+e&f.txt", "100%25.txt", "“quotes” 'single' \"double\".txt", "party 🎉.txt", "dots...",
    "..hidden", "semi;colon:at@.txt", "x" * 1000 + ".txt", "<b>bold.txt",
]  # fmt: skip


@pytest.fixture(scope="module")
def album(make_bucket: Callable[..., StoredBucket], cast: Cast) -> StoredBucket:
    """A bucket with one long folder, one with odd names, and a few in each other."""
    files = {"Readme.md": b"# Hi\n", "a/b/c/deep.txt": b"x", "docs": b"a file", "docs/in.txt": b"x"}
    made = make_bucket(files=files, title="Album")
    made.assign(cast.mark, allow_delete=True)
    made.assign(cast.rita, allow_upload=False)
    many = {f"long/{number:03d}.txt": b"x" * number for number in range(1, 71)}
    odd = {f"odd/{name}": b"hello" for name in ODD}
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda item: made.put(*item), [*many.items(), *odd.items()]))
    return made


def rows(page: Page) -> Locator:
    return page.locator("#entries > .entry")


def row(page: Page, name: str) -> Locator:
    return page.locator(f"#entries > .entry[data-name={name!r}]")


def load_all(page: Page, count: int) -> None:
    for _ in range(10):
        if rows(page).count() >= count:
            return
        before = rows(page).count()
        page.keyboard.press("End")
        rows(page).nth(before).wait_for()
    raise AssertionError(f"{rows(page).count()} rows came, not {count}")


def test_moves_between_folders_without_leaving_the_page(
    album: StoredBucket, cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{album.code}/")
    page.evaluate("window.stays = true")
    for name in ("a", "b", "c"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("navigation", name="Folders").locator("[aria-current=page]")).to_have_text(
            name
        )
    expect(page).to_have_url(re.compile(f"/b/{album.code}/a/b/c/$"))
    expect(page).to_have_title("Album / a / b / c · MediaBridge")
    page.get_by_role("link", name="Album").click()
    expect(row(page, "a")).to_be_focused()
    assert page.evaluate("window.stays") is True


def test_comes_back_to_the_same_row_at_the_same_height(
    album: StoredBucket, cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{album.code}/long/?sort=name&dir=asc")
    rows(page).first.focus()
    load_all(page, 60)
    page.keyboard.press("End")
    row(page, "050.txt").scroll_into_view_if_needed()
    row(page, "050.txt").locator(".is-size").click()
    page.wait_for_timeout(300)
    height, count = page.evaluate("scrollY"), rows(page).count()
    assert height > 500
    page.keyboard.press("Backspace")
    expect(row(page, "Readme.md")).to_be_visible()
    page.go_back()
    expect(row(page, "050.txt")).to_be_focused()
    assert page.evaluate("scrollY") == height
    assert rows(page).count() >= count
    page.go_forward()
    expect(row(page, "Readme.md")).to_be_visible()
    assert page.evaluate("scrollY") == 0


@pytest.mark.parametrize("leave", ["reload", "elsewhere"])
def test_finds_the_place_again_after_the_page_was_left(
    album: StoredBucket, cast: Cast, page_as: PageAs, leave: str
) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{album.code}/long/?sort=name&dir=asc")
    rows(page).first.focus()
    load_all(page, 60)
    row(page, "045.txt").locator(".is-size").click()
    page.wait_for_timeout(300)
    height = page.evaluate("scrollY")
    assert height > 0
    if leave == "reload":
        page.reload()
    else:
        page.goto("/account")
        page.go_back()
    expect(row(page, "045.txt")).to_be_in_viewport()
    expect(page.locator("body")).not_to_have_attribute("aria-busy", "true")
    page.wait_for_function("height => Math.abs(scrollY - height) < 2", arg=height)


def test_loads_a_long_folder_as_one_scrolls_and_says_how_much_it_is(
    album: StoredBucket, cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{album.code}/long/?sort=name&dir=asc")
    assert rows(page).count() == 20
    for expected in (40, 60, 70):
        page.mouse.move(700, 500)
        page.mouse.wheel(0, 20_000)
        expect(rows(page)).to_have_count(expected)
    names = page.locator("#entries .entry-name").all_inner_texts()
    assert names == [f"{number:03d}.txt" for number in range(1, 71)]
    expect(page.locator(".listing-end")).to_have_text("70 files · 2.4\u00a0KB")


def test_says_when_the_rest_can_not_be_loaded_and_tries_again(
    album: StoredBucket, cast: Cast, page_as: PageAs, watch: Watch
) -> None:
    watch.allow(r"503|after=")
    page = page_as(cast.mark)
    page.route("**/*after=*", lambda route: route.fulfill(status=503, body="", content_type="text/plain"))
    page.goto(f"/b/{album.code}/long/?sort=name&dir=asc")
    page.mouse.wheel(0, 20_000)
    expect(page.locator(".sentinel")).to_contain_text("could not be loaded")
    page.unroute("**/*after=*")
    page.locator(".sentinel").click()
    expect(rows(page)).to_have_count(40)


@pytest.mark.parametrize("status", [502, 503, 504])
def test_says_that_nobody_answers_when_only_a_proxy_did(
    album: StoredBucket, cast: Cast, page_as: PageAs, watch: Watch, status: int
) -> None:
    watch.allow(rf"{status}")
    page = page_as(cast.mark)
    page.goto(f"/b/{album.code}/")
    page.route(
        "**/b/**", lambda route: route.fulfill(status=status, body="<h1>nginx</h1>", content_type="text/html")
    )
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator(".toast")).to_contain_text("MediaBridge does not answer at the moment.")
    expect(page.get_by_role("heading", name="nginx")).to_have_count(0)
    page.unroute("**/b/**")
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("#entries > .entry").first).to_be_visible()


def test_orders_by_the_columns(album: StoredBucket, cast: Cast, page_as: PageAs) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{album.code}/long/")
    page.get_by_role("columnheader", name="Size").get_by_role("link").click()
    expect(page.locator(".entry-name").first).to_have_text("070.txt")
    expect(page.get_by_role("columnheader", name="Size")).to_have_attribute("aria-sort", "descending")
    page.get_by_role("columnheader", name="Size").get_by_role("link").click()
    expect(page.locator(".entry-name").first).to_have_text("001.txt")
    expect(page).to_have_url(re.compile(r"sort=size&dir=asc"))
    page.go_back()
    expect(page.locator(".entry-name").first).to_have_text("070.txt")
    page.get_by_role("button", name="Order:").click()
    page.get_by_role("menuitemradio", name="Name, Z to A").click()
    expect(page).to_have_url(re.compile(r"sort=name&dir=desc"))


def test_filters_by_type(bucket: StoredBucket, cast: Cast, page_as: PageAs) -> None:
    bucket.assign(cast.uma)
    page = page_as(cast.uma)
    page.goto(f"/b/{bucket.code}/")
    page.get_by_label("Show only").select_option("Images")
    expect(page).to_have_url(re.compile("type=image"))
    expect(rows(page)).to_have_count(2)
    page.get_by_label("Show only").select_option("Archives")
    expect(page.get_by_role("heading", name="No archives in this folder")).to_be_visible()
    page.get_by_role("link", name="Show all").click()
    expect(row(page, "Brochure.pdf")).to_be_visible()


def test_filters_by_the_arrow_keys(bucket: StoredBucket, cast: Cast, page_as: PageAs) -> None:
    page = page_as(cast.ada)
    page.goto(f"/b/{bucket.code}/")
    kinds = page.get_by_label("Show only")
    kinds.focus()
    for address in ("type=image", "type=video"):
        page.keyboard.press("ArrowDown")
        expect(page).to_have_url(re.compile(address))
        expect(kinds).to_be_focused()


def test_remembers_the_grid(album: StoredBucket, cast: Cast, page_as: PageAs) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{album.code}/long/")
    page.get_by_role("button", name="Grid").click()
    expect(page.locator("#listing")).to_have_attribute("data-view", "grid")
    expect(page.get_by_role("button", name="Grid")).to_have_attribute("aria-pressed", "true")
    # Tiles need less height: the end of what was loaded comes into sight, and more comes.
    expect(rows(page)).not_to_have_count(20)
    answer = page.request.get(f"/b/{album.code}/long/")
    assert 'data-view="grid"' in answer.text()
    assert 'data-view="list"' not in answer.text()
    page.get_by_role("link", name="Album").click()
    expect(page.locator("#listing")).to_have_attribute("data-view", "grid")
    page.reload()
    expect(page.locator("#listing")).to_have_attribute("data-view", "grid")


def test_opens_names_that_are_hard_to_write_in_an_address(
    album: StoredBucket, cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{album.code}/odd/")
    for name in ODD:
        page.locator("#entries .entry-name").get_by_text(name, exact=True).click()
        expect(page.locator("#preview")).to_be_visible()
        expect(page.locator("#preview .preview-title")).to_have_text(name)
        page.keyboard.press("Escape")
        expect(page.locator("#preview")).to_be_hidden()
        expect(page).to_have_url(re.compile(r"/odd/$"))


def test_tells_a_file_from_a_folder_of_the_same_name(
    album: StoredBucket, cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{album.code}/")
    page.locator('.entry[data-path="docs/"] .entry-name').click()
    expect(row(page, "in.txt")).to_be_visible()
    page.go_back()
    page.locator('.entry[data-path="docs"] .entry-name').click()
    expect(page.locator("#preview .preview-title")).to_have_text("docs")


def test_shows_pictures_and_a_tile_where_one_is_broken(
    bucket: StoredBucket, cast: Cast, page_as: PageAs
) -> None:
    bucket.put("Photos/t-harbour.png", picture(64, 40))
    page = page_as(cast.ada)
    page.goto(f"/b/{bucket.code}/")
    expect(row(page, "broken.png").locator(".filetype.is-image")).to_be_visible()
    expect(row(page, "broken.png").locator("img")).to_have_count(0)
    page.goto(f"/b/{bucket.code}/Photos/")
    image = row(page, "harbour.png").locator("img")
    expect(image).to_be_visible()
    page.wait_for_function(
        "() => document.querySelector('.entry[data-name=\"harbour.png\"] img').naturalWidth === 64"
    )
    expect(row(page, "t-harbour.png")).to_have_count(0)


def test_makes_a_folder_that_lives_in_the_page(album: StoredBucket, cast: Cast, page_as: PageAs) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{album.code}/")
    page.get_by_role("button", name="New folder").click()
    name = page.get_by_role("dialog").get_by_label("Name")
    expect(name).to_be_focused()
    name.fill("a/b")
    page.keyboard.press("Enter")
    expect(page.get_by_text("A name can't contain a slash.")).to_be_visible()
    page.get_by_role("dialog").get_by_label("Name").fill("Autumn #1")
    page.get_by_role("button", name="Create folder").click()
    expect(page.get_by_role("heading", name="There is nothing in “Autumn #1” yet")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/Autumn%20%231/\?new=1$"))
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert_accessible(page)
    page.reload()
    expect(page.get_by_role("button", name="Choose files")).to_be_visible()
    assert not album.keys("Autumn")


def test_refreshes_what_changed_outside(album: StoredBucket, cast: Cast, page_as: PageAs) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{album.code}/a/b/")
    expect(rows(page)).to_have_count(1)
    album.put("a/b/from outside.txt")
    page.get_by_role("button", name="Refresh").click()
    expect(row(page, "from outside.txt")).to_be_visible()


def test_says_that_a_folder_is_gone(album: StoredBucket, cast: Cast, page_as: PageAs) -> None:
    album.put("fleeting/one.txt")
    page = page_as(cast.mark)
    page.goto(f"/b/{album.code}/fleeting/")
    expect(row(page, "one.txt")).to_be_visible()
    album.s3.delete_object(Bucket=album.row.bucket_name, Key="fleeting/one.txt")
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_role("heading", name="This folder is gone")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("link", name="To the folder above").click()
    expect(row(page, "Readme.md")).to_be_visible()


def test_offers_nothing_to_upload_to_somebody_who_may_only_read(
    album: StoredBucket, cast: Cast, page_as: PageAs
) -> None:
    page = page_as(cast.rita)
    page.goto(f"/b/{album.code}/")
    expect(row(page, "Readme.md")).to_be_visible()
    expect(page.get_by_role("button", name="Upload", exact=True)).to_have_count(0)
    row(page, "Readme.md").locator(".is-size").click()
    expect(page.get_by_role("toolbar", name="Selection").get_by_role("button", name="Delete")).to_have_count(
        0
    )


def test_shows_the_last_known_list_while_the_storage_is_away(
    make_bucket: Callable[..., StoredBucket], cast: Cast, page_as: PageAs, line: Line, watch: Watch
) -> None:
    watch.allow("503|ERR_")
    away = make_bucket(files={"kept.txt": b"x"}, title="Far away", endpoint=line.url)
    page = page_as(cast.ada)
    page.goto(f"/b/{away.code}/")
    expect(row(page, "kept.txt")).to_be_visible()
    Folder.objects.filter(bucket=away.row).update(listed_at=timezone.now() - timedelta(hours=2))
    line.cut()
    page.goto(f"/b/{away.code}/")
    expect(page.get_by_text("This is the list from 2 hours ago")).to_be_visible()
    expect(row(page, "kept.txt")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".toast", has_text="The storage")).to_be_visible(timeout=20_000)
    line.mend()
    # After an outage the storage is left in peace for some seconds.
    for _ in range(15):
        page.wait_for_timeout(1_000)
        if not page.get_by_text("This is the list from").count():
            break
        page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("This is the list from")).to_have_count(0)
    expect(row(page, "kept.txt")).to_be_visible()


def test_says_what_an_administrator_can_do_when_the_key_is_wrong(
    make_bucket: Callable[..., StoredBucket], cast: Cast, page_as: PageAs, watch: Watch
) -> None:
    watch.allow("502")
    broken = make_bucket(files={}, title="Wrong name")
    broken.row.bucket_name = "there-is-no-such-bucket"
    broken.row.credential_version += 1
    broken.row.save()
    broken.assign(cast.mark)
    page = page_as(cast.ada)
    page.goto(f"/b/{broken.code}/")
    expect(page.get_by_role("heading", name="The bucket does not exist.")).to_be_visible()
    expect(page.get_by_role("link", name="Bucket settings")).to_be_visible()
    assert_accessible(page)
    page = page_as(cast.mark)
    page.goto(f"/b/{broken.code}/")
    expect(page.get_by_text("Ask an administrator")).to_be_visible()
    assert "there-is-no-such-bucket" not in page.content()


@pytest.mark.parametrize(
    ("view", "width", "theme"),
    [
        (view, width, theme)
        for view in ("list", "grid")
        for width in (1440, 768, 390)
        for theme in ("light", "dark")
    ],
)
def test_is_accessible(
    bucket: StoredBucket, cast: Cast, page_as: PageAs, *, view: str, width: int, theme: str
) -> None:
    page = page_as(cast.ada, width, theme)
    page.context.add_cookies(
        [{"name": "view", "value": view, "url": page.context.request.get("/healthz").url}]
    )
    page.goto(f"/b/{bucket.code}/")
    expect(page.locator("#listing")).to_have_attribute("data-view", view)
    row(page, "Notes.md").get_by_role("checkbox").check()
    expect(page.get_by_role("toolbar", name="Selection")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)

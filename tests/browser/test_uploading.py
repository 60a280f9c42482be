"""Putting files into a bucket: picked and dropped, one and many, interrupted, refused, and asked about."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from playwright.sync_api import Dialog, Locator, Page, Route, expect

from accounts.models import AuditEntry
from buckets.models import Bucket
from files.models import PendingUpload
from tests import people
from tests.browser.accessibility import assert_accessible
from tests.browser.conftest import Cast
from tests.browser.line import Line
from tests.browser.stores import StoredBucket, picture
from tests.browser.watch import Watch

PageAs = Callable[..., Page]
MakeBucket = Callable[..., StoredBucket]
OpenInbox = Callable[..., Page]
State = PendingUpload.State
IS_S3 = re.compile(r"X-Amz-Signature=")
ODD_NAMES = [
    "a b.txt",
    "100% #1?.txt",
    "c+d&e.txt",
    'o\'clock "now".txt',
    "naïve 😀.txt",
    "dot.txt.",
    "=;,@!$()[]{}~^`.txt",
]


@pytest.fixture
def inbox(cast: Cast, make_bucket: MakeBucket) -> StoredBucket:
    """A bucket with one file, which Mark may fill."""
    bucket = make_bucket(files={"old.txt": b"old"})
    bucket.assign(cast.mark)
    return bucket


def slow(bucket: StoredBucket, line: Line, *, bytes_per_second: int) -> None:
    """From now on browsers reach `bucket` through `line`."""
    Bucket.objects.filter(id=bucket.row.id).update(endpoint_url=line.url)
    line.bytes_per_second = bytes_per_second


def tray(page: Page) -> Locator:
    return page.locator("#upload-tray")


def row(page: Page, name: str) -> Locator:
    return tray(page).locator(".tray-row", has_text=name)


def expect_state(page: Page, name: str, state: str, *, timeout: float = 30_000) -> None:
    expect(row(page, name)).to_have_attribute("data-state", state, timeout=timeout)


def written(directory: Path, files: dict[str, bytes]) -> list[Path]:
    paths = []
    for name, body in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
        paths.append(path)
    return paths


def pick(page: Page, *paths: Path) -> None:
    page.set_input_files("#pick-files", [str(path) for path in paths])


@pytest.fixture
def open_inbox(cast: Cast, inbox: StoredBucket, page_as: PageAs) -> OpenInbox:
    """Opens the inbox's page for Mark."""

    def opened(**options: object) -> Page:
        page = page_as(cast.mark, **options)
        page.goto(f"/b/{inbox.code}/")
        expect(page.locator("#folder")).to_be_visible()
        return page

    return opened


def drop(page: Page, *paths: Path) -> None:
    """Drops files or folders from the desktop in the middle of the page."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, "x": 600, "y": 500, "data": data})


def test_uploads_what_was_picked(inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path) -> None:
    page = open_inbox()
    pick(page, *written(tmp_path, {"harbour.png": picture(), "notes.txt": b"hello"}))
    expect_state(page, "harbour.png", "done")
    expect_state(page, "notes.txt", "done")
    expect(tray(page).get_by_role("heading")).to_have_text("2 files uploaded")
    assert inbox.body("harbour.png") == picture()
    assert inbox.head("notes.txt")["ContentType"] == "text/plain"
    expect(page.locator("#folder").get_by_role("link", name="harbour.png")).to_be_visible()
    assert_accessible(page)


def test_sends_no_file_through_our_server(inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path) -> None:
    page = open_inbox()
    sent: list[tuple[str, int]] = []
    page.on("request", lambda request: sent.append((request.url, len(request.post_data_buffer or b""))))
    pick(page, *written(tmp_path, {"big.bin": b"x" * 200_000}))
    expect_state(page, "big.bin", "done")
    assert max(size for url, size in sent if inbox.row.endpoint_url not in url) < 2_000


def test_uploads_what_was_dropped(inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path) -> None:
    page = open_inbox()
    drop(page, *written(tmp_path, {"one.txt": b"1", "two.txt": b"22"}))
    expect(tray(page).get_by_role("heading")).to_have_text("2 files uploaded")
    assert inbox.body("two.txt") == b"22"


def test_uploads_a_dropped_folder_with_all_it_holds(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    written(tmp_path, {"trip/a.txt": b"a", "trip/day 1/b.txt": b"b", "trip/day 1/deep/c.txt": b"c"})
    page = open_inbox()
    drop(page, tmp_path / "trip")
    expect(tray(page).get_by_role("heading")).to_have_text("3 files uploaded")
    assert inbox.keys("trip/") == ["trip/a.txt", "trip/day 1/b.txt", "trip/day 1/deep/c.txt"]
    expect(page.locator("#folder").get_by_role("link", name="trip")).to_be_visible()


@pytest.mark.parametrize("way", ["dropped", "picked"])
def test_leaves_out_what_the_system_keeps_in_folders(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, way: str
) -> None:
    of_the_system = [".DS_Store", "sub/._a.jpg", "sub/Thumbs.db", "sub/desktop.ini"]
    files = {f"{way}/{name}": b"x" for name in [*of_the_system, "a.jpg", "sub/DS_Store.txt", ".hidden"]}
    written(tmp_path, files)
    page = open_inbox()
    if way == "dropped":
        drop(page, tmp_path / way)
    else:
        page.set_input_files("#pick-folder", str(tmp_path / way))
    expect(page.get_by_text("4 files of the system left out.")).to_be_visible()
    expect(tray(page).get_by_role("heading")).to_have_text("3 files uploaded")
    assert inbox.keys(f"{way}/") == [f"{way}/.hidden", f"{way}/a.jpg", f"{way}/sub/DS_Store.txt"]


def test_uploads_a_file_of_the_system_that_was_picked_by_itself(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    page = open_inbox()
    pick(page, *written(tmp_path, {"desktop.ini": b"[meant]"}))
    expect_state(page, "desktop.ini", "done")


def test_uploads_a_picked_folder(inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path) -> None:
    written(tmp_path, {"album/x.txt": b"x", "album/sub/y.txt": b"y"})
    page = open_inbox()
    page.set_input_files("#pick-folder", str(tmp_path / "album"))
    expect(tray(page).get_by_role("heading")).to_have_text("2 files uploaded")
    assert inbox.keys("album/") == ["album/sub/y.txt", "album/x.txt"]


def test_uploads_odd_names_and_empty_files(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    page = open_inbox()
    pick(page, *written(tmp_path, {**dict.fromkeys(ODD_NAMES, b"odd"), "nothing.txt": b""}))
    expect(tray(page).get_by_role("heading")).to_have_text(f"{len(ODD_NAMES) + 1} files uploaded")
    assert set(inbox.keys()) == {*ODD_NAMES, "nothing.txt", "old.txt"}
    assert inbox.body("nothing.txt") == b""
    expect(page.locator("#folder").get_by_role("link", name="naïve 😀.txt")).to_be_visible()


def test_uploads_and_opens_a_name_that_fills_the_longest_key(
    cast: Cast, make_bucket: MakeBucket, page_as: PageAs, tmp_path: Path
) -> None:
    folder = "/".join(letter * 200 for letter in "abcd") + "/"
    name = "ü" * 108 + ".txt"
    assert len((folder + name).encode()) == 1_024
    bucket = make_bucket(files={f"{folder}old.txt": b"old"})
    bucket.assign(cast.mark)
    page = page_as(cast.mark)
    page.goto(f"/b/{bucket.code}/{folder}")
    pick(page, *written(tmp_path, {name: b"to the last byte"}))
    expect_state(page, name, "done")
    assert bucket.body(folder + name) == b"to the last byte"
    page.locator("#folder").get_by_role("link", name=name).click()
    expect(page.locator("#preview-title")).to_have_text(name)
    expect(page.locator("#preview code")).to_have_text("to the last byte")


def test_opens_a_file_and_a_folder_of_one_name(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    inbox.put("notes.txt/inside.txt", b"within")
    page = open_inbox()
    pick(page, *written(tmp_path, {"notes.txt": b"the file itself"}))
    expect_state(page, "notes.txt", "done")
    expect(page.locator(".entry-name", has_text="notes.txt")).to_have_count(2)
    page.locator('.entry[data-kind=file] .entry-name[href$="/notes.txt"]').click()
    expect(page.locator("#preview code")).to_have_text("the file itself")
    page.keyboard.press("Escape")
    page.locator('.entry[data-kind=folder] .entry-name[href$="/notes.txt/"]').click()
    expect(page.locator("#folder").get_by_role("link", name="inside.txt")).to_be_visible()


def test_shows_how_far_it_is(inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, line: Line) -> None:
    slow(inbox, line, bytes_per_second=1_000_000)
    page = open_inbox()
    pick(page, *written(tmp_path, {"film.bin": b"x" * 20_000_000, "clip.bin": b"y" * 3_000_000}))
    expect_state(page, "film.bin", "uploading")
    expect(row(page, "film.bin").locator(".tray-note")).to_have_text(
        re.compile(r"MB of 19\.1.MB · .*/s · .*left")
    )
    expect(tray(page).get_by_role("heading")).to_have_text(re.compile("Uploading . of 2"))
    expect(page.locator("#live")).to_contain_text("Uploading")
    assert_accessible(page)
    line.mend()
    expect_state(page, "film.bin", "done")


def test_says_finishing_while_the_arrival_is_checked(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    page = open_inbox()
    held: list[Route] = []
    page.route("**/-/upload/confirm", lambda route: held.append(route))  # noqa: PLW0108  (Playwright wraps what it is given; a method can't be)
    # What arrived within a moment is asked about together, so the question comes after the word.
    with page.expect_request("**/-/upload/confirm"):
        pick(page, *written(tmp_path, {"a.txt": b"a"}))
        expect_state(page, "a.txt", "finishing")
    expect(row(page, "a.txt")).to_contain_text("All sent · finishing")
    expect(tray(page).get_by_role("heading")).to_have_text("Finishing 1 file")
    held[0].continue_()
    expect_state(page, "a.txt", "done")


def test_survives_moving_between_folders(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, line: Line
) -> None:
    inbox.put("Archive/x.txt")
    slow(inbox, line, bytes_per_second=1_000_000)
    page = open_inbox()
    pick(page, *written(tmp_path, {"film.bin": b"x" * 4_000_000}))
    expect_state(page, "film.bin", "uploading")
    page.locator("#folder").get_by_role("link", name="Archive").click()
    expect(page.locator("#folder").get_by_role("link", name="x.txt")).to_be_visible()
    expect_state(page, "film.bin", "uploading")
    line.mend()
    expect_state(page, "film.bin", "done")
    assert "film.bin" in inbox.keys("film")
    page.go_back()
    expect(page.locator("#folder").get_by_role("link", name="film.bin")).to_be_visible()


def test_cancels_one_and_goes_on_with_the_other(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, line: Line
) -> None:
    slow(inbox, line, bytes_per_second=800_000)
    page = open_inbox()
    pick(page, *written(tmp_path, {"stop.bin": b"x" * 24_000_000, "go.bin": b"y" * 1_000_000}))
    expect_state(page, "stop.bin", "uploading")
    with page.expect_response("**/-/upload/cancel"):
        page.get_by_role("button", name="Cancel stop.bin").click()
    expect_state(page, "stop.bin", "cancelled")
    line.mend()
    expect_state(page, "go.bin", "done")
    assert sorted(inbox.keys()) == ["go.bin", "old.txt"]


def test_tells_the_truth_of_many_that_are_cancelled_half_way(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    written(tmp_path, {f"many/{n:04}.txt": b"%d" % n for n in range(400)})
    page = open_inbox()
    page.set_input_files("#pick-folder", str(tmp_path / "many"))
    heading = tray(page).get_by_role("heading")
    told = AuditEntry.objects.filter(operation="upload_confirmed", bucket_id=inbox.row.id)
    for _ in range(400):
        # Confirmed one after the other, and not only when the last was sent.
        if told.count() >= 20:
            break
        page.wait_for_timeout(50)
    expect(heading).to_have_text(re.compile("^Uploading .* of 400$"))
    assert tray(page).locator(".tray-row").count() <= 200
    page.get_by_role("button", name="Cancel all").click()

    expect(heading).to_have_text(re.compile(r"^\d+ files uploaded$"), timeout=30_000)
    # Some of those under way may have landed.
    page.wait_for_timeout(1_500)
    stored = inbox.keys("many/")
    assert 20 <= len(stored) < 400
    expect(heading).to_have_text(f"{len(stored)} files uploaded")
    assert sorted(told.values_list("path", flat=True)) == stored


def test_counts_as_uploaded_what_arrived_before_it_was_cancelled(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    page = open_inbox()
    # The answer to the PUT never comes, though the file is there.
    page.evaluate("""() => {
      const { send } = XMLHttpRequest.prototype;
      XMLHttpRequest.prototype.send = function (body) {
        if (body instanceof File) this.onload = null;
        send.call(this, body);
      };
    }""")
    with page.expect_response(lambda response: response.request.method == "PUT"):
        pick(page, *written(tmp_path, {"there.txt": b"there"}))
    page.get_by_role("button", name="Cancel there.txt").click()
    expect_state(page, "there.txt", "done")
    expect(page.locator("#folder").get_by_role("link", name="there.txt")).to_be_visible()


def test_tries_again_by_itself_after_a_cut(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, line: Line, watch: Watch
) -> None:
    watch.allow("request failed: PUT")
    slow(inbox, line, bytes_per_second=1_000_000)
    page = open_inbox()
    pick(page, *written(tmp_path, {"film.bin": b"x" * 4_000_000}))
    expect(row(page, "film.bin").locator("progress")).not_to_have_js_property("value", 0)
    line.cut()
    expect(row(page, "film.bin")).to_contain_text("The connection was lost.")
    line.mend()
    expect_state(page, "film.bin", "done", timeout=15_000)
    assert inbox.head("film.bin")["ContentLength"] == 4_000_000


@pytest.mark.parametrize("is_gone", [False, True], ids=["without a CORS rule", "deleted"])
def test_says_when_the_storage_takes_nothing_from_this_page(
    *, cast: Cast, make_bucket: MakeBucket, page_as: PageAs, tmp_path: Path, watch: Watch, is_gone: bool
) -> None:
    watch.allow("CORS|request failed: PUT|request failed: OPTIONS|OPTIONS .* 40[34]")
    fresh = make_bucket(files={})
    fresh.assign(cast.mark)
    page = page_as(cast.mark)
    page.goto(f"/b/{fresh.code}/")
    if is_gone:
        fresh.forget()
    else:
        fresh.s3.delete_bucket_cors(Bucket=fresh.row.bucket_name)
    pick(page, *written(tmp_path, {"film.bin": b"x" * 400_000}))
    expect_state(page, "film.bin", "failed", timeout=20_000)
    expect(row(page, "film.bin")).to_contain_text("doesn’t let this page upload (CORS)")
    expect(row(page, "film.bin")).to_contain_text("Test connection")
    expect(row(page, "film.bin")).not_to_contain_text("connection was lost")
    expect(page.get_by_role("button", name="Retry film.bin")).to_be_visible()
    assert_accessible(page)


def test_uploads_on_retry_after_the_rule_was_added(
    cast: Cast, make_bucket: MakeBucket, page_as: PageAs, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("CORS|request failed: PUT|request failed: OPTIONS|OPTIONS .* 40[34]")
    fresh = make_bucket(files={})
    fresh.assign(cast.mark)
    name = fresh.row.bucket_name
    rules = fresh.s3.get_bucket_cors(Bucket=name)["CORSRules"]
    fresh.s3.delete_bucket_cors(Bucket=name)
    page = page_as(cast.mark)
    page.goto(f"/b/{fresh.code}/")
    pick(page, *written(tmp_path, {"film.bin": b"x" * 400_000}))
    expect_state(page, "film.bin", "failed", timeout=20_000)
    fresh.s3.put_bucket_cors(Bucket=name, CORSConfiguration={"CORSRules": rules})
    page.get_by_role("button", name="Retry film.bin").click()
    expect_state(page, "film.bin", "done")
    assert fresh.keys() == ["film.bin"]


def test_says_that_the_connection_was_lost_where_it_had_begun_to_send(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, line: Line, watch: Watch
) -> None:
    watch.allow("request failed: PUT")
    slow(inbox, line, bytes_per_second=1_000_000)
    page = open_inbox()
    pick(page, *written(tmp_path, {"film.bin": b"x" * 4_000_000}))
    expect(row(page, "film.bin").locator("progress")).not_to_have_js_property("value", 0)
    line.cut()
    expect_state(page, "film.bin", "failed", timeout=20_000)
    expect(row(page, "film.bin")).to_contain_text("The connection was lost. Try again.")


def test_waits_for_the_network(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, line: Line, watch: Watch
) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED|request failed: PUT")
    slow(inbox, line, bytes_per_second=1_000_000)
    page = open_inbox()
    pick(page, *written(tmp_path, {"film.bin": b"x" * 4_000_000}))
    expect_state(page, "film.bin", "uploading")
    page.context.set_offline(True)
    line.cut()
    expect(row(page, "film.bin")).to_contain_text("No network. Goes on by itself when it is back.")
    line.mend()
    page.context.set_offline(False)
    expect_state(page, "film.bin", "done", timeout=15_000)


def test_waits_for_the_network_when_all_is_sent(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("ERR_INTERNET_DISCONNECTED|htmx:sendError|htmx:afterRequest")
    page = open_inbox()
    tries: list[str] = []

    def lose_the_network_once(route: Route) -> None:
        tries.append(route.request.url)
        if len(tries) > 1:
            route.continue_()
            return
        page.context.set_offline(True)
        route.abort("internetdisconnected")

    page.route("**/-/upload/confirm", lose_the_network_once)
    pick(page, *written(tmp_path, {"a.txt": b"a"}))
    expect(tray(page)).to_contain_text("No network. Goes on by itself when it is back.")
    page.wait_for_timeout(2_500)  # A second try would have come after 1.25 s.
    assert len(tries) == 1
    page.context.set_offline(False)
    expect_state(page, "a.txt", "done", timeout=15_000)


def test_asks_our_server_again_when_it_was_away(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("503")
    page = open_inbox()
    asked: list[str] = []

    def away_once(route: Route) -> None:
        asked.append(route.request.url)
        if asked.count(route.request.url) == 1:
            route.fulfill(status=503, body="")
        else:
            route.continue_()

    page.route("**/-/upload/*", away_once)
    pick(page, *written(tmp_path, {"a.txt": b"a"}))
    expect_state(page, "a.txt", "done", timeout=15_000)
    assert sorted(url.rpartition("/")[2] for url in asked) == ["confirm", "confirm", "prepare", "prepare"]


def test_says_at_once_that_the_storage_refused(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("502")
    page = open_inbox()
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        said = {"toast": {"kind": "error", "text": "The bucket no longer exists."}}
        route.fulfill(status=502, headers={"HX-Trigger": json.dumps(said), "HX-Reswap": "none"}, body="")

    page.route("**/-/upload/prepare", refuse)
    pick(page, *written(tmp_path, {"a.txt": b"a"}))
    expect_state(page, "a.txt", "failed")
    expect(row(page, "a.txt")).to_contain_text("The bucket no longer exists.")
    # The row has said it; while the storage is away each further try would only say it again.
    expect(page.locator(".toast")).to_have_count(0)
    assert len(asked) == 1


def test_keeps_the_files_of_somebody_who_was_signed_out(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("401")
    page = open_inbox()
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    pick(page, *written(tmp_path, {"a.txt": b"a", "b.txt": b"b"}))
    expect_state(page, "a.txt", "failed")
    expect(row(page, "a.txt")).to_contain_text("You were signed out. Sign in again, then retry.")
    expect(page).to_have_url(re.compile(f"/b/{inbox.code}/$"))
    expect(page.locator(".toast")).to_have_count(1)
    with page.expect_popup() as popup:
        page.locator(".toast").get_by_role("link", name="Sign in").click()
    popup.value.locator("input[name=email]").fill("mark@example.com")
    popup.value.locator("input[name=password]").fill(people.PASSWORD)
    popup.value.get_by_role("button", name="Sign in").click()
    popup.value.wait_for_url(f"**/b/{inbox.code}/")
    tray(page).get_by_role("button", name="Retry all failed").click()
    expect(tray(page).get_by_role("heading")).to_have_text("2 files uploaded")


def test_fails_in_the_end_and_retries_all_when_asked(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("request failed: PUT")
    page = open_inbox()
    page.clock.install()
    page.route(
        IS_S3,
        lambda route: route.abort("connectionreset") if route.request.method == "PUT" else route.continue_(),
    )
    pick(page, *written(tmp_path, {"a.txt": b"a", "b.txt": b"b"}))
    for _ in range(12):
        page.clock.run_for(10_000)
    expect_state(page, "a.txt", "failed")
    expect_state(page, "b.txt", "failed")
    expect(tray(page).get_by_role("heading")).to_have_text("2 files not uploaded")
    assert_accessible(page)
    page.unroute_all()
    tray(page).get_by_role("button", name="Retry all failed").click()
    for _ in range(6):
        page.clock.run_for(2_000)
    expect(tray(page).get_by_role("heading")).to_have_text("2 files uploaded")
    assert {"a.txt", "b.txt"} <= set(inbox.keys())


def test_asks_once_before_the_first_byte(inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path) -> None:
    inbox.put("second.txt", b"older")
    page = open_inbox()
    puts: list[str] = []
    page.on("request", lambda request: puts.append(request.url) if request.method == "PUT" else None)
    pick(page, *written(tmp_path, {"old.txt": b"new", "second.txt": b"newer", "fresh.txt": b"f"}))
    dialog = page.get_by_role("dialog", name="2 names are taken")
    expect(dialog).to_be_visible()
    assert puts == []
    assert_accessible(page)
    dialog.get_by_label("What to do with old.txt").select_option("overwrite")
    expect(dialog.get_by_label("For all of them")).to_have_value("")
    dialog.get_by_role("button", name="Continue").click()
    expect(tray(page).get_by_role("heading")).to_have_text("3 files uploaded")
    assert inbox.body("old.txt") == b"new"
    assert inbox.body("second.txt") == b"older"
    assert inbox.body("second (2).txt") == b"newer"
    assert inbox.body("fresh.txt") == b"f"


def test_applies_one_answer_to_all(inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path) -> None:
    inbox.put("second.txt", b"older")
    page = open_inbox()
    pick(page, *written(tmp_path, {"old.txt": b"new", "second.txt": b"newer"}))
    page.get_by_label("For all of them").select_option("skip")
    page.get_by_role("button", name="Continue").click()
    expect(tray(page).get_by_role("heading")).to_have_text("2 files skipped")
    assert inbox.body("old.txt") == b"old"


def test_overwrites_the_only_file_of_that_name(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    page = open_inbox()
    pick(page, *written(tmp_path, {"old.txt": b"new"}))
    dialog = page.get_by_role("dialog", name="This name is taken")
    expect(dialog.get_by_label("For all of them")).to_be_hidden()
    dialog.get_by_label("What to do with old.txt").select_option("overwrite")
    dialog.get_by_role("button", name="Continue").click()
    expect_state(page, "old.txt", "done")
    assert inbox.body("old.txt") == b"new"


def test_sends_nothing_when_the_question_is_given_up(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    page = open_inbox()
    pick(page, *written(tmp_path, {"old.txt": b"new", "fresh.txt": b"f"}))
    expect(page.get_by_role("dialog", name="This name is taken")).to_be_visible()
    page.keyboard.press("Escape")
    expect(tray(page).get_by_role("heading")).to_have_text("2 files cancelled")
    assert inbox.keys() == ["old.txt"]


def test_offers_no_overwriting_without_the_right(
    cast: Cast, inbox: StoredBucket, page_as: PageAs, tmp_path: Path
) -> None:
    inbox.assign(cast.rita, allow_overwrite=False)
    page = page_as(cast.rita)
    page.goto(f"/b/{inbox.code}/")
    pick(page, *written(tmp_path, {"old.txt": b"new"}))
    choice = page.get_by_label("What to do with old.txt")
    expect(choice.locator("option[value=overwrite]")).to_have_attribute("disabled", "")
    page.get_by_role("button", name="Cancel the upload").click()
    assert inbox.body("old.txt") == b"old"


def test_asks_when_somebody_takes_the_name_meanwhile(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("answer 412")
    page = open_inbox()

    def first_somebody_else(route: Route) -> None:
        if route.request.method == "PUT" and not inbox.keys("race.txt"):
            inbox.put("race.txt", b"THEIRS")
        route.continue_()

    page.route(IS_S3, first_somebody_else)
    pick(page, *written(tmp_path, {"race.txt": b"mine!!"}))
    expect(page.get_by_role("dialog", name="This name is taken")).to_be_visible()
    page.get_by_role("button", name="Continue").click()
    expect(tray(page).get_by_role("heading")).to_have_text("1 file uploaded")
    assert inbox.body("race.txt") == b"THEIRS"
    assert inbox.body("race (2).txt") == b"mine!!"


def test_asks_once_about_all_names_taken_meanwhile(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("answer 412")
    page = open_inbox()
    names = [f"race {number}.txt" for number in range(7)]

    def first_somebody_else(route: Route) -> None:
        if route.request.method == "PUT" and not inbox.keys("race"):
            for name in names:
                inbox.put(name, b"THEIRS")
        route.continue_()

    page.route(IS_S3, first_somebody_else)
    pick(page, *written(tmp_path, dict.fromkeys(names, b"mine!!")))
    expect(page.get_by_role("dialog", name="7 names are taken")).to_be_visible()
    page.get_by_label("For all of them").select_option("skip")
    page.get_by_role("button", name="Continue").click()
    expect(tray(page).get_by_role("heading")).to_have_text("7 files skipped")
    assert {inbox.body(name) for name in names} == {b"THEIRS"}


def test_takes_its_own_earlier_arrival_for_success(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("answer 412|request failed: PUT")
    page = open_inbox()
    tries: list[str] = []

    def lose_the_first_answer(route: Route) -> None:
        if route.request.method != "PUT":
            route.continue_()
            return
        tries.append(route.request.url)
        if len(tries) == 1:
            route.fetch()
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route(IS_S3, lose_the_first_answer)
    pick(page, *written(tmp_path, {"lost.txt": b"only once"}))
    expect_state(page, "lost.txt", "done", timeout=15_000)
    assert len(tries) == 2
    assert inbox.keys() == ["lost.txt", "old.txt"]


def test_signs_again_when_a_signature_ran_out(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("answer 403")
    page = open_inbox()
    prepared: list[str] = []
    puts: list[str] = []
    page.on(
        "request", lambda request: prepared.append(request.url) if request.url.endswith("/prepare") else None
    )

    def spoil_the_first(route: Route) -> None:
        if route.request.method != "PUT":
            route.continue_()
            return
        puts.append(route.request.url)
        expired = route.request.url.replace("X-Amz-Expires=300", "X-Amz-Expires=1")
        route.continue_(url=expired if len(puts) == 1 else route.request.url)

    page.route(IS_S3, spoil_the_first)
    with page.expect_response("**/-/upload/cancel"):
        pick(page, *written(tmp_path, {"late.txt": b"late"}))
    expect_state(page, "late.txt", "done")
    assert (len(prepared), len(puts)) == (2, 2)
    signed = PendingUpload.objects.filter(bucket_id=inbox.row.id, key="late.txt").order_by("signed_at")
    assert [upload.state for upload in signed] == [State.CANCELLED, State.CONFIRMED]


def test_gives_up_when_the_storage_forbids_it(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, watch: Watch
) -> None:
    watch.allow("answer 403")
    page = open_inbox()
    page.route(
        IS_S3,
        lambda route: (
            route.continue_(url=route.request.url.replace("X-Amz-Expires=300", "X-Amz-Expires=1"))
            if route.request.method == "PUT"
            else route.continue_()
        ),
    )
    pick(page, *written(tmp_path, {"late.txt": b"late"}))
    expect_state(page, "late.txt", "failed")
    expect(row(page, "late.txt")).to_contain_text("The storage doesn’t permit this upload")


def test_refuses_what_is_over_the_limit_before_any_byte(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    page = open_inbox()
    puts: list[str] = []
    page.on("request", lambda request: puts.append(request.url) if request.method == "PUT" else None)
    big = tmp_path / "big.bin"
    with big.open("wb") as out:
        out.truncate(25 * 1024 * 1024 + 1)
    pick(page, big, *written(tmp_path, {"small.txt": b"s"}))
    expect_state(page, "big.bin", "refused")
    expect(row(page, "big.bin")).to_contain_text(
        "The limit is 25.0\u00a0MB a file; whoever runs MediaBridge can raise it."
    )
    expect_state(page, "small.txt", "done")
    expect(row(page, "big.bin").get_by_role("button")).to_have_count(0)
    assert not [url for url in puts if "big.bin" in url]


def test_says_why_a_type_is_refused(
    cast: Cast, make_bucket: MakeBucket, page_as: PageAs, tmp_path: Path
) -> None:
    bucket = make_bucket(files={}, allowed_types=["image/*"])
    bucket.assign(cast.mark)
    page = page_as(cast.mark)
    page.goto(f"/b/{bucket.code}/")
    pick(page, *written(tmp_path, {"tune.mp3": b"m", "photo.png": picture()}))
    expect_state(page, "tune.mp3", "refused")
    expect(row(page, "tune.mp3")).to_contain_text("may not be uploaded here")
    expect_state(page, "photo.png", "done")


def test_shows_first_what_did_not_work(
    cast: Cast, make_bucket: Callable[..., StoredBucket], page_as: PageAs, tmp_path: Path
) -> None:
    bucket = make_bucket()
    Bucket.objects.filter(id=bucket.row.id).update(allowed_types=["image/*"])
    bucket.assign(cast.mark)
    page = page_as(cast.mark)
    page.goto(f"/b/{bucket.code}/")
    names = ["a.png", "b.png", "tune.mp3", "c.png"]
    pick(page, *written(tmp_path, {name: picture() for name in names}))
    expect(tray(page).get_by_role("heading")).to_have_text("3 files uploaded, 1 not")
    expect(tray(page).locator(".tray-name")).to_have_text(["tune.mp3", "a.png", "b.png", "c.png"])


def test_takes_hundreds_of_files_with_few_rows(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    written(tmp_path, {f"many/{n:04}.txt": b"%d" % n for n in range(400)})
    page = open_inbox()
    page.set_input_files("#pick-folder", str(tmp_path / "many"))
    expect(tray(page).locator("[data-tray=more]")).to_have_text("and 200 more", timeout=20_000)
    expect(tray(page).locator(".tray-row")).to_have_count(200)
    expect(tray(page).get_by_role("heading")).to_have_text("400 files uploaded", timeout=120_000)
    assert len(inbox.keys("many/")) == 400


def test_warns_before_leaving_only_while_it_is_active(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, line: Line
) -> None:
    slow(inbox, line, bytes_per_second=500_000)
    page = open_inbox()
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    pick(page, *written(tmp_path, {"film.bin": b"x" * 3_000_000}))
    expect_state(page, "film.bin", "uploading")
    page.locator("h2#upload-title").click()
    page.evaluate("() => { location.href = '/account' }")
    page.wait_for_timeout(500)
    assert asked == ["beforeunload"]
    line.mend()
    expect_state(page, "film.bin", "done")
    page.goto("/account")
    assert asked == ["beforeunload"]


def test_ignores_a_second_drop_of_what_is_on_its_way(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path, line: Line
) -> None:
    slow(inbox, line, bytes_per_second=800_000)
    page = open_inbox()
    paths = written(tmp_path, {"film.bin": b"x" * 2_000_000})
    pick(page, *paths)
    expect_state(page, "film.bin", "uploading")
    pick(page, *paths)
    line.mend()
    expect(tray(page).get_by_role("heading")).to_have_text("1 file uploaded")


def test_hides_what_is_finished_and_closes(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    page = open_inbox()
    big = tmp_path / "big.bin"
    with big.open("wb") as out:
        out.truncate(26 * 1024 * 1024)
    pick(page, big, *written(tmp_path, {"small.txt": b"s"}))
    expect_state(page, "small.txt", "done")
    tray(page).get_by_role("button", name="Hide finished").click()
    expect(tray(page).locator(".tray-row")).to_have_count(1)
    tray(page).get_by_role("button", name="Close the uploads").click()
    expect(tray(page)).to_be_hidden()


def test_keeps_selection_and_place_when_the_folder_refreshes(
    inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path
) -> None:
    page = open_inbox()
    page.get_by_label("Select old.txt").check(force=True)
    pick(page, *written(tmp_path, {"new.txt": b"n"}))
    expect(page.locator("#folder").get_by_role("link", name="new.txt")).to_be_visible()
    expect(page.get_by_label("Select old.txt")).to_be_checked()


def test_shows_its_tray_on_a_phone(inbox: StoredBucket, open_inbox: OpenInbox, tmp_path: Path) -> None:
    page = open_inbox(width=390, theme="dark")
    pick(
        page,
        *written(
            tmp_path, {f"a file with a very long name that goes on and on {n}.txt": b"n" for n in range(12)}
        ),
    )
    expect(tray(page).get_by_role("heading")).to_have_text("12 files uploaded")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(page)

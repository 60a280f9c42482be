"""How each state comes about: by what a person does and what really goes wrong, never by a made-up page."""

import tempfile
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from accounts import audit, passwords, personal_tokens, sessions
from accounts.audit import Operation
from accounts.models import AuditEntry, PersonalToken, SignInBackoff, User
from accounts.scopes import Scope
from buckets.models import Bucket
from files.models import Folder
from restore.models import AwsKey, RestoreRequest
from tests import people
from tests.browser import pages, stores
from tests.shots.stage import Stage, row_named, rows_of

Scene = Callable[[Stage], Page]
NO_CLIPBOARD = """() => {
  navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
  document.execCommand = () => false;
}"""

# The reference of the wire


def reference(stage: Stage) -> Page:
    return stage.page(None, "/api/docs")


def reference_of_a_call(stage: Stage) -> Page:
    return stage.page(None, "/api/docs#listFiles")


def reference_found(stage: Stage) -> Page:
    page = reference(stage)
    page.get_by_role("searchbox").fill("delete_not_allowed")
    expect(page.locator(".docs-call:visible")).to_have_count(1)
    return page


def reference_without_a_match(stage: Stage) -> Page:
    page = reference(stage)
    page.get_by_role("searchbox").fill("teleport")
    expect(page.get_by_role("status").filter(has_text="No call")).to_be_visible()
    return page


# Doors


def setup_page(stage: Stage) -> Page:
    return stage.page(None, f"{stage.untouched('untouched')}/setup")


def setup_refused(stage: Stage) -> Page:
    page = setup_page(stage)
    _set_up(page, password="password12")
    page.locator("[aria-invalid=true]").first.wait_for()
    return page


def _set_up(page: Page, *, password: str) -> None:
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_role("textbox", name="Name").fill("Ada Admin")
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Create the administrator").click()


def already_set_up(stage: Stage) -> Page:
    page = stage.page(None, "/setup")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    return page


def login(stage: Stage) -> Page:
    return stage.page(None, "/login")


def sign_in(stage: Stage, email: str, password: str) -> Page:
    page = login(stage)
    page.get_by_label("E-mail").fill(email)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.locator("[role=alert], .notice, [aria-invalid=true]").first.wait_for()
    return page


def login_wrong(stage: Stage) -> Page:
    stage.afterwards(lambda: SignInBackoff.objects.all().delete())
    return sign_in(stage, "mark@example.com", "not my password")


def login_limited(stage: Stage) -> Page:
    stage.afterwards(lambda: SignInBackoff.objects.all().delete())
    sign_in(stage, "rita@example.com", "not my password")
    SignInBackoff.objects.update(failures=12, blocked_until=timezone.now() + timedelta(seconds=90))
    return sign_in(stage, "rita@example.com", "not my password")


def login_locked(stage: Stage) -> Page:
    User.objects.filter(pk=stage.rita.pk).update(locked_at=timezone.now())
    stage.afterwards(lambda: User.objects.filter(pk=stage.rita.pk).update(locked_at=None))
    return sign_in(stage, "rita@example.com", people.PASSWORD)


def login_disabled(stage: Stage) -> Page:
    return sign_in(stage, "dora@example.com", people.PASSWORD)


def login_after_force_logout(stage: Stage) -> Page:
    page = stage.page(stage.rita, "/account")
    sessions.force_logout(
        user=stage.rita, reason="Seen in the wrong place.", by=stage.ada, now=timezone.now()
    )
    stage.rita.refresh_from_db()
    page.goto("/")
    page.locator("main").wait_for()
    return page


def forgotten(stage: Stage) -> Page:
    return stage.page(None, f"{stage.with_mail()}/forgotten")


def set_password(stage: Stage) -> Page:
    return stage.page(None, f"/account/password/{passwords.new_link(user=stage.uma, now=timezone.now())}")


def set_password_gone(stage: Stage) -> Page:
    return stage.page(None, "/account/password/abcdefghijklmnopqrstuvwxyz0123456789")


# People


def account(stage: Stage) -> Page:
    pages.sign_in(stage.mark)
    return stage.page(stage.mark, "/account")


def account_refused(stage: Stage) -> Page:
    page = stage.page(stage.mark, "/account")
    for field, text in zip(page.locator("input[type=password]").all(), ["wrong one", "short"], strict=False):
        field.fill(text)
    page.locator("form", has=page.locator("input[type=password]")).get_by_role("button").last.click()
    page.locator("[aria-invalid=true]").first.wait_for()
    return page


def account_menu(stage: Stage) -> Page:
    page = stage.page(stage.mark, "/")
    page.locator("header [popovertarget], header [aria-haspopup]").last.click()
    page.locator(":popover-open").wait_for()
    return page


def tokens_none(stage: Stage) -> Page:
    stage.afterwards(lambda: PersonalToken.objects.all().delete())
    return stage.page(stage.mark, "/account/tokens")


def token_revoked(stage: Stage) -> Page:
    page = token_revoking(stage)
    page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(page.get_by_text("“Nightly backup” is revoked")).to_be_visible()
    expect(page.get_by_role("button", name="Revoke Nightly backup")).to_have_count(0)
    return page


def tokens_of_the_unassigned(stage: Stage) -> Page:
    return stage.page(stage.uma, "/account/tokens")


def tokens_listed(stage: Stage) -> Page:
    """One of each: in use, soon over, over in every way."""
    now, mark = timezone.now(), stage.mark
    stage.afterwards(lambda: PersonalToken.objects.all().delete())
    _token(mark, "Old laptop", ["read"], None, now=now, ended_at=now, ended_reason="revoked")
    _token(
        mark,
        "Before the new password",
        ["read"],
        None,
        now=now,
        ended_at=now,
        ended_reason="password_changed",
    )
    _token(
        mark,
        "Trial",
        ["read", "upload"],
        None,
        now=now - timedelta(days=40),
        expires_at=now - timedelta(days=2),
    )
    _token(mark, "Newsletter export", ["read"], [Bucket.objects.get(display_name="Campaigns").pk], now=now,
           expires_at=now + timedelta(days=3))  # fmt: skip
    _token(mark, "Render farm of the studio in Hamburg, second floor", ["read", "upload", "overwrite"],
           [stage.press.row.pk, Bucket.objects.get(display_name="Safe").pk, uuid4()], now=now)  # fmt: skip
    _token(
        mark,
        "Nightly backup",
        ["read"],
        None,
        now=now - timedelta(hours=3),
        last_used_at=now,
        last_used_ip="203.0.113.9",
    )
    return stage.page(mark, "/account/tokens")


def _token(
    user: User, name: str, acts: list[str], bucket_ids: list[UUID] | None, *, now: datetime, **more: Any
) -> None:
    scope = Scope(frozenset(acts), None if bucket_ids is None else frozenset(bucket_ids))
    made = personal_tokens.make(user=user, name=name, scope=scope, days=30, ip=None, now=now)
    if more:
        PersonalToken.objects.filter(pk=made.token.pk).update(**more)


def token_made(stage: Stage) -> Page:
    page = tokens_none(stage)
    page.get_by_role("textbox", name="Name").fill("Nightly backup")
    page.get_by_role("checkbox", name="Press").check()
    page.get_by_role("button", name="Make token").click()
    expect(page.get_by_label("The token")).to_be_focused()
    return page


def token_refused(stage: Stage) -> Page:
    page = tokens_none(stage)
    page.get_by_role("textbox", name="Name").fill("Render farm")
    page.get_by_role("checkbox", name="Overwrite").check()
    page.get_by_role("button", name="Make token").click()
    page.locator(".field-error").first.wait_for()
    return page


def token_revoking(stage: Stage) -> Page:
    page = tokens_listed(stage)
    page.get_by_role("button", name="Revoke Nightly backup").click()
    page.get_by_role("dialog").wait_for()
    return page


# Activity


def _something_happened(stage: Stage) -> None:
    """What a week leaves in the log, once."""
    if AuditEntry.objects.filter(path="Photos/Summer/harbour 00.png").exists():
        return
    press = {"bucket_id": stage.press.row.pk, "bucket_code": stage.press.code, "ip": "198.51.100.7"}
    done = audit.Outcome.DONE
    for by, path, operation, outcome, detail in (
        (stage.mark, "Photos/Summer/harbour 00.png", Operation.UPLOAD_CONFIRMED, done, {}),
        (stage.mark, "Brochure.pdf", Operation.UPLOAD_CONFIRMED, done, {"overwrites": True}),
        (
            stage.mark,
            "Photos/Autumn/pier.png",
            Operation.UPLOAD_CONFIRMED,
            done,
            {"token": {"name": "Camera (mbp_4Fd9aK…)"}},
        ),
        (stage.rita, "Empty/Draft <2>.docx", Operation.DOWNLOADED, done, {}),
        (
            stage.ada,
            "Old campaign/" + "a very long name that goes on " * 3 + ".tif",
            Operation.DELETED,
            done,
            {},
        ),
        (stage.ada, "Masters/reel 01.mp4", Operation.DELETED, audit.Outcome.FAILED, {}),
        (stage.mark, "Press kit/Press release.txt", Operation.LINK_COPIED, done, {}),
        (stage.mark, "People.csv", Operation.LINK_OPENED, done, {}),
        (stage.rita, "Empty/x", Operation.DELETED, audit.Outcome.REFUSED, {}),
        (stage.rita, "../Masters/", Operation.VIOLATION, audit.Outcome.REFUSED, {}),
    ):
        audit.record(by=by, path=path, operation=operation, outcome=outcome, detail=detail, **press)
    audit.record(by=stage.mark, operation=Operation.SIGNED_IN, ip="2001:db8:85a3::8a2e:370:7334")
    refused = {"reason": "wrong_credentials", "email": "nobody@example.com"}
    audit.record(
        by=None,
        operation=Operation.SIGN_IN_REFUSED,
        outcome=audit.Outcome.REFUSED,
        ip="203.0.113.9",
        detail=refused,
    )
    changed = {"kind": "bucket", "name": "Press kit", "changes": [{"changed": {"fields": ["Region"]}}]}
    audit.record(by=stage.ada, operation=Operation.ADMIN_CHANGED, ip="198.51.100.7", detail=changed)


def activity(stage: Stage) -> Page:
    _something_happened(stage)
    return stage.page(stage.mark, "/activity", ready=".activity-row")


def activity_of_an_admin(stage: Stage) -> Page:
    _something_happened(stage)
    return stage.page(stage.ada, "/activity", ready=".activity-row")


def activity_filtered(stage: Stage) -> Page:
    _something_happened(stage)
    page = stage.page(stage.ada, "/activity", ready=".activity-row")
    page.get_by_label("Result").select_option("refused")
    page.wait_for_url("**/activity?outcome=refused")
    page.get_by_role("link", name="Clear").wait_for()
    return page


def activity_empty(stage: Stage) -> Page:
    return stage.page(stage.uma, "/activity", ready="#activity-empty")


def activity_no_match(stage: Stage) -> Page:
    _something_happened(stage)
    return stage.page(stage.mark, "/activity?operation=deleted&until=2020-01-01", ready="#activity-no-match")


def activity_refused(stage: Stage) -> Page:
    return stage.page(stage.mark, "/activity?since=2026-03-02&until=2026-03-01", ready="#activity-refused")


# Buckets


def home(stage: Stage) -> Page:
    return stage.page(stage.mark, "/", ready=".card")


def home_of_an_admin(stage: Stage) -> Page:
    return stage.page(stage.ada, "/", ready=".card")


def home_with_somebody_locked(stage: Stage) -> Page:
    User.objects.filter(pk=stage.rita.pk).update(locked_at=timezone.now())
    stage.afterwards(lambda: User.objects.filter(pk=stage.rita.pk).update(locked_at=None))
    return stage.page(stage.ada, "/", ready=".banner")


def home_of_the_unassigned(stage: Stage) -> Page:
    return stage.page(stage.uma, "/", ready=".empty")


def home_without_buckets(stage: Stage) -> Page:
    page = stage.page(None, f"{stage.untouched('set_up')}/")
    if page.url.endswith("/setup"):
        _set_up(page, password=people.PASSWORD)
    else:
        page.get_by_label("E-mail").fill("ada@example.com")
        page.locator("input[type=password]").fill(people.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="No bucket yet").wait_for()
    return page


# The browser


def folder_list(stage: Stage) -> Page:
    return stage.folder(ready="[role=row][data-name]")


def folder_grid(stage: Stage) -> Page:
    page = stage.folder("Photos/Summer/", ready="[role=row][data-name]")
    page.locator("[data-set-view=grid]").click()
    page.locator("[data-view=grid]").first.wait_for()
    page.wait_for_load_state("networkidle")
    return page


def folder_thousands(stage: Stage) -> Page:
    stage.afterwards(lambda: setattr(stage.big, "latency", 0.4))
    stage.big.latency = 0
    page = stage.page(stage.mark, f"/b/{stage.big_code}/", ready="[role=row][data-name]")
    page.locator("#still-listing").wait_for(state="detached", timeout=60_000)
    return page


def folder_still_listing(stage: Stage) -> Page:
    Folder.objects.filter(bucket__system_code=stage.big_code).delete()
    return stage.page(stage.mark, f"/b/{stage.big_code}/", ready="#still-listing")


def folder_empty(stage: Stage) -> Page:
    return stage.folder("Empty/", ready="#empty")


def folder_empty_read_only(stage: Stage) -> Page:
    return stage.page(stage.rita, f"/b/{stage.press.code}/", ready="#empty")


def folder_new(stage: Stage) -> Page:
    page = new_folder_dialog(stage)
    page.locator("#new-folder-dialog input[name=name]").fill("Autumn campaign")
    page.locator("#new-folder-dialog [type=submit]").click()
    page.locator("#empty").wait_for()
    return page


def folder_unknown(stage: Stage) -> Page:
    return stage.folder("Fotos/", ready="#unknown")


def folder_gone(stage: Stage) -> Page:
    stage.press.put("Passing/one.txt")
    stage.folder("Passing/", ready="[role=row][data-name]")
    stage.press.s3.delete_object(Bucket=stage.press.row.bucket_name, Key="Passing/one.txt")
    stage.age_listings()
    return stage.folder("Passing/", ready="#gone")


def folder_skeleton(stage: Stage) -> Page:
    page = stage.page(stage.mark, f"/b/{stage.far.code}/", ready="[role=row][data-name]")
    Folder.objects.filter(path="Held/").delete()
    stage.afterwards(stage.line.mend)
    stage.line.hold()
    _open(page, page.get_by_role("link", name="Held"))
    page.locator("[data-skeleton]").first.wait_for(timeout=4_000)
    return page


def folder_refused(stage: Stage) -> Page:
    return stage.page(stage.mark, f"/b/{stage.refusing_code}/", ready="#problem")


def folder_refused_for_an_admin(stage: Stage) -> Page:
    return stage.page(stage.ada, f"/b/{stage.refusing_code}/", ready="#problem")


def folder_unreachable(stage: Stage) -> Page:
    Folder.objects.filter(path="Unknown/").delete()
    stage.afterwards(stage.line.mend)
    stage.line.cut()
    page = stage.window(stage.mark).new_page()
    page.goto(f"/b/{stage.far.code}/Unknown/", timeout=30_000)
    page.locator("#problem").wait_for()
    return page


def folder_last_known(stage: Stage) -> Page:
    stage.page(stage.mark, f"/b/{stage.far.code}/Known/", ready="[role=row][data-name]")
    stage.age_listings()
    stage.afterwards(stage.line.mend)
    stage.line.cut()
    page = stage.window(stage.mark).new_page()
    page.goto(f"/b/{stage.far.code}/Known/", timeout=30_000)
    page.locator(".banner.is-warning").wait_for()
    return page


def folder_forbidden(stage: Stage) -> Page:
    return stage.page(stage.uma, f"/b/{stage.press.code}/")


def folder_odd_names(stage: Stage) -> Page:
    return stage.folder("Odd%20names/", ready="[role=row][data-name]")


def folder_archived(stage: Stage) -> Page:
    return stage.folder("Masters/", ready="[role=row][data-name]")


def folder_no_match(stage: Stage) -> Page:
    return stage.folder("Masters/", ready="#no-match", type="document")


def folder_order_menu(stage: Stage) -> Page:
    page = folder_list(stage)
    page.locator("[popovertarget=order-menu]").click()
    page.locator("#order-menu:popover-open").wait_for()
    return page


def folder_entry_menu(stage: Stage) -> Page:
    page = folder_list(stage)
    row_named(page, "Notes.md").get_by_role("button").click()
    page.locator("#entry-menu:popover-open").wait_for()
    return page


def folder_selection(stage: Stage) -> Page:
    page = folder_list(stage)
    for name in ("Brochure.pdf", "Notes.md", "People.csv"):
        row_named(page, name).locator("[type=checkbox]").check(force=True)
    page.locator("#selection-bar:not([hidden])").wait_for()
    return page


def folder_drop(stage: Stage) -> Page:
    page = folder_list(stage)
    page.evaluate(
        """() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File(['x'], 'x.txt'));
          document.querySelector('#folder').dispatchEvent(
            new DragEvent('dragover', {bubbles: true, cancelable: true, dataTransfer: transfer}));
        }"""
    )
    page.locator("#drop-veil:not([hidden])").wait_for()
    return page


def new_folder_dialog(stage: Stage) -> Page:
    page = folder_list(stage)
    page.locator("[data-opens=new-folder-dialog]").click()
    page.locator("#new-folder-dialog[open]").wait_for()
    return page


def new_folder_refused(stage: Stage) -> Page:
    page = new_folder_dialog(stage)
    page.locator("#new-folder-dialog input[name=name]").fill("a/b")
    page.locator("#new-folder-dialog [type=submit]").click()
    page.locator("#new-folder-dialog [aria-invalid=true]").wait_for()
    return page


def keys_dialog(stage: Stage) -> Page:
    page = folder_list(stage)
    page.keyboard.press("?")
    page.locator("#keys-dialog[open]").wait_for()
    return page


def delete_dialog(stage: Stage) -> Page:
    page = folder_selection(stage)
    page.locator("#selection-bar [data-do=delete]").click()
    page.locator("#delete-dialog[open]").wait_for()
    return page


def delete_outcome(stage: Stage) -> Page:
    page = stage.page(stage.mark, f"/b/{stage.keeping_code}/", ready="[role=row][data-name]")
    for row in rows_of(page).all():
        row.locator("[type=checkbox]").check(force=True)
    page.locator("#selection-bar [data-do=delete]").click()
    page.locator("#delete-dialog[open] [type=submit]").click()
    page.locator("#delete-dialog[aria-labelledby=outcome-title]").wait_for()
    return page


def links_dialog(stage: Stage) -> Page:
    page = folder_selection(stage)
    # A browser that refuses the clipboard: then the addresses are shown to be copied by hand.
    page.evaluate(NO_CLIPBOARD)
    page.locator("#selection-bar [data-do=copy]").click()
    page.locator("#links-dialog[open]").wait_for()
    return page


def toast(stage: Stage) -> Page:
    page = folder_list(stage)
    row_named(page, "Notes.md").locator("[type=checkbox]").check(force=True)
    page.locator("#selection-bar [data-do=copy]").click()
    page.get_by_text("Copied the URL").first.wait_for()
    return page


def _open(page: Page, link: Locator) -> None:
    """As a person does: a tap on a phone, a double click elsewhere."""
    if page.evaluate("() => matchMedia('(pointer: coarse)').matches"):
        link.tap()
    else:
        link.dblclick()


# The preview


def preview_image(stage: Stage) -> Page:
    page = stage.preview("Photos/harbour.png")
    page.wait_for_function("() => document.querySelector('img.preview-media').naturalWidth > 0")
    return page


def preview_video(stage: Stage) -> Page:
    stage.press.put("clip.webm", b"\x1a\x45\xdf\xa3", ContentType="video/webm")
    return stage.preview("clip.webm")


def preview_audio(stage: Stage) -> Page:
    return stage.preview("Interview.wav")


def preview_pdf(stage: Stage) -> Page:
    return stage.preview("Brochure.pdf")


def preview_read(name: str) -> Scene:
    """The scene of a text of this name, once it has been read."""

    def scene(stage: Stage) -> Page:
        return stage.preview(
            name, ready=".preview-reading[aria-busy=false], .preview-reading:not([aria-busy])"
        )

    return scene


def preview_state(path: str, state: str) -> Scene:
    """The scene of a file that is not shown, for the reason `state`."""

    def scene(stage: Stage) -> Page:
        return stage.preview(path, ready=f"[data-preview-state={state}]")

    return scene


def preview_over_its_folder(stage: Stage) -> Page:
    page = stage.folder("Photos/Summer/", ready="[role=row][data-name]")
    _open(page, rows_of(page).nth(2).get_by_role("link"))
    page.locator("dialog#preview[open] img.preview-media").wait_for()
    return page


# The tray


def uploading(stage: Stage) -> Page:
    page = stage.page(stage.mark, f"/b/{stage.far.code}/Slow/", ready="#folder")
    stage.afterwards(stage.line.mend)
    stage.line.bytes_per_second = 400_000
    number = time.time_ns() % 1_000_000  # What an earlier shot sent is there and would be asked about.
    _pick(
        page,
        [(f"Film {number}.mp4", 3_000_000), (f"Poster {number}.png", 2_000_000), (f"Notes {number}.txt", 10)],
    )
    page.locator("#upload-tray:not([hidden]) progress").first.wait_for()
    page.wait_for_timeout(1_500)
    return page


def uploaded(stage: Stage) -> Page:
    stage.afterwards(lambda: _remove(stage, "Empty/Report.pdf", "Empty/Figures.csv"))
    page = folder_empty(stage)
    _pick(page, [("Report.pdf", 2_000), ("Figures.csv", 500)])
    rows_of(page).nth(1).wait_for()
    return page


def upload_refused(stage: Stage) -> Page:
    page = folder_empty(stage)
    _pick(page, [("Too large.mov", 26 * 1024 * 1024)])
    page.locator("#upload-tray:not([hidden]) .tray-row").first.wait_for()
    page.wait_for_timeout(500)
    return page


def upload_failed(stage: Stage) -> Page:
    page = folder_empty(stage)
    page.route(
        "**/*",
        lambda route: route.abort("connectionfailed") if route.request.method == "PUT" else route.continue_(),
    )
    _pick(page, [("Report.pdf", 2_000), ("Figures.csv", 500)])
    page.locator("#upload-tray [data-act=retry]:not([hidden])").first.wait_for(timeout=30_000)
    return page


def upload_offline(stage: Stage) -> Page:
    page = uploaded(stage)
    page.context.set_offline(True)
    _pick(page, [("Minutes.pdf", 2_000)])
    page.locator("#upload-tray .tray-row").filter(has_text="Minutes.pdf").wait_for()
    page.wait_for_timeout(1_000)
    return page


def upload_conflicts(stage: Stage) -> Page:
    page = stage.folder(ready="[role=row][data-name]")
    _pick(page, [("Notes.md", 100), ("People.csv", 100), ("New.txt", 100)])
    page.locator("#upload-conflicts[open]").wait_for()
    return page


def upload_folded(stage: Stage) -> Page:
    page = uploading(stage)
    page.locator("#upload-tray [data-act=fold]").click()
    page.wait_for_timeout(300)
    return page


def _pick(page: Page, files: list[tuple[str, int]]) -> None:
    place = Path(tempfile.mkdtemp(prefix="mediabridge-shots-"))
    for name, size in files:
        with (place / name).open("wb") as file:
            file.truncate(size)
    page.set_input_files("#pick-files", [place / name for name, _ in files])


def _remove(stage: Stage, *keys: str) -> None:
    for key in keys:
        stage.press.s3.delete_object(Bucket=stage.press.row.bucket_name, Key=key)
    Folder.objects.filter(path="Empty/").delete()


# What went wrong altogether


def not_found(stage: Stage) -> Page:
    return stage.page(stage.mark, "/no/such/page")


def not_found_for_strangers(stage: Stage) -> Page:
    return stage.page(None, "/no/such/page")


def bad_request(stage: Stage) -> Page:
    return stage.page(stage.mark, "/%ff")


def stale_form(stage: Stage) -> Page:
    page = login(stage)
    page.context.clear_cookies()
    page.get_by_label("E-mail").fill("mark@example.com")
    page.locator("input[type=password]").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.locator(".empty").wait_for()
    return page


def server_error(stage: Stage) -> Page:
    # A row nobody can have made by the admin, so that the product stumbles as it would over a mistake of ours.
    Bucket.objects.filter(pk=stage.press.row.pk).update(allowed_types=5)
    stage.afterwards(lambda: Bucket.objects.filter(pk=stage.press.row.pk).update(allowed_types=[]))
    return stage.page(stage.mark, f"/b/{stage.press.code}/")


def unavailable(stage: Stage) -> Page:
    page = stage.window(None, url=stage.without_database()).new_page()
    page.goto("/login", timeout=30_000)
    page.locator("main").wait_for()
    return page


# The admin


def admin(path: str, *, ready: str = "#main, main, #content") -> Scene:
    """The scene of an admin page."""

    def scene(stage: Stage) -> Page:
        target = path.format(press=stage.press.row.pk, mark=stage.mark.pk)
        page = stage.window(stage.ada).new_page()
        page.goto(f"/admin/{target}")
        page.locator(ready).first.wait_for()
        return page

    return scene


def admin_tokens(stage: Stage) -> Page:
    tokens_listed(stage)
    return admin("accounts/personaltoken/")(stage)


def admin_token(stage: Stage) -> Page:
    page = admin_tokens(stage)
    page.get_by_role("link", name="Render farm").first.click()
    page.get_by_role("button", name="Revoke").wait_for()
    return page


def admin_aws_keys(stage: Stage) -> Page:
    AwsKey.objects.get_or_create(
        access_key_id="AKIAIOSFODNN7EXAMPLE",
        defaults={"email": "nora@example.com", "owner_name": "Nora Newman"},
    )
    return admin("restore/awskey/")(stage)


def admin_restores(stage: Stage) -> Page:
    now = timezone.now()
    asked = {"s3_bucket": stage.press.row.bucket_name, "access_key_id": "AKIAIOSFODNN7EXAMPLE"}
    steps: list[dict[str, Any]] = [
        {},
        {"status": "pending", "email": "nora@example.com", "pre_notified_at": now},
        {"status": "restored", "email": "nora@example.com", "pre_notified_at": now, "restored_at": now, "post_notified_at": now},
    ]  # fmt: skip
    for number, step in enumerate(steps):
        RestoreRequest.objects.get_or_create(
            s3_key=f"films/2019/interview {number}.mov", defaults={**asked, **step}
        )
    return admin("restore/restorerequest/")(stage)


def admin_bucket_refused(stage: Stage) -> Page:
    page = admin("buckets/bucket/add/")(stage)
    page.locator("[name=display_name]").fill("No key")
    page.locator("[name=_save]").first.click()
    page.locator(".errorlist, [class*=error]").first.wait_for()
    return page


def admin_test(stage: Stage) -> Page:
    return _tested(stage, stage.press.row)


def admin_test_of_a_wrong_key(stage: Stage) -> Page:
    name = "Wrong key"
    row = Bucket.objects.filter(display_name=name).first() or stores.register(
        title=name, name=stage.press.row.bucket_name, key_id="AKIAWRONG", secret="wrong"
    )
    return _tested(stage, row)


def _tested(stage: Stage, row: Bucket) -> Page:
    page = admin(f"buckets/bucket/{row.pk}/change/")(stage)
    page.get_by_role("button", name="Test connection").click()
    page.wait_for_url("**/test/", timeout=30_000)
    return page


def admin_cors(stage: Stage) -> Page:
    page = admin("buckets/bucket/{press}/change/")(stage)
    page.get_by_role("button", name="Set CORS").click()
    page.wait_for_url("**/cors/")
    return page


def admin_password_link(stage: Stage) -> Page:
    page = admin("accounts/user/{mark}/change/")(stage)
    page.get_by_role("button", name="link").first.click()
    page.wait_for_load_state()
    return page

"""A double click on everything: what acts acts once, what toggles stays usable, and nothing goes wrong."""

import re
from collections import Counter
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from accounts.models import AuditEntry, Session
from tests.browser import pages
from tests.browser.conftest import Cast, PageAs
from tests.browser.stores import StoredBucket
from tests.people import PASSWORD

ON_THE_FOLDER = "main button:visible, header button:visible"


@pytest.fixture(scope="module")
def desk(make_bucket: Callable[..., StoredBucket], cast: Cast) -> StoredBucket:
    made = make_bucket(files={f"{name}.txt": b"x" for name in "abcdef"}, title="Desk")
    made.assign(cast.mark, allow_delete=True)
    return made


@pytest.fixture
def acts() -> Callable[[], Counter[str]]:
    """What was audited since the test began, counted by operation."""
    last = AuditEntry.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return lambda: Counter(AuditEntry.objects.filter(id__gt=last).values_list("operation", flat=True))


def test_signs_in_and_out_once(page_as: PageAs, cast: Cast, acts: Callable[[], Counter[str]]) -> None:
    page = page_as(None)
    page.goto("/login")
    page.get_by_label("E-mail").fill(cast.rita.email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").dblclick()
    expect(page).to_have_url("/")
    page.get_by_role("button", name="Account: Rita Reader").click()
    page.get_by_role("button", name="Sign out").dblclick()
    expect(page).to_have_url("/login")
    assert acts() == {"signed_in": 1, "signed_out": 1}


def test_changes_a_name_and_a_password_once(
    page_as: PageAs, cast: Cast, acts: Callable[[], Counter[str]]
) -> None:
    page = page_as(cast.uma)
    page.goto("/account")
    page.get_by_role("textbox", name="Name").fill("Uma Renamed")
    page.get_by_role("button", name="Save name").dblclick()
    expect(page.locator(".toast")).to_contain_text("Your name is changed.")
    for label, text in {"Current password": PASSWORD, "New password": "another harbour of lights"}.items():
        page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Change password").dblclick()
    expect(page.locator(".toast")).to_contain_text("Your password is changed.")
    assert acts()["password_set"] == 1


def test_ends_a_session_once(page_as: PageAs, cast: Cast, acts: Callable[[], Counter[str]]) -> None:
    pages.sign_in(cast.rita)
    page = page_as(cast.rita)
    page.goto("/account")
    page.get_by_role("button", name="End the session").first.dblclick()
    expect(page.locator(".toast")).to_contain_text("The session is ended.")
    assert acts()["session_ended"] == 1
    assert Session.objects.filter(user=cast.rita, ended_reason=Session.Ended.REVOKED).count() == 1


def test_makes_a_folder_once(page_as: PageAs, desk: StoredBucket, cast: Cast) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{desk.code}/")
    page.get_by_role("button", name="New folder").dblclick()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Once")
    dialog.get_by_role("button", name="Create folder").dblclick()
    expect(page.get_by_role("heading", name="There is nothing in “Once” yet")).to_be_visible()
    expect(page).to_have_url(f"/b/{desk.code}/Once/?new=1")
    expect(dialog).to_be_hidden()


def test_copies_and_deletes_once(
    page_as: PageAs, desk: StoredBucket, cast: Cast, acts: Callable[[], Counter[str]]
) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{desk.code}/")
    page.locator("#entries > .entry[data-name='a.txt']").get_by_role("checkbox").check()
    bar = page.locator("#selection-bar")
    bar.get_by_role("button", name="Copy URL").dblclick()
    expect(page.locator(".toast").first).to_contain_text("Copied the URL of “a.txt”.")
    bar.get_by_role("button", name="Delete").dblclick()
    dialog = page.get_by_role("dialog", name="Delete")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Delete", exact=True).dblclick()
    expect(page.locator("#entries > .entry[data-name='a.txt']")).to_have_count(0)
    expect(dialog).to_have_count(0)
    assert not desk.keys("a.txt")
    assert acts() == {"link_copied": 1, "deleted": 1}


def test_answers_a_conflict_once(
    page_as: PageAs, desk: StoredBucket, cast: Cast, acts: Callable[[], Counter[str]]
) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{desk.code}/")
    files = [{"name": "b.txt", "mimeType": "text/plain", "buffer": b"another"}]
    page.set_input_files("#pick-files", files=files)  # type: ignore[arg-type]
    asked = page.locator("#upload-conflicts")
    asked.get_by_role("button", name="Continue").dblclick()
    expect(asked).to_have_count(0)
    expect(page.get_by_role("link", name="b (2).txt")).to_be_visible()
    assert desk.keys("b") == ["b (2).txt", "b.txt"]
    assert acts() == {"upload_signed": 1, "upload_confirmed": 1}


def test_leaves_the_folder_usable_whatever_is_clicked_twice(
    page_as: PageAs, desk: StoredBucket, cast: Cast
) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{desk.code}/")
    names = page.locator(ON_THE_FOLDER).evaluate_all(
        "all => [...new Set(all.map(one => one.ariaLabel || one.innerText.trim()))]"
    )
    assert len(names) > 8
    for name in names:
        page.locator(ON_THE_FOLDER).filter(visible=True).and_(
            page.get_by_role("button", name=name, exact=True)
        ).first.dblclick()
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open], :popover-open")).to_have_count(0)
    page.get_by_role("link", name="c.txt").dblclick()
    expect(page.locator("dialog#preview[open]")).to_be_visible()


def test_steps_through_previews_and_closes(page_as: PageAs, desk: StoredBucket, cast: Cast) -> None:
    page = page_as(cast.mark)
    page.goto(f"/b/{desk.code}/c.txt?sort=name&dir=asc")
    preview = page.locator("dialog#preview[open]")
    preview.get_by_role("button", name="Next").or_(preview.get_by_role("link", name="Next")).first.dblclick()
    expect(preview).to_contain_text(re.compile(r"[de]\.txt"))
    preview.get_by_role("button", name="Close").or_(
        preview.get_by_role("link", name="Close")
    ).first.dblclick()
    expect(preview).to_have_count(0)
    expect(page.locator("#entries > .entry")).not_to_have_count(0)

"""The page of a file."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEntry, ForceLogout, User
from buckets.models import Bucket
from buckets.s3.errors import S3AccessDenied, S3Unavailable
from files import listing
from files.hrefs import file_href
from tests import people
from tests.files.conftest import Store
from tests.files.doors import HTMX, signed_in, text

CODE = "PRESS_KIT"


@pytest.fixture
def store(_kept: Store) -> Store:
    """The bucket with what these tests find in it."""
    _kept.hold(
        {**{f"team/{name}": b"x" * 10 for name in ("a.png", "b.txt", "c.svg")}, "team2/secret.txt": b"x"}
    )
    return _kept


@pytest.fixture
def team(store: Store, bucket: Bucket, mark: User) -> Store:
    """Mark may read his own folder; the folder beside it isn't his."""
    people.assign(mark, bucket, root="team/")
    return store


@pytest.fixture
def at_door(team: Store, mark: User) -> Client:
    return signed_in(mark)


def href(path: str) -> str:
    return file_href(CODE, path)


def test_sends_a_stranger_to_the_login_page(team: Store) -> None:
    answer = Client().get(href("a.png"))
    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("login"))


def test_shows_nothing_to_somebody_who_was_not_assigned(team: Store, uma: User) -> None:
    assert signed_in(uma).get(href("a.png")).status_code == 404


@pytest.mark.parametrize(
    "path", ["../team2/secret.txt", "%2e%2e/team2/secret.txt", "x/../../team2/secret.txt"]
)
def test_a_link_that_leads_outside_finds_nothing_and_throws_nobody_out(at_door: Client, path: str) -> None:
    answer = at_door.get(f"/b/{CODE}/{path}")
    assert answer.status_code == 404
    assert "secret" not in text(answer) or "Amz-Signature" not in text(answer)
    assert not ForceLogout.objects.exists()
    assert at_door.get(href("a.png")).status_code == 200


@pytest.mark.parametrize("path", ["a%00.png", "a//b.png", "./a.png", "a%09.png"])
def test_finds_nothing_under_a_name_that_cannot_be(at_door: Client, path: str) -> None:
    assert at_door.get(f"/b/{CODE}/{path}").status_code in (400, 404)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_says_that_a_file_is_gone(at_door: Client, headers: dict[str, str]) -> None:
    answer = at_door.get(href("never.png"), headers=headers)
    assert answer.status_code == 404
    assert "This file is gone" in text(answer)
    assert f'href="/b/{CODE}/"' in text(answer)


def test_leads_to_a_folder_whose_slash_was_left_out(at_door: Client, team: Store) -> None:
    team.put("team/sub 1/deep/x")
    assert at_door.get(href("sub 1"))["Location"] == f"/b/{CODE}/sub%201/"
    assert at_door.get(f"{href('sub 1/deep')}?sort=name&dir=desc")["Location"].startswith(
        f"/b/{CODE}/sub%201/deep/?sort=name"
    )


def test_shows_the_file_beside_a_folder_of_its_name(at_door: Client, team: Store) -> None:
    team.put_many(["team/both", "team/both/x"])
    assert at_door.get(href("both")).status_code == 200


def test_finds_no_folder_beside_the_person_s_own(at_door: Client, team: Store) -> None:
    assert at_door.get(href("team2")).status_code == 404


def test_takes_no_post(at_door: Client) -> None:
    assert at_door.post(href("a.png")).status_code == 405


@pytest.mark.parametrize(
    ("problem", "status"), [(S3AccessDenied(action="s3:ListBucket"), 403), (S3Unavailable(), 503)]
)
def test_says_that_the_storage_does_not_answer(
    at_door: Client, monkeypatch: pytest.MonkeyPatch, problem: Exception, status: int
) -> None:
    def fail(*args: object, **kwargs: object) -> None:
        raise problem

    monkeypatch.setattr(listing, "neighbours", fail)
    assert at_door.get(href("a.png")).status_code == status


def test_answers_htmx_with_the_preview_alone(at_door: Client) -> None:
    answer = at_door.get(href("a.png"), headers=HTMX)
    assert "<html" not in text(answer)
    assert 'data-kind="image"' in text(answer)
    assert "X-Amz-Signature" in text(answer)
    assert "HX-Request" in answer["Vary"]


def test_answers_a_link_with_the_whole_page(at_door: Client) -> None:
    answer = at_door.get(href("a.png"))
    assert "<html" in text(answer)
    assert re.search(r'<dialog class="preview" id="preview"[^>]* open>', text(answer))
    assert f'hx-get="/b/{CODE}/"' in text(answer)
    assert answer["Cache-Control"] == "private, no-store" or "no-store" in answer["Cache-Control"]


def test_keeps_the_folders_order_for_the_neighbours(at_door: Client) -> None:
    shown = text(at_door.get(href("b.txt") + "?sort=name&dir=asc", headers=HTMX))
    assert re.search(rf'is-previous" href="/b/{CODE}/a\.png\?sort=name&amp;dir=asc"', shown)
    assert re.search(rf'is-next" href="/b/{CODE}/c\.svg\?sort=name&amp;dir=asc"', shown)
    assert "2 of 3" in shown


def test_goes_by_the_filter_of_the_folder(at_door: Client) -> None:
    shown = text(at_door.get(href("a.png") + "?sort=name&dir=asc&type=image", headers=HTMX))
    assert "1 of 2" in shown
    assert f'href="/b/{CODE}/c.svg?sort=name&amp;dir=asc&amp;type=image"' in shown


@pytest.mark.parametrize("query", ["?sort=nonsense", "?dir=up", "?type=%F0%9F%98%80", "?after=x&upto=-1"])
def test_shows_a_file_whatever_else_the_address_asks(at_door: Client, query: str) -> None:
    assert at_door.get(href("a.png") + query, headers=HTMX).status_code == 200


def test_opens_nothing_active_in_a_tab(at_door: Client) -> None:
    assert "Open in a new tab" not in text(at_door.get(href("c.svg"), headers=HTMX))
    assert "Open in a new tab" in text(at_door.get(href("a.png"), headers=HTMX))


def test_offers_no_deletion_without_the_right(at_door: Client, mark: User, bucket: Bucket) -> None:
    assert "delete/plan" not in text(at_door.get(href("a.png"), headers=HTMX))
    bucket.assignments.update(allow_delete=True)
    assert "delete/plan" in text(at_door.get(href("a.png"), headers=HTMX))


@pytest.mark.parametrize(
    ("storage_class", "says"),
    [("DEEP_ARCHIVE", "Deep Archive"), ("GLACIER", "Glacier"), ("STANDARD_IA", "Standard-IA")],
)
def test_names_the_storage_class_as_lists_do(
    at_door: Client, team: Store, storage_class: str, says: str
) -> None:
    team.put("team/rare.png", b"x", StorageClass=storage_class)
    shown = text(at_door.get(href("rare.png"), headers=HTMX))
    assert says in shown
    assert storage_class not in shown


@pytest.mark.parametrize(
    ("name", "says"),
    [("a.qqq", "can’t show QQQ files."), ("readme2", "of an unknown type."), ("a.", "of an unknown type.")],
)
def test_says_of_which_type_nothing_is_shown(at_door: Client, team: Store, name: str, says: str) -> None:
    team.put(f"team/{name}", b"x")
    assert says in text(at_door.get(href(name), headers=HTMX))


def test_offers_nothing_of_an_archived_file_that_would_fail(at_door: Client, team: Store) -> None:
    team.put("team/frozen.png", b"x", StorageClass="GLACIER")
    shown = text(at_door.get(href("frozen.png"), headers=HTMX))
    assert "This file is archived" in shown
    assert "X-Amz-Signature" not in shown.split("preview-step")[0]
    assert "-/download" not in shown


@pytest.mark.parametrize(
    "name", ["a b.png", "100% #1?.png", "c+d&e.png", 'o\'clock "now".png', "naïve 😀.png", "=;,.png"]
)
def test_shows_odd_names(at_door: Client, team: Store, name: str) -> None:
    team.put(f"team/{name}")
    answer = at_door.get(href(name), headers=HTMX)
    assert answer.status_code == 200
    assert answer.context["shown"].entry.name == name


def test_escapes_a_name_that_is_markup(at_door: Client, team: Store) -> None:
    team.put("team/<img src=x onerror=alert(1)>.png")
    assert "<img src=x" not in text(at_door.get(href("<img src=x onerror=alert(1)>.png"), headers=HTMX))


def test_says_nothing_above_the_persons_root(at_door: Client) -> None:
    shown = text(at_door.get(href("a.png"), headers=HTMX))
    without_links = re.sub(r'="http[^"]*"', "", shown)
    assert "team" not in without_links


def test_writes_no_audit_row(at_door: Client) -> None:
    before = AuditEntry.objects.count()
    at_door.get(href("a.png"), headers=HTMX)
    assert AuditEntry.objects.count() == before

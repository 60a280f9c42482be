"""What people do at the doors of a bucket: copy links, download, open, delete, new folder, refresh."""

import html
import re

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import AuditEntry, ForceLogout, User
from buckets.models import Bucket
from buckets.s3 import objects
from buckets.s3.errors import S3AccessDenied, S3Unavailable
from files import deletion, relisting
from files.models import Folder
from tests import people
from tests.files.conftest import Spy, Store
from tests.files.doors import HTMX, events, signed_in, text

CODE = "PRESS_KIT"
DOORS = ["links", "download", "open", "delete/plan", "delete", "new-folder", "revalidate"]


def door(name: str) -> str:
    return f"/b/{CODE}/-/{name}"


@pytest.fixture
def store(_kept: Store) -> Store:
    """The bucket with what these tests find in it."""
    _kept.hold(
        {
            "team/a.txt": b"x" * 1000,
            "team/b.txt": b"x" * 1000,
            "team/photos/c.jpg": b"x" * 48,
            "team2/secret.txt": b"x",
        }
    )
    return _kept


@pytest.fixture
def team(store: Store, bucket: Bucket, mark: User) -> Store:
    """Mark may do everything in his own folder; the folder beside it isn't his."""
    people.assign(mark, bucket, root="team/", allow_delete=True)
    return store


@pytest.fixture
def at_door(team: Store, mark: User) -> Client:
    client = signed_in(mark)
    client.get(f"/b/{CODE}/")
    return client


def post(client: Client, at: str, **values: object) -> HttpResponse:
    return client.post(door(at), values, headers=HTMX)


# All doors


@pytest.mark.parametrize("name", DOORS)
def test_lets_no_stranger_in(team: Store, name: str) -> None:
    assert Client().post(door(name), {"paths": "a.txt"}, headers=HTMX).status_code == 401
    assert team.has("team/a.txt")


@pytest.mark.parametrize("name", DOORS)
def test_lets_nobody_in_who_was_not_assigned(team: Store, uma: User, name: str) -> None:
    answer = signed_in(uma).post(door(name), {"paths": "team/a.txt", "path": "team/a.txt"}, headers=HTMX)
    assert answer.status_code == 404
    assert team.has("team/a.txt")


@pytest.mark.parametrize("name", DOORS)
def test_needs_the_token_of_our_own_pages(team: Store, mark: User, name: str) -> None:
    client = signed_in(mark, enforce_csrf_checks=True)
    answer = client.post(door(name), {"paths": "a.txt", "path": "a.txt", "name": "x"}, headers=HTMX)
    assert answer.status_code == 403
    assert team.has("team/a.txt")


@pytest.mark.parametrize("name", DOORS)
def test_is_opened_by_no_link(at_door: Client, team: Store, name: str) -> None:
    answer = at_door.get(door(name), {"paths": "a.txt", "path": "a.txt", "name": "x"})
    assert answer.status_code == 404
    assert team.has("team/a.txt")


ESCAPES = [
    "../team2/secret.txt",
    "..%2fteam2/secret.txt",
    "photos/../../team2/secret.txt",
    "..\\team2\\secret.txt",
]


@pytest.mark.parametrize("path", ESCAPES)
@pytest.mark.parametrize("name", ["links", "download", "open", "delete/plan", "delete"])
def test_throws_out_whoever_reaches_outside(
    at_door: Client, team: Store, mark: User, name: str, path: str
) -> None:
    answer = post(at_door, name, paths=["a.txt", path], path=path)
    assert answer.status_code == 401
    assert ForceLogout.objects.filter(user=mark, is_violation=True).count() == 1
    assert team.has("team/a.txt")
    assert team.has("team2/secret.txt")
    assert at_door.get(f"/b/{CODE}/").status_code == 302


@pytest.mark.parametrize("name", ["new-folder", "revalidate"])
def test_throws_out_whoever_names_a_folder_outside(at_door: Client, mark: User, name: str) -> None:
    assert post(at_door, name, folder="../team2/", name="x").status_code == 401
    assert ForceLogout.objects.filter(user=mark).exists()


@pytest.mark.parametrize("name", ["links", "delete/plan", "delete"])
def test_asks_for_at_least_one_path(at_door: Client, name: str) -> None:
    answer = post(at_door, name)
    assert answer.status_code == 400
    assert "Choose at least one" in events(answer)["toast"]["text"]


@pytest.mark.parametrize("path", ["a//b", "./a", "a\tb", "x" * 1100])
@pytest.mark.parametrize("name", ["links", "download", "open", "delete"])
def test_refuses_a_malformed_path(at_door: Client, team: Store, name: str, path: str) -> None:
    assert post(at_door, name, paths=[path], path=path).status_code == 400
    assert not ForceLogout.objects.exists()


# Copy URL


def test_hands_out_a_link_and_says_how_long_it_works(at_door: Client, team: Store) -> None:
    page = text(post(at_door, "links", paths=["a.txt"]))
    url = html.unescape(re.search(r"<textarea[^>]*>([^<]*)</textarea>", page)[1])
    assert f"/{team.name}/team/a.txt?" in url
    assert "X-Amz-Expires=604800" in url
    assert "It works for 7 days, until" in page
    assert "Copied the URL of “a.txt”." in html.unescape(page)
    assert AuditEntry.objects.filter(operation="link_copied", path="team/a.txt").count() == 1


def test_hands_out_links_of_a_selection_as_a_list(at_door: Client) -> None:
    page = text(post(at_door, "links", paths=["b.txt", "a.txt", "b.txt"]))
    urls = re.search(r"<textarea[^>]*>([^<]*)</textarea>", page)[1].split("\n")
    assert [("b.txt?" in urls[0]), ("a.txt?" in urls[1]), len(urls)] == [True, True, 2]
    assert "Copied 2 URLs." in page


def test_hands_out_a_public_address_without_an_end(store: Store, bucket: Bucket, mark: User) -> None:
    bucket.cloudfront_base_url = "https://cdn.example.com"
    bucket.save()
    people.assign(mark, bucket, root="")
    page = text(post(signed_in(mark), "links", paths=["logo #1.png"]))
    assert "https://cdn.example.com/logo%20%231.png" in page
    assert "without an end" in page


def test_says_that_a_link_to_an_archived_file_opens_only_after_it_was_restored(
    team: Store, mark: User
) -> None:
    team.put("team/frozen.png", b"x", StorageClass="DEEP_ARCHIVE")
    at_door = signed_in(mark)
    at_door.get(f"/b/{CODE}/")
    page = text(post(at_door, "links", paths=["frozen.png"]))
    assert "It works for 7 days, until" in page
    assert "UTC, but only once the file, which is archived, was restored." in page
    page = text(post(at_door, "links", paths=["frozen.png", "a.txt"]))
    assert "UTC, but the archived ones among them only once they were restored." in page
    assert "restored" not in text(post(at_door, "links", paths=["a.txt", "b.txt"]))


def test_says_so_of_public_addresses_too(store: Store, bucket: Bucket, mark: User) -> None:
    bucket.cloudfront_base_url = "https://cdn.example.com"
    bucket.save()
    people.assign(mark, bucket, root="")
    for name in ("frozen.png", "cold.png"):
        store.put(name, b"x", StorageClass="GLACIER")
    client = signed_in(mark)
    client.get(f"/b/{CODE}/")
    page = text(post(client, "links", paths=["frozen.png", "cold.png"]))
    assert "without an end, but only once the files, which are archived, were restored." in page


# Download


def test_tells_the_page_where_to_download_from(at_door: Client) -> None:
    answer = post(at_door, "download", path="a.txt")
    assert answer.status_code == 204
    told = events(answer)["mb:download"]
    assert told["name"] == "a.txt"
    assert "response-content-disposition=attachment" in told["url"]
    assert AuditEntry.objects.filter(operation="downloaded").count() == 1


def test_says_that_a_file_to_download_is_gone(at_door: Client) -> None:
    answer = post(at_door, "download", path="gone.txt")
    assert answer.status_code == 404
    assert events(answer)["toast"]["text"]
    assert "mb:download" not in events(answer)


def test_does_not_download_what_is_archived(at_door: Client, team: Store) -> None:
    team.put("team/cold.mov", StorageClass="GLACIER")
    answer = post(at_door, "download", path="cold.mov")
    assert answer.status_code == 409
    assert "restored" in events(answer)["toast"]["text"]


def test_leads_a_plain_form_to_the_download(at_door: Client) -> None:
    answer = at_door.post(door("download"), {"path": "a.txt"})
    assert answer.status_code == 302
    assert "response-content-disposition=attachment" in answer.headers["Location"]


# Open in a new tab


def test_tells_the_page_where_to_open_a_file(at_door: Client) -> None:
    answer = post(at_door, "open", path="a.txt")
    assert answer.status_code == 204
    url = events(answer)["mb:open"]["url"]
    assert "response-content-disposition=inline" in url
    assert "response-content-type=text%2Fplain" in url
    assert AuditEntry.objects.get(operation="link_opened").path == "team/a.txt"


@pytest.mark.parametrize(("path", "status"), [("gone.txt", 404), ("cold.mov", 409)])
def test_says_why_a_file_is_not_opened(at_door: Client, team: Store, path: str, status: int) -> None:
    team.put("team/cold.mov", StorageClass="GLACIER")
    answer = post(at_door, "open", path=path)
    assert answer.status_code == status
    assert events(answer)["toast"]["text"]
    assert "mb:open" not in events(answer)
    assert not AuditEntry.objects.filter(operation="link_opened").exists()


def test_leads_a_plain_form_to_the_file(at_door: Client) -> None:
    answer = at_door.post(door("open"), {"path": "a.txt"})
    assert answer.status_code == 302
    assert "response-content-disposition=inline" in answer.headers["Location"]


# Delete


def test_names_what_it_will_delete(at_door: Client, team: Store) -> None:
    page = html.unescape(text(post(at_door, "delete/plan", folder="", paths=["a.txt", "b.txt"])))
    assert "Delete 2 files?" in page
    assert "2.0 KB" in page.replace("\xa0", " ")
    assert "Press kit" in page
    assert team.has("team/a.txt")


def test_counts_what_lies_in_a_folder(at_door: Client) -> None:
    page = html.unescape(text(post(at_door, "delete/plan", folder="", paths=["photos/"])))
    assert "Delete “photos” and the 1 file in it?" in page


def test_names_a_single_file(at_door: Client) -> None:
    page = html.unescape(text(post(at_door, "delete/plan", folder="photos/", paths=["photos/c.jpg"])))
    assert "Delete “c.jpg”?" in page
    assert "<strong>photos</strong>" in page


def test_offers_no_deletion_of_too_much(at_door: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "OBJECT_LIMIT", 0)
    page = text(post(at_door, "delete/plan", paths=["photos/"]))
    assert "That is too much at once" in page
    assert 'type="submit"' not in page


def test_deletes_and_says_so(at_door: Client, team: Store) -> None:
    answer = post(at_door, "delete", paths=["a.txt", "photos/"])
    assert answer.status_code == 200
    assert answer.content == b""
    assert team.keys() == {"team/b.txt", "team2/secret.txt"}
    assert events(answer) == {
        "mb:folder-changed": {"code": CODE, "paths": [""]},
        "toast": {"text": "Deleted 2 files.", "kind": "success"},
    }
    assert "a.txt" not in text(at_door.get(f"/b/{CODE}/"))


def test_says_of_each_file_why_it_is_still_there(
    at_door: Client, team: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = objects.delete_many

    def half(reach, keys):
        done = really(reach, [key for key in keys if key.name != "b.txt"])
        kept = [key for key in keys if key.name == "b.txt"]
        return done + [objects.DeleteOutcome(key, False, "AccessDenied", "no") for key in kept]

    monkeypatch.setattr(objects, "delete_many", half)
    answer = post(at_door, "delete", paths=["a.txt", "b.txt"])
    page = text(answer)
    assert "1 of 2 files could not be deleted" in page
    assert "<strong>b.txt</strong>" in page
    assert events(answer)["toast"] == {"text": "Deleted 1 file.", "kind": "warning"}
    assert not team.has("team/a.txt")


@pytest.mark.parametrize("name", ["delete/plan", "delete"])
def test_deletes_nothing_for_somebody_who_may_not(
    store: Store, bucket: Bucket, rita: User, name: str
) -> None:
    people.assign(rita, bucket, root="")
    store.put("a.txt")
    answer = post(signed_in(rita), name, paths=["a.txt"])
    assert answer.status_code == 403
    assert "may not delete files" in events(answer)["toast"]["text"]
    assert store.has("a.txt")
    (entry,) = AuditEntry.objects.all()
    assert (entry.operation, entry.outcome, entry.actor_id) == ("deleted", "refused", rita.id)
    assert (entry.path, entry.bucket_code) == ("a.txt", CODE)


def test_never_deletes_the_root(at_door: Client, team: Store) -> None:
    assert post(at_door, "delete", paths=[""]).status_code == 400
    assert team.has("team/a.txt")


def test_deletes_once_at_a_double_click(at_door: Client, team: Store) -> None:
    post(at_door, "delete", paths=["a.txt"])
    answer = post(at_door, "delete", paths=["a.txt"])
    assert answer.status_code == 200
    assert events(answer)["toast"]["text"] == "“a.txt” was gone already."
    assert AuditEntry.objects.filter(operation="deleted").count() == 1
    assert team.keys() == {"team/b.txt", "team/photos/c.jpg", "team2/secret.txt"}


def test_says_how_many_were_gone_before(at_door: Client, team: Store) -> None:
    answer = post(at_door, "delete", paths=["a.txt", "never.txt", "nowhere/"])
    assert events(answer)["toast"]["text"] == "Deleted 1 file. 2 were gone already."


# New folder


def test_leads_into_a_new_folder(at_door: Client) -> None:
    answer = post(at_door, "new-folder", folder="photos/", name="  Autumn #1 ")
    assert answer.status_code == 204
    href = events(answer)["mb:go"]["href"]
    assert href == f"/b/{CODE}/photos/Autumn%20%231/?new=1"
    assert "There is nothing in “Autumn #1” yet" in text(at_door.get(href))


def test_says_when_the_folder_is_there_already(at_door: Client) -> None:
    told = events(post(at_door, "new-folder", folder="", name="photos"))
    assert told["toast"] == {"text": "“photos” is there already: here it is.", "kind": "info"}
    assert told["mb:go"]["href"] == f"/b/{CODE}/photos/"


@pytest.mark.parametrize("name", ["", "   ", "a/b", "..", ".", "%2e%2e", "a\tb", "x" * 1100, "..\\", "\x7f"])
def test_says_in_the_form_why_a_name_will_not_do(at_door: Client, mark: User, name: str) -> None:
    answer = post(at_door, "new-folder", folder="", name=name)
    assert answer.status_code == 422
    assert "field-error" in text(answer)
    assert "HX-Trigger" not in answer.headers
    assert not ForceLogout.objects.exists()


def test_makes_no_folder_for_somebody_who_may_not_upload(store: Store, bucket: Bucket, rita: User) -> None:
    people.assign(rita, bucket, root="", allow_upload=False)
    answer = post(signed_in(rita), "new-folder", folder="", name="x")
    assert answer.status_code == 403


# Refresh


def test_asks_s3_again(at_door: Client, team: Store) -> None:
    team.put("team/new.txt")
    assert "new.txt" not in text(at_door.get(f"/b/{CODE}/"))
    answer = post(at_door, "revalidate", folder="")
    assert events(answer) == {"mb:folder-changed": {"code": CODE, "paths": [""]}}
    assert "new.txt" in text(at_door.get(f"/b/{CODE}/"))


@pytest.mark.parametrize(
    ("error", "status"), [(S3Unavailable(), 503), (S3AccessDenied(action="s3:ListBucket"), 403)]
)
def test_says_when_s3_can_not_be_asked(
    at_door: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(relisting, "look", refused)
    answer = post(at_door, "revalidate", folder="")
    assert answer.status_code == status
    assert events(answer)["toast"]["text"]
    assert Folder.objects.filter(is_whole=True).exists()


def test_leads_a_plain_form_back_to_its_folder(at_door: Client, spy: Spy) -> None:
    answer = at_door.post(door("revalidate"), {"folder": "photos/"})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/b/{CODE}/photos/"
    assert spy.calls == ["list team/photos/"]

"""The page of a folder, asked from outside."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ForceLogout, User
from buckets.models import Bucket
from buckets.s3 import lister
from buckets.s3.errors import BadCredentials, NotAStore, S3AccessDenied, S3Error, S3Unavailable
from files import cache, relisting
from files.models import Folder
from tests import people
from tests.files.conftest import Spy, Store
from tests.files.doors import HTMX, events, signed_in, text

CODE = "PRESS_KIT"


def names(page: str) -> list[str]:
    return re.findall(r'data-name="([^"]*)"', page)


@pytest.fixture
def store(_kept: Store) -> Store:
    """The bucket with what these tests find in it."""
    _kept.hold(
        {
            "team/photos/a.jpg": b"x",
            "team/report.pdf": b"x" * 2048,
            "team/t-report.pdf": b"x",
            "team2/secret.txt": b"x",
            "top-secret.txt": b"x",
        }
    )
    return _kept


@pytest.fixture
def team(store: Store, bucket: Bucket, mark: User) -> Store:
    """Mark's own folder in the bucket, with a neighbour he may not see."""
    people.assign(mark, bucket, root="team/")
    return store


@pytest.fixture
def bare(store: Store) -> Store:
    """The bucket with nothing in it."""
    store.empty()
    return store


def refuse(monkeypatch: pytest.MonkeyPatch, error: S3Error) -> None:
    """From now on the store answers every listing with `error`."""

    def refused(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(lister.folders, "_page", refused)


def test_leads_a_stranger_to_the_login_page_and_back(db: None) -> None:
    people.ada()
    answer = Client().get(f"/b/{CODE}/photos/")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/login?next=%2Fb%2F{CODE}%2Fphotos%2F"


def test_sends_a_stranger_s_htmx_to_the_login_page(db: None) -> None:
    people.ada()
    answer = Client().get(f"/b/{CODE}/", headers=HTMX)
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/login")


def test_does_not_tell_whether_a_bucket_exists(team: Store, uma: User) -> None:
    client = signed_in(uma)
    known, unknown = client.get(f"/b/{CODE}/"), client.get("/b/NO_SUCH/")
    assert (known.status_code, unknown.status_code) == (404, 404)
    assert "There is no such bucket" in text(known)
    assert "There is no such bucket" in text(unknown)


@pytest.mark.parametrize(
    "path", ["../", "photos/../../", "%2e%2e/", "%252e%252e/team2/", "photos/..%5c..%5c", "..%09/"]
)
def test_finds_nothing_outside_the_root_and_throws_nobody_out(team: Store, mark: User, path: str) -> None:
    answer = signed_in(mark).get(f"/b/{CODE}/{path}")
    assert answer.status_code in (400, 404)
    assert "secret" not in text(answer)
    assert not ForceLogout.objects.exists()


@pytest.mark.parametrize("path", ["a//b/", "./", "photos/./", "a%09b/", "%7f/", "x" * 1100 + "/"])
def test_refuses_a_name_that_readers_read_differently(team: Store, mark: User, path: str) -> None:
    assert signed_in(mark).get(f"/b/{CODE}/{path}").status_code in (400, 404)


@pytest.mark.parametrize("cursor", ["x", "AAAA", "W10", "eyJhIjoxfQ", "a" * 9000])
def test_refuses_a_cursor_that_is_none(team: Store, mark: User, cursor: str) -> None:
    answer = signed_in(mark).get(f"/b/{CODE}/?after={cursor}", headers=HTMX)
    assert answer.status_code == 400


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_is_only_read(team: Store, mark: User, method: str) -> None:
    assert getattr(signed_in(mark), method)(f"/b/{CODE}/photos/").status_code == 405


def test_shows_a_person_their_own_folder_and_nothing_above(team: Store, mark: User) -> None:
    answer = signed_in(mark).get(f"/b/{CODE}/")
    page = text(answer)
    assert answer.status_code == 200
    assert names(page) == ["photos", "report.pdf"]
    assert "team/" not in page.replace(f"/{team.name}/team/", "").replace("team%2F", "")
    assert "secret" not in page


def test_holds_no_credential(team: Store, mark: User, bucket: Bucket) -> None:
    page = text(signed_in(mark).get(f"/b/{CODE}/"))
    assert bucket.secret_access_key not in page
    assert bucket.access_key_id not in page
    assert "secret_access_key" not in page


def test_asks_six_queries_however_many_rows(team: Store, mark: User) -> None:
    team.put_many([f"team/many/{number:03d}.jpg" for number in range(45)])
    client = signed_in(mark)
    client.get(f"/b/{CODE}/many/")
    with CaptureQueriesContext(connection) as first:
        page = text(client.get(f"/b/{CODE}/many/"))
    assert len(names(page)) == 20
    assert len(first) <= 6, [query["sql"] for query in first]
    client.get(f"/b/{CODE}/photos/")
    with CaptureQueriesContext(connection) as single:
        client.get(f"/b/{CODE}/photos/")
    assert len(single) == len(first)


def test_asks_s3_nothing_for_a_folder_it_knows(team: Store, mark: User, spy: Spy) -> None:
    client = signed_in(mark)
    client.get(f"/b/{CODE}/")
    spy.calls.clear()
    client.get(f"/b/{CODE}/")
    client.get(f"/b/{CODE}/?sort=name&dir=asc&type=document")
    assert spy.calls == []


def test_answers_htmx_with_the_folder_alone(team: Store, mark: User) -> None:
    client = signed_in(mark)
    whole, part = client.get(f"/b/{CODE}/"), client.get(f"/b/{CODE}/", headers=HTMX)
    assert "<!DOCTYPE html>" in text(whole)
    assert text(part).lstrip().startswith('<section class="browser"')
    assert "HX-Request" in whole.headers["Vary"]
    assert "HX-Request" in part.headers["Vary"]
    assert "no-store" in whole.headers["Cache-Control"]


def test_goes_on_behind_a_cursor_and_ends(team: Store, mark: User) -> None:
    team.put_many([f"team/many/{number:03d}.txt" for number in range(45)])
    client, seen = signed_in(mark), []
    page = text(client.get(f"/b/{CODE}/many/?sort=name&dir=asc"))
    while True:
        seen += names(page)
        further = re.search(r'hx-get="([^"]*after=[^"]*)"', page)
        if further is None:
            break
        page = text(client.get(further[1].replace("&amp;", "&"), headers=HTMX))
        assert 'hx-swap-oob="outerHTML"' in page
        assert "<section" not in page
    assert seen == [f"{number:03d}.txt" for number in range(45)]
    assert "45 files" in page


def test_brings_as_many_rows_as_somebody_had_scrolled_through(team: Store, mark: User) -> None:
    team.put_many([f"team/many/{number:03d}.txt" for number in range(65)])
    client = signed_in(mark)
    client.get(f"/b/{CODE}/many/")
    with CaptureQueriesContext(connection) as queries:
        page = text(client.get(f"/b/{CODE}/many/?upto=55", headers=HTMX))
    assert len(names(page)) == 60
    assert len(queries) <= 6
    assert "after=" in page


def test_begins_near_the_entry_somebody_is_led_to(bare: Store, bucket: Bucket, mark: User) -> None:
    people.assign(mark, bucket, root="team/")
    bare.put_many([f"team/{number:02d}.txt" for number in range(40)])
    bare.put_many([f"team/folder {number:02d}/x.txt" for number in range(12)])
    browser = signed_in(mark)
    order = "&sort=name&dir=asc"
    led = text(browser.get(f"/b/{CODE}/?show=30.txt{order}"))
    assert names(led)[0] == "22.txt"
    assert 'data-show="30.txt"' in led
    assert "The list goes on from near “30.txt”" in led
    assert names(text(browser.get(f"/b/{CODE}/?show=02.txt{order}")))[:2] == ["folder 06", "folder 07"]
    assert names(text(browser.get(f"/b/{CODE}/?show=folder 11/{order}")))[0] == "folder 03"
    for name in ("folder 02/", "no such.txt", "../secret.txt", "x\x07", "a/b"):
        begun = text(browser.get(f"/b/{CODE}/", {"show": name, "sort": "name", "dir": "asc"}))
        assert names(begun)[0] == "folder 00"
        assert "goes on from near" not in begun


@pytest.mark.parametrize("upto", ["-1", "0", "x", "999999999", "٣", "1e9", ""])
def test_takes_no_odd_number_of_rows(team: Store, mark: User, upto: str) -> None:
    answer = signed_in(mark).get(f"/b/{CODE}/", {"upto": upto})
    assert answer.status_code == 200


def test_orders_and_filters_by_its_address(team: Store, mark: User) -> None:
    team.put("team/big.png", b"x" * 900)
    team.put("team/small.png", b"x")
    client = signed_in(mark)
    assert names(text(client.get(f"/b/{CODE}/?sort=size&dir=asc&type=image"))) == ["small.png", "big.png"]
    assert names(text(client.get(f"/b/{CODE}/?sort=name&dir=desc")))[1:] == [
        "small.png",
        "report.pdf",
        "big.png",
    ]


def test_opens_an_old_bookmark_whose_order_nobody_knows(team: Store, mark: User) -> None:
    answer = signed_in(mark).get(f"/b/{CODE}/?sort=colour&dir=up&type=dream&page=7")
    assert answer.status_code == 200
    assert names(text(answer)) == ["photos", "report.pdf"]


def test_says_when_a_filter_hides_everything(team: Store, mark: User) -> None:
    page = text(signed_in(mark).get(f"/b/{CODE}/?type=video"))
    assert "No videos in this folder" in page
    assert "Show all" in page


def test_marks_the_column_it_is_ordered_by_and_turns_it(team: Store, mark: User) -> None:
    page = text(signed_in(mark).get(f"/b/{CODE}/?sort=name&dir=asc"))
    assert re.search(r'aria-sort="ascending">\s*<a class="sort" href="[^"]*sort=name&amp;dir=desc', page)
    assert page.count('aria-sort="none"') == 2


def test_draws_the_view_that_was_chosen_last(team: Store, mark: User) -> None:
    client = signed_in(mark)
    assert 'data-view="list"' in text(client.get(f"/b/{CODE}/"))
    client.cookies["view"] = "grid"
    assert 'data-view="grid"' in text(client.get(f"/b/{CODE}/"))
    client.cookies["view"] = 'x" onload="'
    assert 'data-view="list"' in text(client.get(f"/b/{CODE}/"))


ODD_NAMES = [
    "with space.txt",
    "a#b?c%d+e&f.txt",
    "100%25.txt",
    "“quotes” 'single' \"double\".txt",
    "party 🎉.txt",
    "dots...",
    "..hidden",
    "semi;colon:at@.txt",
    "a=b,c.txt",
    "naïve ünï.txt",
    "x" * 1018,
    "<script>alert(1)",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_links_every_name_so_that_it_opens(
    bare: Store, bucket: Bucket, mark: User, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.assign(mark, bucket, root="")
    bare.put(f"{name}", b"x")
    if len(name) < 1000:
        bare.put(f"{name}/in/it.txt", b"x")
    client = signed_in(mark)
    page = text(client.get(f"/b/{CODE}/"))
    links = [link.replace("&amp;", "&") for link in re.findall(r'class="entry-name" href="([^"]*)"', page)]
    assert links
    for link in links:
        assert unquote(link.split("?")[0]).removesuffix("/").endswith(name)
        assert client.get(link).status_code == 200, link
    assert "<script>alert" not in page


def test_lets_no_name_pass_for_another(bare: Store, bucket: Bucket, mark: User) -> None:
    people.assign(mark, bucket, root="")
    bare.put("rtl\u202egnp.exe")
    browser = signed_in(mark)
    assert ">rtl\ufffdgnp.exe</a>" in text(browser.get(f"/b/{CODE}/"))
    preview = browser.get(f"/b/{CODE}/rtl%E2%80%AEgnp.exe")
    assert ">rtl\ufffdgnp.exe</h2>" in text(preview)


def test_tells_a_file_from_a_folder_of_the_same_name(bare: Store, bucket: Bucket, mark: User) -> None:
    people.assign(mark, bucket, root="")
    bare.put("docs", b"a file")
    bare.put("docs/inside.txt")
    client = signed_in(mark)
    page = text(client.get(f"/b/{CODE}/"))
    assert f'href="/b/{CODE}/docs/"' in page
    assert f'href="/b/{CODE}/docs"' in page
    assert names(text(client.get(f"/b/{CODE}/docs/"))) == ["inside.txt"]


def test_shows_what_can_not_be_opened_with_the_reason(bare: Store, bucket: Bucket, mark: User) -> None:
    people.assign(mark, bucket, root="")
    bare.put("a//b.txt")
    bare.put("tab\there.txt")
    client = signed_in(mark)
    page = text(client.get(f"/b/{CODE}/"))
    assert "can&#x27;t contain control characters" in page
    assert "tab\N{REPLACEMENT CHARACTER}here.txt" in page
    assert 'aria-disabled="true"' in page
    inside = text(client.get(f"/b/{CODE}/a/"))
    assert "(no name)" in inside
    assert "popovertarget" not in inside.partition('id="entries"')[2].partition("</section>")[0]


def test_opens_a_folder_named_like_its_doors(bare: Store, bucket: Bucket, mark: User) -> None:
    people.assign(mark, bucket, root="")
    bare.put("-/links/file.txt")
    bare.put("-/delete")
    client = signed_in(mark)
    assert names(text(client.get(f"/b/{CODE}/-/links/"))) == ["file.txt"]
    assert client.get(f"/b/{CODE}/-/delete").status_code == 200


def test_offers_an_empty_folder_as_a_place_to_drop_files(bare: Store, bucket: Bucket, mark: User) -> None:
    people.assign(mark, bucket, root="")
    page = text(signed_in(mark).get(f"/b/{CODE}/"))
    assert "This folder is empty" in page
    assert "is-dropzone" in page


def test_offers_no_drop_zone_to_somebody_who_may_not_upload(bare: Store, bucket: Bucket, rita: User) -> None:
    people.assign(rita, bucket, root="", allow_upload=False)
    page = text(signed_in(rita).get(f"/b/{CODE}/"))
    assert "is-dropzone" not in page
    assert "data-pick" not in page
    assert "You may read here, but not upload." in page


def test_shows_a_new_folder_that_is_not_there_yet(team: Store, mark: User) -> None:
    answer = signed_in(mark).get(f"/b/{CODE}/autumn/?new=1")
    assert answer.status_code == 200
    assert "There is nothing in “autumn” yet" in text(answer)
    assert f'data-address="/b/{CODE}/autumn/?new=1"' in text(answer)


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_says_that_there_is_no_such_folder(team: Store, mark: User, headers: dict[str, str]) -> None:
    client = signed_in(mark)
    for _ in range(2):
        answer = client.get(f"/b/{CODE}/photso/", headers=headers)
        assert answer.status_code == 404
        page = text(answer)
        assert "There is no folder “photso” here" in page
        assert f'href="/b/{CODE}/photso/?new=1"' in page
        assert f'href="/b/{CODE}/"' in page
        assert "is-dropzone" not in page


def test_offers_no_new_folder_to_somebody_who_may_not_upload(bare: Store, bucket: Bucket, rita: User) -> None:
    people.assign(rita, bucket, root="", allow_upload=False)
    answer = signed_in(rita).get(f"/b/{CODE}/photso/?new=1")
    assert answer.status_code == 404
    assert "There is no folder “photso” here" in text(answer)
    assert "?new=1" not in text(answer).partition("<main")[2]


def test_offers_ones_own_root_before_anything_is_in_it(bare: Store, bucket: Bucket, mark: User) -> None:
    bare.put("other/a.txt")
    people.assign(mark, bucket, root="mark/")
    answer = signed_in(mark).get(f"/b/{CODE}/")
    assert answer.status_code == 200
    assert "is-dropzone" in text(answer)


def test_says_that_a_folder_is_gone(team: Store, mark: User, bucket: Bucket) -> None:
    client = signed_in(mark)
    client.get(f"/b/{CODE}/photos/")
    team.remove("team/photos/a.jpg")
    cache.evict(bucket_id=bucket.id, keys=["team/photos/a.jpg"])
    answer = client.get(f"/b/{CODE}/photos/", headers=HTMX)
    assert answer.status_code == 404
    assert 'id="gone"' in text(answer)
    assert f'href="/b/{CODE}/"' in text(answer)


def test_tells_an_administrator_which_permission_is_missing(
    team: Store, ada: User, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, S3AccessDenied(action="s3:ListBucket"))
    answer = signed_in(ada).get(f"/b/{CODE}/")
    assert answer.status_code == 502
    assert "s3:ListBucket" in text(answer)
    assert f"/admin/buckets/bucket/{bucket.id}/change/" in text(answer)


def test_tells_others_whom_to_ask_and_not_what_is_wrong(
    team: Store, mark: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, S3AccessDenied(action="s3:ListBucket"))
    page = text(signed_in(mark).get(f"/b/{CODE}/"))
    assert "Ask an administrator" in page
    assert "s3:ListBucket" not in page
    assert "/admin/" not in page
    refuse(monkeypatch, BadCredentials())
    assert "access key" not in text(signed_in(mark).get(f"/b/{CODE}/"))


def test_tells_only_an_administrator_that_the_endpoint_is_no_store(
    team: Store, ada: User, mark: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, NotAStore(action="s3:ListBucket", code="404"))
    answer = signed_in(ada).get(f"/b/{CODE}/")
    assert answer.status_code == 502
    assert "What answers at the bucket&#x27;s endpoint is not an S3 store." in text(answer)
    page = text(signed_in(mark).get(f"/b/{CODE}/"))
    assert "Ask an administrator" in page
    assert "not an S3 store" not in page


def test_says_that_the_storage_is_away_and_nothing_is_known(
    team: Store, mark: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse(monkeypatch, S3Unavailable(action="s3:ListBucket"))
    answer = signed_in(mark).get(f"/b/{CODE}/", headers=HTMX)
    assert answer.status_code == 503
    assert 'id="folder"' in text(answer)
    assert "The storage does not answer at the moment." in text(answer)
    assert "Try again" in text(answer)


def test_shows_the_last_known_list_marked_as_such(
    team: Store, mark: User, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(mark)
    client.get(f"/b/{CODE}/")
    Folder.objects.update(listed_at=timezone.now() - timedelta(hours=2))
    refuse(monkeypatch, S3Unavailable(action="s3:ListBucket"))
    answer = client.get(f"/b/{CODE}/")
    assert answer.status_code == 200
    assert names(text(answer)) == ["photos", "report.pdf"]
    assert "This is the list from" in text(answer)
    assert "The storage does not answer at the moment." in text(answer)


@pytest.fixture
def big(team: Store, mark: User, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A folder of which only the first part is known, since nobody lists the rest."""
    team.put_many([f"team/big/{number:04d}.txt" for number in range(30)])
    pages = lister.folders._pages
    monkeypatch.setattr(lister.folders, "_pages", lambda *at, **how: pages(*at, **{**how, "keys": 25}))
    monkeypatch.setattr(relisting, "want_listing", lambda *_, **__: None)
    return team


def test_marks_a_folder_that_is_still_being_listed(big: Store, mark: User) -> None:
    page = text(signed_in(mark).get(f"/b/{CODE}/big/?sort=size&dir=desc&type=image"))
    assert "Still listing this folder" in page
    assert names(page)[:2] == ["0000.txt", "0001.txt"]
    assert "aria-sort" not in page
    assert "type-filter" not in page
    assert "listing-end" not in page


def test_says_nothing_while_it_is_still_listing_and_then_that_it_changed(
    big: Store, mark: User, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(mark)
    client.get(f"/b/{CODE}/big/")
    assert client.get(f"/b/{CODE}/big/?waiting=1", headers=HTMX).status_code == 204
    relisting.finish(bucket_id=bucket.id, path="team/big/", now=timezone.now())
    answer = client.get(f"/b/{CODE}/big/?waiting=1", headers=HTMX)
    assert answer.status_code == 286
    assert events(answer) == {"mb:folder-changed": {"code": CODE, "paths": ["big/"]}}


def test_shows_the_storage_class_and_what_is_archived(bare: Store, bucket: Bucket, mark: User) -> None:
    people.assign(mark, bucket, root="")
    bare.put("cold.mov", StorageClass="DEEP_ARCHIVE")
    bare.put("cool.mov", StorageClass="STANDARD_IA")
    page = text(signed_in(mark).get(f"/b/{CODE}/"))
    assert "Deep Archive" in page
    assert "Standard-IA" in page
    assert page.count("data-archived") == 1


def test_shows_a_picture_s_thumbnail_and_hides_it_as_a_file(bare: Store, bucket: Bucket, mark: User) -> None:
    people.assign(mark, bucket, root="")
    for key in ("photo.jpg", "t-photo.jpg", "t-shirt.jpg"):
        bare.put(key, b"x" * 300_000)
    page = text(signed_in(mark).get(f"/b/{CODE}/?sort=name&dir=asc"))
    assert names(page) == ["photo.jpg", "t-shirt.jpg"]
    images = re.findall(r'<img class="thumb" src="([^"]*)"[^>]*loading="lazy"', page)
    assert len(images) == 1
    assert "t-photo.jpg" in images[0]


def test_lets_the_page_load_from_its_own_bucket_only(team: Store, mark: User, bucket: Bucket) -> None:
    policy = signed_in(mark).get(f"/b/{CODE}/").headers["Content-Security-Policy"]
    images = next(part for part in policy.split("; ") if part.startswith("img-src"))
    assert bucket.endpoint_url in images
    assert "unsafe-" not in policy.replace("'unsafe-hashes'", "")

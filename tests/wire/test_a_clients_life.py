"""The life of a page that was written for the wire and lives on another origin, from the first administrator to goodbye."""

import http.client
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts.models import RefreshToken, Session, User
from tests.ageing import grown_old
from tests.files.conftest import Store
from tests.people import PASSWORD
from tests.wire.browserlike import FRONT, Browserlike, Refused, SignedOut

pytestmark = pytest.mark.django_db(transaction=True)
ADA = {"name": "Ada Admin", "email": "ada@example.com", "password": "a long walk on the beach"}
MARK = {"name": "Mark Eting", "email": "mark@example.com", "password": "some rain in the evening"}
NAME, CONTRACT = "Contract 100% (ü).pdf", b"%PDF-1.7 the contract, as signed"


@pytest.fixture(autouse=True)
def _front(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [FRONT]


def refused(page: Browserlike, verb: str, door: str, body: Any = None) -> tuple[int, str]:
    with pytest.raises(Refused) as problem:
        page.ask(verb, door, body)
    return problem.value.status, problem.value.code


def names(listing: dict[str, Any]) -> list[str]:
    return [row["resource_name"] for row in listing["items"]]


def at_the_store(
    verb: str, url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, str, bytes]:
    """Status, media type and body of what S3 answers the page, which says where it comes from and sends no cookie."""
    parts = urlsplit(url)
    line = http.client.HTTPConnection(parts.netloc, timeout=20)
    line.request(verb, f"{parts.path}?{parts.query}", body, {**(headers or {}), "Origin": FRONT})
    answer = line.getresponse()
    content = answer.read()
    line.close()
    return answer.status, answer.headers.get("Content-Type", ""), content


def test_lives_from_setup_to_goodbye(store: Store) -> None:
    store.put_many(["share/old.txt", "share/Campaign/poster.png", "secret/board.pdf"])
    adas = Browserlike()
    ada_becomes_the_administrator(adas)
    place = ada_gives_mark_a_bucket(adas, store)

    marks = Browserlike()
    mark_signs_in_and_sees_his_bucket(marks, place)
    he_opens_it(marks, place)
    he_uploads_a_file_and_it_is_there_at_once(marks, place)
    what_he_copies_opens(marks, place)
    he_deletes_it_once_ada_lets_him(marks, adas, place, store)
    ada_sees_what_he_did(adas, place)
    his_token_expires_while_the_page_opens(marks, place)
    marks = he_reloads_the_page(marks)
    he_leaves_his_folder_and_is_thrown_out(marks, place)
    he_signs_out(marks, place)

    assert adas.get("/auth/me")["isAdmin"] is True


@dataclass(frozen=True)
class Place:
    """What ids the page got for Mark and his bucket; the bucket as he sees it in the beginning."""

    mark: str
    bucket: str

    @property
    def files(self) -> str:
        return f"/buckets/{self.bucket}/files"

    @property
    def first_page(self) -> str:
        return f"{self.files}?prefix=&limit=20&offset=0"

    @property
    def card(self) -> dict[str, Any]:
        return {
            "id": self.bucket, "display_name": "Press kit", "description": "", "cloudfront_base_url": None,
            "root_path": "share/", "allow_delete": False, "allow_upload": True,
        }  # fmt: skip

    @property
    def key(self) -> str:
        return f"share/{NAME}"


def ada_becomes_the_administrator(page: Browserlike) -> None:
    assert page.get("/auth/setup-status") == {"setupRequired": True}
    page.token = page.post("/auth/setup", ADA)["token"]
    assert page.get("/auth/setup-status") == {"setupRequired": False}
    assert page.get("/auth/me") == {
        "name": ADA["name"],
        "email": ADA["email"],
        "isAdmin": True,
        "menuItems": ["resources", "user-management"],
    }
    assert refused(Browserlike(), "POST", "/auth/setup", MARK) == (403, "FORBIDDEN")


def ada_gives_mark_a_bucket(page: Browserlike, store: Store) -> Place:
    keys = store.client._request_signer._credentials
    page.post(
        "/admin/buckets",
        {
            "displayName": "Press kit", "systemCode": "", "description": "", "bucketName": store.name,
            "region": "us-east-1", "accessKeyId": keys.access_key, "secretAccessKey": keys.secret_key,
            "cloudfrontBaseUrl": "", "rootPath": "share", "endpointUrl": store.client.meta.endpoint_url,
            "addressingStyle": "path",
        },
    )  # fmt: skip
    [bucket] = page.get("/admin/buckets")
    assert bucket == {
        "id": bucket["id"], "display_name": "Press kit", "description": "", "system_code": "PRESS_KIT",
        "bucket_name": store.name, "region": "us-east-1", "file_count": None, "total_size": None,
        "cloudfront_base_url": None,
    }  # fmt: skip

    page.post("/admin/users", {**MARK, "isAdmin": False})
    [mark] = [user for user in page.get("/admin/users") if user["email"] == MARK["email"]]
    assert set(mark) == {"id", "name", "email", "is_admin", "created_at"}

    page.post("/admin/assign", {"userId": mark["id"], "bucketId": bucket["id"], "allowDelete": False})
    [assigned] = page.get("/admin/assignments")
    assert assigned == {
        "user_id": mark["id"], "user_name": MARK["name"], "user_email": MARK["email"], "bucket_id": bucket["id"],
        "bucket_name": store.name, "system_code": "PRESS_KIT", "assigned_at": assigned["assigned_at"],
        "allow_delete": False,
    }  # fmt: skip
    return Place(mark["id"], bucket["id"])


def mark_signs_in_and_sees_his_bucket(page: Browserlike, place: Place) -> None:
    assert refused(page, "GET", "/buckets") == (401, "UNAUTHORIZED")
    page.sign_in(MARK["email"], MARK["password"])
    assert page.get("/auth/me")["menuItems"] == ["resources"]
    assert page.get("/buckets") == [place.card]
    assert refused(page, "GET", "/admin/users") == (403, "FORBIDDEN")


def he_opens_it(page: Browserlike, place: Place) -> None:
    listing = page.get(place.first_page)
    assert names(listing) == ["Campaign", "old.txt"]
    assert (listing["total"], listing["fromCache"]) == (2, False)
    campaign, old = listing["items"]
    assert campaign == {"resource_name": "Campaign", "type": "folder", "uploaded_at": None, "file_size": None}
    assert old == {**campaign, "resource_name": "old.txt", "type": "file", "file_size": 1,
                   "uploaded_at": old["uploaded_at"]}  # fmt: skip
    assert old["uploaded_at"].endswith("Z")
    assert page.get(place.first_page) == {**listing, "fromCache": True}
    assert names(page.get(f"{place.files}?prefix=Campaign/")) == ["poster.png"]


def he_uploads_a_file_and_it_is_there_at_once(page: Browserlike, place: Place) -> None:
    offered = {"bucketId": place.bucket, "path": "", "filename": NAME, "size": len(CONTRACT)}
    [signed] = page.post("/upload/presign", [{**offered, "contentType": "application/pdf"}])
    assert set(signed) == {"presignedUrl", "cloudfrontUrl", "thumbnailUrl", "filename"}
    assert signed["filename"] == NAME
    assert all(signed.values())

    inline = {"Content-Type": "application/pdf", "Content-Disposition": "inline"}
    assert at_the_store("PUT", signed["presignedUrl"], CONTRACT, inline)[0] == 200

    listing = page.get(place.first_page)
    assert names(listing) == ["Campaign", NAME, "old.txt"]
    assert (listing["total"], listing["items"][1]["file_size"]) == (3, len(CONTRACT))
    assert at_the_store("GET", signed["cloudfrontUrl"]) == (200, "application/pdf", CONTRACT)


def what_he_copies_opens(page: Browserlike, place: Place) -> None:
    wanted = [place.key, "share/old.txt", "share/never.txt"]
    links = page.post(f"/buckets/{place.bucket}/urls", {"keys": wanted})
    assert list(links) == wanted[:2]
    assert all(set(link) == {"file_url", "thumbnail_url"} and all(link.values()) for link in links.values())
    assert at_the_store("GET", links[place.key]["file_url"]) == (200, "application/pdf", CONTRACT)


def he_deletes_it_once_ada_lets_him(page: Browserlike, adas: Browserlike, place: Place, store: Store) -> None:
    doomed = {"s3Key": place.key}
    assert refused(page, "DELETE", place.files, doomed) == (403, "DELETE_NOT_ALLOWED")
    assert store.has(place.key)

    adas.ask("PATCH", "/admin/assign", {"userId": place.mark, "bucketId": place.bucket, "allowDelete": True})
    assert page.get("/buckets") == [{**place.card, "allow_delete": True}]

    page.ask("DELETE", place.files, doomed)
    assert names(page.get(place.first_page)) == ["Campaign", "old.txt"]
    assert store.keys() == {"share/old.txt", "share/Campaign/poster.png", "secret/board.pdf"}
    assert refused(page, "DELETE", place.files, doomed) == (404, "NOT_FOUND")


def ada_sees_what_he_did(page: Browserlike, place: Place) -> None:
    log = page.get("/admin/audit?limit=20&offset=0")
    told = {"user_name": MARK["name"], "user_email": MARK["email"], "path": place.key, "ip": "127.0.0.1"}
    assert log == {
        "items": [
            {**told, "operation": word, "id": row["id"], "created_at": row["created_at"]}
            for word, row in zip(("DELETE", "PUT"), log["items"], strict=True)
        ],
        "total": 2,
    }
    assert page.get("/admin/audit?operation=DELETE")["total"] == 1
    assert page.get("/admin/audit?operation=GET") == {"items": [], "total": 0}


def his_token_expires_while_the_page_opens(page: Browserlike, place: Place) -> None:
    page.token = grown_old(page.token)
    me, buckets, listing, *others = page.ask_together(
        "/auth/me", "/buckets", place.first_page, f"{place.files}?prefix=Campaign/", "/auth/me"
    )
    assert (me["email"], len(buckets), len(others)) == (MARK["email"], 1, 2)
    assert names(listing) == ["Campaign", "old.txt"]
    assert (page.met_expiry, page.refreshes) == (5, 1)
    assert RefreshToken.objects.filter(session__user__email=MARK["email"]).count() == 2


def he_reloads_the_page(page: Browserlike) -> Browserlike:
    spent = page.cookie
    page = page.reload()
    assert page.cookie not in (None, spent)
    assert page.get("/auth/me")["email"] == MARK["email"]
    return page


def he_leaves_his_folder_and_is_thrown_out(page: Browserlike, place: Place) -> None:
    spent, last = page.token, page.cookie
    with pytest.raises(SignedOut, match="401 FORCE_LOGGED_OUT"):
        page.post(f"/buckets/{place.bucket}/urls", {"keys": ["secret/board.pdf"]})
    with pytest.raises(SignedOut, match="401 FORCE_LOGGED_OUT"):
        page.get("/buckets")
    with pytest.raises(SignedOut, match="401 FORCE_LOGGED_OUT"):
        page.reload()

    page.sign_in(MARK["email"], MARK["password"])
    assert page.token != spent
    assert page.cookie != last
    assert names(page.get(place.first_page)) == ["Campaign", "old.txt"]


def he_signs_out(page: Browserlike, place: Place) -> None:
    last = page.cookie
    assert page.post("/auth/logout") == {}
    assert page.cookie is None
    for door in ("/auth/me", "/buckets", place.first_page):
        assert refused(page, "GET", door) == (401, "UNAUTHORIZED")
    with pytest.raises(Refused, match="401 UNAUTHORIZED"):
        page.reload()
    assert last is not None
    page.keep(last)
    with pytest.raises(Refused, match="401 UNAUTHORIZED"):
        page.reload()


def test_survives_that_two_tabs_refresh_at_once(mark: User) -> None:
    """A tab knows of its own refreshes alone, so both may come with one cookie: the later one leads to the login form."""
    first = Browserlike()
    first.sign_in(mark.email, PASSWORD)
    second = first.reload()
    first.token, second.token = grown_old(first.token), grown_old(second.token)
    second.jar = CookieJar()
    second.keep(first.cookie or "")

    assert first.get("/auth/me")["email"] == mark.email
    with pytest.raises(SignedOut, match="REFRESH_TOKEN_USED"):
        second.get("/auth/me")

    # The browser has one jar: what the first tab was given is what a reload of the second one sends.
    assert first.reload().get("/auth/me")["email"] == mark.email
    assert first.get("/auth/me")["email"] == mark.email
    assert Session.objects.filter(ended_at__isnull=True).count() == 1

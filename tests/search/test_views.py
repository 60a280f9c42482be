"""The search page: what its address asks, who may ask it, and what it says without a script."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, User
from buckets.credentials import seal
from buckets.models import Bucket
from files import cache
from files.models import BucketIndex
from files.rows import file_row
from tests import people
from tests.files.doors import signed_in
from tests.files.doors import text as text_of

pytestmark = pytest.mark.django_db

NAMES = (
    "Harbour.png",
    "harbour plan.pdf",
    "Straße.txt",
    "100%_done.txt",
    "<b>harbour<b>.txt",
    "lighthouse.mp4",
)

LISTED = {"took_seconds": 1.0, "file_count": 7, "folder_count": 2, "total_size": 9, "key_count": 7}


@pytest.fixture
def bucket() -> Bucket:
    made = people.press_bucket()
    _store(made, "projects/marketing/", *NAMES)
    _store(made, "projects/marketing/Photos/", "harbour at night.png")
    _store(made, "secret/", "harbour secret.txt")
    return made


def _store(bucket: Bucket, path: str, *names: str) -> None:
    rows = [
        file_row(
            name, size=10 ** number, modified_at=timezone.now() - timedelta(days=number), etag="e",
            storage_class="STANDARD", is_hidden=False, has_thumbnail=False,
        )
        for number, name in enumerate(names)
    ]  # fmt: skip
    begun = cache.begin(bucket_id=bucket.id, path=path)
    cache.store_folder(begun, sorted(rows), listed_at=timezone.now())


@pytest.fixture
def mark(bucket: Bucket) -> User:
    made = people.mark()
    people.assign(made, bucket)
    return made


@pytest.fixture
def client(mark: User) -> Client:
    return signed_in(mark)


def text(answer: Any) -> str:
    """The page as it was laid out."""
    return text_of(answer)


def found(client: Client, **asked: str) -> list[str]:
    answers: list[dict[str, Any]] = client.get("/search/stored", asked).json()["answers"]
    return sorted(item["resource_name"] for answer in answers for item in answer["items"])


def test_answers_with_what_is_known_below_the_root(client: Client) -> None:
    assert found(client, q="HARBOUR") == sorted(
        ["Harbour.png", "harbour plan.pdf", "<b>harbour<b>.txt", "harbour at night.png"]
    )


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"q": "strasse"}, ["Straße.txt"]),
        ({"q": "0%_d"}, ["100%_done.txt"]),
        ({"q": "photos/harb"}, ["harbour at night.png"]),
        ({"q": "harbour", "type": "image"}, ["Harbour.png", "harbour at night.png"]),
        ({"q": "lighthouse", "since": "1d"}, []),
        ({"q": "lighthouse", "since": "30d"}, ["lighthouse.mp4"]),
        ({"q": "harbour", "size": "over-1gb"}, []),
        ({"q": "harbour", "size": "under-1mb", "type": "image"}, ["Harbour.png", "harbour at night.png"]),
        ({"q": "harbour", "class": "GLACIER"}, []),
        ({"q": "lighthouse", "type": "no such", "size": "huge", "since": "ever", "class": "X"}, ["lighthouse.mp4"]),
        ({"q": "harbour", "in": "PRESS_KIT/Photos/"}, ["harbour at night.png"]),
        ({"q": "lighthouse", "in": "PRESS_KIT/", "where": "level"}, ["lighthouse.mp4"]),
        ({"q": "at night", "in": "PRESS_KIT/", "where": "level"}, []),
        ({"q": "at night", "in": "PRESS_KIT/Nowhere/", "where": "all"}, ["harbour at night.png"]),
        ({"q": "secret"}, []),
        ({"q": "ha"}, []),
        ({"q": "   "}, []),
        ({"q": "h\x07arbour"}, []),
        ({"q": "h" * 1001}, []),
        ({"q": "harbour/" * 2000}, []),
    ],
)  # fmt: skip
def test_finds_what_is_asked_for(client: Client, asked: dict[str, str], names: list[str]) -> None:
    assert found(client, **asked) == names


@pytest.mark.parametrize(
    "place",
    [
        "NO_SUCH/", "PRESS_KIT/../", "PRESS_KIT/../../secret/", "PRESS_KIT/%2e%2e/", "PRESS_KIT//", "PRESS_KIT/a\x01b/",
        "../", "PRESS_KIT/Photos/../../x/", "press_kit/../secret",
    ],
)  # fmt: skip
@pytest.mark.parametrize("page", ["/search", "/search/stored"])
def test_leads_to_no_place_that_is_not_ones_own_and_throws_nobody_out(
    client: Client, mark: User, page: str, place: str
) -> None:
    before = AuditEntry.objects.count()
    assert client.get(page, {"q": "harbour", "in": place}).status_code == 404
    mark.refresh_from_db()
    assert mark.locked_at is None
    assert AuditEntry.objects.count() == before
    assert client.get("/search").status_code == 200


def test_says_nothing_of_buckets_of_others(client: Client) -> None:
    other = people.press_bucket(display_name="Board", bucket_name="board")
    _store(other, "", "harbour of the board.txt")
    assert "harbour of the board.txt" not in found(client, q="harbour")
    assert client.get("/search", {"in": "BOARD/", "q": "harbour"}).status_code == 404
    assert "Board" not in text(client.get("/search", {"q": "harbour", "stored": "1"}))


def test_holds_no_path_above_the_root_and_no_real_name(client: Client, bucket: Bucket) -> None:
    for page in ("/search", "/search/stored"):
        told = client.get(page, {"q": "harbour", "stored": "1"}).content.decode()
        assert "projects/marketing" not in told
        assert bucket.bucket_name not in told


def test_marks_the_match_and_runs_no_name_as_markup(client: Client) -> None:
    page = text(client.get("/search", {"q": "HARBOUR", "stored": "1"}))
    assert "<mark>Harbour</mark>.png" in page
    assert "&lt;b&gt;<mark>harbour</mark>&lt;b&gt;.txt" in page
    assert "<b>harbour" not in page
    assert 'href="/b/PRESS_KIT/Photos/"' in page


def test_marks_across_folder_and_name(client: Client) -> None:
    page = text(client.get("/search", {"q": "OTOS/harb", "stored": "1"}))
    assert "Ph<mark>otos/</mark>" in page
    assert "<mark>harb</mark>our at night.png" in page


def test_says_why_nothing_is_looked_for(client: Client) -> None:
    assert "Type at least 3 characters." in text(client.get("/search", {"q": "ha"}))


def test_keeps_what_was_asked_in_its_form(client: Client) -> None:
    asked = {"q": 'a"b<c', "type": "image", "size": "over-1gb", "in": "PRESS_KIT/Photos/", "where": "level"}
    page = text(client.get("/search", asked))
    assert 'value="a&quot;b&lt;c"' in page
    for chosen in ('value="image" selected', 'value="level" selected'):
        assert chosen in page


def test_says_how_old_the_index_of_each_bucket_is(client: Client, bucket: Bucket) -> None:
    assert "not indexed yet" in text(client.get("/search"))
    BucketIndex.objects.update_or_create(
        bucket=bucket, defaults={**LISTED, "listed_at": timezone.now() - timedelta(hours=3)}
    )
    assert "3 hours ago" in text(client.get("/search"))


def test_leads_strangers_to_the_login_page_and_back(mark: User) -> None:
    answer = Client().get("/search?q=harbour")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/login?next=%2Fsearch%3Fq%3Dharbour"


def test_asks_as_few_questions_for_many_buckets(
    client: Client, mark: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        people.assign(mark, people.press_bucket(display_name=f"B {number}", bucket_name=f"b-{number}"))
    with django_assert_max_num_queries(6):
        assert client.get("/search?q=harbour").status_code == 200


class TestPictures:
    @pytest.fixture(autouse=True)
    def keys(self, monkeypatch: pytest.MonkeyPatch, bucket: Bucket) -> None:
        key = {"access_key_id": "AKIA", "secret_access_key": "secret"}
        bucket.access_key_id, bucket.secret_access_key = (
            seal(value, row_id=bucket.id, field=field) for field, value in key.items()
        )
        bucket.save()

    def test_shows_small_images_and_nothing_that_only_looks_like_one(self, client: Client) -> None:
        asked = {
            "code": "PRESS_KIT",
            "paths": ["Harbour.png", "Straße.txt", "Unknown/new.png", "evil.svg", "huge.png"],
            "small": ["Unknown/new.png", "evil.svg"],
        }
        shown = client.post("/search/pictures", asked).json()["pictures"]
        assert sorted(shown) == ["Harbour.png", "Unknown/new.png"]
        assert "/projects/marketing/Harbour.png?" in shown["Harbour.png"]

    def test_refuses_a_path_outside_and_throws_its_sender_out(self, client: Client, mark: User) -> None:
        assert (
            client.post("/search/pictures", {"code": "PRESS_KIT", "paths": "../secret/x.png"}).status_code
            == 401
        )
        assert client.get("/search").status_code == 302

    @pytest.mark.parametrize(
        ("asked", "status"),
        [
            ({"code": "NO_SUCH", "paths": "a.png"}, 404),
            ({"paths": "a.png"}, 404),
            ({"code": "PRESS_KIT", "paths": "a//b.png"}, 400),
            ({"code": "PRESS_KIT", "paths": [f"{number}.png" for number in range(201)]}, 400),
            ({"code": "PRESS_KIT"}, 200),
        ],
    )  # fmt: skip
    def test_refuses_what_is_no_question(self, client: Client, asked: dict[str, Any], status: int) -> None:
        assert client.post("/search/pictures", asked).status_code == status

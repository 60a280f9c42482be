"""Links: short for pages, long to copy, attachments to download."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import Message
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import pytest

from accounts.models import AuditEntry, User
from buckets.models import Bucket
from buckets.paths import Malformed, OutOfBounds, Reach
from buckets.s3.errors import ObjectArchived, ObjectMissing
from files import cache, links, listing
from files.links import PageLink
from files.models import StoredUrl
from files.refusals import TooMany
from tests.files.conftest import EVERYTHING, Spy, Store

DAY = timedelta(days=1)


@pytest.fixture
def public(bucket: Bucket) -> Reach:
    bucket.cloudfront_base_url = "https://cdn.example.com/media/"
    return bucket.reach(root="team/", rights=EVERYTHING)


def page_link(reach: Reach, now: datetime, name: str) -> PageLink:
    page = listing.page(reach, "", now=now)
    return links.for_page(reach, page.entries, now=now)[name]


def fetched(url: str) -> tuple[bytes, Message]:
    with urlopen(url, timeout=10) as answer:
        return answer.read(), answer.headers


@pytest.mark.parametrize(
    ("name", "media_type", "shown"),
    [
        ("a.png", "image/png", True),
        ("a.pdf", "application/pdf", True),
        ("a.txt", "text/plain; charset=utf-8", True),
        ("a.csv", "text/plain; charset=utf-8", True),
        ("a.html", "text/plain; charset=utf-8", True),
        ("a.xml", "text/plain; charset=utf-8", True),
        ("a.js", "text/plain; charset=utf-8", True),
        ("a.svg", "image/svg+xml", False),
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", False),
        ("a.swf", None, False),
        ("a", "application/octet-stream", False),
    ],
)
def test_shows_what_is_safe_whatever_type_was_stored(
    reach: Reach, store: Store, name: str, media_type: str | None, shown: bool
) -> None:
    now = datetime.now(UTC)
    store.put(f"team/{name}", b"body", ContentType="text/html", ContentDisposition="inline")
    link = page_link(reach, now, name)
    body, headers = fetched(link.inline)
    assert body == b"body"
    assert headers["Content-Type"] == (media_type or headers["Content-Type"]) == link.media_type
    assert headers["Content-Type"] != "text/html"
    assert headers["Content-Disposition"].startswith("inline") is shown


@pytest.mark.parametrize("name", ["a.svg", "a.html", "a.xml", "a.js"])
def test_says_which_files_could_run_script(reach: Reach, store: Store, now: datetime, name: str) -> None:
    store.put(f"team/{name}")
    assert page_link(reach, now, name).is_active


def test_links_thumbnails_beside_their_source(reach: Reach, store: Store, now: datetime) -> None:
    store.put("team/a b.png", b"source")
    store.put("team/t-a b.png", b"thumbnail")
    store.put("team/c.png")
    assert fetched(page_link(reach, now, "a b.png").thumbnail)[0] == b"thumbnail"
    assert page_link(reach, now, "c.png").thumbnail == ""


def test_links_no_thumbnail_where_the_bucket_shows_none(bucket: Bucket, store: Store, now: datetime) -> None:
    bucket.has_thumbnails = False
    store.put_many(["team/a.png", "team/t-a.png"])
    link = page_link(bucket.reach(root="team/", rights=EVERYTHING), now, "a.png")
    assert link.thumbnail == ""
    assert link.inline


def test_serves_a_document_s_thumbnail_as_a_picture(reach: Reach, store: Store, now: datetime) -> None:
    store.put("team/a.html")
    store.put("team/t-a.html", b"thumbnail", ContentType="text/html")
    assert fetched(page_link(reach, now, "a.html").thumbnail)[1]["Content-Type"] == "image/png"


def test_gives_folders_archived_and_odd_entries_no_link(reach: Reach, store: Store, now: datetime) -> None:
    store.put("team/sub/x")
    store.put("team/cold.txt", StorageClass="GLACIER")
    store.put("team/bell\x07")
    assert links.for_page(reach, listing.page(reach, "", now=now).entries, now=now) == {}


def test_stays_the_same_for_a_quarter_of_an_hour_and_lives_an_hour_more(
    reach: Reach, store: Store, now: datetime
) -> None:
    store.put("team/a.txt")
    entries = listing.page(reach, "", now=now).entries
    quarter = now - timedelta(seconds=now.timestamp() % 900)
    urls = {
        links.for_page(reach, entries, now=quarter + timedelta(seconds=at))["a.txt"].inline
        for at in (0, 1, 899)
    }
    later = links.for_page(reach, entries, now=quarter + timedelta(seconds=900))["a.txt"].inline
    assert len(urls) == 1
    assert later not in urls
    assert parse_qs(urlsplit(later).query)["X-Amz-Expires"] == ["4500"]


def test_asks_nobody_for_the_links_of_a_page(
    reach: Reach, store: Store, spy: Spy, now: datetime, django_assert_num_queries: object
) -> None:
    store.put("team/a.txt")
    entries = listing.page(reach, "", now=now).entries
    spy.calls.clear()
    with django_assert_num_queries(0):  # type: ignore[operator]
        links.for_page(reach, entries, now=now)
    assert spy.calls == []
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize("name", ["a b#?%+&=é.txt", "“x”'!*().txt", "%41.txt", "~tilde.txt"])
def test_encodes_each_segment_of_a_cdn_url(public: Reach, store: Store, now: datetime, name: str) -> None:
    store.put(f"team/{name}")
    link = page_link(public, now, name)
    assert link.inline.startswith("https://cdn.example.com/media/team/")
    tail = link.inline.removeprefix("https://cdn.example.com/media/team/")
    assert not set(tail) & set(" #?+&=\"'")
    assert "%" in tail or name == "~tilde.txt"
    assert fetched(link.read)[0] == b"x"


def test_copies_a_public_bucket_s_cdn_url_that_never_ends(public: Reach, mark: User, now: datetime) -> None:
    (copied,) = links.copy(public, ["a/b c.png"], by=mark, ip=None, now=now)
    assert (copied.url, copied.expires_at) == ("https://cdn.example.com/media/team/a/b%20c.png", None)
    assert not StoredUrl.objects.exists()


def test_copies_a_link_for_seven_days(reach: Reach, store: Store, mark: User, now: datetime) -> None:
    store.put("team/a.png", b"body")
    (copied,) = links.copy(reach, ["a.png"], by=mark, ip="192.0.2.7", now=now)
    assert copied.expires_at == now + 7 * DAY
    assert fetched(copied.url)[0] == b"body"
    entry = AuditEntry.objects.get()
    assert (entry.operation, entry.path, entry.ip) == ("link_copied", "team/a.png", "192.0.2.7")


def test_copies_the_same_link_while_six_days_are_left(reach: Reach, mark: User, now: datetime) -> None:
    urls = [
        links.copy(reach, ["a"], by=mark, ip=None, now=now + after)[0] for after in (0 * DAY, DAY, DAY * 1.01)
    ]
    assert urls[0] == urls[1] != urls[2]
    assert AuditEntry.objects.count() == 3


def test_copies_a_new_link_after_the_key_was_changed(
    reach: Reach, bucket: Bucket, mark: User, now: datetime
) -> None:
    first = links.copy(reach, ["a"], by=mark, ip=None, now=now)
    bucket.credential_version += 1
    other = bucket.reach(root="team/", rights=EVERYTHING)
    assert links.copy(other, ["a"], by=mark, ip=None, now=now + timedelta(seconds=5)) != first


def test_copies_a_new_link_after_the_file_was_changed(reach: Reach, mark: User, now: datetime) -> None:
    first = links.copy(reach, ["a"], by=mark, ip=None, now=now)
    cache.evict(bucket_id=reach.bucket_id, keys=["team/a"])
    assert links.copy(reach, ["a"], by=mark, ip=None, now=now + timedelta(seconds=5)) != first


def test_copies_a_selection_in_its_order_some_twice(reach: Reach, mark: User, now: datetime) -> None:
    copied = links.copy(reach, ["b", "a", "b"], by=mark, ip=None, now=now)
    assert [link.path for link in copied] == ["b", "a", "b"]
    assert copied[0] == copied[2]


def test_copies_an_active_file_as_one_to_save(reach: Reach, store: Store, mark: User, now: datetime) -> None:
    store.put("team/a.svg", b"<svg/>", ContentType="image/svg+xml")
    (copied,) = links.copy(reach, ["a.svg"], by=mark, ip=None, now=now)
    assert fetched(copied.url)[1]["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize(
    ("path", "problem"), [("../x", OutOfBounds), ("", Malformed), ("a//b", Malformed), ("a/", Malformed)]
)
def test_copies_nothing_when_one_path_is_wrong(
    reach: Reach, mark: User, now: datetime, path: str, problem: type[Exception]
) -> None:
    with pytest.raises(problem):
        links.copy(reach, ["fine", path], by=mark, ip=None, now=now)
    assert not AuditEntry.objects.exists()


def test_copies_two_thousand_at_most(reach: Reach, mark: User, now: datetime) -> None:
    with pytest.raises(TooMany):
        links.copy(reach, [str(number) for number in range(2001)], by=mark, ip=None, now=now)


@pytest.mark.parametrize("name", ["plain.txt", "é “x”; y.html", "100%.txt"])
def test_downloads_a_file_under_its_own_name(
    reach: Reach, store: Store, mark: User, now: datetime, name: str
) -> None:
    store.put(f"team/{name}", b"body")
    body, headers = fetched(links.download(reach, name, by=mark, ip=None, now=now))
    message = Message()
    message["Content-Disposition"] = headers["Content-Disposition"]
    assert body == b"body"
    assert message.get_content_disposition() == "attachment"
    assert message.get_filename() == name
    assert AuditEntry.objects.get().operation == "downloaded"


def test_downloads_from_the_store_even_when_there_is_a_cdn(
    public: Reach, store: Store, mark: User, now: datetime
) -> None:
    store.put("team/a.png", b"body")
    assert fetched(links.download(public, "a.png", by=mark, ip=None, now=now))[0] == b"body"


def test_downloads_nothing_that_is_gone(reach: Reach, mark: User, now: datetime) -> None:
    with pytest.raises(ObjectMissing):
        links.download(reach, "gone.txt", by=mark, ip=None, now=now)
    assert not AuditEntry.objects.exists()


def test_downloads_nothing_that_must_be_restored_first(
    reach: Reach, store: Store, mark: User, now: datetime
) -> None:
    store.put("team/cold.txt", StorageClass="GLACIER")
    with pytest.raises(ObjectArchived):
        links.download(reach, "cold.txt", by=mark, ip=None, now=now)


def test_opens_a_file_in_a_tab_of_its_own(reach: Reach, store: Store, mark: User, now: datetime) -> None:
    store.put("team/a.html", b"<script>", ContentType="text/html")
    _, headers = fetched(links.open_inline(reach, "a.html", by=mark, ip=None, now=now))
    assert headers["Content-Type"].startswith("text/plain")
    assert AuditEntry.objects.get().operation == "link_opened"


def test_gives_no_link_to_another_root(reach: Reach, store: Store, now: datetime) -> None:
    store.put("team/a.txt")
    entries = [replace(entry, path="../other.txt") for entry in listing.page(reach, "", now=now).entries]
    with pytest.raises(OutOfBounds):
        links.for_page(reach, entries, now=now)


def test_is_refused_by_s3_when_anything_in_it_is_changed(
    reach: Reach, store: Store, mark: User, now: datetime
) -> None:
    store.put("team/a.svg")
    url = links.download(reach, "a.svg", by=mark, ip=None, now=now).replace("attachment", "inline")
    with pytest.raises(HTTPError) as refusal:
        urlopen(url, timeout=10)
    refusal.value.close()
    assert refusal.value.code == 403

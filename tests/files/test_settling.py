"""What became of signed uploads."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from accounts.models import AuditEntry, User
from buckets.models import Bucket
from buckets.paths import Reach, Rights
from files import listing, settling, uploads
from files.listing import State
from files.models import PendingUpload
from files.uploads import Arrival, PreparedUpload, Wanted
from tests.files.conftest import Store, put, registered

LATE = timedelta(seconds=301)


@pytest.fixture
def sign(reach: Reach, mark: User, now: datetime) -> Any:
    def call(*names: str, size: int = 3) -> list[PreparedUpload]:
        wanted = [Wanted(name, name, size, "text/plain") for name in names]
        return uploads.prepare(reach, "", wanted, by=mark, ip=None, now=now).uploads

    return call


@pytest.fixture
def confirm(reach: Reach, mark: User, now: datetime) -> Any:
    def call(
        *ids: UUID, by: User = mark, into: Reach = reach, etags: Any = None
    ) -> list[tuple[str, str, int | None]]:
        answers = uploads.confirm(into, ids, etags=etags, by=by, ip="192.0.2.7", now=now)
        assert [answer.id for answer in answers] == list(ids)
        return [(answer.state.value, answer.path, answer.size) for answer in answers]

    return call


def state_of(upload: PreparedUpload) -> str:
    return PendingUpload.objects.get(id=upload.id).state


def names(reach: Reach, now: datetime) -> list[str]:
    return sorted(entry.name for entry in listing.page(reach, "", now=now).entries)


def test_confirms_what_arrived_and_shows_it_at_once(
    sign: Any, confirm: Any, reach: Reach, now: datetime
) -> None:
    assert names(reach, now) == []
    (upload,) = sign("a.txt")
    put(upload, b"abc")
    assert confirm(upload.id) == [("present", "a.txt", 3)]
    assert names(reach, now) == ["a.txt"]
    assert state_of(upload) == "confirmed"
    assert (
        AuditEntry.objects.filter(operation="upload_confirmed", path="team/a.txt", ip="192.0.2.7").count()
        == 1
    )


def test_changes_nothing_the_second_time(sign: Any, confirm: Any) -> None:
    (upload,) = sign("a.txt")
    put(upload, b"abc")
    assert confirm(upload.id) == confirm(upload.id)
    assert AuditEntry.objects.filter(operation="upload_confirmed").count() == 1


def test_waits_for_what_is_missing(sign: Any, confirm: Any) -> None:
    (upload,) = sign("a.txt")
    assert confirm(upload.id) == [("missing", "a.txt", None)]
    assert state_of(upload) == "signed"
    put(upload, b"abc")
    assert confirm(upload.id) == [("present", "a.txt", 3)]


def test_knows_another_file_by_its_size(sign: Any, confirm: Any, store: Store) -> None:
    (upload,) = sign("a.txt")
    store.put("team/a.txt", b"somebody else's")
    assert confirm(upload.id) == [("different", "a.txt", 15)]
    assert state_of(upload) == "abandoned"


def test_knows_another_file_by_its_etag(sign: Any, confirm: Any, store: Store) -> None:
    (upload,) = sign("a.txt")
    store.put("team/a.txt", b"xyz")
    assert confirm(upload.id, etags={upload.id: '"900150983cd24fb0d6963f7d28e17f72"'})[0][0] == "different"


def test_takes_an_equal_file_after_a_412_for_success(sign: Any, confirm: Any) -> None:
    (upload,) = sign("a.txt")
    assert (put(upload, b"abc"), put(upload, b"abc")) == (200, 412)
    assert confirm(upload.id, etags={upload.id: "900150983cd24fb0d6963f7d28e17f72"})[0][0] == "present"


def test_takes_an_older_file_of_the_same_size_for_another(
    reach: Reach, mark: User, confirm: Any, store: Store, now: datetime
) -> None:
    later = now + timedelta(minutes=10)
    wanted = [Wanted("c", "a.txt", 3, "text/plain")]
    (upload,) = uploads.prepare(reach, "", wanted, by=mark, ip=None, now=later).uploads
    store.put("team/a.txt", b"old")
    assert confirm(upload.id)[0][0] == "different"


def test_answers_for_each_in_order(sign: Any, confirm: Any) -> None:
    first, second = sign("a.txt", "b.txt")
    put(second, b"abc")
    assert [answer[0] for answer in confirm(second.id, first.id)] == ["present", "missing"]


def test_tells_strangers_nothing(sign: Any, confirm: Any, rita: User) -> None:
    (upload,) = sign("a.txt")
    put(upload, b"abc")
    assert confirm(upload.id, uuid4(), by=rita) == [("missing", "", None)] * 2
    assert state_of(upload) == "signed"


def test_tells_nothing_above_a_root_that_was_moved(sign: Any, confirm: Any, bucket: Bucket) -> None:
    (upload,) = sign("a.txt")
    put(upload, b"abc")
    assert confirm(upload.id, into=bucket.reach(root="elsewhere/", rights=Rights())) == [
        ("missing", "", None)
    ]


def test_trusts_no_stored_listing_while_an_upload_is_under_way(
    sign: Any, reach: Reach, store: Store, now: datetime
) -> None:
    assert names(reach, now) == []
    (upload,) = sign("a.txt")
    put(upload, b"abc")
    assert names(reach, now) == ["a.txt"]


def test_trusts_it_again_after_five_minutes(sign: Any, reach: Reach, store: Store, now: datetime) -> None:
    sign("a.txt")
    names(reach, now + LATE)
    store.put("team/b.txt")
    assert names(reach, now + LATE) == []


def test_gives_up_what_is_cancelled(sign: Any, reach: Reach, mark: User, now: datetime) -> None:
    first, second = sign("a.txt", "b.txt")
    assert uploads.cancel(reach, [first.id, second.id, uuid4()], by=mark, now=now) == 2
    assert uploads.cancel(reach, [first.id], by=mark, now=now) == 0
    assert state_of(first) == "cancelled"


def test_cancels_nobody_else_s(sign: Any, reach: Reach, rita: User, now: datetime) -> None:
    (upload,) = sign("a.txt")
    assert uploads.cancel(reach, [upload.id], by=rita, now=now) == 0


def test_confirms_what_arrived_after_it_was_cancelled(
    sign: Any, confirm: Any, reach: Reach, mark: User, now: datetime
) -> None:
    (upload,) = sign("a.txt")
    uploads.cancel(reach, [upload.id], by=mark, now=now)
    put(upload, b"abc")
    assert confirm(upload.id)[0][0] == "present"
    assert state_of(upload) == "confirmed"


def test_sweeps_what_no_page_came_back_for(sign: Any, reach: Reach, mark: User, now: datetime) -> None:
    arrived, other, lost = sign("a.txt", "b.txt", "c.txt")
    names(reach, now)
    put(arrived, b"abc")
    swept = settling.sweep(now=now + LATE)
    assert (swept.confirmed, swept.abandoned) == (1, 2)
    assert [state_of(upload) for upload in (arrived, other, lost)] == ["confirmed", "abandoned", "abandoned"]
    entry = AuditEntry.objects.get(operation="upload_confirmed")
    assert (entry.actor_id, entry.path) == (mark.id, "team/a.txt")
    assert names(reach, now + LATE) == ["a.txt"]


def test_sweeps_nothing_that_is_still_fresh(sign: Any, now: datetime) -> None:
    sign("a.txt")
    assert settling.sweep(now=now + timedelta(seconds=200)) == settling.Swept(0, 0)


def test_sweeps_the_other_buckets_when_one_cannot_be_asked(
    sign: Any, reach: Reach, store: Store, mark: User, now: datetime
) -> None:
    broken = registered(store, display_name="Broken")
    wanted = [Wanted("c", "x", 3, "text/plain")]
    (stuck,) = uploads.prepare(
        broken.reach(root="", rights=Rights()), "", wanted, by=mark, ip=None, now=now
    ).uploads
    broken.endpoint_url = "http://127.0.0.1:9"
    broken.credential_version += 1
    broken.save()
    (fine,) = sign("a.txt")
    settling.sweep(now=now + LATE)
    assert (state_of(fine), state_of(stuck)) == ("abandoned", "signed")


def test_sweeps_for_people_who_are_gone(sign: Any, mark: User, now: datetime) -> None:
    (upload,) = sign("a.txt")
    put(upload, b"abc")
    mark.delete()
    assert settling.sweep(now=now + LATE).confirmed == 1
    assert AuditEntry.objects.get(operation="upload_confirmed").actor_id is None


def test_confirms_an_overwrite_by_the_new_file_alone(
    reach: Reach, mark: User, store: Store, now: datetime
) -> None:
    store.put("team/a.txt", b"old")
    wanted = [Wanted("c", "a.txt", 3, "text/plain", uploads.OnConflict.OVERWRITE)]
    later = now + timedelta(minutes=5)
    (upload,) = uploads.prepare(reach, "", wanted, by=mark, ip=None, now=later).uploads
    (answer,) = uploads.confirm(reach, [upload.id], by=mark, ip=None, now=later)
    assert answer.state is Arrival.DIFFERENT


def test_still_shows_the_folder_whole_when_all_is_settled(
    sign: Any, confirm: Any, reach: Reach, now: datetime
) -> None:
    (upload,) = sign("a.txt")
    put(upload, b"abc")
    confirm(upload.id)
    assert listing.page(reach, "", now=now).state is State.WHOLE

"""When something last happened in a bucket."""

from typing import Any

from accounts.audit import Operation, Outcome, record
from accounts.models import User
from buckets.models import Bucket
from buckets.paths import Rights
from files.activity import latest
from tests import people


def happened(
    bucket: Bucket, by: User, path: str, operation: Operation = Operation.UPLOAD_CONFIRMED, **more: Any
) -> None:
    record(by=by, operation=operation, bucket_id=bucket.id, bucket_code=bucket.system_code, path=path, **more)


def test_tells_the_latest_change_of_each_bucket_by_one_query(
    press: Bucket, mark: User, rita: User, django_assert_num_queries: Any
) -> None:
    other = people.press_bucket(display_name="Other")
    happened(press, mark, "a")
    happened(press, rita, "b", Operation.DELETED)
    happened(other, mark, "c")
    reaches = [bucket.reach(root="", rights=Rights()) for bucket in (press, other)]
    with django_assert_num_queries(1):
        found = latest(reaches)
    assert {id_: (its.actor_name, its.operation) for id_, its in found.items()} == {
        press.id: ("Rita Reader", "deleted"),
        other.id: ("Mark Eting", "upload_confirmed"),
    }


def test_tells_nothing_from_outside_the_root(press: Bucket, mark: User) -> None:
    happened(press, mark, "projects/marketing-secret/a")
    happened(press, mark, "elsewhere/b")
    assert latest([press.reach(root="projects/marketing/", rights=Rights())]) == {}


def test_takes_underscores_in_a_root_for_themselves(press: Bucket, mark: User) -> None:
    happened(press, mark, "teamXa/file")
    assert latest([press.reach(root="team_a/", rights=Rights())]) == {}


def test_counts_no_looking_and_nothing_that_failed(press: Bucket, mark: User) -> None:
    happened(press, mark, "a", Operation.LINK_COPIED)
    happened(press, mark, "a", Operation.UPLOAD_SIGNED)
    happened(press, mark, "a", Operation.DELETED, outcome=Outcome.FAILED)
    assert latest([press.reach(root="", rights=Rights())]) == {}


def test_knows_nothing_of_no_bucket() -> None:
    assert latest([]) == {}

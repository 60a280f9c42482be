"""Roots that were changed or taken away: remembered by the database, so that an old address is no attack."""

import pytest

from accounts.models import User
from buckets.access import was_reached_before
from buckets.models import Assignment, Bucket, FormerRoot
from tests import people


def knows(user: User, bucket: Bucket, key: str) -> bool:
    return was_reached_before(user=user, bucket_id=bucket.id, full_key=key)


def test_remembers_a_root_that_was_changed(mark: User, press: Bucket) -> None:
    assignment = people.assign(mark, press, root="projects/old/")
    assignment.root_path = "projects/new/"
    assignment.save()

    assert knows(mark, press, "projects/old/report.pdf")
    assert not knows(mark, press, "projects/new/report.pdf")


@pytest.mark.parametrize("how", ["the row", "a query", "the person's assignments"])
def test_remembers_whoever_takes_it_away_and_however(mark: User, press: Bucket, how: str) -> None:
    assignment = people.assign(mark, press, root="team/")
    if how == "the row":
        assignment.delete()
    elif how == "a query":
        Assignment.objects.filter(user=mark).update(root_path="elsewhere/")
    else:
        mark.assignments.all().delete()

    assert knows(mark, press, "team/a/b.txt")


def test_remembers_the_buckets_own_root_for_everybody_who_had_it(
    mark: User, ada: User, press: Bucket
) -> None:
    people.assign(mark, press, root="team/")
    Bucket.objects.filter(pk=press.pk).update(root_path="media/")
    Bucket.objects.filter(pk=press.pk).update(root_path="other/")

    assert knows(mark, press, "team/x")
    assert knows(mark, press, "media/team/x")
    assert not knows(mark, press, "media/finance/x")
    assert knows(ada, press, "media/finance/x")


def test_remembers_nothing_when_something_else_changes(mark: User, press: Bucket) -> None:
    assignment = people.assign(mark, press, root="team/")
    assignment.allow_delete = True
    assignment.save()
    press.display_name = "Another name"
    press.save()

    assert not FormerRoot.objects.exists()


@pytest.mark.parametrize(
    "key", ["projects/older/x", "projects/", "projects/old", "finance/x", "projects/old/../../finance/x", "../x",
            "projects/old/%2e%2e/%2e%2e/%2e%2e/x", "projects/old//x", "Projects/old/x", "projects/old/..\\x"],
)  # fmt: skip
def test_excuses_nothing_beside_it_and_no_climb_out_of_it(mark: User, press: Bucket, key: str) -> None:
    people.assign(mark, press, root="projects/old/").delete()

    assert not knows(mark, press, key)


def test_is_each_persons_and_each_buckets_own(mark: User, rita: User, press: Bucket) -> None:
    other = people.press_bucket(display_name="Other")
    people.assign(mark, press, root="team/").delete()

    assert not knows(rita, press, "team/x")
    assert not knows(mark, other, "team/x")


def test_lets_people_and_buckets_be_deleted(mark: User, press: Bucket) -> None:
    people.assign(mark, press, root="team/")
    mark.delete()
    press.delete()

    assert not Assignment.objects.exists()

"""What somebody may do is looked up for every request, in every thread that answers: nobody keeps an older right."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections
from django.test import Client

from accounts.models import User
from benchmarks.fake_s3 import FakeS3
from buckets.models import Assignment, Bucket
from tests import people
from tests.permissions.cast import BUCKET, bucket_in
from tests.permissions.table import UPLOAD

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bucket(db: None) -> Iterator[Bucket]:
    with FakeS3({BUCKET: ["team/Notes.txt"]}).running() as endpoint:
        yield bucket_in(endpoint)


@pytest.fixture
def workers() -> Iterator[ThreadPoolExecutor]:
    """Two threads, each with a database connection of its own, as two workers have."""
    with ThreadPoolExecutor(2) as pool:
        yield pool
        both = Barrier(2)

        def put_away(_: int) -> None:
            connections.close_all()
            both.wait()

        list(pool.map(put_away, range(2)))


def asked_twice(
    workers: ThreadPoolExecutor, user: User, ask: Callable[[Client], int]
) -> Callable[[], list[int]]:
    """Asks with one session on both workers at once; gives what each was answered."""
    cookies = Client()
    cookies.force_login(user)

    def answered() -> list[int]:
        def once(_: int) -> int:
            client = Client(raise_request_exception=False)
            client.cookies.update(cookies.cookies)
            return ask(client)

        return list(workers.map(once, range(2)))

    return answered


def test_takes_a_right_away_at_the_next_request(bucket: Bucket, workers: ThreadPoolExecutor) -> None:
    mark = people.mark()
    assignment = people.assign(mark, bucket, root="team/")
    door = f"/b/{bucket.system_code}/-/upload/prepare"
    upload = asked_twice(
        workers, mark, lambda client: client.post(door, {"folder": "", "files": UPLOAD}).status_code
    )
    assert upload() == [200, 200]
    Assignment.objects.filter(pk=assignment.pk).update(allow_upload=False)
    assert upload() == [403, 403]
    Assignment.objects.filter(pk=assignment.pk).update(allow_upload=True)
    assert upload() == [200, 200]


def test_moves_the_root_at_the_next_request(bucket: Bucket, workers: ThreadPoolExecutor) -> None:
    mark = people.mark()
    assignment = people.assign(mark, bucket, root="team/")
    look = asked_twice(
        workers, mark, lambda client: client.get(f"/b/{bucket.system_code}/Notes.txt").status_code
    )
    assert look() == [200, 200]
    Assignment.objects.filter(pk=assignment.pk).update(root_path="elsewhere/")
    assert look() == [404, 404]


@pytest.mark.parametrize("lost", ["assignment", "account", "sessions"])
def test_lets_nobody_in_any_more(bucket: Bucket, workers: ThreadPoolExecutor, lost: str) -> None:
    mark = people.mark()
    people.assign(mark, bucket, root="team/")
    look = asked_twice(workers, mark, lambda client: client.get(f"/b/{bucket.system_code}/").status_code)
    assert look() == [200, 200]
    if lost == "assignment":
        Assignment.objects.all().delete()
    elif lost == "account":
        User.objects.filter(pk=mark.pk).update(is_active=False)
    else:
        User.objects.filter(pk=mark.pk).update(epoch=7)
    assert look() == ([404, 404] if lost == "assignment" else [302, 302])


def test_shuts_the_administration_to_somebody_who_administers_no_more(workers: ThreadPoolExecutor) -> None:
    ada = people.ada()
    look = asked_twice(workers, ada, lambda client: client.get("/admin/", follow=True).status_code)
    assert look() == [200, 200]
    User.objects.filter(pk=ada.pk).update(is_admin=False)
    assert look() == [403, 403]

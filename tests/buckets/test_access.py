"""Who gets which reach, and what the tables refuse to store."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User
from buckets.access import NoSuchBucket, reach_for, reaches_for, reaches_of
from buckets.models import Assignment, Bucket
from buckets.paths import OutOfBounds, Rights
from tests import people

Assert = Callable[..., object]


class TestReachFor:
    def test_gives_an_assigned_person_their_root_and_rights(self, mark: User, press: Bucket) -> None:
        people.assign(mark, press, allow_upload=True, allow_overwrite=False, allow_delete=True)
        reach = reach_for(user=mark, code=press.system_code)
        assert reach.root == "projects/marketing/"
        assert reach.rights == Rights(upload=True, overwrite=False, delete=True)
        assert reach.bucket_id == press.id
        assert reach.bucket_code == "PRESS_KIT"
        assert reach.bucket_title == "Press kit"

    def test_finds_a_bucket_by_its_id_too(self, mark: User, press: Bucket) -> None:
        people.assign(mark, press)
        assert reach_for(user=mark, bucket_id=press.id) == reach_for(user=mark, code=press.system_code)

    def test_gives_upload_and_overwrite_but_no_delete_unless_told(self, mark: User, press: Bucket) -> None:
        people.assign(mark, press)
        assert reach_for(user=mark, code=press.system_code).rights == Rights(True, True, False)

    def test_joins_the_bucket_root_and_the_assignment_root(self, mark: User, db: None) -> None:
        bucket = people.press_bucket(root_path="tenants/acme/")
        people.assign(mark, bucket, root="press/")
        reach = reach_for(user=mark, code=bucket.system_code)
        assert reach.root == "tenants/acme/press/"
        with pytest.raises(OutOfBounds):
            reach.file("../secret.txt")

    def test_whole_bucket_stops_at_the_bucket_root(self, mark: User, db: None) -> None:
        bucket = people.press_bucket(root_path="tenants/acme/")
        people.assign(mark, bucket, root="")
        assert reach_for(user=mark, code=bucket.system_code).root == "tenants/acme/"

    def test_gives_an_admin_every_right_without_an_assignment(self, ada: User, press: Bucket) -> None:
        reach = reach_for(user=ada, code=press.system_code)
        assert reach.root == ""
        assert reach.rights == Rights(upload=True, overwrite=True, delete=True)

    def test_binds_an_admin_by_the_bucket_root(self, ada: User, db: None) -> None:
        bucket = people.press_bucket(root_path="tenants/acme/")
        people.assign(ada, bucket, root="press/")
        reach = reach_for(user=ada, code=bucket.system_code)
        assert reach.root == "tenants/acme/"
        with pytest.raises(OutOfBounds):
            reach.file("../globex/plan.pdf")

    def test_knows_no_difference_between_unassigned_and_unknown(self, uma: User, press: Bucket) -> None:
        with pytest.raises(NoSuchBucket) as unassigned:
            reach_for(user=uma, code=press.system_code)
        with pytest.raises(NoSuchBucket) as unknown:
            reach_for(user=uma, code="NO_SUCH_CODE")
        assert str(unassigned.value) == str(unknown.value)
        assert unassigned.value.args == unknown.value.args

    def test_refuses_an_admin_an_unknown_bucket(self, ada: User) -> None:
        with pytest.raises(NoSuchBucket):
            reach_for(user=ada, code="NO_SUCH_CODE")
        with pytest.raises(NoSuchBucket):
            reach_for(user=ada, bucket_id=uuid4())

    def test_refuses_somebody_elses_bucket(self, mark: User, rita: User, press: Bucket) -> None:
        people.assign(mark, press)
        with pytest.raises(NoSuchBucket):
            reach_for(user=rita, bucket_id=press.id)

    def test_refuses_a_disabled_person(self, dora: User, press: Bucket) -> None:
        people.assign(dora, press)
        with pytest.raises(NoSuchBucket):
            reach_for(user=dora, code=press.system_code)

    def test_refuses_a_disabled_admin(self, ada: User, press: Bucket) -> None:
        ada.is_active = False
        ada.save(update_fields=["is_active"])
        with pytest.raises(NoSuchBucket):
            reach_for(user=ada, code=press.system_code)
        assert reaches_of(user=ada) == []

    def test_takes_the_code_as_it_is_written(self, mark: User, press: Bucket) -> None:
        people.assign(mark, press)
        with pytest.raises(NoSuchBucket):
            reach_for(user=mark, code="press_kit")

    def test_sees_a_withdrawn_assignment_at_once(self, mark: User, press: Bucket) -> None:
        assignment = people.assign(mark, press)
        reach_for(user=mark, code=press.system_code)
        assignment.delete()
        with pytest.raises(NoSuchBucket):
            reach_for(user=mark, code=press.system_code)

    @pytest.mark.parametrize("known", [True, False])
    def test_asks_the_database_once(
        self, mark: User, press: Bucket, known: bool, django_assert_num_queries: Assert
    ) -> None:
        if known:
            people.assign(mark, press)
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            try:
                reach_for(user=mark, code=press.system_code)
            except NoSuchBucket:
                assert not known

    def test_asks_the_database_once_for_an_admin(
        self, ada: User, press: Bucket, django_assert_num_queries: Assert
    ) -> None:
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            reach_for(user=ada, code=press.system_code)

    def test_keeps_the_secrets_out_of_its_repr(self, ada: User, db: None) -> None:
        bucket = people.press_bucket(access_key_id="sealed-id", secret_access_key="sealed-secret")
        said = repr(reach_for(user=ada, code=bucket.system_code))
        assert "sealed-id" not in said
        assert "sealed-secret" not in said


class TestReachesOf:
    def test_gives_the_assigned_buckets_by_name(self, mark: User, db: None) -> None:
        for title in ("Zebra", "Alpha", "Middle"):
            people.assign(mark, people.press_bucket(display_name=title), root=f"{title}/")
        people.press_bucket(display_name="Unassigned")
        assert [reach.bucket_title for reach in reaches_of(user=mark)] == ["Alpha", "Middle", "Zebra"]
        assert [reach.root for reach in reaches_of(user=mark)] == ["Alpha/", "Middle/", "Zebra/"]

    def test_gives_an_admin_every_bucket(self, ada: User, db: None) -> None:
        for title in ("Zebra", "Alpha"):
            people.press_bucket(display_name=title)
        assert [reach.bucket_title for reach in reaches_of(user=ada)] == ["Alpha", "Zebra"]

    def test_gives_the_unassigned_and_the_disabled_nothing(
        self, uma: User, dora: User, press: Bucket
    ) -> None:
        people.assign(dora, press)
        assert reaches_of(user=uma) == []
        assert reaches_of(user=dora) == []

    def test_asks_the_database_once_however_many(self, mark: User, django_assert_num_queries: Assert) -> None:
        for number in range(5):
            people.assign(mark, people.press_bucket(display_name=f"Bucket {number}"))
        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            assert len(reaches_of(user=mark)) == 5


class TestWhatCannotBeStored:
    def refused(self, store: Callable[[], object]) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            store()

    @pytest.mark.parametrize("root", ["a", "/", "/a/", "a//b/", "../", "a/../b/", "./", "a/./"])
    def test_a_root_that_is_not_canonical(self, root: str, mark: User, press: Bucket) -> None:
        self.refused(lambda: people.press_bucket(display_name="Other", root_path=root))
        self.refused(lambda: people.assign(mark, press, root=root))

    @pytest.mark.parametrize("root", ["a/", "a b/ü/", "...", "..a/", "a../b/"])
    def test_but_a_canonical_one_can(self, root: str, db: None) -> None:
        root = root if root.endswith("/") else f"{root}/"
        assert people.press_bucket(root_path=root).root_path == root

    def test_a_blank_root_without_choosing_the_whole_bucket(self, mark: User, press: Bucket) -> None:
        self.refused(
            lambda: Assignment.objects.create(user=mark, bucket=press, root_path="", whole_bucket=False)
        )

    def test_a_root_and_the_whole_bucket_at_once(self, mark: User, press: Bucket) -> None:
        self.refused(
            lambda: Assignment.objects.create(user=mark, bucket=press, root_path="a/", whole_bucket=True)
        )

    def test_two_assignments_of_one_bucket_to_one_person(self, mark: User, press: Bucket) -> None:
        people.assign(mark, press)
        self.refused(lambda: people.assign(mark, press, root="other/"))

    def test_two_buckets_with_one_code(self, press: Bucket) -> None:
        self.refused(lambda: people.press_bucket(system_code=press.system_code))


class TestCodes:
    @pytest.mark.parametrize(
        ("title", "code"),
        [
            ("Press kit", "PRESS_KIT"),
            ("  a--b  ", "A_B"),
            ("Ü", "BUCKET"),
            ("日本", "BUCKET"),
            ("2026 / Q1", "2026_Q1"),
        ],
    )
    def test_come_from_the_name(self, title: str, code: str, db: None) -> None:
        assert people.press_bucket(display_name=title).system_code == code

    def test_are_numbered_where_taken(self, db: None) -> None:
        codes = [people.press_bucket(display_name="Press kit").system_code for _ in range(3)]
        assert codes == ["PRESS_KIT", "PRESS_KIT_2", "PRESS_KIT_3"]

    def test_never_change(self, press: Bucket) -> None:
        press.display_name = "Renamed"
        press.save()
        press.refresh_from_db()
        assert press.system_code == "PRESS_KIT"


def test_gives_the_reaches_of_several_buckets_by_id(
    mark: User, press: Bucket, django_assert_num_queries: Assert
) -> None:
    shop = people.press_bucket(display_name="Shop")
    people.assign(mark, press)
    people.assign(mark, shop, root="", allow_upload=False)

    with django_assert_num_queries(1):
        found = reaches_for(user=mark, bucket_ids=[shop.id, press.id, shop.id])

    assert {id_: (reach.root, reach.rights.upload) for id_, reach in found.items()} == {
        press.id: ("projects/marketing/", True),
        shop.id: ("", False),
    }


def test_gives_none_of_several_when_one_is_not_assigned(mark: User, ada: User, press: Bucket) -> None:
    shop = people.press_bucket(display_name="Shop")
    people.assign(mark, press)

    for ids in ([press.id, shop.id], [press.id, uuid4()]):
        with pytest.raises(NoSuchBucket):
            reaches_for(user=mark, bucket_ids=ids)
    assert len(reaches_for(user=ada, bucket_ids=[press.id, shop.id])) == 2
    with pytest.raises(NoSuchBucket):
        reaches_for(user=ada, bucket_ids=[press.id, uuid4()])


def test_gives_none_of_several_to_the_disabled(dora: User, press: Bucket) -> None:
    people.assign(dora, press)
    with pytest.raises(NoSuchBucket):
        reaches_for(user=dora, bucket_ids=[press.id])

"""What a personal token leaves of its owner's rights."""

from dataclasses import asdict
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import PersonalToken, User
from accounts.scopes import ACTS, Scope
from buckets.access import NoSuchBucket, reach_for, reaches_for, reaches_of
from buckets.models import Bucket
from buckets.paths import Rights
from buckets.scopes import narrowed
from tests import people

ids = st.integers(0, 5).map(lambda n: UUID(int=n))
rights = st.builds(Rights, **dict.fromkeys(ACTS, st.booleans()))
scopes = st.builds(
    Scope, st.frozensets(st.sampled_from([*ACTS, "admin", ""])), st.none() | st.frozensets(ids)
)


@given(rights, ids, scopes)
def test_is_never_wider_than_the_owner_and_never_wider_than_the_scope(
    owned: Rights, bucket_id: UUID, scope: Scope
) -> None:
    left = narrowed(owned, bucket_id=bucket_id, by=scope)

    given_away = {act for act, has in asdict(left).items() if has} if left else set()
    owners = {act for act, has in asdict(owned).items() if has}
    here = scope.bucket_ids is None or bucket_id in scope.bucket_ids
    assert given_away == (owners & scope.acts if here else set())
    assert (left is None) == (not given_away)


@given(rights, ids)
def test_leaves_somebody_in_a_session_everything(owned: Rights, bucket_id: UUID) -> None:
    assert narrowed(owned, bucket_id=bucket_id, by=None) == owned


def test_speaks_of_every_right_there_is() -> None:
    assert set(asdict(Rights())) == set(ACTS)


def acting(user: User, *acts: str, buckets: list[Bucket] | None) -> User:
    """`user`, as a token makes them act."""
    same = User.objects.get(pk=user.pk)
    same.token = PersonalToken(
        user=same,
        acts=list(acts),
        all_buckets=buckets is None,
        bucket_ids=[bucket.pk for bucket in buckets or []],
    )
    return same


@pytest.fixture
def other(db: None) -> Bucket:
    return people.press_bucket(display_name="Archive")


class TestReaches:
    def test_keep_their_root_and_lose_rights(self, mark: User, press: Bucket) -> None:
        people.assign(mark, press, allow_delete=True)
        reach = reach_for(user=acting(mark, "read", "upload", buckets=[press]), bucket_id=press.pk)
        assert reach.root == "projects/marketing/"
        assert reach.rights == Rights(read=True, upload=True, overwrite=False, delete=False)

    def test_give_no_right_the_owner_lacks(self, mark: User, press: Bucket) -> None:
        people.assign(mark, press, allow_upload=False, allow_delete=False)
        reach = reach_for(user=acting(mark, *ACTS, buckets=None), bucket_id=press.pk)
        assert reach.rights == Rights(read=True, upload=False, overwrite=True, delete=False)

    @pytest.mark.parametrize("admin", [False, True], ids=["member", "administrator"])
    def test_end_at_the_buckets_it_is_for(
        self, mark: User, press: Bucket, other: Bucket, admin: bool
    ) -> None:
        for bucket in (press, other):
            people.assign(mark, bucket)
        User.objects.filter(pk=mark.pk).update(is_admin=admin)
        user = acting(mark, "read", buckets=[other])

        assert [reach.bucket_id for reach in reaches_of(user=user)] == [other.pk]
        assert set(reaches_for(user=user, bucket_ids=[other.pk])) == {other.pk}
        for asked in ({"bucket_id": press.pk}, {"code": press.system_code}):
            with pytest.raises(NoSuchBucket):
                reach_for(user=user, **asked)
        with pytest.raises(NoSuchBucket):
            reaches_for(user=user, bucket_ids=[press.pk, other.pk])

    def test_give_nothing_in_a_bucket_that_is_not_assigned(self, mark: User, press: Bucket) -> None:
        with pytest.raises(NoSuchBucket):
            reach_for(user=acting(mark, *ACTS, buckets=[press]), bucket_id=press.pk)

    def test_give_nothing_where_the_owner_may_not_do_what_it_is_for(self, rita: User, press: Bucket) -> None:
        people.assign(rita, press, allow_delete=False)
        user = acting(rita, "delete", buckets=None)
        assert reaches_of(user=user) == []
        with pytest.raises(NoSuchBucket):
            reach_for(user=user, bucket_id=press.pk)

    def test_come_with_the_assignment_where_it_is_for_all(self, mark: User, press: Bucket) -> None:
        user = acting(mark, "read", buckets=None)
        assert reaches_of(user=user) == []
        people.assign(mark, press)
        assert [reach.bucket_id for reach in reaches_of(user=user)] == [press.pk]

    def test_bind_an_administrator_by_the_buckets_root(self, ada: User, db: None) -> None:
        bucket = people.press_bucket(root_path="tenants/acme/")
        reach = reach_for(user=acting(ada, "read", buckets=[bucket]), bucket_id=bucket.pk)
        assert reach.root == "tenants/acme/"
        assert reach.rights == Rights(read=True, upload=False, overwrite=False, delete=False)

    def test_are_none_of_somebody_disabled(self, mark: User, press: Bucket) -> None:
        people.assign(mark, press)
        User.objects.filter(pk=mark.pk).update(is_active=False)
        assert reaches_of(user=acting(mark, "read", buckets=None)) == []

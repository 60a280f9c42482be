"""The cast. Tests speak of these people and buckets by name.

Ada administers. Mark may use the marketing folder of the press bucket; Rita may only read it; Uma is assigned nothing;
Dora is disabled.
"""

from accounts.models import User
from buckets.models import Assignment, Bucket

PASSWORD = "correct horse battery staple"
PRESS_CODE = "PRESS_KIT"
"""The code that the press bucket gets anyway: given at once, nobody has to look for one that is free."""


def ada() -> User:
    return User.objects.create_user(
        email="ada@example.com", name="Ada Admin", password=PASSWORD, is_admin=True
    )


def mark() -> User:
    return User.objects.create_user(email="mark@example.com", name="Mark Eting", password=PASSWORD)


def rita() -> User:
    return User.objects.create_user(email="rita@example.com", name="Rita Reader", password=PASSWORD)


def uma() -> User:
    return User.objects.create_user(email="uma@example.com", name="Uma Unassigned", password=PASSWORD)


def dora() -> User:
    user = User.objects.create_user(email="dora@example.com", name="Dora Disabled", password=PASSWORD)
    user.is_active = False
    user.save(update_fields=["is_active"])
    return user


def press_bucket(**fields: object) -> Bucket:
    """A bucket whose credentials open nothing; tests that talk to S3 give their own."""
    values: dict[str, object] = {
        "display_name": "Press kit",
        "bucket_name": "press-kit",
        "access_key_id": "sealed",
        "secret_access_key": "sealed",
    }
    return Bucket.objects.create(**{**values, **fields})


def assign(user: User, bucket: Bucket, *, root: str = "projects/marketing/", **rights: bool) -> Assignment:
    """Assigns `bucket` to `user` below `root`; an empty root means the whole bucket."""
    return Assignment.objects.create(
        user=user, bucket=bucket, root_path=root, whole_bucket=not root, **rights
    )

"""Files that are being brought back from the archive, and whom to tell."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

KEY_ID_LENGTH = 128


class AwsKey(models.Model):
    """Whose access key this is: whoever asks AWS for an archived file is known by their key alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    access_key_id = models.CharField(
        "access key id",
        max_length=KEY_ID_LENGTH,
        unique=True,
        help_text="The id alone. The secret belongs to its owner and is never asked for here.",
    )
    email = models.EmailField("e-mail", max_length=254)
    owner_name = models.CharField(max_length=120, blank=True)
    notes = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "AWS key"
        ordering: ClassVar = ["access_key_id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(access_key_id="") & ~Q(email=""), name="aws_key_has_an_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.access_key_id} ({self.email})"


class RestoreRequest(models.Model):
    """Somebody asked AWS for an archived file and was refused: it is restored for them, and they are told.

    Four steps: who it was is found out by their key (`email`; a key nobody owns stays without one, is restored all the same,
    and nobody is told), they are told that it begins, S3 restores it, they are told that it is there. An ignored request
    takes none of them any more.
    """

    class Status(models.TextChoices):
        NOT_STARTED = "not_started", "not started"
        PENDING = "pending", "pending"
        RESTORED = "restored", "restored"
        IGNORED = "ignored", "ignored"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    s3_bucket = models.CharField("bucket in S3", max_length=255)
    s3_key = models.TextField("key in S3", db_collation="C")
    access_key_id = models.CharField("access key id", max_length=KEY_ID_LENGTH)
    email = models.EmailField("e-mail", max_length=254, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.NOT_STARTED)
    requested_at = models.DateTimeField(default=timezone.now)
    pre_notified_at = models.DateTimeField("told that it begins", null=True, blank=True)
    restored_at = models.DateTimeField(null=True, blank=True)
    post_notified_at = models.DateTimeField("told that it is there", null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-requested_at", "-id"]
        indexes: ClassVar = [
            models.Index(
                fields=["-requested_at", "-id"], name="restore_by_time", condition=~Q(status="ignored")
            ),
            models.Index(
                fields=["status", "requested_at"],
                name="restore_open",
                condition=Q(status__in=["not_started", "pending"]),
            ),
            models.Index(
                fields=["requested_at"],
                name="restore_to_be_told",
                condition=Q(status="restored", post_notified_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["s3_bucket", "s3_key", "access_key_id"],
                name="restore_open_once",
                condition=Q(status__in=["not_started", "pending"]),
            ),
            models.CheckConstraint(
                condition=Q(status__in=["not_started", "pending", "restored", "ignored"]),
                name="restore_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status="restored", restored_at__isnull=False)
                | (~Q(status="restored") & Q(restored_at__isnull=True)),
                name="restored_has_its_time",
            ),
            models.CheckConstraint(
                condition=Q(post_notified_at__isnull=True) | Q(status="restored"),
                name="restore_told_when_there",
            ),
            models.CheckConstraint(
                condition=~Q(email="") | Q(pre_notified_at__isnull=True, post_notified_at__isnull=True),
                name="restore_told_whom_we_know",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.s3_bucket}/{self.s3_key}"

    @property
    def user_resolved(self) -> bool:
        """Whether it is known who asked."""
        return bool(self.email)

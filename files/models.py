"""What is known of the buckets' contents: cache of listings and search index in one. Only `files.cache` writes here."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from buckets.models import Bucket


class Folder(models.Model):
    """A folder whose entries are, or are about to be, stored. `path` is the full S3 prefix, empty for a bucket's top.

    `generation` grows with every eviction: a listing begun under an older one is never stored. What is stored was listed
    under `stored_generation` (null: nothing is stored yet); when that isn't the generation any more, it is only what was
    last known. `is_whole` says that the stored entries were all there are; while False they are the first page of a
    listing still under way. A folder that was listed and found empty is a whole folder without entries; one that is gone
    from S3 altogether `is_missing`. `odd_count` is how many of its entries have names nothing may be done with.
    """

    bucket = models.ForeignKey(Bucket, on_delete=models.CASCADE, related_name="folders")
    path = models.TextField(db_collation="C")
    path_folded = models.TextField(db_collation="C")
    generation = models.PositiveBigIntegerField(default=1)
    stored_generation = models.PositiveBigIntegerField(null=True)
    is_whole = models.BooleanField(default=False)
    is_missing = models.BooleanField(default=False)
    digest = models.BinaryField(null=True, max_length=32)
    listed_at = models.DateTimeField(null=True)
    claimed_at = models.DateTimeField(null=True)
    file_count = models.PositiveIntegerField(default=0)
    folder_count = models.PositiveIntegerField(default=0)
    total_size = models.PositiveBigIntegerField(default=0)
    odd_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bucket", "path"], name="folder_once"),
            models.CheckConstraint(
                condition=Q(is_whole=False) | Q(listed_at__isnull=False, stored_generation__isnull=False),
                name="folder_whole_was_listed",
            ),
        ]


class Entry(models.Model):
    """A file or folder directly inside a listed folder. `name` is one segment; folders have no size, date or ETag.

    `is_hidden` marks thumbnails (a `t-` name with its sibling). `name_folded` is case-folded for order and search.
    Every index costs a big listing time, so the foreign keys have none of their own: `entry_once` begins with the folder.
    """

    class Kind(models.IntegerChoices):
        FOLDER = 0, "folder"
        FILE = 1, "file"

    class Group(models.TextChoices):
        IMAGE = "image", "Images"
        VIDEO = "video", "Videos"
        AUDIO = "audio", "Audio"
        DOCUMENT = "document", "Documents"
        DATA = "data", "Data"
        TEXT = "text", "Text and code"
        ARCHIVE = "archive", "Archives"
        OTHER = "other", "Other"

    folder = models.ForeignKey(Folder, on_delete=models.CASCADE, related_name="entries", db_index=False)
    bucket = models.ForeignKey(Bucket, on_delete=models.CASCADE, related_name="+", db_index=False)
    kind = models.PositiveSmallIntegerField(choices=Kind.choices)
    name = models.TextField(db_collation="C")
    name_folded = models.TextField(db_collation="C")
    size = models.PositiveBigIntegerField(null=True)
    modified_at = models.DateTimeField(null=True)
    etag = models.CharField(max_length=80, blank=True)
    storage_class = models.CharField(max_length=32, blank=True)
    group = models.CharField(max_length=8, choices=Group.choices, blank=True)
    is_hidden = models.BooleanField(default=False)
    has_thumbnail = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["folder", "kind", "name"], name="entry_once"),
            models.CheckConstraint(
                condition=Q(kind=0, size__isnull=True, modified_at__isnull=True)
                | Q(kind=1, size__isnull=False, modified_at__isnull=False),
                name="entry_files_have_size_and_date",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                models.F("folder"),
                models.F("modified_at").desc(),
                models.F("name"),
                name="entry_newest",
                condition=Q(kind=1, is_hidden=False),
            ),
            models.Index(
                fields=["folder", "size", "name"], name="entry_by_size", condition=Q(kind=1, is_hidden=False)
            ),
            models.Index(
                fields=["folder", "kind", "name_folded", "name"],
                name="entry_by_name",
                condition=Q(is_hidden=False),
            ),
        ]


class StoredUrl(models.Model):
    """Long-lived links to a file and its thumbnail that were handed out, and are again while they are good long enough."""

    bucket = models.ForeignKey(Bucket, on_delete=models.CASCADE, related_name="+")
    key = models.TextField(db_collation="C")
    url = models.TextField()
    thumbnail_url = models.TextField()
    expires_at = models.DateTimeField()
    credential_version = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["bucket", "key"], name="stored_url_once")]


class PendingUpload(models.Model):
    """An upload that was signed and isn't settled. While a fresh one exists the folder's stored listing isn't trusted."""

    class State(models.TextChoices):
        SIGNED = "signed", "signed"
        CONFIRMED = "confirmed", "confirmed"
        CANCELLED = "cancelled", "cancelled"
        ABANDONED = "abandoned", "abandoned"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    bucket = models.ForeignKey(Bucket, on_delete=models.CASCADE, related_name="+")
    user_id = models.UUIDField()
    folder_path = models.TextField(db_collation="C")
    key = models.TextField(db_collation="C")
    size = models.PositiveBigIntegerField()
    content_type = models.CharField(max_length=255)
    overwrites = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State.choices, default=State.SIGNED)
    signed_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["bucket", "folder_path", "signed_at"],
                name="pending_in_folder",
                condition=Q(state="signed"),
            ),
            models.Index(fields=["signed_at"], name="pending_by_age", condition=Q(state="signed")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(state="signed", settled_at__isnull=True)
                | (~Q(state="signed") & Q(settled_at__isnull=False)),
                name="pending_settled_once",
            ),
        ]

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
    from S3 altogether `is_missing`. `odd_count` is how many of its entries have names nothing may be done with. One that
    `is_big` has all its entries in the indexes by name, date and size; it stays big until nothing is stored of it.

    Evictions are counted over all buckets (`files.moments`): `evicted` is the number of the folder's last one, `swept` of the
    last one that meant it with everything below, folders without a row included.
    """

    # `folder_once` begins with the bucket; beside it an index of the bucket alone would be taken for the path's now and then.
    bucket = models.ForeignKey(Bucket, on_delete=models.CASCADE, related_name="folders", db_index=False)
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
    is_big = models.BooleanField(default=False)
    evicted = models.PositiveBigIntegerField(default=0)
    swept = models.PositiveBigIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["bucket", "swept"], name="folder_swept", condition=Q(swept__gt=0)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["bucket", "path"], name="folder_once"),
            models.CheckConstraint(
                condition=Q(is_whole=False) | Q(listed_at__isnull=False, stored_generation__isnull=False),
                name="folder_whole_was_listed",
            ),
        ]


class Entry(models.Model):
    """A file or folder directly inside a listed folder. `name` is one segment; folders have no size, date or ETag.

    `is_hidden` marks thumbnails (a `t-` name with its sibling). `name_folded` is folded for order and search.

    Every index and every check costs a big listing time. So the foreign keys have no index of their own (`entry_once` begins
    with the folder), the indexes of orders hold entries of folders that are big, and the database doesn't look up the folder
    of every row: who writes holds the folder's row, and a trigger takes its entries away with it.
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

    folder = models.ForeignKey(
        Folder, on_delete=models.CASCADE, related_name="entries", db_index=False, db_constraint=False
    )
    bucket = models.ForeignKey(
        Bucket, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
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
    is_big = models.BooleanField(default=False)

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
                condition=Q(kind=1, is_hidden=False, is_big=True),
            ),
            models.Index(
                fields=["folder", "size", "name"],
                name="entry_by_size",
                condition=Q(kind=1, is_hidden=False, is_big=True),
            ),
            models.Index(
                fields=["folder", "kind", "name_folded", "name"],
                name="entry_by_name",
                condition=Q(is_hidden=False, is_big=True),
            ),
        ]


class Stretch(models.Model):
    """The words of some of a folder's shown entries that follow each other by name (`files.stretches`), from `first` to
    `last`. Together a whole folder's stretches cover all of them; an entry that was evicted since may still be covered.

    Where the database has pg_trgm, an index of the words that is no part of this model finds what lies in the middle of one.
    """

    folder = models.ForeignKey(
        Folder, on_delete=models.CASCADE, related_name="stretches", db_index=False, db_constraint=False
    )
    kind = models.PositiveSmallIntegerField(choices=Entry.Kind.choices)
    first = models.TextField(db_collation="C")
    last = models.TextField(db_collation="C")
    words = models.TextField(db_collation="C")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["folder", "kind", "first"], name="stretch_once"),
        ]


class BucketIndex(models.Model):
    """What is known of a bucket as a whole, once it was listed from end to end.

    `listed_at` is when the last whole listing began (null: there was none): every folder that is whole and not evicted since
    is at least that fresh, for a listing that finds a folder unchanged writes nothing. Counts and bytes are of that listing
    and leave thumbnails out. `page_ends` are some of its pages' last keys with how many keys lie up to each, by which the
    next one is split. `flushed` is the number of the last eviction of all the bucket has, as in Folder.

    While a listing is under way it is claimed, by the one that has the number `claim`, and `keys_so_far` grows; `problem` says
    in a sentence why the last try failed, if it did, and `tried_seconds` how long that one took.
    """

    bucket = models.OneToOneField(Bucket, on_delete=models.CASCADE, primary_key=True, related_name="index")
    listed_at = models.DateTimeField(null=True)
    took_seconds = models.FloatField(null=True)
    file_count = models.PositiveBigIntegerField(null=True)
    folder_count = models.PositiveBigIntegerField(null=True)
    total_size = models.PositiveBigIntegerField(null=True)
    key_count = models.PositiveBigIntegerField(null=True)
    page_ends = models.JSONField(default=list)
    flushed = models.PositiveBigIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    tried_at = models.DateTimeField(null=True)
    tried_seconds = models.FloatField(default=0.0)
    keys_so_far = models.PositiveBigIntegerField(default=0)
    problem = models.TextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    listed_at__isnull=True,
                    file_count__isnull=True,
                    folder_count__isnull=True,
                    total_size__isnull=True,
                )
                | Q(
                    listed_at__isnull=False,
                    file_count__isnull=False,
                    folder_count__isnull=False,
                    total_size__isnull=False,
                ),
                name="index_counts_what_was_listed",
            ),
        ]


class StoredUrl(models.Model):
    """Long-lived links to a file and its thumbnail that were handed out, and are again while they are good long enough."""

    bucket = models.ForeignKey(Bucket, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.TextField(db_collation="C")
    url = models.TextField()
    thumbnail_url = models.TextField()
    expires_at = models.DateTimeField()
    credential_version = models.PositiveIntegerField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["bucket", "key"], name="stored_url_once")]


class PendingUpload(models.Model):
    """An upload that was signed and isn't settled. While a fresh one exists the folder's stored listing isn't trusted, nor one
    of a folder above that doesn't hold the way to it (`files.expected`)."""

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

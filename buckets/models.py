"""Buckets, and who may use them."""

import re
import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from buckets.connection import Connection
from buckets.paths import Malformed, Reach, Rights, canonical_root

CODE_LENGTH = 64
ASSIGNED_ALREADY = "This person already has this bucket."
CANONICAL_ROOT = r"^((?!\.{1,2}/)[^/]+/)*$"
"""What the database takes for a root path: nothing, or segments that are no dots, each followed by one slash."""


class Bucket(models.Model):
    """A registered bucket: how to reach it, and what is allowed in it.

    `access_key_id` and `secret_access_key` hold sealed text; `buckets.credentials` alone seals and opens them.
    """

    class Addressing(models.TextChoices):
        VIRTUAL = "virtual", "virtual host (AWS)"
        PATH = "path", "path (most S3-compatible stores)"

    class Interval(models.IntegerChoices):
        OFF = 0, "never by itself"
        QUARTER = 15, "every quarter of an hour"
        HOUR = 60, "every hour"
        SIX_HOURS = 360, "every six hours"
        DAY = 1440, "every day"
        WEEK = 10_080, "every week"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    display_name = models.CharField(max_length=120)
    system_code = models.CharField(max_length=CODE_LENGTH, unique=True, editable=False)
    description = models.TextField(blank=True, max_length=2000)
    bucket_name = models.CharField(max_length=255)
    region = models.CharField(max_length=64, default="us-east-1")
    endpoint_url = models.CharField(
        "endpoint URL",
        max_length=500,
        blank=True,
        help_text="Only for S3-compatible stores. Blank for AWS.",
    )
    addressing_style = models.CharField(max_length=8, choices=Addressing.choices, default=Addressing.VIRTUAL)
    access_key_id = models.TextField()
    secret_access_key = models.TextField()
    credential_version = models.PositiveIntegerField(default=1, editable=False)
    cloudfront_base_url = models.CharField(
        "CloudFront base URL", max_length=500, blank=True, help_text="Blank keeps the bucket private."
    )
    root_path = models.CharField(
        max_length=1024,
        blank=True,
        help_text="Confines everybody, administrators too. Blank for the whole bucket.",
    )
    has_thumbnails = models.BooleanField("thumbnails", default=True)
    index_minutes = models.PositiveIntegerField(
        "list the whole bucket",
        choices=Interval.choices,
        default=Interval.SIX_HOURS,
        help_text="Behind the pages, so that searches answer at once and sizes are known. One request a thousand objects.",
    )
    allowed_types = models.JSONField(
        "allowed media types",
        default=list,
        blank=True,
        help_text="Such as image/* or application/pdf. Empty allows every type.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["display_name"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(root_path__regex=CANONICAL_ROOT), name="bucket_root_canonical"
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    def __repr__(self) -> str:
        return f"<Bucket {self.system_code}>"

    def clean(self) -> None:
        super().clean()
        self.root_path = _clean_root(self.root_path)

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.system_code:
            super().save(*args, **kwargs)
            return
        kwargs["update_fields"] = None
        self.system_code = free_code(self.display_name)
        try:
            with transaction.atomic():
                super().save(*args, **kwargs)
        except IntegrityError:
            # Somebody else took the code in this moment; had it another reason, it comes again.
            self.system_code = free_code(self.display_name)
            super().save(*args, **kwargs)

    @property
    def is_public(self) -> bool:
        """Whether files are served by a CDN to anybody who has their URL."""
        return bool(self.cloudfront_base_url)

    @property
    def connection(self) -> Connection:
        """How to talk to this bucket, secrets still sealed."""
        return Connection(
            bucket_id=self.id,
            bucket_name=self.bucket_name,
            region=self.region,
            endpoint_url=self.endpoint_url,
            public_endpoint_url=settings.S3_PUBLIC_URL
            if settings.S3_PUBLIC_URL and self.endpoint_url == settings.S3_ENDPOINT_URL
            else self.endpoint_url,
            addressing_style="path" if self.addressing_style == self.Addressing.PATH else "virtual",
            access_key_id=self.access_key_id,
            secret_access_key=self.secret_access_key,
            version=self.credential_version,
        )

    def reach(self, *, root: str, rights: Rights) -> Reach:
        """A reach into this bucket below `root`, which is relative to the bucket's own root."""
        return Reach(
            connection=self.connection,
            bucket_code=self.system_code,
            bucket_title=self.display_name,
            root=self.root_path + root,
            rights=rights,
            size_limit=settings.UPLOAD_LIMIT_BYTES,
            cdn_base=self.cloudfront_base_url.rstrip("/"),
            allowed_types=tuple(self.allowed_types),
            has_thumbnails=self.has_thumbnails,
            bucket_description=self.description,
        )


def code_of(display_name: str) -> str:
    """The system code made from `display_name`: upper case, runs of other characters as one `_`."""
    return re.sub(r"[^A-Z0-9]+", "_", display_name.upper()).strip("_")[: CODE_LENGTH - 5] or "BUCKET"


def free_code(display_name: str) -> str:
    """The system code made from `display_name`, with a number behind it where a bucket has it already."""
    stem = code_of(display_name)
    taken = set(Bucket.objects.filter(system_code__startswith=stem).values_list("system_code", flat=True))
    numbered = (stem if number == 1 else f"{stem}_{number}" for number in range(1, len(taken) + 2))
    return next(code for code in numbered if code not in taken)


class Assignment(models.Model):
    """That one person may use one bucket, below `root_path`, with these rights.

    Whole-bucket access is an explicit choice: a blank root without `whole_bucket` can't be stored.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="assignments")
    bucket = models.ForeignKey(Bucket, on_delete=models.CASCADE, related_name="assignments")
    whole_bucket = models.BooleanField(default=False, help_text="Everything below the bucket's root path.")
    root_path = models.CharField(
        max_length=1024,
        blank=True,
        help_text="Such as projects/marketing/. Relative to the bucket's root path.",
    )
    allow_upload = models.BooleanField("may upload", default=True)
    allow_overwrite = models.BooleanField("may overwrite", default=True)
    allow_delete = models.BooleanField("may delete", default=False)
    assigned_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "bucket"],
                name="assigned_once",
                violation_error_message=ASSIGNED_ALREADY,
            ),
            models.CheckConstraint(
                condition=models.Q(whole_bucket=True, root_path="")
                | (models.Q(whole_bucket=False) & models.Q(root_path__endswith="/")),
                name="assignment_root_or_whole_bucket",
                violation_error_message="Give a root path, or choose the whole bucket.",
            ),
            models.CheckConstraint(
                condition=models.Q(root_path__regex=CANONICAL_ROOT), name="assignment_root_canonical"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.bucket}"

    def clean(self) -> None:
        super().clean()
        try:
            self.settle_root()
        except Malformed as problem:
            raise ValidationError({problem.field: problem.reason}) from None

    def settle_root(self) -> None:
        """Puts the root into the form it is stored in. Raises Malformed, also where the whole bucket is not said clearly."""
        self.root_path = canonical_root(self.root_path)
        if self.whole_bucket == bool(self.root_path):
            raise Malformed(
                "root_path", "Give a root path or choose the whole bucket, not both and not neither."
            )

    @property
    def rights(self) -> Rights:
        return Rights(upload=self.allow_upload, overwrite=self.allow_overwrite, delete=self.allow_delete)


class FormerRoot(models.Model):
    """A root that somebody had in a bucket until it was changed or taken away; without a `user_id` it was the bucket's own.

    Written by the database (see the migration), whoever makes the change. No foreign keys: a row outlives what it tells of.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user_id = models.UUIDField(null=True)
    bucket_id = models.UUIDField()
    root = models.TextField(blank=True)
    until = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["bucket_id", "user_id"], name="former_root_of")]


def _clean_root(text: str) -> str:
    try:
        return canonical_root(text)
    except Malformed as problem:
        raise ValidationError({"root_path": problem.reason}) from None

"""People: who may sign in, where they are signed in, and what they did."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Left, Lower

from accounts.scopes import ACTS, Scope


class UserManager(BaseUserManager["User"]):
    def create_user(
        self, *, email: str, name: str, password: str | None = None, is_admin: bool = False
    ) -> "User":
        """A saved user. Without a password nobody can sign in as them until they set one by a link."""
        user = self.model(email=normal_email(email), name=name.strip(), is_admin=is_admin)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=normal_email(username or ""))


class User(AbstractBaseUser):
    """A person. What they may do follows from `is_admin` and their assignments; there are no groups or permissions.

    `epoch` is copied into every session and token. Raising it ends them all at once, on every process. `token` is no
    column: the personal token by which this very object acts, which narrows whatever it is asked for; None in a session.
    """

    token: "PersonalToken | None" = None

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(
        "e-mail", max_length=254, unique=True, error_messages={"unique": "This e-mail is already in use."}
    )
    name = models.CharField(max_length=120)
    is_admin = models.BooleanField("administrator", default=False)
    is_active = models.BooleanField(
        "active", default=True, help_text="Switching this off ends every session at once."
    )
    epoch = models.PositiveIntegerField(default=1, editable=False)
    locked_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        verbose_name, verbose_name_plural = "person", "people"
        ordering: ClassVar = ["name", "email"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                Lower("email"),
                name="user_email_once",
                violation_error_message="This e-mail is already in use.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>"

    def clean(self) -> None:
        super().clean()
        self.email = normal_email(self.email)

    def get_full_name(self) -> str:
        """What the Django admin calls whoever is signed in."""
        return self.name

    @property
    def is_staff(self) -> bool:
        """Who may open the Django admin."""
        return self.is_admin

    @property
    def is_superuser(self) -> bool:
        return self.is_admin

    def has_perm(self, perm: str, obj: Any = None) -> bool:
        return self.is_active and self.is_admin

    def has_perms(self, perms: Any, obj: Any = None) -> bool:
        return self.is_active and self.is_admin

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_admin

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] or self.email


def normal_email(email: str) -> str:
    """`email` as it is stored and compared: trimmed, in lower case."""
    return email.strip().lower()


class Session(AbstractBaseSession):
    """One signed-in browser. A session is ended, never deleted: the reason is shown at the next request it makes."""

    class Ended(models.TextChoices):
        SIGNED_OUT = "signed_out", "signed out"
        REVOKED = "revoked", "revoked"
        PASSWORD_CHANGED = "password_changed", "password changed"
        FORCED_OUT = "forced_out", "forced out"
        DISABLED = "disabled", "account disabled"

    id = models.UUIDField(default=uuid.uuid4, editable=False, unique=True)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    epoch = models.PositiveIntegerField(default=0)
    ip = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=300, blank=True)
    first_seen_at = models.DateTimeField(auto_now_add=True)
    last_seen_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=20, choices=Ended.choices, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_reason="")
                | models.Q(ended_at__isnull=False) & ~models.Q(ended_reason=""),
                name="session_ended_with_reason",
            ),
        ]

    @classmethod
    def get_session_store_class(cls) -> Any:
        from accounts.session_store import SessionStore

        return SessionStore


class RefreshToken(models.Model):
    """One link of a session's chain of refresh tokens. Only the SHA-256 is stored, and each is used once.

    What ends the session ends them all: a family has no state of its own.
    """

    session = models.ForeignKey(
        Session, to_field="id", on_delete=models.CASCADE, related_name="refresh_tokens"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)


class PersonalToken(models.Model):
    """A key that somebody made for a program of theirs. Only the SHA-256 is stored; `hint` is what lists show of it.

    It is worth no more than its owner at the moment of each call, and less by its scope. Like a session it is ended,
    not deleted, so that its owner can see why it works no longer. Ids of buckets are no foreign keys: that of a bucket
    that is gone gives nothing.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="personal_tokens")
    name = models.CharField(max_length=120)
    hint = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    acts = ArrayField(models.CharField(max_length=12), verbose_name="may")
    all_buckets = models.BooleanField(default=False)
    bucket_ids = ArrayField(models.UUIDField(), default=list, blank=True)
    epoch = models.PositiveIntegerField()
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    last_used_ip = models.GenericIPAddressField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.CharField(max_length=20, choices=Session.Ended.choices, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["user", "-created_at"], name="personal_token_by_user")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(acts__contained_by=list(ACTS)) & ~models.Q(acts=[]),
                name="personal_token_may_something",
            ),
            models.CheckConstraint(
                condition=models.Q(all_buckets=True, bucket_ids=[])
                | models.Q(all_buckets=False) & ~models.Q(bucket_ids=[]),
                name="personal_token_somewhere",
            ),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="personal_token_expires"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, ended_reason="")
                | models.Q(ended_at__isnull=False) & ~models.Q(ended_reason=""),
                name="personal_token_ended_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @property
    def scope(self) -> Scope:
        return Scope(frozenset(self.acts), None if self.all_buckets else frozenset(self.bucket_ids))

    @property
    def why_ended(self) -> str:
        """What ended it before its time, one of `Session.Ended`; empty when nothing did.

        What befell its owner counts whether or not it was written down here.
        """
        if self.ended_reason:
            return self.ended_reason
        if not self.user.is_active:
            return Session.Ended.DISABLED
        if self.epoch != self.user.epoch or self.user.locked_at is not None:
            return Session.Ended.FORCED_OUT
        return ""

    def why_over(self, *, now: datetime) -> str:
        """Why it works no longer: as `why_ended`, or "expired"; empty while it works."""
        return self.why_ended or ("expired" if self.expires_at <= now else "")


class ForceLogout(models.Model):
    """One time that somebody was thrown out everywhere. Kept for counting and for the administrators."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="force_logouts")
    at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=200)
    is_violation = models.BooleanField(default=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-at"], name="force_logout_by_user")]


class PasswordLink(models.Model):
    """A one-time link by which a person sets their password. Only the SHA-256 of its token is stored."""

    LIFETIME = timedelta(hours=24)

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="password_links")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)


class SignInBackoff(models.Model):
    """How often signing in as one e-mail failed lately. One row an e-mail, known or not, so it tells nobody which exist."""

    email_hash = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    blocked_until = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField()


AUDIT_HEAD = 200
"""How many characters of an audit entry's path its index holds: a whole path can be too long for one."""


class AuditEntry(models.Model):
    """What somebody did. No foreign keys: everything is copied in, so deleting a person or a bucket touches no entry."""

    class Operation(models.TextChoices):
        SIGNED_IN = "signed_in", "signed in"
        SIGNED_OUT = "signed_out", "signed out"
        SIGN_IN_REFUSED = "sign_in_refused", "sign-in refused"
        SETUP = "setup", "set up"
        PASSWORD_SET = "password_set", "set a password"
        SESSION_ENDED = "session_ended", "ended a session"
        TOKEN_MADE = "token_made", "made a token"
        TOKEN_REVOKED = "token_revoked", "revoked a token"
        TOKEN_REFUSED = "token_refused", "used a token for too much"
        FORCED_OUT = "forced_out", "forced out"
        VIOLATION = "violation", "left their folder"
        UPLOAD_SIGNED = "upload_signed", "upload signed"
        UPLOAD_CONFIRMED = "upload_confirmed", "uploaded"
        OVERWRITE_SIGNED = "overwrite_signed", "overwrite signed"
        DELETED = "deleted", "deleted"
        LINK_COPIED = "link_copied", "copied a link"
        LINK_OPENED = "link_opened", "opened"
        DOWNLOADED = "downloaded", "downloaded"
        ADMIN_ADDED = "admin_added", "added"
        ADMIN_CHANGED = "admin_changed", "changed"
        ADMIN_REMOVED = "admin_removed", "removed"
        LISTINGS_FLUSHED = "listings_flushed", "flushed listings"
        BUCKET_TESTED = "bucket_tested", "tested a bucket"
        CORS_CHANGED = "cors_changed", "changed CORS"
        AUDIT_EXPORTED = "audit_exported", "exported the activity"
        AUDIT_PRUNED = "audit_pruned", "pruned the audit log"

    class Outcome(models.TextChoices):
        DONE = "done", "done"
        REFUSED = "refused", "refused"
        FAILED = "failed", "failed"

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(auto_now_add=True)
    operation = models.CharField(max_length=24, choices=Operation.choices)
    outcome = models.CharField(max_length=8, choices=Outcome.choices, default=Outcome.DONE)
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=120, blank=True)
    actor_email = models.CharField(max_length=254, blank=True)
    bucket_id = models.UUIDField(null=True)
    bucket_code = models.CharField(max_length=64, blank=True)
    path = models.TextField(blank=True)
    ip = models.GenericIPAddressField(null=True)
    detail = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name_plural = "audit log"
        indexes: ClassVar = [
            models.Index(fields=["-at", "-id"], name="audit_by_time"),
            models.Index(fields=["actor_id", "-at", "-id"], name="audit_by_actor"),
            models.Index(fields=["bucket_id", "-at", "-id"], name="audit_by_bucket"),
            models.Index(fields=["operation", "-at", "-id"], name="audit_by_operation"),
            models.Index(
                fields=["outcome", "-at", "-id"],
                name="audit_not_done",
                condition=~models.Q(outcome="done"),
            ),
            models.Index(
                models.F("bucket_id"),
                OpClass(Left("path", AUDIT_HEAD), "text_pattern_ops"),
                name="audit_by_path",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.actor_name or 'Nobody'} {self.get_operation_display()} {self.path}"

    @property
    def subject(self) -> str:
        """What was acted upon: the path; or, where there is none, the person or thing that the detail names."""
        told = self.detail if isinstance(self.detail, dict) else {}
        return str(
            self.path or told.get("name") or told.get("person") or told.get("email") or told.get("call") or ""
        )


class AuditSeal(models.Model):
    """One link of the chain over the audit log: that an entry stood there, unchanged, when it was sealed.

    Positions count from 1 without a gap, in the order of sealing, which need not be that of the entries' ids: an entry
    whose transaction took long is sealed after younger ones. `hash` covers the entry and the seal before it; `mac` proves
    that whoever made the hash had the key `key_id` (`accounts.chain`). Seals are only ever added, like entries; when the
    log is pruned, the last seal that goes out stays as the anchor of the rest.
    """

    position = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    sealed_at = models.DateTimeField()
    hash = models.BinaryField(max_length=32)
    mac = models.BinaryField(max_length=32)
    key_id = models.CharField(max_length=8)

    class Meta:
        ordering: ClassVar = ["position"]


class UnsealedEntry(models.Model):
    """An entry that waits for its seal. The database adds it in the entry's own transaction, the sealer removes it.

    So what waits can be seen exactly when the entry can, however long its transaction took and whatever id it has.
    """

    entry_id = models.BigIntegerField(primary_key=True)

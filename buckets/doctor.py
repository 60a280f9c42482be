"""“Test connection”: what a bucket's key may do, call by call, and whether a browser could upload.

Writing, reading and deleting are tried on a probe of our own, never on people's objects.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from accounts.audit import Operation, record
from accounts.audit import Outcome as AuditOutcome
from accounts.models import User
from buckets.diagnosis import explain
from buckets.models import Bucket
from buckets.paths import Key, Malformed, Reach, Rights
from buckets.s3 import cors, lister, objects, probe
from buckets.s3.calls import forget
from buckets.s3.cors import CorsRule
from buckets.s3.errors import ObjectMissing, S3AccessDenied, S3Error

_NAMES = {
    "list": "s3:ListBucket",
    "write": "s3:PutObject",
    "read": "s3:GetObject",
    "delete": "s3:DeleteObject",
}


_WORKS = {
    "list": "Folders can be shown.",
    "write": "Files can be uploaded.",
    "read": "Files can be read.",
    "delete": "Files can be deleted.",
}


class Outcome(StrEnum):
    OK = "ok"
    MISSING = "missing"
    """The key may not: its IAM policy lacks the action."""
    FAILED = "failed"
    NOT_TRIED = "not_tried"


@dataclass(frozen=True, slots=True)
class Check:
    """One call. `action` is the IAM action it needs, empty for what needs none; `explanation` says what to do."""

    name: str
    outcome: Outcome
    action: str = ""
    explanation: str = ""


_FOUND = Check("bucket", Outcome.OK, explanation="The bucket is there, and its store knows the key.")


@dataclass(frozen=True, slots=True)
class Report:
    """Every check, in the order in which they were made."""

    checks: list[Check]

    @property
    def failed(self) -> list[str]:
        """The names of what does not work."""
        return [check.name for check in self.checks if check.outcome in (Outcome.MISSING, Outcome.FAILED)]

    @property
    def is_fine(self) -> bool:
        """Whether everything people need works."""
        return all(check.outcome is Outcome.OK for check in self.checks)


@dataclass(frozen=True, slots=True)
class CorsChange:
    """The bucket's rules before and after, as values and as text to show; `changed` when they differ."""

    before: list[CorsRule]
    after: list[CorsRule]

    @property
    def changed(self) -> bool:
        return self.before != self.after

    @property
    def before_text(self) -> str:
        return cors.as_text(self.before)

    @property
    def after_text(self) -> str:
        return cors.as_text(self.after)


def examine(bucket: Bucket, *, origins: Sequence[str]) -> Report:
    """What `bucket`'s key may do and whether pages at `origins` could upload. Never raises for what the store does.

    It takes seconds, up to half a minute where a store answers slowly. `bucket` needn't be saved.
    """
    reach = _whole(bucket)
    forget(bucket.id)
    found, listing = _bucket_and_list(reach)
    checks = [found, listing]
    if found.outcome is not Outcome.OK:
        untried = [Check(name, Outcome.NOT_TRIED, _NAMES[name]) for name in ("write", "read", "delete")]
        return Report([*checks, *untried, *(_untried_upload(origin) for origin in origins)])
    checks += _probe(reach, may_list=listing.outcome is Outcome.OK)
    checks += _uploads(reach, origins)
    return Report(checks)


def note_examination(report: Report, bucket: Bucket, *, by: User | None, ip: str | None = None) -> None:
    """An audit entry that says who examined `bucket` and what failed."""
    record(
        by=by,
        operation=Operation.BUCKET_TESTED,
        outcome=AuditOutcome.FAILED if report.failed else AuditOutcome.DONE,
        bucket_id=bucket.id,
        bucket_code=bucket.system_code,
        ip=ip,
        detail={"failed": report.failed},
    )


def add_cors_rule(bucket: Bucket, *, origins: Sequence[str], dry_run: bool = False) -> CorsChange:
    """Adds or renews our own CORS rule for pages at `origins` and keeps all others; only says so with `dry_run`.

    Raises S3Error.
    """
    reach = _whole(bucket)
    before = cors.read_rules(reach)
    change = CorsChange(before, cors.with_own_rule(before, origins))
    if change.changed and not dry_run:
        cors.write_rules(reach, change.after)
    return change


def _whole(bucket: Bucket) -> Reach:
    return bucket.reach(root="", rights=Rights(upload=True, overwrite=True, delete=True))


def _bucket_and_list(reach: Reach) -> tuple[Check, Check]:
    untried = Check("list", Outcome.NOT_TRIED, lister.ACTION)
    try:
        lister.keys_below(reach, reach.folder(""), limit=1)
    except S3Error as error:
        if _is_policy(error):
            return _FOUND, _missing("list", error, lister.ACTION)
        return Check("bucket", Outcome.FAILED, explanation=explain(error, reach.connection)), untried
    except Malformed as error:
        return Check("bucket", Outcome.FAILED, explanation=error.reason), untried
    return _FOUND, Check("list", Outcome.OK, lister.ACTION, _WORKS["list"])


def _probe(reach: Reach, *, may_list: bool) -> list[Check]:
    """Write, read and delete. Deleting what isn't there comes first: whether it is allowed decides how to try writing."""
    key = probe.new_key(reach)
    deleting = _try("delete", reach, lambda: _delete(reach, key))
    if deleting.outcome is not Outcome.OK:
        writing = _try("write", reach, lambda: _write_nothing(reach, key))
        return [writing, _read_missing(reach, key, may_list=may_list), deleting]
    writing = _try("write", reach, lambda: probe.write(reach, key))
    if writing.outcome is not Outcome.OK:
        return [writing, _read_missing(reach, key, may_list=may_list), deleting]
    reading = _try("read", reach, lambda: _read(reach, key))
    return [writing, reading, _try("delete", reach, lambda: _delete(reach, key))]


def _try(name: str, reach: Reach, act: Callable[[], None]) -> Check:
    action = _NAMES[name]
    try:
        act()
    except S3Error as error:
        if _is_policy(error):
            return _missing(name, error, action)
        return Check(name, Outcome.FAILED, action, explain(error, reach.connection))
    return Check(name, Outcome.OK, action, _WORKS[name])


def _delete(reach: Reach, key: Key) -> None:
    outcome = objects.delete_many(reach, [key])[0]
    if outcome.code == "AccessDenied":
        raise S3AccessDenied(action="s3:DeleteObject")
    if not outcome.deleted:
        raise S3Error(f"The probe “{key.text}” could not be deleted: {outcome.message}", code=outcome.code)


def _write_nothing(reach: Reach, key: Key) -> None:
    if not probe.write_nothing(reach, key):
        raise S3Error(
            f"Writing works, but the probe “{key.text}” stays: please delete it by hand.", code="Left"
        )


def _read(reach: Reach, key: Key) -> None:
    if objects.get_range(reach, key, start=0, length=len(probe.CONTENT)) != probe.CONTENT:
        raise S3Error("The storage gave back something else than was written.", code="Changed")


def _read_missing(reach: Reach, key: Key, *, may_list: bool) -> Check:
    """Reads what isn't there: a key that may read is told so, one that may not is refused."""
    check = _try("read", reach, lambda: _expect_missing(reach, key))
    if check.outcome is Outcome.MISSING and not may_list:
        said = "Whether the key may read can't be told without s3:ListBucket or s3:PutObject."
        return Check("read", Outcome.NOT_TRIED, _NAMES["read"], said)
    return check


def _expect_missing(reach: Reach, key: Key) -> None:
    try:
        objects.get_range(reach, key, start=0, length=1)
    except ObjectMissing:
        return


def _uploads(reach: Reach, origins: Sequence[str]) -> list[Check]:
    key = probe.new_key(reach)
    return [_upload(reach, key, origin) for origin in origins]


def _upload(reach: Reach, key: Key, origin: str) -> Check:
    name = f"upload from {origin}"
    try:
        if cors.preflight_allows(reach, key, origin=origin):
            return Check(name, Outcome.OK, explanation="Browsers may upload from there.")
    except S3Error as error:
        return Check(name, Outcome.FAILED, explanation=explain(error, reach.connection))
    return Check(
        name,
        Outcome.FAILED,
        explanation=f"The bucket's CORS rules don't let pages at {origin} upload. Add the CORS rule.",
    )


def _untried_upload(origin: str) -> Check:
    return Check(f"upload from {origin}", Outcome.NOT_TRIED)


def _is_policy(error: S3Error) -> bool:
    """Whether a store that knows the key refused: it says so itself, while anything may answer with 403."""
    return isinstance(error, S3AccessDenied) and error.code == "AccessDenied"


def _missing(name: str, error: S3Error, action: str) -> Check:
    needed = error.action or action
    return Check(name, Outcome.MISSING, needed, f"Allow {needed} in the IAM policy of the bucket's key.")

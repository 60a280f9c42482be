"""The one table of what goes wrong: exception → status, code and what the person is told.

Exceptions are named by where they live, so this module imports no app; a test holds every name to a real class. A
subclass answers as its nearest listed ancestor. What is not listed is our mistake: a 500 that says nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Final


@dataclass(frozen=True, slots=True)
class Answer:
    """What a door answers. `field` names the input at fault; `retry_after` is in seconds; `hint` says what to do.

    `limit` is what was exceeded, in bytes where the body was too long.
    """

    status: int
    code: str
    title: str
    message: str
    hint: str = ""
    field: str = ""
    retry_after: int | None = None
    limit: int | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        return {"Retry-After": str(self.retry_after)} if self.retry_after else {}


OWN_WORDS: Final = ""
"""As a message: the exception's text is a sentence for the person."""

NOT_FOUND: Final = Answer(
    404, "NOT_FOUND", "Nothing here", "There is nothing at this address, or it is not for you."
)
FORBIDDEN: Final = Answer(
    403, "FORBIDDEN", "Not allowed", "You may not do this.", "Ask an administrator if you should."
)
STALE_FORM: Final = Answer(
    403,
    "CSRF_FAILED",
    "This page is out of date",
    "For your safety the form was not accepted.",
    "Reload the page and try again. If that doesn't help, allow cookies for this site.",
)
BAD_REQUEST: Final = Answer(
    400, "VALIDATION_ERROR", "This request makes no sense", "Something in the request is malformed."
)
TOO_LARGE: Final = Answer(
    413,
    "TOO_LARGE",
    "Too much at once",
    "More was sent than one request may carry.",
    "Try fewer files at once.",
)
RATE_LIMITED: Final = Answer(
    429,
    "RATE_LIMITED",
    "Too many requests",
    "You were quicker than we allow.",
    "Wait a moment.",
    retry_after=1,
)
SERVER_ERROR: Final = Answer(
    500,
    "SERVER_ERROR",
    "Something went wrong on our side",
    "Nothing you did is lost, but this could not be finished.",
    "Try again. If it happens again, tell an administrator what you did and when.",
)
DATABASE_AWAY: Final = Answer(
    503,
    "UNAVAILABLE",
    "We'll be right back",
    "The database does not answer at the moment.",
    "Nothing is lost. Try again in a few seconds.",
    retry_after=5,
)
SIGN_IN: Final = Answer(401, "UNAUTHORIZED", "Please sign in", "You are not signed in, or no longer.")
FORCED_OUT: Final = Answer(
    401,
    "FORCE_LOGGED_OUT",
    "You were signed out",
    "The request led outside the folder you may use, so all your sessions were ended.",
    "Sign in again. Administrators can see what was asked for.",
)
TOKEN_EXPIRED: Final = replace(
    SIGN_IN, code="TOKEN_EXPIRED", message="This access token has expired: ask for a new one."
)
METHOD_NOT_ALLOWED: Final = Answer(
    405, "METHOD_NOT_ALLOWED", "Not this way", "This address can't be opened like this."
)
S3_REFUSED: Final = Answer(
    502,
    "S3_UNAVAILABLE",
    "The storage refused",
    "The storage did not accept what was asked.",
    "An administrator can test the bucket's connection.",
)
S3_AWAY: Final = Answer(
    503,
    "S3_UNAVAILABLE",
    "The storage does not answer",
    "The storage is slow or unreachable at the moment.",
    "Nothing is lost. Try again in a few seconds.",
    retry_after=5,
)
NAME_TAKEN: Final = Answer(
    409,
    "ALREADY_EXISTS",
    "This name is taken",
    "There is a file with this name already.",
    "Choose another name.",
)

TABLE: Final[Mapping[str, Answer]] = {
    # Reach
    "buckets.paths.OutOfBounds": NOT_FOUND,  # in a page; in a signed post it is a violation
    "buckets.paths.Malformed": replace(BAD_REQUEST, title="This can't be used"),
    "buckets.access.NoSuchBucket": replace(
        NOT_FOUND,
        title="No such bucket",
        message="There is no such bucket, or it is not assigned to you.",
        hint="Ask an administrator if it should be.",
    ),
    # People
    "accounts.rules.Invalid": replace(BAD_REQUEST, title="Please correct this"),
    "accounts.rules.Taken": Answer(409, "ALREADY_EXISTS", "This is taken", "There is one like this already."),
    "accounts.people.NoSuchPerson": replace(
        NOT_FOUND, title="Nobody here", message="There is nobody with this id."
    ),
    "buckets.assigning.NotAssigned": replace(
        NOT_FOUND, title="Not assigned", message="This person has no place in this bucket."
    ),
    "accounts.signing_in.TooManyTries": replace(
        RATE_LIMITED, title="Too many tries", message="There were too many tries to sign in."
    ),
    "accounts.signing_in.Refused": replace(SIGN_IN, title="That didn't work", message=OWN_WORDS),
    "accounts.setup.AlreadySetUp": replace(
        FORBIDDEN, title="Set up already", message="Somebody has an account here: sign in.", hint=""
    ),
    "accounts.tokens.TokenInvalid": SIGN_IN,
    "accounts.tokens.TokenExpired": TOKEN_EXPIRED,
    # A refresh would give nothing new, so it is not told like an access token's end.
    "accounts.tokens.PersonalTokenOver": replace(SIGN_IN, message=OWN_WORDS),
    "accounts.personal_tokens.NoSuchToken": replace(
        NOT_FOUND, title="No such token", message="You have no token with this id."
    ),
    "accounts.tokens.ForcedOut": replace(FORCED_OUT, message="All your sessions were ended. Sign in again."),
    "accounts.refreshing.RefreshTokenUsed": replace(
        SIGN_IN, code="REFRESH_TOKEN_USED", message="This refresh token was used before. Sign in again."
    ),
    "accounts.authentication.FormTokenMissing": STALE_FORM,
    "accounts.passwords.LinkGone": Answer(
        410,
        "LINK_GONE",
        "This link no longer works",
        "It was used before, replaced by a newer one, or is older than 24 hours.",
        "Ask an administrator for a new link.",
    ),
    "mediabridge.wire.webhooks.WrongSecret": replace(
        SIGN_IN, message="The secret or the signature is wrong."
    ),
    "mediabridge.wire.webhooks.WebhookOff": Answer(
        503, "UNAVAILABLE", "Switched off", "This webhook is switched off: the server has no secret for it."
    ),
    "restore.owners.NoSuchKey": replace(
        NOT_FOUND, title="No such key", message="There is no key with this id."
    ),
    # Storage
    "buckets.s3.errors.S3Error": S3_REFUSED,
    "buckets.s3.errors.S3AccessDenied": replace(
        S3_REFUSED,
        status=403,
        code="S3_ACCESS_DENIED",
        message="The bucket's key may not do this.",
        hint="An administrator can see what is missing by testing the bucket's connection.",
    ),
    "buckets.s3.errors.S3Unavailable": S3_AWAY,
    "buckets.s3.errors.ObjectMissing": replace(
        NOT_FOUND, title="This file is gone", message="Somebody deleted or moved it meanwhile."
    ),
    "buckets.s3.errors.BucketMissing": replace(
        S3_REFUSED, message="The bucket no longer exists in the storage, or has another name."
    ),
    "buckets.s3.errors.BadCredentials": replace(
        S3_REFUSED, message="The storage does not accept the bucket's key."
    ),
    "buckets.s3.errors.WrongRegion": replace(
        S3_REFUSED, message="The bucket is in another region than it is registered with."
    ),
    "buckets.s3.errors.NotAStore": replace(
        S3_REFUSED, message="What answers at the bucket's address is not a storage."
    ),
    "buckets.s3.errors.ClockSkewed": replace(
        S3_REFUSED,
        message="This server's clock differs from the storage's, so the storage refuses its signatures.",
    ),
    "buckets.s3.errors.AlreadyThere": NAME_TAKEN,
    "buckets.s3.errors.ObjectArchived": Answer(
        409, "ARCHIVED", "This file is archived", "It must be restored before it can be opened."
    ),
    "buckets.credentials.BadSeal": replace(
        SERVER_ERROR,
        title="This bucket's key can't be read",
        message="The stored access key does not open with this server's encryption key.",
        hint="An administrator must enter the bucket's access key again.",
    ),
    # Files
    "files.refusals.NotAllowed": replace(FORBIDDEN, message=OWN_WORDS),
    "files.refusals.DeleteNotAllowed": replace(FORBIDDEN, code="DELETE_NOT_ALLOWED", message=OWN_WORDS),
    "files.wanted.CannotUpload": replace(BAD_REQUEST, title="This can't be uploaded"),
    "files.wanted.FileTooLarge": replace(BAD_REQUEST, code="FILE_TOO_LARGE", title="This file is too large"),
    "files.wanted.NameReserved": Answer(
        409, "RESERVED_NAME", "This name is reserved", "It is kept for the thumbnail of another file."
    ),
    "files.wanted.NameTaken": NAME_TAKEN,
    "files.refusals.TooMany": replace(
        BAD_REQUEST,
        title="Too much at once",
        message=OWN_WORDS,
        hint="Choose less and go on.",
    ),
    "files.pages.FolderMissing": replace(
        NOT_FOUND,
        title="This folder is gone",
        message="There is no such folder. It may have been emptied or moved.",
    ),
    # The wire
    "mediabridge.wire.json_body.Malformed": BAD_REQUEST,
    "mediabridge.wire.json_body.TooLarge": replace(TOO_LARGE, message=OWN_WORDS),
    "mediabridge.wire.doors.ForeignOrigin": replace(FORBIDDEN, message="This call came from another site."),
    "mediabridge.wire.throttles.TooFast": RATE_LIMITED,
    "mediabridge.wire.policies.BeyondToken": replace(
        FORBIDDEN,
        code="INSUFFICIENT_SCOPE",
        message=OWN_WORDS,
        hint="Make another token on your account page.",
    ),
    "rest_framework.exceptions.ValidationError": BAD_REQUEST,
    "rest_framework.exceptions.ParseError": BAD_REQUEST,
    "rest_framework.exceptions.NotAuthenticated": SIGN_IN,
    "rest_framework.exceptions.AuthenticationFailed": SIGN_IN,
    "rest_framework.exceptions.PermissionDenied": FORBIDDEN,
    "rest_framework.exceptions.NotFound": NOT_FOUND,
    "rest_framework.exceptions.MethodNotAllowed": METHOD_NOT_ALLOWED,
    "rest_framework.exceptions.UnsupportedMediaType": Answer(
        415,
        "UNSUPPORTED_MEDIA_TYPE",
        "Not in this form",
        "The body must be sent as application/json, in UTF-8.",
    ),
    # The framework
    "django.http.response.Http404": NOT_FOUND,
    "django.core.exceptions.PermissionDenied": FORBIDDEN,
    "django.core.exceptions.BadRequest": BAD_REQUEST,
    "django.core.exceptions.SuspiciousOperation": BAD_REQUEST,
    "django.core.exceptions.RequestDataTooBig": TOO_LARGE,
    "django.core.exceptions.TooManyFieldsSent": TOO_LARGE,
    "django.core.exceptions.TooManyFilesSent": TOO_LARGE,
    "django.http.multipartparser.MultiPartParserError": BAD_REQUEST,
    "django.db.utils.OperationalError": DATABASE_AWAY,
    "django.db.utils.InterfaceError": DATABASE_AWAY,
    "psycopg_pool.PoolTimeout": DATABASE_AWAY,
    "redis.exceptions.RedisError": replace(
        DATABASE_AWAY, message="The store for short-lived things does not answer at the moment."
    ),
    "kombu.exceptions.OperationalError": replace(
        DATABASE_AWAY, message="The queue for background work does not answer at the moment."
    ),
}


def answer_for(problem: BaseException) -> Answer | None:
    """What to answer to `problem`; None when it is not listed, so nobody expected it."""
    for ancestor in type(problem).__mro__:
        found = TABLE.get(f"{ancestor.__module__}.{ancestor.__qualname__}")
        if found is not None:
            return _with_particulars(found, problem)
    return None


def _with_particulars(answer: Answer, problem: BaseException) -> Answer:
    """The listed answer, with what this exception alone knows: the field, the reason, the missing right, the wait."""
    if answer.message == OWN_WORDS:
        answer = replace(answer, message=str(problem))
    reason, limit = getattr(problem, "reason", None), getattr(problem, "limit", None)
    retry_after = getattr(problem, "retry_after", None)
    if isinstance(reason, str) and isinstance(getattr(problem, "field", None), str):
        answer = with_fault(answer, field=problem.field, reason=reason)  # type: ignore[attr-defined]
    if isinstance(limit, int):
        answer = replace(answer, limit=limit)
    action = getattr(problem, "action", "")
    if answer.code == "S3_ACCESS_DENIED" and action:
        answer = replace(
            answer, message=f"The bucket's key may not do this: its IAM policy may lack {action}."
        )
    if isinstance(retry_after, int | float) and retry_after > 0:
        answer = replace(answer, retry_after=max(1, ceil(retry_after)))
    return answer


def with_fault(answer: Answer, *, field: str, reason: str) -> Answer:
    """`answer`, naming the input at fault and saying what is wrong with it."""
    return replace(answer, field=field, message=reason)

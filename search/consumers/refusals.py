"""What a search's socket says when something is refused or goes wrong: six codes, and a sentence for the person."""

from dataclasses import replace
from typing import Any, Final

from buckets.credentials import BadSeal
from buckets.s3.errors import S3Error, S3Unavailable
from mediabridge.wire.answers import body_of
from mediabridge.wire.errors import FORCED_OUT, S3_AWAY, SERVER_ERROR, SIGN_IN, Answer, answer_for
from search.consumers.callers import SignInFirst, ThrownOut
from search.words import Interrupted

_CODES: Final = {
    "UNAUTHORIZED": "AUTH_REQUIRED",
    "TOKEN_EXPIRED": "AUTH_REQUIRED",
    "FORCE_LOGGED_OUT": "FORCE_LOGOUT",
    "VALIDATION_ERROR": "VALIDATION_ERROR",
    "TOO_LARGE": "VALIDATION_ERROR",
    # Nobody is told whether there is such a bucket.
    "NOT_FOUND": "FORBIDDEN",
    "FORBIDDEN": "FORBIDDEN",
    "INSUFFICIENT_SCOPE": "FORBIDDEN",
    "RATE_LIMITED": "RATE_LIMITED",
}


REFUSED: Final = "The storage refuses to let this bucket be searched. Ask an administrator to test the bucket’s connection."


def error_of(problem: BaseException) -> dict[str, Any]:
    """The last message of a socket that this ends. What nobody expected is no fault of the storage, but nobody can tell."""
    told = body_of(_answer_for(problem))
    return {"type": "error", **told, "code": _CODES.get(str(told["code"]), "S3_ERROR")}


def page_error_of(problem: BaseException, *, administers: bool) -> dict[str, Any]:
    """The same for a page of ours: who administers nothing reads whom to ask, not what the bucket's key lacks."""
    told = error_of(problem)
    if isinstance(problem, S3Error | BadSeal) and not isinstance(problem, S3Unavailable) and not administers:
        told["message"] = REFUSED
    return told


def is_expected(problem: BaseException) -> bool:
    """Whether the table of errors, or this one, knows what to say."""
    return isinstance(problem, SignInFirst | ThrownOut | Interrupted) or answer_for(problem) is not None


def _answer_for(problem: BaseException) -> Answer:
    if isinstance(problem, SignInFirst):
        return SIGN_IN
    if isinstance(problem, ThrownOut):
        return FORCED_OUT
    if isinstance(problem, Interrupted):
        return replace(S3_AWAY, message="The search was interrupted. Begin it again.")
    return answer_for(problem) or SERVER_ERROR

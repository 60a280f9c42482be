"""Checking who somebody is, by e-mail and password."""

from datetime import datetime

from accounts import backoff
from accounts.audit import Operation, Outcome, record
from accounts.models import User, normal_email


class Refused(Exception):
    """Nobody was signed in. The message is for the person and never says which part was wrong."""

    def __init__(self) -> None:
        super().__init__(self.sentence)

    sentence = ""
    code = ""


class WrongCredentials(Refused):
    sentence = "This e-mail and password don't match. Please try again."
    code = "wrong_credentials"


class Locked(Refused):
    sentence = "This account is locked. An administrator can unlock it."
    code = "locked"


class Disabled(Refused):
    sentence = "This account is switched off. Please ask an administrator."
    code = "disabled"


class TooManyTries(Refused):
    """`retry_after` is in seconds."""

    sentence = "Too many tries."
    code = "too_many_tries"

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


def check(*, email: str, password: str, ip: str | None, now: datetime) -> User:
    """The user with this e-mail and password, audited as signed in.

    Raises WrongCredentials, TooManyTries, or, only to somebody who knows the password, Locked or Disabled. An unknown
    e-mail gets the same answer after the same work as a wrong password.
    """
    try:
        user = _checked(email, password, now)
    except Refused as refusal:
        known = User.objects.filter(email=normal_email(email)).first()
        detail = {"reason": refusal.code} | ({} if known else {"email": normal_email(email)[:254]})
        record(by=known, operation=Operation.SIGN_IN_REFUSED, ip=ip, outcome=Outcome.REFUSED, detail=detail)
        raise
    record(by=user, operation=Operation.SIGNED_IN, ip=ip)
    return user


def _checked(email: str, password: str, now: datetime) -> User:
    wait = backoff.claim_try(email, now=now)
    if wait:
        raise TooManyTries(wait)
    user = User.objects.filter(email=normal_email(email)).first()
    if user is None:
        User().set_password(password)
        raise WrongCredentials
    if not user.check_password(password):
        raise WrongCredentials
    backoff.forget(email)
    if not user.is_active:
        raise Disabled
    if user.locked_at is not None:
        raise Locked
    return user

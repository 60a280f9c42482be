"""What names, e-mails and passwords must be. Doors only shape; these rules decide."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.models import User, normal_email

NAME_LENGTH = 120
PASSWORD_LENGTH = 1000
NAME_MISSING = "Please give a name."
NAME_TOO_LONG = f"A name may have {NAME_LENGTH} characters at most."
NO_EMAIL = "This is not an e-mail address."
EMAIL_TOO_LONG = "This e-mail address is too long."
EMAIL_TAKEN = "This e-mail is already in use."


class Invalid(Exception):
    """A value breaks a rule. `field` names the input, `reason` is a sentence for the person."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


class Taken(Invalid):
    """Somebody or something else has this already, and there can be only one."""


def checked_name(name: str) -> str:
    """`name` trimmed. Raises Invalid when it is blank, too long or holds control characters."""
    trimmed = " ".join(name.split(" ")).strip()
    if not trimmed:
        raise Invalid("name", NAME_MISSING)
    if len(trimmed) > NAME_LENGTH:
        raise Invalid("name", NAME_TOO_LONG)
    if not trimmed.isprintable():
        raise Invalid("name", "A name can't contain control characters.")
    return trimmed


def checked_email(email: str) -> str:
    """`email` as it is stored. Raises Invalid when it is no address."""
    normal = normal_email(email)
    try:
        validate_email(normal)
    except ValidationError:
        raise Invalid("email", NO_EMAIL) from None
    if len(normal) > 254:
        raise Invalid("email", EMAIL_TOO_LONG)
    return normal


def checked_password(password: str, *, user: User, field: str = "password") -> str:
    """`password`, if it is good enough for `user`. Raises Invalid with everything that is wrong with it."""
    if len(password) > PASSWORD_LENGTH:
        raise Invalid(field, f"A password may have {PASSWORD_LENGTH} characters at most.")
    try:
        password.encode()
        validate_password(password, user)
    except UnicodeEncodeError:
        raise Invalid(field, "A password must be valid Unicode text.") from None
    except ValidationError as problem:
        raise Invalid(field, " ".join(problem.messages)) from None
    return password

"""What the login page tells somebody before they sign in."""

from dataclasses import dataclass

from accounts.models import Session
from accounts.session_store import EXPIRED
from accounts.signing_in import Disabled, Locked, Refused


@dataclass(frozen=True, slots=True)
class Notice:
    """`level` is success, info, warning or error."""

    level: str
    title: str
    text: str

    @classmethod
    def of(cls, refusal: Refused) -> "Notice":
        titles = {Locked: "Locked", Disabled: "Switched off"}
        return cls("error", titles.get(type(refusal), "That didn't work"), refusal.sentence)


WHY = {
    Session.Ended.REVOKED: Notice(
        "info", "You were signed out", "This session was ended from another browser, or by an administrator."
    ),
    Session.Ended.PASSWORD_CHANGED: Notice(
        "info", "You were signed out", "The password was changed. Please sign in with the new one."
    ),
    Session.Ended.FORCED_OUT: Notice(
        "warning",
        "All your sessions were ended",
        "Something led outside the folder you may use, or an administrator signed you out everywhere.",
    ),
    Session.Ended.DISABLED: Notice(
        "error", "This account is switched off", "Please ask an administrator if you still need it."
    ),
    EXPIRED: Notice("info", "Your session expired", "Please sign in again."),
}


def why_ended(reason: str) -> Notice | None:
    """Why the last session of this browser is over; None when its owner signed out, or there was none."""
    return WHY.get(reason)

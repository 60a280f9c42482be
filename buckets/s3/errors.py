"""What can go wrong between us and a store, in our words. Every error of SDK, HTTP and TLS ends as one of these."""

from datetime import timedelta


class S3Error(Exception):
    """The store refused or failed. `action` is the IAM action that was tried, `code` the store's own word for it.

    The message is a sentence for a person and never holds a key, a signature or an address with one in it.
    """

    says = "The storage refused this request."

    def __init__(self, message: str = "", *, action: str = "", code: str = "") -> None:
        super().__init__(message or self.says)
        self.action = action
        self.code = code


class S3AccessDenied(S3Error):
    """The key is known but may not do this; `action` says which IAM action is missing."""

    says = "The bucket's key may not do this."

    def __init__(self, message: str = "", *, action: str = "", code: str = "AccessDenied") -> None:
        super().__init__(
            message or (f"The bucket's key lacks {action}." if action else ""), action=action, code=code
        )


class S3Unavailable(S3Error):
    """No answer in time, or one that says “later”. `retry_after` is in seconds: the store's word, or our guess."""

    may_pass = True
    says = "The storage does not answer at the moment."

    def __init__(
        self, message: str = "", *, action: str = "", code: str = "", retry_after: float | None = None
    ) -> None:
        super().__init__(message, action=action, code=code)
        self.was_told_when = retry_after is not None
        self.retry_after = 5.0 if retry_after is None else retry_after


class Unreachable(S3Unavailable):
    """Nothing listens at the endpoint, or its name has no address."""

    says = "The storage can't be reached at its address."


class PrivateAddress(Unreachable):
    """The endpoint's name leads inside a private network, where this server may not go."""

    may_pass = False
    says = "The storage's address is inside a private network."


class Untrusted(S3Unavailable):
    """The endpoint's TLS certificate doesn't prove that it is the endpoint, or there is none: no TLS is spoken there, or none
    that we speak."""

    may_pass = False
    says = "The storage's TLS certificate can't be trusted."


class NotAStore(S3Error):
    """What answers at the endpoint doesn't speak as S3 does: a website, a proxy, a firewall. `code` is its HTTP status."""

    says = "What answers at the bucket's endpoint is not an S3 store."


class ObjectMissing(S3Error):
    """There is no object with this key."""

    says = "This file does not exist any more."


class BucketMissing(S3Error):
    """There is no bucket with this name."""

    says = "The bucket does not exist."


class BadCredentials(S3Error):
    """The store doesn't know the access key, or the secret doesn't belong to it."""

    says = "The storage does not accept the bucket's access key."


class ClockSkewed(S3Error):
    """Signatures are refused because the two clocks differ. `skew` is the store's time minus ours, where it said so."""

    says = "This server's clock and the storage's differ too much."

    def __init__(
        self, message: str = "", *, action: str = "", code: str = "", skew: timedelta | None = None
    ) -> None:
        super().__init__(message, action=action, code=code)
        self.skew = skew


class WrongRegion(S3Error):
    """The bucket lives in another region. `region` names it, or is empty when the store didn't say."""

    says = "The bucket is in another region."

    def __init__(self, message: str = "", *, action: str = "", code: str = "", region: str = "") -> None:
        super().__init__(message, action=action, code=code)
        self.region = region


class AlreadyThere(S3Error):
    """A create-only upload met an existing object (412)."""

    says = "A file with this name is already there."


class ObjectArchived(S3Error):
    """The object is in an archive class and must be restored before it can be read."""

    says = "This file is archived and must be restored first."

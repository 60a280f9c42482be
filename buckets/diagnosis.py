"""What an error of a store means for the administrator who has to mend it."""

from datetime import timedelta

from buckets.connection import Connection
from buckets.s3.address import address_of
from buckets.s3.errors import (
    BadCredentials,
    BucketMissing,
    ClockSkewed,
    NotAStore,
    PrivateAddress,
    S3AccessDenied,
    S3Error,
    S3Unavailable,
    Unreachable,
    Untrusted,
    WrongRegion,
)
from buckets.s3.translation import BROKEN_OFF, NO_AGREEMENT, NO_HTTP, NO_TLS, TIMEOUT


def explain(error: S3Error, connection: Connection) -> str:
    """A plain explanation of `error`, and what to do about it. Names no key and no secret."""
    host = address_of(connection).host
    if isinstance(error, NotAStore) or error.code == NO_HTTP:
        return _explain_stranger(error, host)
    if isinstance(error, S3Unavailable):
        return _explain_silence(error, host)
    if isinstance(error, WrongRegion):
        return _explain_region(error, connection.region)
    if isinstance(error, BadCredentials):
        return _KEYS.get(error.code, _KEYS[""])
    if isinstance(error, ClockSkewed):
        return f"This server's clock is {_how_far(error.skew)} the storage's. Set it, best by a time service (NTP)."
    return _explain_refusal(error, host, connection.bucket_name)


def _explain_refusal(error: S3Error, host: str, bucket: str) -> str:
    if isinstance(error, BucketMissing) and error.code == "NoSuchKey":
        return (
            f"{host} looked for a file named “{bucket}”, as the endpoint URL seems to name a bucket already. Write the endpoint URL"
            " without the bucket's name."
        )
    if isinstance(error, BucketMissing):
        return f"There is no bucket “{bucket}” at {host}. Check the bucket's name, or whether it was deleted."
    if error.code in _WITHDRAWN:
        return f"{_WITHDRAWN[error.code]} ({error.code}). Ask whoever runs the storage."
    if isinstance(error, S3AccessDenied) and error.code != "AccessDenied":
        return f"The storage refuses {error.action} for a reason of its own ({error.code})."
    return f"{error} ({error.code})" if error.code else str(error)


_KEYS = {
    "": "The secret access key doesn't belong to this access key ID. Type both again.",
    "InvalidAccessKeyId": (
        "The storage doesn't know this access key ID. Check it, or whether the key was deleted or disabled."
    ),
    "BadSeal": "The stored key can't be opened any more. Type the access key ID and the secret access key again.",
}
_WITHDRAWN = {
    "AccountProblem": "The storage has trouble with the account that the bucket's key belongs to",
    "AllAccessDisabled": "The storage has shut off all access to this bucket",
}
_SILENCES = {
    TIMEOUT: "did not answer in time",
    "deadline": "did not answer in time",
    "resting": "did not answer just now, so it was not asked again",
    "busy": "has too much to do",
    BROKEN_OFF: "broke its answer off",
    "head": "gave no whole answer",
    "listing": "gave no whole listing. Check the endpoint URL and the addressing style",
}
"""What a host did, by our own words for it; a store's words are shown as they are."""


def _explain_stranger(error: S3Error, host: str) -> str:
    said = f" (it answered {error.code})" if error.code.isdecimal() else ""
    return (
        f"What answers at {host} is not an S3 store{said}: perhaps a website, a proxy or a firewall. "
        "Check the endpoint URL: its host, its port, and whether it begins with http:// or https://."
    )


def _explain_region(error: WrongRegion, ours: str) -> str:
    if error.region and error.region != ours:
        return f"The bucket is in the region {error.region}, not in {ours}. Set the region to {error.region}."
    return f"The bucket is not in the region {ours}. Look its region up where the bucket was made."


def _explain_silence(error: S3Unavailable, host: str) -> str:
    if isinstance(error, Untrusted):
        return _explain_distrust(error, host)
    if isinstance(error, PrivateAddress):
        return (
            f"{host} is inside a private network. The setting ALLOW_PRIVATE_ENDPOINTS permits such addresses."
        )
    if isinstance(error, Unreachable) and error.code == "DNS":
        return f"The name {host} has no address. Check the endpoint URL, the bucket's name and the addressing style."
    if isinstance(error, Unreachable):
        return (
            f"Nothing answers at {host}. Check the endpoint URL, and whether this server may connect to it."
        )
    code = f" ({error.code})" if error.code else ""
    did = _SILENCES.get(error.code, f"gave no usable answer{code}")
    return f"{host} {did}. Try again in a minute."


def _explain_distrust(error: Untrusted, host: str) -> str:
    if error.code == NO_TLS:
        return f"No TLS is spoken at {host}. Let the endpoint URL begin with http://, or check its port."
    if error.code == NO_AGREEMENT:
        return (
            f"{host} and this server can't agree on how to encrypt. Check the host and port of the endpoint URL; a store that"
            " knows nothing newer than TLS 1.1 has to be updated."
        )
    return f"The TLS certificate of {host} can't be trusted. Use the host name it was made for, or renew it."


def _how_far(skew: timedelta | None) -> str:
    if skew is None:
        return "too far from"
    minutes = max(1, round(abs(skew).total_seconds() / 60))
    unit = "minute" if minutes == 1 else "minutes"
    return f"{minutes} {unit} {'behind' if skew > timedelta() else 'ahead of'}"

"""What an error of a store means for the administrator who has to mend it."""

from datetime import timedelta

from buckets.connection import Connection
from buckets.s3.address import address_of
from buckets.s3.errors import (
    BadCredentials,
    BucketMissing,
    ClockSkewed,
    PrivateAddress,
    S3Error,
    S3Unavailable,
    Unreachable,
    Untrusted,
    WrongRegion,
)


def explain(error: S3Error, connection: Connection) -> str:
    """A plain explanation of `error`, and what to do about it. Names no key and no secret."""
    host = address_of(connection).host
    if isinstance(error, S3Unavailable):
        return _explain_silence(error, host)
    if isinstance(error, WrongRegion):
        return _explain_region(error, connection.region)
    if isinstance(error, BadCredentials):
        return _KEYS.get(error.code, _KEYS[""])
    if isinstance(error, BucketMissing):
        name = connection.bucket_name
        return f"There is no bucket “{name}” at {host}. Check the bucket's name, or whether it was deleted."
    if isinstance(error, ClockSkewed):
        return f"This server's clock is {_how_far(error.skew)} the storage's. Set it, best by a time service (NTP)."
    return f"{error} ({error.code})" if error.code else str(error)


_KEYS = {
    "": "The secret access key doesn't belong to this access key ID. Type both again.",
    "InvalidAccessKeyId": (
        "The storage doesn't know this access key ID. Check it, or whether the key was deleted or disabled."
    ),
    "BadSeal": "The stored key can't be opened any more. Type the access key ID and the secret access key again.",
}


def _explain_region(error: WrongRegion, ours: str) -> str:
    if error.region and error.region != ours:
        return f"The bucket is in the region {error.region}, not in {ours}. Set the region to {error.region}."
    return f"The bucket is not in the region {ours}. Look its region up where the bucket was made."


def _explain_silence(error: S3Unavailable, host: str) -> str:
    if isinstance(error, Untrusted):
        return (
            f"The TLS certificate of {host} can't be trusted. Use the host name it was made for, or renew it."
        )
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
    return f"{host} gave no usable answer in time{code}. Try again in a minute."


def _how_far(skew: timedelta | None) -> str:
    if skew is None:
        return "too far from"
    minutes = max(1, round(abs(skew).total_seconds() / 60))
    unit = "minute" if minutes == 1 else "minutes"
    return f"{minutes} {unit} {'behind' if skew > timedelta() else 'ahead of'}"

"""Tries whether a bucket's key may write, on an object nobody else has."""

import secrets

from buckets.paths import Key, Reach
from buckets.s3.clients import with_client
from buckets.s3.errors import S3Error

CONTENT = b"MediaBridge wrote this to see whether it may. It can be deleted.\n"
_FOLDER = ".mediabridge-probe"
_DIGEST_OF_NOTHING = "1B2M2Y8AsgTpgAmY7PhCfg=="


def new_key(reach: Reach) -> Key:
    """A key below the reach's root that nobody has and nobody can guess."""
    return reach.file(f"{_FOLDER}/{secrets.token_hex(16)}")


def write(reach: Reach, key: Key) -> None:
    """Writes the probe. Raises S3Error (action s3:PutObject)."""
    _put(reach, key, {})


def write_nothing(reach: Reach, key: Key) -> bool:
    """Asks to write, with a digest that can't be right: a store that permits it then refuses the digest.

    So nothing is left behind where the key may write but not delete. False when the store wrote it all the same.
    Raises S3Error (action s3:PutObject) when writing isn't permitted.
    """
    try:
        _put(reach, key, {"ContentMD5": _DIGEST_OF_NOTHING})
    except S3Error as error:
        if error.code in ("BadDigest", "InvalidDigest"):
            return True
        raise
    return False


def _put(reach: Reach, key: Key, options: dict[str, str]) -> None:
    reach.path_of(key)
    bucket = reach.connection.bucket_name
    with_client(
        reach.connection,
        "s3:PutObject",
        lambda client: client.put_object(
            Bucket=bucket,
            Key=key.text,
            Body=CONTENT,
            ContentType="text/plain",
            **options,  # type: ignore[arg-type]
        ),
    )

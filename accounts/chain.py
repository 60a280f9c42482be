"""The arithmetic of the audit log's chain: how an entry is written down, what its seal is, who can have made it.

An entry is written down as one line of JSON in UTF-8, without spaces, keys of objects sorted:

    [1, position, "hash of the seal before, hexadecimal", "sealed at", id, "at", "operation", "outcome", actor id, "actor
     name", "actor e-mail", bucket id, "bucket code", "path", ip, {detail}]

The first number is the version of this form. Times are ISO 8601 in UTC with six decimals, ids of people and buckets text
or null. SHA-256 of the line is the seal's hash; HMAC-SHA-256 of that hash is its mac. The seal before the first has a
hash of 32 zero bytes.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime

from accounts.models import AuditEntry, AuditSeal

FIRST = bytes(32)
"""What stands for the hash of the seal before the first."""
_VERSION = 1


def written(entry: AuditEntry, *, position: int, before: bytes, sealed_at: datetime) -> bytes:
    """`entry` as it is sealed at `position` after the seal with the hash `before`. Every column is in it."""
    columns = [
        entry.id,
        _moment(entry.at),
        entry.operation,
        entry.outcome,
        _text(entry.actor_id),
        entry.actor_name,
        entry.actor_email,
        _text(entry.bucket_id),
        entry.bucket_code,
        entry.path,
        entry.ip,
        entry.detail,
    ]
    line = [_VERSION, position, before.hex(), _moment(sealed_at), *columns]
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def seal(entry: AuditEntry, *, position: int, before: bytes, sealed_at: datetime, key: bytes) -> AuditSeal:
    """The seal of `entry`, not saved."""
    digest = hash_of(entry, position=position, before=before, sealed_at=sealed_at)
    return AuditSeal(
        position=position,
        entry_id=entry.id,
        sealed_at=sealed_at,
        hash=digest,
        mac=mac_of(digest, key=key),
        key_id=name_of(key),
    )


def hash_of(entry: AuditEntry, *, position: int, before: bytes, sealed_at: datetime) -> bytes:
    """The hash that the seal of `entry` must have."""
    return hashlib.sha256(written(entry, position=position, before=before, sealed_at=sealed_at)).digest()


def mac_of(digest: bytes, *, key: bytes) -> bytes:
    """What only somebody with `key` can say of the hash `digest`."""
    return hmac.digest(key, b"seal" + digest, hashlib.sha256)


def anchor_proof(position: int, digest: bytes, *, key: bytes) -> str:
    """What only somebody with `key` can say of a log that was pruned up to this seal, hexadecimal."""
    return hmac.digest(key, b"anchor" + position.to_bytes(8) + digest, hashlib.sha256).hex()


def name_of(key: bytes) -> str:
    """Eight characters by which a seal names its key, telling nothing of it."""
    return hashlib.sha256(b"name of" + key).hexdigest()[:8]


def named(keys: Sequence[bytes]) -> dict[str, bytes]:
    """`keys` by their names."""
    return {name_of(key): key for key in keys}


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _text(value: object) -> str | None:
    return None if value is None else str(value)

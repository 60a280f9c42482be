"""A bucket's CORS rules: whether they let a browser upload, and our own rule among those of others."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from buckets.paths import Key, Reach
from buckets.s3 import transport
from buckets.s3.address import address_of
from buckets.s3.calls import call
from buckets.s3.clients import with_client
from buckets.s3.deadline import Deadline
from buckets.s3.errors import S3Error
from buckets.s3.transport import Answer

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import CORSRuleOutputTypeDef, CORSRuleTypeDef

OWN_ID = "mediabridge"
METHODS = ("PUT", "GET", "HEAD")
HEADERS = ("content-type", "content-disposition", "if-none-match", "range")
EXPOSED = ("ETag", "Content-Range", "Accept-Ranges")
_UPLOAD_HEADERS = ("content-disposition", "content-type", "if-none-match")
_MAX_AGE = 3600


@dataclass(frozen=True, slots=True)
class CorsRule:
    """One rule as S3 stores it. Origins and headers may hold one `*`; `max_age` is in seconds."""

    origins: tuple[str, ...]
    methods: tuple[str, ...]
    headers: tuple[str, ...] = ()
    exposes: tuple[str, ...] = ()
    max_age: int | None = None
    id: str = ""

    def lets(self, *, origin: str, method: str, headers: Sequence[str]) -> bool:
        """Whether this rule answers a request with this origin, method and (lower-case) headers."""
        allowed = [header.lower() for header in self.headers]
        return (
            method in self.methods
            and _matches(origin, self.origins)
            and all(_matches(header, allowed) for header in headers)
        )


def own_rule(origins: Sequence[str]) -> CorsRule:
    """The rule we need so that pages at `origins` can upload, read and see what they read."""
    return CorsRule(tuple(origins), METHODS, HEADERS, EXPOSED, _MAX_AGE, OWN_ID)


def with_own_rule(rules: Sequence[CorsRule], origins: Sequence[str]) -> list[CorsRule]:
    """`rules` with our own for `origins`, and every other as it was; `rules` themselves when ours is in force already.

    S3 takes the first rule that fits, and ours fits nobody but us, so it stands first. Ours is known by its id; a store
    that keeps no ids gives it back without one.
    """
    own = own_rule(origins)
    if all(_says(allowing(rules, origin=origin), own) for origin in origins):
        return list(rules)
    return [own, *(rule for rule in rules if rule.id != OWN_ID and not (not rule.id and _is_like(rule, own)))]


def allowing(rules: Sequence[CorsRule], *, origin: str) -> CorsRule | None:
    """The rule that lets pages at `origin` upload; None when there is none."""
    return next(
        (rule for rule in rules if rule.lets(origin=origin, method="PUT", headers=_UPLOAD_HEADERS)), None
    )


def as_text(rules: Sequence[CorsRule]) -> str:
    """The rules as S3's own tools show them."""
    return json.dumps([_to_store(rule) for rule in rules], indent=2, ensure_ascii=False)


def read_rules(reach: Reach) -> list[CorsRule]:
    """The bucket's rules; none when it has no configuration. Raises S3Error (action s3:GetBucketCORS)."""
    bucket = reach.connection.bucket_name
    try:
        found = with_client(
            reach.connection, "s3:GetBucketCORS", lambda client: client.get_bucket_cors(Bucket=bucket)
        )
    except S3Error as error:
        if error.code == "NoSuchCORSConfiguration":
            return []
        raise
    return [_from_store(rule) for rule in found.get("CORSRules", [])]


def write_rules(reach: Reach, rules: Sequence[CorsRule]) -> None:
    """Replaces all of the bucket's rules. Raises S3Error (action s3:PutBucketCORS)."""
    bucket = reach.connection.bucket_name
    stored: list[CORSRuleTypeDef] = [_to_store(rule) for rule in rules]
    with_client(
        reach.connection,
        "s3:PutBucketCORS",
        lambda client: client.put_bucket_cors(Bucket=bucket, CORSConfiguration={"CORSRules": stored}),
    )


def preflight_allows(reach: Reach, key: Key, *, origin: str) -> bool:
    """Whether the store answers a browser's question “may a page at `origin` upload here?” with yes. Raises S3Error."""
    reach.path_of(key)
    address = address_of(reach.connection, for_browsers=True)
    asked = {
        "origin": origin,
        "access-control-request-method": "PUT",
        "access-control-request-headers": ",".join(_UPLOAD_HEADERS),
    }

    def attempt(deadline: Deadline) -> Answer:
        url = f"{address.origin}{address.path(key.text)}"
        return transport.send("OPTIONS", url, headers=asked, action="", deadline=deadline, refuse=False)

    answer = call(reach.connection, "", attempt)
    methods = _listed(answer.headers.get("access-control-allow-methods", "").upper())
    headers = _listed(answer.headers.get("access-control-allow-headers", "").lower())
    return (
        200 <= answer.status < 300
        and answer.headers.get("access-control-allow-origin", "") in (origin, "*")
        and bool(methods & {"PUT", "*"})
        and ("*" in headers or headers.issuperset(_UPLOAD_HEADERS))
    )


def _matches(value: str, patterns: Sequence[str]) -> bool:
    # Only the star is special in S3's patterns.
    return any(fnmatchcase(value, pattern.replace("[", "[[]").replace("?", "[?]")) for pattern in patterns)


def _says(rule: CorsRule | None, own: CorsRule) -> bool:
    """Whether `rule` is ours word for word; stores reorder the words."""
    return (
        rule is not None
        and _is_like(rule, own)
        and set(rule.origins) == set(own.origins)
        and {name.lower() for name in rule.exposes} == {name.lower() for name in own.exposes}
    )


def _is_like(rule: CorsRule, own: CorsRule) -> bool:
    """Whether `rule` could be ours, for other origins perhaps."""
    headers = {header.lower() for header in rule.headers}
    return set(rule.methods) == set(own.methods) and headers == set(own.headers)


def _listed(text: str) -> set[str]:
    return {part.strip() for part in text.split(",") if part.strip()}


def _from_store(rule: "CORSRuleOutputTypeDef") -> CorsRule:
    return CorsRule(
        origins=tuple(rule["AllowedOrigins"]),
        methods=tuple(rule["AllowedMethods"]),
        headers=tuple(rule.get("AllowedHeaders", ())),
        exposes=tuple(rule.get("ExposeHeaders", ())),
        max_age=rule.get("MaxAgeSeconds"),
        id=rule.get("ID", ""),
    )


def _to_store(rule: CorsRule) -> "CORSRuleTypeDef":
    stored: Any = {"AllowedOrigins": list(rule.origins), "AllowedMethods": list(rule.methods)}
    optional = {
        "ID": rule.id,
        "AllowedHeaders": list(rule.headers),
        "ExposeHeaders": list(rule.exposes),
    }
    stored.update({name: value for name, value in optional.items() if value})
    if rule.max_age is not None:
        stored["MaxAgeSeconds"] = rule.max_age
    return stored  # type: ignore[no-any-return]

"""What the description of the wire says before it comes to the doors. Nothing here depends on where the product runs."""

from typing import Any, Final

_ABOUT: Final = """\
Everything a page of MediaBridge can do, a program can do too: list folders, get links to files, upload, delete, and look
after buckets and people.

**Addresses** stand below `/api` and end without a slash. Bodies are JSON in UTF-8, sent as `application/json`; times are
ISO 8601 in UTC; ids are opaque texts.

**Paths and keys.** A *path* (`prefix`, `path`) is relative to where somebody may begin in a bucket, its `root_path`. A
*key* (`keys`, `s3Key`) is the full key of a file in S3: the `root_path` and the path, byte for byte. A path that leaves
that folder is no mistake but an attack: it ends every session of whoever sent it, with `FORCE_LOGGED_OUT`.

**Who calls.** Send `Authorization: Bearer` and an access token, which is good for five minutes; `POST /auth/refresh`
exchanges the refresh cookie for the next one. Programs that run by themselves use a personal token in the same header.
Pages of this host may use their session instead, with the form token in `X-CSRFToken`.

**Refusals** are `{"code", "message"}`, and `details` where a program can act on them. Go by the code; show the message.
`429` and `503` say in `Retry-After` how many seconds to wait.

**HEAD** works wherever GET does. Searching goes over a WebSocket, `/api/buckets/{bucket_id}/search`, which OpenAPI can't
describe: docs/wire.md does.
"""

SPECTACULAR_SETTINGS: Final[dict[str, Any]] = {
    "TITLE": "MediaBridge",
    "DESCRIPTION": _ABOUT,
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "SERVERS": [{"url": "/api", "description": "This MediaBridge"}],
    "SCHEMA_PATH_PREFIX": "/api",
    "SCHEMA_PATH_PREFIX_TRIM": True,
    "SORT_OPERATIONS": False,
    "SORT_OPERATION_PARAMETERS": False,
    "POSTPROCESSING_HOOKS": ["mediabridge.wire.schema.without_marks"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # What may be absent from a PATCH, its serializer says.
    "COMPONENT_SPLIT_PATCH": False,
    "TAGS": [
        {"name": "Signing in", "description": "Who somebody is, and for how long."},
        {"name": "Personal tokens", "description": "Keys that people make for programs of theirs."},
        {"name": "Files", "description": "Buckets, what is in them, links to it, and the end of it."},
        {"name": "Uploading", "description": "Files go straight to S3, with an address signed for each."},
        {"name": "Administration: people", "description": "Who has an account, and what was done."},
        {"name": "Administration: buckets", "description": "Which buckets there are, and who may use which."},
        {
            "name": "Administration: archive",
            "description": "Whose AWS keys are whose, and what is being restored.",
        },
        {
            "name": "Webhooks",
            "description": "For machines that know a secret and saw something happen in S3.",
        },
        {"name": "This description", "description": "The wire, for programs to read."},
    ],
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "accessToken": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "What signing in and refreshing give: good for five minutes.",
            },
            "personalToken": {
                "type": "http",
                "scheme": "bearer",
                "description": "A key that somebody made for a program of theirs, for some operations and some buckets.",
            },
            "pageSession": {
                "type": "apiKey",
                "in": "cookie",
                "name": "sessionid",
                "description": "The session of a page of this host. Under TLS its name is `__Host-session`.",
            },
            "formToken": {
                "type": "apiKey",
                "in": "header",
                "name": "X-CSRFToken",
                "description": "Proves that a page of this host sends what its session would do.",
            },
            "refreshCookie": {
                "type": "apiKey",
                "in": "cookie",
                "name": "refresh",
                "description": "Set when somebody signs in, out of reach of scripts. Under TLS its name is `__Secure-refresh`.",
            },
            "evictSecret": {
                "type": "apiKey",
                "in": "header",
                "name": "X-Evict-Secret",
                "description": "The secret of `EVICT_WEBHOOK_SECRET`.",
            },
            "webhookTimestamp": {
                "type": "apiKey",
                "in": "header",
                "name": "X-MediaBridge-Timestamp",
                "description": "Seconds since 1970, at most five minutes off.",
            },
            "webhookSignature": {
                "type": "apiKey",
                "in": "header",
                "name": "X-MediaBridge-Signature",
                "description": "`sha256=` and the HMAC-SHA256, in hexadecimals, of the timestamp, a dot and the body.",
            },
        }
    },
}

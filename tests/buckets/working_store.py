"""A store in which everything works, but for what a test replaces; and a bucket there."""

import re
import socket
from uuid import uuid4

from buckets.credentials import seal
from buckets.models import Bucket
from tests.buckets.s3.faulty_store import EMPTY_LISTING, Behaviour, FaultyStore, answer, refusal

HERE = "https://media.example.com"
DENIED = refusal(403, "AccessDenied")
DELETED = answer(200, "<DeleteResult></DeleteResult>")
YES = answer(
    200,
    access_control_allow_origin=HERE,
    access_control_allow_methods="PUT",
    access_control_allow_headers="Content-Type, content-disposition, if-none-match",
)
RULES = "<CORSConfiguration>{}</CORSConfiguration>"
FOREIGN_RULE = (
    "<CORSRule><ID>other</ID><AllowedOrigin>https://*.other.example</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"
    "<ExposeHeader>ETag</ExposeHeader><MaxAgeSeconds>5</MaxAgeSeconds></CORSRule>"
)


class Store(FaultyStore):
    """A store in which everything works, but for what a test replaces by the name of the call."""

    def __init__(self, **calls: Behaviour) -> None:
        super().__init__([self.behave])
        self.calls: dict[str, Behaviour] = {
            "list": answer(200, EMPTY_LISTING),
            "write": answer(200, etag='"e"'),
            "delete": DELETED,
            "preflight": YES,
            "rules": refusal(404, "NoSuchCORSConfiguration"),
            "set rules": answer(200),
            **calls,
        }

    @staticmethod
    def name_of(head: str) -> str:
        method, target, _ = head.split("\r\n", maxsplit=1)[0].split(" ")
        if "?cors" in target:
            return {"GET": "rules", "PUT": "set rules"}[method]
        if "list-type=2" in target:
            return "list"
        return {"GET": "read", "PUT": "write", "POST": "delete", "OPTIONS": "preflight"}[method]

    @property
    def names(self) -> list[str]:
        return [self.name_of(head) for head in self.requests]

    def behave(self, client: socket.socket, store: FaultyStore) -> None:
        name = self.name_of(self.requests[-1])
        there = "write" in self.names
        reading = answer(206, written(self)) if there else refusal(404, "NoSuchKey")
        behaviour = self.calls.get(name) or reading
        behaviour(client, store)


def written(store: FaultyStore) -> bytes:
    """What was put there first."""
    puts = (body for head, body in zip(store.requests, store.bodies, strict=True) if head.startswith("PUT"))
    return next(puts).encode()


def not_deleted(client: socket.socket, store: FaultyStore) -> None:
    """Answers a DeleteObjects as S3 does where the key may not delete: with success, and an error for each key."""
    key = re.findall("<Key>([^<]*)", store.bodies[-1])[0]
    error = f"<Error><Key>{key}</Key><Code>AccessDenied</Code></Error>"
    answer(200, f"<DeleteResult>{error}</DeleteResult>")(client, store)


def bucket_at(url: str, **fields: str) -> Bucket:
    bucket = Bucket(
        id=uuid4(),
        display_name="Press kit",
        system_code="PRESS_KIT",
        bucket_name="press-kit",
        endpoint_url=url,
        addressing_style="path",
    )
    bucket.access_key_id = seal("AKIDEXAMPLE", row_id=bucket.id, field="access_key_id")
    bucket.secret_access_key = seal("a secret", row_id=bucket.id, field="secret_access_key")
    for name, value in fields.items():
        setattr(bucket, name, value)
    return bucket

"""What is needed to talk to one bucket. Pure values: the secrets in it are sealed and open only inside `buckets.s3`."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

AddressingStyle = Literal["virtual", "path"]


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach a bucket's store, and as whom.

    `access_key_id` and `secret_access_key` are sealed text (see `buckets.credentials`); `version` grows with every
    change of key, endpoint or bucket name, so whoever caches something made from a connection keys it by
    `(bucket_id, version)`. `endpoint_url` is empty for AWS. `public_endpoint_url` is what browsers use, where it differs.
    """

    bucket_id: UUID
    bucket_name: str
    region: str
    endpoint_url: str
    public_endpoint_url: str
    addressing_style: AddressingStyle
    access_key_id: str
    secret_access_key: str
    version: int

    def __repr__(self) -> str:
        return f"<Connection to {self.bucket_name} version {self.version}>"

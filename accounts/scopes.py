"""What a personal token may be used for, as a value: some operations in some buckets. Pure Python."""

from dataclasses import dataclass
from typing import Final, Literal, get_args
from uuid import UUID

Act = Literal["read", "upload", "overwrite", "delete"]
ACTS: Final[tuple[Act, ...]] = get_args(Act)
"""Every operation a token can be made for. `read` is listing, and links to files."""


@dataclass(frozen=True, slots=True)
class Scope:
    """`bucket_ids` None is every bucket its owner may reach, also those they will be given later.

    A scope gives nothing by itself: it narrows what its owner may do at the moment of each call.
    """

    acts: frozenset[str]
    bucket_ids: frozenset[UUID] | None

    def covers(self, bucket_id: UUID) -> bool:
        """Whether the bucket with this id is among those it was made for."""
        return self.bucket_ids is None or bucket_id in self.bucket_ids

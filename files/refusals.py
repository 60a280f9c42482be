"""What people are refused whatever the file: rights they lack, too much at once."""

from typing import Literal

from buckets.paths import Reach

Right = Literal["read", "upload", "overwrite", "delete"]
_REFUSALS: dict[Right, str] = {
    "read": "You may not read files in this bucket.",
    "upload": "You may not upload to this bucket.",
    "overwrite": "You may not overwrite files in this bucket.",
    "delete": "You may not delete files in this bucket.",
}


class NotAllowed(Exception):
    """This person may not do that here. `right` names what is missing; the text is a sentence for the person. `reach` and
    `key`, the full key where it was about one file, are for whoever writes it down."""

    def __init__(self, right: Right, *, reach: Reach | None = None, key: str = "") -> None:
        super().__init__(_REFUSALS[right])
        self.right, self.reach, self.key = right, reach, key


class DeleteNotAllowed(NotAllowed):
    """They may not delete."""


def need(reach: Reach, right: Right, *, key: str = "") -> None:
    """Raises NotAllowed (DeleteNotAllowed, where that is it) unless `reach` has `right`."""
    if not getattr(reach.rights, right):
        refusal = DeleteNotAllowed if right == "delete" else NotAllowed
        raise refusal(right, reach=reach, key=key)


class TooMany(Exception):
    """More than one call takes. `limit` is how many it does."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"That is too many at once: {limit:,} are the limit.")
        self.limit = limit

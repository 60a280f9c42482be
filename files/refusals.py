"""What people are refused whatever the file: rights they lack, too much at once."""

from typing import Literal

from buckets.paths import Reach

Right = Literal["upload", "overwrite", "delete"]
_REFUSALS: dict[Right, str] = {
    "upload": "You may not upload to this bucket.",
    "overwrite": "You may not overwrite files in this bucket.",
    "delete": "You may not delete files in this bucket.",
}


class NotAllowed(Exception):
    """This person may not do that here. `right` names what is missing; the text is a sentence for the person."""

    def __init__(self, right: Right) -> None:
        super().__init__(_REFUSALS[right])
        self.right = right


def need(reach: Reach, right: Right) -> None:
    """Raises NotAllowed unless `reach` has `right`."""
    if not getattr(reach.rights, right):
        raise NotAllowed(right)


class TooMany(Exception):
    """More than one call takes. `limit` is how many it does."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"That is too many at once: {limit:,} are the limit.")
        self.limit = limit

"""The demo's two buckets."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DemoBucket:
    """A bucket as the demo shows it."""

    name: str
    title: str
    description: str
    is_public: bool


PUBLIC = DemoBucket(
    "press-and-campaigns",
    "Press and campaigns",
    "Finished pictures, posters and press kits. Everybody who has a link may look.",
    is_public=True,
)
PRIVATE = DemoBucket(
    "studio-archive",
    "Studio archive",
    "Photographs, recordings and papers of the studio. Links expire.",
    is_public=False,
)
BUCKETS = (PUBLIC, PRIVATE)

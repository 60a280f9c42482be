"""A reach without rights opens nothing: each function asks for what it needs, whoever called it and whatever they forgot."""

from dataclasses import replace

import pytest

from buckets.paths import Rights
from files.refusals import NotAllowed
from tests.confinement.doors import DRIVEN
from tests.confinement.hollow import hollow
from tests.confinement.judging import reaches

NONE = Rights(read=False, upload=False, overwrite=False, delete=False)
TELL_NOTHING = {"files.listing.crumbs": "splits a path at its slashes"}
"""Functions that need no right, and why."""
ASKING = sorted(name for name in DRIVEN if not name.startswith("buckets.paths.") and name not in TELL_NOTHING)


@pytest.mark.parametrize("name", ASKING)
def test_nothing_is_done_and_nothing_told_without_a_right(name: str) -> None:
    reach = replace(reaches()[1], rights=NONE)  # Of a whole bucket: a path is the full key, too.
    with hollow() as store:
        for way in DRIVEN[name]:
            store.seen.clear()
            with pytest.raises(NotAllowed):
                way(reach, "team/a.txt")
            assert not store.seen, f"{name} asks S3 before it asks for the right"

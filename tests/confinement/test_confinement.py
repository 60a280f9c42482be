"""No escape: whatever path is given to whatever door, no request and no link leaves the root."""

from unittest.mock import patch

import pytest

from buckets import paths
from tests.confinement.doors import DRIVEN, NO_PATH, takers
from tests.confinement.hollow import hollow
from tests.confinement.judging import ROOTS, drive
from tests.confinement.wild_paths import wild_paths

SAMPLED = 3_000
A_QUARTER = 250_000


def test_every_function_that_takes_a_reach_is_driven() -> None:
    missing = sorted(takers() - set(DRIVEN) - set(NO_PATH))
    assert not missing, (
        f"Nothing drives {missing} in tests/confinement/doors.py. Add each to DRIVEN with a call that hands it the "
        "path, or to NO_PATH with the reason why no path of a person's comes in there."
    )


def test_every_row_is_a_function() -> None:
    gone = sorted({*DRIVEN, *NO_PATH} - takers())
    assert not gone, f"These functions are gone; take their rows out of tests/confinement/doors.py: {gone}"


def test_nothing_leaves_the_root() -> None:
    with hollow() as store:
        tally = drive(wild_paths(SAMPLED, seed=0), store)
    assert tally.escaped == []
    # A run in which everything is refused, or nothing is, would prove little.
    assert tally.paths == SAMPLED
    assert min(tally.refused["OutOfBounds"], tally.refused["Malformed"]) > SAMPLED / 50
    assert min(tally.requests, tally.urls) > SAMPLED / 20


@pytest.mark.million
@pytest.mark.parametrize("quarter", [1, 2, 3, 4])
def test_nothing_leaves_the_root_in_a_million_paths(quarter: int) -> None:
    """Four runs of 250,000; `-s` shows what came of each."""
    with hollow() as store:
        tally = drive(wild_paths(A_QUARTER, seed=quarter), store)
    print(f"\nquarter {quarter}: {tally}")  # noqa: T201 - the figure that docs/threat-model.md quotes
    assert tally.escaped == []
    assert tally.paths == A_QUARTER


def test_would_notice_a_hole() -> None:
    """Without the two checks of a path something does get out: the oracle needs no help from the code it judges."""

    def let_pass(text: str, field: str) -> str:
        return text

    doors = {
        name: DRIVEN[name] for name in ("files.links.download", "files.listing.page", "files.links.copy")
    }
    wild = [path for path in wild_paths(len(ROOTS) * 200, seed=0) if "\ud800" not in path]
    with (
        hollow() as store,
        patch.object(paths, "_refuse_escapes", let_pass),
        patch.object(paths, "_check_name", let_pass),
    ):
        tally = drive(wild, store, doors=doors)
    assert {name for name, _, _ in tally.escaped} == set(doors)

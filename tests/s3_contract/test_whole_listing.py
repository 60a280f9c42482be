"""Listing everything from many places at once, as real servers understand `start-after`."""

import asyncio

import pytest

from buckets.s3.async_transport import AsyncTransport
from buckets.s3.lister import Hint, RequestBudget, Tally, listing
from tests.s3_contract.conftest import Place
from tests.s3_contract.test_listing import ODD

NAMES = sorted({*ODD, "a", "a/", "a/b", "a/b/c", "a/é", "c//d", "z/y"})
"""Every name is a place where the listing is cut: at files, at markers, and inside of folders."""


async def listed(place: Place, tally: Tally, delimiter: str = "") -> tuple[list[str], list[str]]:
    files, folders = [], []
    reach = place.reach
    async with AsyncTransport() as transport:
        async for page in listing(
            reach, reach.folder(""), transport=transport, budget=RequestBudget(), delimiter=delimiter,
            hints=[Hint(name, 1000) for name in NAMES[::2]], tally=tally,
        ):  # fmt: skip
            files += [found.key for found in page.objects]
            folders += page.prefixes
    return sorted(files), sorted(folders)


@pytest.mark.parametrize("delimiter", ["", "/"])
def test_finds_everything_once_wherever_it_is_cut(place: Place, delimiter: str) -> None:
    for name in NAMES:
        place.put(name)
    tally = Tally()
    files, folders = asyncio.run(listed(place, tally, delimiter))
    whole = not delimiter
    assert files == [name for name in NAMES if whole or "/" not in name]
    assert folders == sorted({f"{name.partition('/')[0]}/" for name in NAMES if "/" in name and not whole})
    assert tally.requests > len(NAMES) // 3

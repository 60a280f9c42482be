"""Buckets whose names are words, as people give them: hard to divide, because nothing in them counts evenly."""

import random

_OCCASIONS = (
    "Summer holiday", "summer party", "Sailing trip", "School play", "Birthday", "Board meeting", "Beach day", "Big dinner",
    "Conference", "Company outing", "Christmas", "christmas market", "Mountain hike", "Morning walk", "Museum visit",
    "My garden", "trip", "Team photo", "old scan", "Sunset",
)  # fmt: skip
_PLACES = (
    "Rome", "Paris", "Berlin", "Bologna", "Barcelona", "Lisbon", "London", "Lucca", "Madrid", "Milan", "Munich", "Naples",
    "New York", "Oslo", "Porto", "Prague", "Palermo", "Siena", "Stockholm", "Turin", "Vienna", "Venice", "Zurich",
    "grandma's house", "the lake", "the office",
)  # fmt: skip


def worded(count: int = 100_000) -> list[str]:
    """W: one folder of 100,000 files such as `Summer holiday in Rome 012.jpg`; some titles have five pictures, some hundreds."""
    return _named("{occasion} {link} {place} {number:03d}.jpg", count)


def worded_tree(count: int = 100_000) -> list[str]:
    """V: the same files, each in the folder of its place within that of its occasion."""
    return _named("{occasion}/{place}/{occasion} {link} {place} {number:03d}.jpg", count)


def _named(form: str, count: int) -> list[str]:
    chance = random.Random(11)
    keys: set[str] = set()
    while len(keys) < count:
        occasion, place = chance.choice(_OCCASIONS), chance.choice(_PLACES)
        if chance.random() < 0.7:
            place = f"{place} {chance.randint(2009, 2025)}"
        pictures = range(1, min(999, int(chance.paretovariate(1.1) * 20)))
        link = chance.choice(("in", "at", "near"))
        keys |= {form.format(occasion=occasion, link=link, place=place, number=one) for one in pictures}
    return sorted(chance.sample(sorted(keys), count), key=str.encode)

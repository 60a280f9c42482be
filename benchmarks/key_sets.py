"""The buckets that listings are measured on, as sorted keys."""

import hashlib
import random
from collections.abc import Callable

from benchmarks.worded_sets import worded, worded_tree

RARE = "harbour"
"""What one name in 4,001 has, for searches: 50 in A, 249 in B, 25 in C."""


def _place(number: int) -> str:
    return RARE if number % 4001 == 1950 else "berlin"


def tree(*, prefix: str = "") -> list[str]:
    """A: six levels deep, 10,100 folders of 20 files each: 202,000 keys."""
    keys = []
    for number in range(100):
        shop = f"{prefix}archive/2025/region-{number // 10}/shop-{number % 10}"
        keys += [f"{shop}/ledger-{file:02d}.csv" for file in range(20)]
        keys += [
            f"{shop}/day-{day:03d}/photo-{file:04d}-{_place(number * 2000 + day * 20 + file)}.jpg"
            for day in range(100)
            for file in range(20)
        ]
    return sorted(keys)


def wide() -> list[str]:
    """B: 1,000 folders of 1,000 files each: 1,000,000 keys."""
    return [
        f"campaign-{folder:04d}/picture-{file:05d}-{_place(folder * 1000 + file)}.jpg"
        for folder in range(1000)
        for file in range(1000)
    ]


def flat(count: int = 100_000, *, prefix: str = "") -> list[str]:
    """C: one folder of 100,000 files with numbered names."""
    return [f"{prefix}picture-{number:07d}-{_place(number)}.jpg" for number in range(count)]


def hashed() -> list[str]:
    """D: one folder of 200,000 files named by a digest."""
    return sorted(
        f"{hashlib.md5(b'%d' % number, usedforsecurity=False).hexdigest()}.bin" for number in range(200_000)
    )


def mixed() -> list[str]:
    """E: one flat folder of 300,000 files beside a tree of 22,000."""
    small = [
        f"tree/{team:02d}/{project:02d}/file-{file:02d}.txt"
        for team in range(22)
        for project in range(50)
        for file in range(20)
    ]
    return sorted([*flat(300_000, prefix="flat/"), *small])


def odd() -> list[str]:
    """Names in every form S3 takes: Unicode of all planes, `%`, `+`, `&`, empty segments, keys that end in a slash."""
    chance = random.Random(7)
    pieces = ["a", "B", "é", "日本", "😀", "%", "%2F", "+", "&", "<", ">", '"', "'", " ", "//", "/", "\n", "\t", "~",
              "\x7f", "\u0301", "\ufffd", "\uffff", "\U0010fffd", ".", "..", "=", "?", "#", "z" * 60, "0", "9"]  # fmt: skip
    keys = {"".join(chance.choices(pieces, k=chance.randint(1, 6))) for _ in range(9_000)}
    folders = {f"{key[:20]}/" for key in sorted(keys) if chance.random() < 0.2}
    return sorted(keys | folders | {f"deep{'/x' * depth}" for depth in range(200)})


def grove() -> list[str]:
    """G: 2,020 folders of A with 40,400 files: about as many as a search stores."""
    return [key for key in tree() if key < "archive/2025/region-2"]


KEY_SETS: dict[str, Callable[[], list[str]]] = {
    "A": tree, "B": wide, "C": flat, "D": hashed, "E": mixed, "G": grove, "ODD": odd, "V": worded_tree, "W": worded,
}  # fmt: skip

"""Paths as attackers, browsers, proxies and honest people write them: any number, the same ones for the same seed."""

import random
from collections.abc import Iterator

TOKENS = (
    "..", "..", ".", "/", "/", "/", "/", "\\", "%2e", "%2E", "%2e%2e", ".%2e", "%252e", "%25", "2e", "%2f", "%2F", "%5c",
    "%09", "%20", "%00", "\t", "\n", "\r", " ", "\x00", "\x1f", "\x7f", "%", "_", "*", "a", "b", "Ä", "…", "．", "‥", "t-",
    "t-x.png", "x.png", "?", "#", ";", "&", "+", "%c0%ae", "%ff", "%u002e", "\u2028", "\ud800", "😀", "marketing", "market",
    "projects", "mark", "eting-secret", "press-kit",
)  # fmt: skip
WORDS = (
    "Notes.txt", "harbour.png", "t-harbour.png", "2026", "Q1 report", "Ä ö ü", "100%", "50% off.pdf", "a+b", "résumé.doc",
    "…", "...", ".hidden", "…more", "日本", "C#", "what?", "a;b", "x" * 60, "photo (2).jpg",
)  # fmt: skip
CLIMBS = (
    "../",
    "..\\",
    "%2e%2e/",
    "..%2f",
    "%252e%252e/",
    ".\t./",
    "a/../../",
    "./../",
    "..;/",
    "%2e./",
    "//../",
    ".. /",
)


def wild_paths(count: int, *, seed: int) -> Iterator[str]:
    """`count` paths: of hostile pieces, or honest ones with something wrong in them, and every fifth an honest one."""
    dice = random.Random(seed)
    for _ in range(count):
        yield dice.choices((_hostile, _bent, _honest), weights=(2, 2, 1))[0](dice)


def _hostile(dice: random.Random) -> str:
    return "".join(dice.choices(TOKENS, k=dice.randint(1, 9)))


def _honest(dice: random.Random) -> str:
    words = dice.choices(WORDS, k=dice.randint(1, 4))
    return "/".join(words) + dice.choice(("", "", "", "/"))


def _bent(dice: random.Random) -> str:
    """An honest path with something put in somewhere: a climb, a token, a character cut or doubled."""
    path = _honest(dice)
    at = dice.randint(0, len(path))
    match dice.randrange(4):
        case 0:
            return dice.choice(CLIMBS) * dice.randint(1, 3) + path
        case 1:
            return path[:at] + "/" + dice.choice(CLIMBS) * dice.randint(1, 4) + path[at:]
        case 2:
            return path[:at] + dice.choice(TOKENS) + path[at:]
    return path[:at] + path[at + 1 :] + path[at : at + 1] * 2

"""Every object of the demo's two buckets."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PIL import Image

from launcher.demo import papers, sounds
from launcher.demo.buckets import PRIVATE, PUBLIC, DemoBucket
from launcher.demo.posters import poster
from launcher.demo.scenery import landscape

ASSETS = Path(__file__).parent / "assets"
THUMBNAIL_WIDTH = 320


@dataclass(frozen=True)
class DemoObject:
    """One object. `contents` gives its bytes, and is called once."""

    bucket: DemoBucket
    key: str
    content_type: str
    contents: Callable[[], bytes]
    storage_class: str = "STANDARD"
    with_thumbnail: bool = False


def objects() -> Iterator[DemoObject]:
    """All objects of the demo but the thumbnails, which are made from their pictures."""
    yield from _campaigns()
    yield from _press()
    yield from _photographs()
    yield from _contact_sheet()
    yield from _recordings()
    yield from _paperwork()
    yield from _odd_names()
    yield from _archived()


def thumbnail_of(picture: bytes) -> bytes:
    """A small JPEG of the JPEG or PNG `picture`."""
    image = Image.open(io.BytesIO(picture))
    image.thumbnail((THUMBNAIL_WIDTH, THUMBNAIL_WIDTH))
    return _jpeg(image.convert("RGB"))


def thumbnail_key(key: str) -> str:
    """Where the thumbnail of `key` stands: beside it, with `t-` before its name."""
    folder, slash, name = key.rpartition("/")
    return f"{folder}{slash}t-{name}"


SEASONS = {
    "2026 spring": ("Open studios", "Light and linen", "First green"),
    "2026 summer": ("Long evenings", "By the water", "Night market"),
    "2025 winter": ("Wool and wood", "White nights", "Slow Sundays"),
}
FORMATS = {"poster A2": (707, 1000), "story": (562, 1000), "square": (800, 800), "banner": (1200, 400)}


def _campaigns() -> Iterator[DemoObject]:
    for season, titles in SEASONS.items():
        for title in titles:
            for shape, size in FORMATS.items():
                key = f"campaigns/{season}/{title}/{title} - {shape}.png"
                yield _poster(PUBLIC, key, title=title, size=size)
            key = f"campaigns/{season}/{title}/key visual.jpg"
            yield _photo(PUBLIC, key, mood="golden", size=(1500, 1000))
        yield _text(
            PUBLIC, f"campaigns/{season}/README.md", "text/markdown", papers.notes, title=f"Campaign {season}"
        )
        yield _pdf(PUBLIC, f"campaigns/{season}/media plan.pdf", title=f"Media plan, {season}", pages=3)


def _press() -> Iterator[DemoObject]:
    for year in (2024, 2025, 2026):
        for number, subject in enumerate(("new studio", "exhibition", "award"), start=1):
            stem = f"press/releases/{year}/{year}-{number:02} {subject}"
            yield _pdf(PUBLIC, f"{stem}.pdf", title=f"{subject.capitalize()}, {year}", pages=number)
            yield _photo(PUBLIC, f"{stem}.jpg", mood="noon", size=(1200, 800))
    for name in ("mark", "mark-dark", "wordmark", "seal"):
        yield _text(PUBLIC, f"press/logos/{name}.svg", "image/svg+xml", papers.drawing, title=name)
        yield _poster(PUBLIC, f"press/logos/{name}.png", title=name, size=(512, 512))
    yield DemoObject(
        PUBLIC, "press/film/showreel 2026.mp4", "video/mp4", (ASSETS / "showreel.mp4").read_bytes
    )
    yield DemoObject(
        PUBLIC, "press/about.html", "text/html", partial(papers.web_page, title="About the studio")
    )


PLACES = {
    "Dolomites": ("dawn", "noon", "golden"),
    "Lofoten": ("dusk", "night", "mist"),
    "Black Forest": ("forest", "mist", "dawn"),
    "Wadi Rum": ("desert", "golden", "night"),
}


def _photographs() -> Iterator[DemoObject]:
    for place, moods in PLACES.items():
        for number in range(1, 22):
            mood = moods[number % len(moods)]
            size = (853, 1280) if number % 5 == 0 else (1280, 853)
            key = f"photography/{place}/{place.lower().replace(' ', '-')}-{number:03}-{mood}.jpg"
            yield _photo(PRIVATE, key, mood=mood, size=size, with_thumbnail=number % 2 == 0)


def _contact_sheet() -> Iterator[DemoObject]:
    for frame in range(1, 73):
        mood = ("dawn", "noon", "golden", "dusk")[(frame - 1) // 18]
        yield _photo(PRIVATE, f"contact sheets/roll 12/frame-{frame:03}.jpg", mood=mood, size=(480, 320))


def _recordings() -> Iterator[DemoObject]:
    for number in range(1, 7):
        key = f"audio/themes/theme {number:02}.wav"
        yield DemoObject(PRIVATE, key, "audio/wav", partial(sounds.tune, seed=key, seconds=3 + number / 2))
    for place in ("harbour", "attic", "courtyard"):
        key = f"audio/ambience/rain, {place}.wav"
        yield DemoObject(PRIVATE, key, "audio/wav", partial(sounds.rain, seed=key, seconds=4))
    for cut in ("rough cut", "fine cut"):
        key = f"video/showreel/{cut}.mp4"
        yield DemoObject(PRIVATE, key, "video/mp4", (ASSETS / "showreel.mp4").read_bytes)


def _paperwork() -> Iterator[DemoObject]:
    for client in ("Harbour museum", "North ferries", "Linden bakery"):
        folder = f"projects/{client}"
        for number, paper in enumerate(("contract", "call sheet", "release forms"), start=2):
            yield _pdf(PRIVATE, f"{folder}/papers/{paper}.pdf", title=f"{client}: {paper}", pages=number)
        yield DemoObject(
            PRIVATE, f"{folder}/budget.csv", "text/csv", partial(papers.table, seed=client, rows=60)
        )
        yield _text(PRIVATE, f"{folder}/notes.md", "text/markdown", papers.notes, title=client)
        yield _text(PRIVATE, f"{folder}/shoot.json", "application/json", papers.record, title=client)
        for number in range(1, 9):
            key = f"projects/{client}/selects/select-{number:02}.jpg"
            yield _photo(PRIVATE, key, mood="mist", size=(1000, 667), with_thumbnail=number < 5)


def _odd_names() -> Iterator[DemoObject]:
    for name in ("100% wool + silk.jpg", "🎬 wrap party.jpg", "day #4 (final).jpg", "Küste & Meer.jpg"):
        yield _photo(PRIVATE, f"odd names/{name}", mood="golden", size=(900, 600))
    for name in ("what is this?.txt", 'so-called "final".txt', "it's fine; really.txt", "à la carte.txt"):
        yield DemoObject(PRIVATE, f"odd names/{name}", "text/plain", (name + "\n").encode)
    yield DemoObject(PRIVATE, "odd names/empty.txt", "text/plain", bytes)
    yield DemoObject(PRIVATE, "inbox/", "application/x-directory", bytes)


def _archived() -> Iterator[DemoObject]:
    for reel in (1, 2):
        key = f"masters/2023/reel {reel:02}.mp4"
        yield DemoObject(
            PRIVATE, key, "video/mp4", (ASSETS / "showreel.mp4").read_bytes, storage_class="GLACIER"
        )
    key = "masters/2023/contact print.jpg"
    yield _photo(PRIVATE, key, mood="dusk", size=(1280, 853), storage_class="GLACIER")
    yield _text(
        PRIVATE, "masters/2023/about these masters.md", "text/markdown", papers.notes, title="Masters of 2023"
    )


def _photo(
    bucket: DemoBucket,
    key: str,
    *,
    mood: str,
    size: tuple[int, int],
    with_thumbnail: bool = False,
    storage_class: str = "STANDARD",
) -> DemoObject:
    def contents() -> bytes:
        return _jpeg(landscape(seed=key, mood=mood, width=size[0], height=size[1]))

    return DemoObject(bucket, key, "image/jpeg", contents, storage_class, with_thumbnail)


def _poster(bucket: DemoBucket, key: str, *, title: str, size: tuple[int, int]) -> DemoObject:
    def contents() -> bytes:
        target = io.BytesIO()
        drawn = poster(seed=key, title=title, width=size[0], height=size[1])
        drawn.quantize(64).save(target, "PNG", compress_level=4)
        return target.getvalue()

    return DemoObject(bucket, key, "image/png", contents, with_thumbnail=True)


def _text(
    bucket: DemoBucket, key: str, content_type: str, write: Callable[..., bytes], *, title: str
) -> DemoObject:
    return DemoObject(bucket, key, content_type, partial(write, seed=key, title=title))


def _pdf(bucket: DemoBucket, key: str, *, title: str, pages: int) -> DemoObject:
    return DemoObject(bucket, key, "application/pdf", partial(papers.pdf, seed=key, title=title, pages=pages))


def _jpeg(picture: Image.Image) -> bytes:
    target = io.BytesIO()
    picture.save(target, "JPEG", quality=82)
    return target.getvalue()

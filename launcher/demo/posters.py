"""Abstract posters with a title: what a design studio's campaign folder is full of."""

# ruff: noqa: S311 -- chance that must repeat itself, not secrets

from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw, ImageFont

PALETTES = (
    ("#f4efe6", "#1d3557", "#e63946", "#f1a208", "#457b9d"),
    ("#fff8f0", "#2b2d42", "#ef8354", "#4f5d75", "#bfc0c0"),
    ("#10002b", "#e0aaff", "#9d4edd", "#ff6d00", "#ffb600"),
    ("#edf6f9", "#006d77", "#83c5be", "#e29578", "#ffddd2"),
    ("#1b1b1e", "#f5cb5c", "#e8eddf", "#cfdbd5", "#d64933"),
    ("#f7f3e3", "#2a5934", "#7fb069", "#e6aa68", "#ca3c25"),
)


def poster(*, seed: str, title: str, width: int, height: int) -> Image.Image:
    """A poster of `width` by `height` pixels that bears `title`; the same for the same `seed`."""
    chance = Random(seed)
    paper, ink, *accents = chance.choice(PALETTES)
    picture = Image.new("RGB", (width * 2, height * 2), paper)
    chance.choice(MOTIFS)(ImageDraw.Draw(picture), chance, picture.size, [ink, *accents])
    picture = picture.reduce(2)
    _write(picture, title, paper=paper, ink=ink)
    return picture


def _circles(draw: ImageDraw.ImageDraw, chance: Random, size: tuple[int, int], colours: list[str]) -> None:
    for _ in range(chance.randint(5, 9)):
        radius = chance.uniform(0.06, 0.34) * min(size)
        x, y = chance.uniform(0, size[0]), chance.uniform(0, size[1] * 0.8)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=chance.choice(colours))


def _stripes(draw: ImageDraw.ImageDraw, chance: Random, size: tuple[int, int], colours: list[str]) -> None:
    count, slope = chance.randint(5, 11), chance.uniform(-0.6, 0.6) * size[0]
    band = size[0] / count
    for index in range(-count, count * 2, 2):
        left = index * band
        corners = [(left, 0), (left + band, 0), (left + band + slope, size[1]), (left + slope, size[1])]
        draw.polygon(corners, fill=colours[index % len(colours)])


def _arches(draw: ImageDraw.ImageDraw, chance: Random, size: tuple[int, int], colours: list[str]) -> None:
    x, y = size[0] * chance.choice((0.25, 0.5, 0.75)), size[1] * 0.8
    rings = chance.randint(5, 8)
    for ring in range(rings, 0, -1):
        radius = min(size) * 0.62 * ring / rings
        draw.pieslice(
            (x - radius, y - radius, x + radius, y + radius), 180, 360, fill=colours[ring % len(colours)]
        )


def _tiles(draw: ImageDraw.ImageDraw, chance: Random, size: tuple[int, int], colours: list[str]) -> None:
    side = min(size) / chance.choice((4, 5, 6))
    for row in range(int(size[1] / side) + 1):
        for column in range(int(size[0] / side) + 1):
            left, top = column * side, row * side
            start = chance.choice((0, 90, 180, 270))
            box = (left - side, top - side, left + side, top + side)
            if chance.random() < 0.75:
                draw.pieslice(box, start, start + 90, fill=chance.choice(colours))


Motif = Callable[[ImageDraw.ImageDraw, Random, tuple[int, int], list[str]], None]
MOTIFS: tuple[Motif, ...] = (_circles, _stripes, _arches, _tiles)


def _write(picture: Image.Image, title: str, *, paper: str, ink: str) -> None:
    draw = ImageDraw.Draw(picture)
    size = max(14, min(picture.width // max(8, len(title) * 2 // 3), picture.height // 9))
    margin = size
    band = picture.height - size * 2 - margin // 2
    draw.rectangle((0, band, picture.width, picture.height), fill=paper)
    draw.text((margin, band + size * 0.55), title, fill=ink, font=ImageFont.load_default(size))

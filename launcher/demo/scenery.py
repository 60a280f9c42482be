"""Landscapes that look like photographs from far enough: sky, sun, ridges behind ridges, water, dusk and dawn."""

# ruff: noqa: S311 -- chance that must repeat itself, not secrets

import itertools
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageOps

Colour = tuple[int, int, int]

# Zenith, horizon, far ridge, near ridge.
MOODS: dict[str, tuple[Colour, Colour, Colour, Colour]] = {
    "dawn": ((92, 124, 176), (250, 205, 170), (176, 160, 178), (52, 54, 74)),
    "noon": ((58, 122, 196), (204, 228, 240), (140, 172, 190), (38, 76, 62)),
    "golden": ((120, 110, 150), (255, 196, 110), (204, 140, 104), (70, 40, 36)),
    "dusk": ((34, 38, 84), (232, 120, 110), (124, 80, 120), (24, 20, 44)),
    "night": ((8, 12, 34), (46, 66, 110), (34, 46, 82), (6, 8, 20)),
    "mist": ((176, 188, 196), (226, 228, 226), (196, 204, 206), (92, 108, 108)),
    "forest": ((150, 190, 200), (226, 236, 214), (134, 166, 138), (24, 52, 38)),
    "desert": ((84, 142, 190), (248, 222, 178), (222, 170, 120), (128, 70, 46)),
}


def landscape(*, seed: str, mood: str, width: int, height: int) -> Image.Image:
    """A landscape of `width` by `height` pixels; the same for the same `seed` and `mood`."""
    chance = Random(seed)
    zenith, horizon, far, near = MOODS[mood]
    picture = _sky(width, height, zenith, horizon)
    if mood == "night":
        _stars(picture, chance)
    _sun(picture, chance, glow=_between(horizon, (255, 250, 230), 0.7))
    has_water = chance.random() < 0.4
    floor = int(height * 0.72) if has_water else height
    layers = chance.randint(4, 6)
    for layer in range(layers):
        nearness = layer / (layers - 1)
        top = floor * (0.42 + 0.46 * nearness)
        relief = floor * (0.20 - 0.09 * nearness)
        _ridge(picture, chance, top=top, relief=relief, floor=floor, colour=_between(far, near, nearness))
    # Softens the edges of the ridges, at a third of what a Gaussian costs.
    picture = picture.filter(ImageFilter.BoxBlur(width / 2000))
    if has_water:
        _mirror(picture, floor=floor, tint=_between(zenith, near, 0.4))
    return picture


def _sky(width: int, height: int, zenith: Colour, horizon: Colour) -> Image.Image:
    fall = Image.linear_gradient("L").resize((width, height), Image.Resampling.BILINEAR)
    return ImageOps.colorize(fall, zenith, horizon)


def _stars(picture: Image.Image, chance: Random) -> None:
    draw = ImageDraw.Draw(picture)
    for _ in range(picture.width // 4):
        x, y = chance.randrange(picture.width), chance.randrange(picture.height // 2)
        light = chance.randint(90, 240)
        draw.point((x, y), fill=(light, light, min(255, light + 15)))


def _sun(picture: Image.Image, chance: Random, *, glow: Colour) -> None:
    size = int(picture.width * chance.uniform(0.35, 0.7))
    halo = Image.radial_gradient("L").resize((size, size), Image.Resampling.BILINEAR)
    # Nothing is left of it where its square ends, at about 0.7 of the way to the corners.
    rim = halo.tobytes()[size // 2 * size]
    halo = halo.point([int(255 * max(0.0, 1 - step / rim) ** 2) for step in range(256)])
    place = (
        chance.randrange(picture.width) - size // 2,
        int(picture.height * chance.uniform(0.15, 0.45)) - size // 2,
    )
    picture.paste(Image.new("RGB", (size, size), glow), place, halo)


def _ridge(
    picture: Image.Image, chance: Random, *, top: float, relief: float, floor: int, colour: Colour
) -> None:
    heights = [chance.uniform(-relief, relief), chance.uniform(-relief, relief)]
    spread = relief
    while len(heights) < 256:
        spread *= 0.56
        middles = [
            (left + right) / 2 + chance.uniform(-spread, spread)
            for left, right in itertools.pairwise(heights)
        ]
        heights = [value for pair in zip(heights, middles, strict=False) for value in pair] + heights[-1:]
    step = picture.width / (len(heights) - 1)
    outline = [(index * step, min(floor, top + height)) for index, height in enumerate(heights)]
    ImageDraw.Draw(picture).polygon([*outline, (picture.width, floor), (0, floor)], fill=colour)


def _mirror(picture: Image.Image, *, floor: int, tint: Colour) -> None:
    depth = picture.height - floor
    above = picture.crop((0, floor - depth, picture.width, floor))
    still = ImageOps.flip(above).filter(ImageFilter.BoxBlur(2))
    surface = Image.blend(still, Image.new("RGB", still.size, tint), 0.35)
    ripples = Image.linear_gradient("L").resize(surface.size)
    dimmed = ImageChops.multiply(surface, ImageOps.colorize(ripples, (255, 255, 255), (150, 160, 170)))
    picture.paste(dimmed, (0, floor))


def _between(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue

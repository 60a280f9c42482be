"""Contact sheets: a state's shots side by side, states one after the other, as many sheets as it takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw

THUMB = {1440: 480, 768: 256, 390: 180}
TALLEST = 400
GAP, LABEL = 12, 18
SHEET = (2000, 2200)


@dataclass(frozen=True)
class Shot:
    """A rendered page of `width` pixels."""

    width: int
    path: Path


def contact_sheets(states: Sequence[tuple[str, Sequence[Shot]]], *, target: Path) -> list[Path]:
    """Draws the shots of each state and saves sheets as `target`-1.png and so on; their paths."""
    for old in target.parent.glob(f"{target.name}-*.png"):
        if old.stem.removeprefix(f"{target.name}-").isdecimal():
            old.unlink()
    sheets: list[Image.Image] = []
    bottoms: list[int] = []
    left, top, line = GAP, GAP, 0
    for strip in (_strip(state, shots) for state, shots in states):
        if left > GAP and left + strip.width > SHEET[0]:
            left, top, line = GAP, top + line + GAP, 0
        if not sheets or top + strip.height > SHEET[1]:
            sheets.append(Image.new("RGB", SHEET, "#808080"))
            bottoms.append(0)
            left, top, line = GAP, GAP, 0
        sheets[-1].paste(strip, (left, top))
        bottoms[-1] = max(bottoms[-1], top + strip.height + GAP)
        left, line = left + strip.width + GAP, max(line, strip.height)
    paths = [target.with_name(f"{target.name}-{number}.png") for number in range(1, len(sheets) + 1)]
    for sheet, bottom, path in zip(sheets, bottoms, paths, strict=True):
        sheet.crop((0, 0, SHEET[0], bottom)).save(path)
    return paths


def _strip(state: str, shots: Sequence[Shot]) -> Image.Image:
    thumbs = [_thumb(shot) for shot in shots]
    width = sum(thumb.width + GAP for thumb in thumbs) - GAP
    strip = Image.new("RGB", (max(width, 120), LABEL + max(thumb.height for thumb in thumbs)), "#808080")
    ImageDraw.Draw(strip).text((0, 2), state, fill="white")
    left = 0
    for thumb in thumbs:
        strip.paste(thumb, (left, LABEL))
        left += thumb.width + GAP
    return strip


def _thumb(shot: Shot) -> Image.Image:
    wanted = THUMB[shot.width]
    if not shot.path.exists():
        return Image.new("RGB", (wanted, 100), "#a02020")
    with Image.open(shot.path) as image:
        size = (wanted, round(image.height * wanted / image.width))
        return (
            image.convert("RGB")
            .resize(size, Image.Resampling.LANCZOS)
            .crop((0, 0, wanted, min(size[1], TALLEST)))
        )

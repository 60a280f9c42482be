"""Contact sheets: the shots of one page side by side, a row a state, a column a width and theme."""

from collections.abc import Sequence
from pathlib import Path

from PIL import Image, ImageDraw

THUMB = {1440: 480, 768: 256, 390: 180}
TALLEST = 420
GAP, LABEL = 12, 18


def contact_sheet(rows: Sequence[tuple[str, Sequence[tuple[int, str, Path]]]], *, target: Path) -> None:
    """Draws `rows`, each a state with its shots (width, theme, file), and saves the sheet at `target`."""
    strips = [
        (state, [_thumb(path, width) for width, _, path in shots if path.exists()]) for state, shots in rows
    ]
    width = max(sum(image.width + GAP for image in images) for _, images in strips) + GAP
    height = (
        sum(LABEL + max((image.height for image in images), default=0) + GAP for _, images in strips) + GAP
    )
    sheet = Image.new("RGB", (width, height), "#808080")
    draw = ImageDraw.Draw(sheet)
    top = GAP
    for state, images in strips:
        draw.text((GAP, top), state, fill="white")
        left = GAP
        for image in images:
            sheet.paste(image, (left, top + LABEL))
            left += image.width + GAP
        top += LABEL + max((image.height for image in images), default=0) + GAP
    sheet.save(target)


def _thumb(path: Path, width: int) -> Image.Image:
    with Image.open(path) as image:
        wanted = THUMB[width]
        small = image.convert("RGB").resize(
            (wanted, round(image.height * wanted / image.width)), Image.Resampling.LANCZOS
        )
        return small.crop((0, 0, wanted, min(small.height, TALLEST)))

"""The colours of tokens.css, as WCAG 2.2 AA measures them: 4.5:1 for text, 3:1 for what marks a control or the focus."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TOKENS = (Path(settings.BASE_DIR) / "static" / "css" / "tokens.css").read_text(encoding="utf-8")
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);", TOKENS, re.IGNORECASE
    )
}
PLAIN = ("canvas", "raised", "sunken", "hover")
TEXT = [
    *((ink, surface) for ink in ("ink", "ink-soft") for surface in (*PLAIN, "pressed")),
    *(("ink-faint", surface) for surface in PLAIN),
    *(("accent-ink", surface) for surface in (*PLAIN, "accent-wash", "accent-wash-hover")),
    *(("danger-ink", surface) for surface in (*PLAIN, "danger-wash")),
    *((ink, "accent-wash") for ink in ("ink", "ink-soft", "ink-faint")),
    *((ink, "accent-wash-hover") for ink in ("ink", "ink-soft", "ink-faint")),
    *(("ink", f"{meaning}-wash") for meaning in ("danger", "warning", "success")),
    *((f"{meaning}-ink", f"{meaning}-wash") for meaning in ("warning", "success")),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("on-danger", "danger"),
    ("on-danger", "danger-hover"),
    *(
        (f"{group}-ink", f"{group}-wash")
        for group in ("image", "video", "audio", "document", "data", "text", "package", "folder")
    ),
]
MARKS = [
    *(("line-control", surface) for surface in ("canvas", "raised", "sunken")),
    *(("accent-ink", surface) for surface in (*PLAIN, "pressed", "accent-wash")),
    ("accent", "pressed"),
    ("success", "pressed"),
]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_measures_as_wcag_does():
    assert ratio("#000000", "#ffffff") == pytest.approx(21)
    assert ratio("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("ink", "surface"), TEXT)
def test_text_can_be_read(ink: str, surface: str, theme: int):
    assert ratio(COLOURS[ink][theme], COLOURS[surface][theme]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("mark", "surface"), MARKS)
def test_controls_can_be_seen(mark: str, surface: str, theme: int):
    assert ratio(COLOURS[mark][theme], COLOURS[surface][theme]) >= 3


def test_every_colour_has_both_themes():
    plain = re.findall(r"^\s*--([a-z-]+): (#[0-9a-f]{3,8});", TOKENS, re.MULTILINE | re.IGNORECASE)
    assert plain == []

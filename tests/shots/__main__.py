"""Renders the table into var/shots/: a PNG a shot, a contact sheet a page.   python -m tests.shots [words] [--width] [--theme]

Words choose rows whose name contains all of them: `python -m tests.shots folder empty --width 390`.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediabridge.settings.test")
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
django.setup()

from django.test.utils import setup_test_environment
from playwright.sync_api import sync_playwright

from tests.boundaries.source import REPO
from tests.browser import live as product
from tests.browser import pages
from tests.browser.database import committed_database
from tests.browser.windows import Windows
from tests.shots.sheets import Shot, contact_sheets
from tests.shots.stage import Stage
from tests.shots.table import ROWS, Row

TARGET = REPO / "var" / "shots"


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words", nargs="*", help="only rows whose name contains all of these")
    parser.add_argument("--width", type=int, choices=pages.WIDTHS, action="append")
    parser.add_argument("--theme", choices=pages.THEMES, action="append")
    chosen = parser.parse_args()
    rows = [row for row in ROWS if all(word.lower() in row.name.lower() for word in chosen.words)]
    setup_test_environment()
    with committed_database():
        failed = render(rows, chosen.width or pages.WIDTHS, chosen.theme or pages.THEMES)
    for line in failed:
        print(f"MISSING {line}")
    return 1 if failed else 0


def render(rows: Sequence[Row], widths: Sequence[int], themes: Sequence[str]) -> list[str]:
    """Takes the shots and draws the sheets. What could not be taken is in the answer, a line each."""
    failed: list[str] = []
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        live = product.start(Path(place))
        browser = pages.launch(playwright)
        windows = Windows(browser)
        stage = Stage(live, windows, Path(place))
        try:
            for row in rows:
                started = time.monotonic()
                failed += take(stage, row, widths, themes)
                print(f"{row.name}: {time.monotonic() - started:.1f} s", flush=True)
        finally:
            stage.close()
            windows.close()
            browser.close()
            live.stop()
    for page in dict.fromkeys(row.page for row in rows):
        states = [row for row in rows if row.page == page]
        shots = [
            (row.state, [Shot(width, file_of(row, width, theme)) for theme in themes for width in widths])
            for row in states
        ]
        for sheet in contact_sheets(shots, target=TARGET / page):
            print(sheet)
    return failed


def take(stage: Stage, row: Row, widths: Sequence[int], themes: Sequence[str]) -> list[str]:
    """The shots of one row. One that does not come about is reported, and the others go on."""
    failed = []
    for theme in themes:
        for width in widths:
            target = file_of(row, width, theme)
            target.unlink(missing_ok=True)
            stage.width, stage.theme = width, theme
            try:
                page = row.scene(stage)
                page.wait_for_timeout(150)
                page.screenshot(path=target, full_page=False, animations="disabled")
            except Exception as problem:  # noqa: BLE001 - whatever it was, the next shot is still wanted
                failed.append(f"{target.name}: {str(problem).splitlines()[0][:200]}")
            finally:
                stage.strike()
    return failed


def file_of(row: Row, width: int, theme: str) -> Path:
    """Where the shot of this row is kept."""
    name = re.sub(r"[^a-z0-9]+", "-", row.name.lower()).strip("-")
    return TARGET / f"{name}.{width}.{theme}.png"


if __name__ == "__main__":
    sys.exit(main())

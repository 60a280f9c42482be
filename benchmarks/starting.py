"""From the command to the sentence that it is ready: the first start on an empty directory, and the second."""

import shutil
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from tests.launcher.starting import start


def starts() -> list[Figure]:
    """`script/server` twice on one VAR_DIR, the environments being there."""
    place = Path(tempfile.mkdtemp(prefix="mediabridge-bench-"))
    place.chmod(0o711)
    try:
        first, second = _seconds(place / "var"), _seconds(place / "var")
    finally:
        noted = place / "var" / "pg.path"
        if noted.exists():
            shutil.rmtree(noted.read_text().strip())
        shutil.rmtree(place)
    return [
        Figure("First start, with the demo's files", f"{first:.1f} s"),
        Figure("Second start on the same directory", f"{second:.1f} s", "≤ 6 s"),
    ]


def _seconds(var_dir: Path) -> float:
    before = time.perf_counter()
    running = start(var_dir)
    taken = time.perf_counter() - before
    running.end()
    running.process.communicate()
    return taken

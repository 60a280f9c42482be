"""First load of the browser page: everything of ours it asks for before anybody does anything, compressed as served."""

import gzip
import re
from pathlib import Path

from django.conf import settings

STATIC = Path(settings.BASE_DIR) / "static"
TEMPLATES = Path(settings.BASE_DIR) / "templates"
LIMIT = 150_000
PAGE = 15_000  # twenty rows with their icons
NAMED = re.compile(r"""{%\s*static\s+["']([^"']+)["']\s*%}""")
IMPORTED = re.compile(r"""^\s*(?:import|export)\b[^;("']*["'](\.[^"']+)["']""", re.MULTILINE)


def named_in(*templates: str) -> set[Path]:
    return {
        STATIC / name for template in templates for name in NAMED.findall((TEMPLATES / template).read_text())
    }


def with_imports(paths: set[Path]) -> set[Path]:
    """`paths` and the modules they import at once. What they import on demand is not part of the first load."""
    found: set[Path] = set()
    waiting = set(paths)
    while waiting:
        path = waiting.pop()
        found.add(path)
        if path.suffix == ".js" and path.parent.name != "vendor":
            waiting |= {(path.parent / name).resolve() for name in IMPORTED.findall(path.read_text())} - found
    return found


def compressed(path: Path) -> int:
    return path.stat().st_size if path.suffix == ".woff2" else len(gzip.compress(path.read_bytes(), 6))


def test_stays_below_the_limit():
    loaded = with_imports(named_in("base.html", "components/head.html", "files/browser.html"))
    assert {"htmx.min.js", "inter.woff2", "tokens.css", "toast.js"} <= {path.name for path in loaded}
    assert sum(map(compressed, loaded)) + PAGE <= LIMIT

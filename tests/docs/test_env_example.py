"""`.env.example` lists what is read, all of it, with the defaults that hold."""

import ast
import re
from pathlib import Path

import pytest

from launcher.private_files import read_assignments

PROJECT = Path(__file__).resolve().parent.parent.parent
EXAMPLE = (PROJECT / ".env.example").read_text()
LISTED = dict(re.findall(r"^#([A-Z][A-Z0-9_]*)=(.*)$", EXAMPLE, flags=re.MULTILINE))
# What only the launcher reads, in its own way.
READ_BY_LAUNCHER = {"HOST", "PORT", "VAR_DIR", "WEB_PROCESSES", "LISTER_PROCESSES", "POSTGRES_BIN"}
# Their default depends on who starts it, or is made.
WITHOUT_DEFAULT = {"DATABASE_URL", "REDIS_URL", "STATIC_ROOT"}


def read_by_settings() -> dict[str, str | None]:
    """Name -> default as text, None where there is none that could be written down."""
    found: dict[str, str | None] = {}
    for file in (PROJECT / "mediabridge" / "settings").glob("*.py"):
        for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
            name = next((a.value for a in call.args if isinstance(a, ast.Constant)), None)
            reads = re.fullmatch(r"env\.\w+|hex_secret", ast.unparse(call.func))
            if reads and isinstance(name, str):
                default = next((word.value for word in call.keywords if word.arg == "default"), None)
                found[name] = written(default)
    return found


def written(default: ast.expr | None) -> str | None:
    if default is None:
        return None
    try:
        value = eval(compile(ast.Expression(default), "default", "eval"), {"__builtins__": {}})
    except NameError:
        return None
    if isinstance(value, list):
        return ",".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_by_launcher() -> set[str]:
    sources = [file.read_text() for file in (PROJECT / "launcher").glob("*.py")]
    reads = r'(?:values\.get|configured\.get)\(\s*"([A-Z][A-Z0-9_]+)"|_number\(values, "([A-Z_]+)"'
    return {first or second for source in sources for first, second in re.findall(reads, source)}


def test_lists_every_setting_and_no_other():
    assert set(LISTED) == set(read_by_settings()) | read_by_launcher()


def test_knows_what_the_launcher_reads():
    assert read_by_launcher() >= READ_BY_LAUNCHER


@pytest.mark.parametrize("name", sorted(set(read_by_settings()) - WITHOUT_DEFAULT))
def test_says_the_default_that_holds(name: str):
    assert LISTED[name] == (read_by_settings()[name] or "")


def test_sets_nothing_when_it_is_copied_as_it_is():
    assert read_assignments(PROJECT / ".env.example") == {}

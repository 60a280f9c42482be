"""What the documents tell people to run and to read is there."""

import os
import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from benchmarks.__main__ import ALONE, BY_NAME_ALONE, ON_THE_PRODUCT

PROJECT = Path(__file__).resolve().parent.parent.parent
DOCUMENTS = sorted([*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
SCRIPT = re.compile(r"(?<![\w/.])script/([a-z][\w.-]*)")
COMMAND = re.compile(r"(?:script/manage|manage\.py) +([a-z][a-z0-9_]+)")
BENCHMARK = re.compile(r"(?:script/bench|python -m benchmarks)((?: +[a-z_]+)*)")
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|TBD)\b|issue #?\d", re.IGNORECASE)


def found_in(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """Each match with the document it stands in."""
    return sorted(
        {
            (str(path.relative_to(PROJECT)), found)
            for path in DOCUMENTS
            for found in pattern.findall(path.read_text())
        }
    )


def test_there_are_documents() -> None:
    assert {"README.md", "docs/architecture.md"} <= {str(path.relative_to(PROJECT)) for path in DOCUMENTS}


@pytest.mark.parametrize(("document", "target"), found_in(LINK))
def test_a_link_leads_to_something(document: str, target: str) -> None:
    assert ((PROJECT / document).parent / target).exists()


@pytest.mark.parametrize(("document", "name"), found_in(SCRIPT))
def test_a_script_can_be_run(document: str, name: str) -> None:
    path = PROJECT / "script" / name.rstrip(".")
    assert path.is_file()
    assert os.access(path, os.X_OK) or path.suffix == ".sh"


@pytest.mark.parametrize(("document", "name"), found_in(COMMAND))
def test_a_command_exists(document: str, name: str) -> None:
    assert name in get_commands()


@pytest.mark.parametrize(("document", "names"), found_in(BENCHMARK))
def test_a_benchmark_exists(document: str, names: str) -> None:
    assert set(names.split()) <= {*ON_THE_PRODUCT, *ALONE, *BY_NAME_ALONE}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_leaves_nothing_to_be_done(path: Path) -> None:
    assert not UNFINISHED.search(path.read_text())

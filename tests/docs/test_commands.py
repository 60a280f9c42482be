"""The table of commands in docs/operations.md: each is there, answers machines and explains how it may end."""

import re

import pytest
from django.core.management import get_commands, load_command_class

from tests.boundaries.source import REPO

SECTION = (REPO / "docs" / "operations.md").read_text().partition("\n## Commands\n")[2].partition("\n## ")[0]
ROWS = re.findall(r"^\| `(\w+)[^|]*\|[^|]*\| ([^|]*)\|$", SECTION, flags=re.MULTILINE)
FOR_OPERATORS = {
    "create_admin", "add_bucket", "assign", "test_bucket", "flush_listings", "force_logout", "export_audit"
}  # fmt: skip


def test_names_every_command_for_operators() -> None:
    assert {name for name, _ in ROWS} >= FOR_OPERATORS


@pytest.mark.parametrize(("name", "besides"), ROWS)
def test_is_true_of_each(name: str, besides: str) -> None:
    parser = load_command_class(get_commands()[name], name).create_parser("manage.py", name)
    said = " ".join(parser.format_help().split())

    assert "--json" in said
    ends = said.partition("Ends with 0")[2].partition("options:")[0]
    assert set(re.findall(r"\b\d\b", besides)) <= set(re.findall(r"\b\d\b", ends))

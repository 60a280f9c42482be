"""Audit entries as lines of CSV or JSON, for spreadsheets and for programs.

A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a line break for a formula. File names are chosen
by people, so in CSV such a cell gets an apostrophe in front, which spreadsheets take for "this is text". The JSON lines
hold everything as it is.
"""

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import StringIO
from typing import Any, Literal
from uuid import UUID

Format = Literal["csv", "jsonl"]
Line = Mapping[str, Any]

MEDIA_TYPES: dict[Format, str] = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
# Excel reads full-width forms of these, too.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def format_named(name: str) -> Format | None:
    """The format with this name; None when there is none."""
    return next((kind for kind in MEDIA_TYPES if kind == name), None)


def head_of(columns: Iterable[str], kind: Format) -> str:
    """What comes before the first line: in CSV the names of the columns."""
    return _row(columns) if kind == "csv" else ""


def lines_of(rows: Iterable[Line], kind: Format) -> str:
    """`rows`, each one line, as text."""
    if kind == "csv":
        return "".join(_row(_cell(value) for value in row.values()) for row in rows)
    return "".join(f"{json.dumps(row, ensure_ascii=False, default=_plain)}\n" for row in rows)


def defused(text: str) -> str:
    """`text` as a cell that no spreadsheet runs."""
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA) else text


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, sort_keys=True) if value else ""
    return defused(value if isinstance(value, str) else str(_plain(value)))


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, UUID):
        return str(value)
    return value


def _row(cells: Iterable[str]) -> str:
    line = StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()

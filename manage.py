#!/usr/bin/env python
"""The operators' door: `manage.py help` lists what it can do."""

import os
import sys

import psycopg
from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line
from django.db import connection
from django.db.utils import OperationalError
from psycopg_pool import PoolTimeout

CANNOT_BE_USED, DATABASE_AWAY = 2, 4


def main(arguments: list[str]) -> None:
    """Runs a command. Without its database, or with a setting that can't be used, it ends in a sentence, and in its
    traceback for whoever asks for `--traceback`.

    Neither a name, nor an e-mail, nor anything else that is stored has bytes that are no text.
    """
    if not all(map(_is_text, arguments)):
        sys.stderr.write("The arguments must be text in UTF-8.\n")
        sys.exit(CANNOT_BE_USED)
    try:
        execute_from_command_line(arguments)
    except ImproperlyConfigured as problem:
        if "--traceback" in arguments:
            raise
        sys.stderr.write(f"{problem}\n")
        sys.exit(CANNOT_BE_USED)
    except (OperationalError, PoolTimeout) as problem:
        if "--traceback" in arguments:
            raise
        sys.stderr.write(f"The database at DATABASE_URL does not answer: {_reason(problem)}\n")
        sys.exit(DATABASE_AWAY)


def _reason(problem: Exception) -> str:
    """Its first line. A pool knows only that it has waited: the reason is asked for once more, without it."""
    if isinstance(problem, PoolTimeout) or isinstance(problem.__cause__, PoolTimeout):
        try:
            psycopg.connect(**connection.get_connection_params()).close()
        except psycopg.Error as refusal:
            problem = refusal
    return str(problem).partition("\n")[0]


def _is_text(argument: str) -> bool:
    try:
        argument.encode()
    except UnicodeEncodeError:
        return False
    return True


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediabridge.settings.local")
    main(sys.argv)

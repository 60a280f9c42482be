#!/usr/bin/env python
"""The operators' door: `manage.py help` lists what it can do."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db.utils import OperationalError
from psycopg_pool import PoolTimeout

DATABASE_AWAY = 4


def main(arguments: list[str]) -> None:
    """Runs a command. Without its database it ends in a sentence, and in its traceback for whoever asks for `--traceback`."""
    try:
        execute_from_command_line(arguments)
    except (OperationalError, PoolTimeout) as problem:
        if "--traceback" in arguments:
            raise
        sys.stderr.write(f"The database does not answer: {str(problem).partition(chr(10))[0]}\n")
        sys.exit(DATABASE_AWAY)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mediabridge.settings.local")
    main(sys.argv)

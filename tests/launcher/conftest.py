"""A VAR_DIR that the database's user can reach, as pytest's own directories are for their owner alone."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    directory = Path(tempfile.mkdtemp(prefix="mediabridge-tests-"))
    directory.chmod(0o711)
    yield directory
    noted = directory / "var" / "pg.path"
    if noted.exists():
        shutil.rmtree(noted.read_text().strip())
    shutil.rmtree(directory)

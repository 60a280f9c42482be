"""docs/wire.md: every command and every Python example of it runs, against the product, and answers what it says."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts import personal_tokens
from accounts.scopes import Scope
from tests import people
from tests.boundaries.source import REPO
from tests.browser import live, stores
from tests.browser.database import committed_database

pytestmark = pytest.mark.processes
SECRET = "a secret of the documentation's own"
FILES = {
    "photos/2025/spring.jpg": b"spring",
    "photos/town.jpg": b"town",
    "photos/harbour.jpg": b"harbour",
}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
END = "-- end of the block --"
DOCUMENT = (REPO / "docs" / "wire.md").read_text()
BLOCKS = BLOCK.findall(DOCUMENT)


@dataclass(frozen=True)
class Reader:
    """Somebody who follows the document, in a directory of their own, with their own address and password."""

    place: Path
    bucket: stores.StoredBucket
    environ: dict[str, str]
    origin: str

    def run(self, program: list[str], text: str) -> list[str]:
        """Runs the blocks of `text` as one program; what each printed."""
        for theirs, own in (
            ("https://media.example.org", self.origin),
            ("you@example.org", "ada@example.com"),
            ("your password", people.PASSWORD),
        ):
            text = text.replace(theirs, own)
        done = subprocess.run(
            program, input=text, cwd=self.place, env=self.environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return done.stdout.split(f"{END}\n")


@pytest.fixture(scope="module")
def reader(django_db_setup: None, django_db_blocker: Any) -> Iterator[Reader]:
    with django_db_blocker.unblock(), committed_database(), tempfile.TemporaryDirectory() as directory:
        place = Path(directory)
        overrides = {
            "DJANGO_SETTINGS_MODULE": "tests.faults.product_settings",
            "EVICT_WEBHOOK_SECRET": SECRET,
        }
        product = live.start(place, overrides=overrides, only_web=True)
        scope = Scope(frozenset({"read", "upload", "delete"}), None)
        made = personal_tokens.make(
            user=people.ada(), name="Mine", scope=scope, days=1, ip=None, now=timezone.now()
        )
        bucket = stores.store(origin=product.url, files=FILES)
        environ = {
            "PATH": os.environ["PATH"],
            "MB": f"{product.url}/api",
            "EVICT_SECRET": SECRET,
            "TOKEN": made.text,
        }
        yield Reader(place, bucket, environ, product.url)
        bucket.forget()
        product.stop()


def shape(value: Any) -> Any:
    """What a value is made of: names and kinds, not the values. Null stands for whatever it is once it is known."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def last_answer(printed: str) -> Any:
    """The last of the JSON texts that were printed one after the other."""
    found, rest = None, printed.strip()
    while rest:
        found, end = json.JSONDecoder().raw_decode(rest)
        rest = rest[end:].lstrip()
    return found


def test_every_command_works_and_answers_as_written(reader: Reader) -> None:
    commands = [text for kind, text in BLOCKS if kind == "sh"]

    printed = reader.run(
        ["bash", "-euo", "pipefail"], "".join(f"{text}\necho; echo '{END}'\n" for text in commands)
    )

    assert len(printed) == len(commands) + 1
    told = iter(printed)
    for (kind, _), (follows, written) in pairwise([*BLOCKS, ("", "")]):
        said = next(told) if kind == "sh" else ""
        if follows == "json":
            assert shape(last_answer(said)) == shape(json.loads(written))
    assert set(reader.bucket.keys()) == set(FILES)


def test_every_python_example_works(reader: Reader) -> None:
    examples = [text for kind, text in BLOCKS if kind == "python"]

    printed = reader.run(
        [sys.executable, "-W", "error", "-"], "".join(f"{text}\nprint('{END}')\n" for text in examples)
    )

    assert [part.splitlines() for part in printed] == [
        [],
        ["ada@example.com"],
        ["folder 2025", "file harbour.jpg", "file town.jpg"],
        ["[]"],
        ["photos/harbour.jpg image/jpeg", "photos/town.jpg image/jpeg"],
        [
            "photos/2026/beach.jpg deleted",
            "photos/2026/day two/dunes & sea.jpg deleted",
            "photos/2026/gone.jpg NOT_FOUND",
        ],
        ["Press kit"],
        [],
        [],
    ]
    assert set(reader.bucket.keys()) == set(FILES)

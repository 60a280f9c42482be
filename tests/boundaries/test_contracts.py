"""The import contracts of `pyproject.toml` hold, and each is broken by a planted import."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.boundaries.source import REPO, copy_of_the_product, plant

PLANTED = [
    ("layers", "accounts/setup.py", "from buckets import access", "accounts.setup -> buckets.access"),
    ("layers", "buckets/doctor.py", "from files import models", "buckets.doctor -> files.models"),
    ("layers", "files/listing.py", "from search import index", "files.listing -> search.index"),
    ("layers", "search/index.py", "from restore import pipeline", "search.index -> restore.pipeline"),
    ("layers", "restore/pipeline.py", "from search import index", "restore.pipeline -> search.index"),
    ("s3", "files/links.py", "import boto3", "files.links -> boto3"),
    ("s3", "buckets/doctor.py", "import botocore.session", "buckets.doctor -> botocore"),
    ("s3", "accounts/sessions.py", "import urllib3", "accounts.sessions -> urllib3"),
    ("pure", "buckets/connection.py", "from buckets import access", "buckets.connection -> buckets.access"),
    ("launcher", "launcher/s3.py", "from mediabridge import celery", "launcher.s3 -> mediabridge.celery"),
]


def lint(root: Path) -> str:
    answer = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()",
         "--config", "pyproject.toml", "--no-cache"],
        cwd=root, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return " ".join((answer.stdout + answer.stderr).split())


def contracts() -> dict[str, str]:
    settings = tomllib.loads((REPO / "pyproject.toml").read_text())["tool"]["importlinter"]
    return {contract["id"]: contract["name"] for contract in settings["contracts"]}


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the linter says of a copy in which every planted import stands at once."""
    root = copy_of_the_product(tmp_path_factory.mktemp("product"))
    settings = (REPO / "pyproject.toml").read_text()
    later = [
        name
        for name in ("search", "restore")
        if f'"{name}"' not in settings.partition("root_packages = ")[2][:200]
    ]
    packages = "".join(f'"{name}", ' for name in later)
    (root / "pyproject.toml").write_text(
        settings.replace("root_packages = [", f"root_packages = [{packages}", 1)
    )
    for _, file, code, _ in PLANTED:
        plant(root, file, code)
    return lint(root)


def test_every_contract_is_kept() -> None:
    said = lint(REPO)
    assert "0 broken" in said
    assert all(f"{name} KEPT" in said for name in contracts().values())


@pytest.mark.parametrize(("contract", "file", "code", "arrow"), PLANTED, ids=[arrow for *_, arrow in PLANTED])
def test_breaks_on_a_planted_import(contract: str, file: str, code: str, arrow: str, answer: str) -> None:
    assert f"{contracts()[contract]} BROKEN" in answer
    assert arrow in answer


def test_every_contract_is_tried() -> None:
    assert {contract for contract, *_ in PLANTED} == set(contracts())

"""Scripts are no package: they are loaded by their path."""

import importlib.util
import sys
from types import ModuleType

import pytest

from tests.boundaries.source import REPO


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    return loaded("audit")


@pytest.fixture(scope="module")
def checks() -> ModuleType:
    return loaded("checks")


def loaded(name: str) -> ModuleType:
    """`script/NAME.py` as a module."""
    spec = importlib.util.spec_from_file_location(f"{name}_under_test", REPO / "script" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module

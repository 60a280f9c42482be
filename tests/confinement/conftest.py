import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The long run is for those who ask for it by name: `-m million`."""
    if "million" in (config.option.markexpr or ""):
        return
    long_runs = [item for item in items if item.get_closest_marker("million")]
    items[:] = [item for item in items if item not in long_runs]
    config.hook.pytest_deselected(items=long_runs)

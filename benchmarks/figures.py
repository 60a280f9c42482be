"""What a benchmark says: a figure beside its goal. Nothing here passes or fails; people read and judge."""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One measured number. `goal` is a sentence such as "≤ 40 ms"; empty where none was set."""

    what: str
    value: str
    goal: str = ""


def quantile(times: Sequence[float], share: float) -> float:
    """The value below which `share` of `times` lie; needs two or more."""
    return statistics.quantiles(times, n=100, method="inclusive")[round(share * 100) - 1]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def timed(act: Callable[[], object], *, times: int, warm_up: int = 5) -> list[float]:
    """How long each of `times` runs of `act` took, in seconds of wall time."""
    for _ in range(warm_up):
        act()
    found = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        found.append(time.perf_counter() - started)
    return found


def cpu_seconds_each(act: Callable[[], object], *, times: int) -> float:
    """Seconds of processor time one run of `act` takes, the best of three rounds: what else runs here counts little."""
    act()
    rounds = []
    for _ in range(3):
        started = time.process_time()
        for _ in range(times):
            act()
        rounds.append((time.process_time() - started) / times)
    return min(rounds)


def spread(what: str, times: Sequence[float], goal: str) -> list[Figure]:
    """The middle and the slow end of `times`."""
    return [
        Figure(f"{what}, p50", milliseconds(quantile(times, 0.50))),
        Figure(f"{what}, p95", milliseconds(quantile(times, 0.95)), goal),
    ]

"""The steps of script/lint and script/test: each is run, timed and counted, and one that fails stops none."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_WITHOUT_WINDOWS = "chromium-headless-shell"
"""Draws most of the tests' pages where it is to be had; Chromium itself does, too."""
BROWSER_PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-noto-color-emoji")
NOT_ASKED = 75
"""The exit code of a check that could not ask what it needs to know."""
RGW_PACKAGES = ("radosgw", "ceph-mon", "ceph-osd", "ceph-common")

_PYTEST = (sys.executable, "-m", "pytest")
_SECOND_TRIES = 5
_CORES = os.cpu_count() or 2


@dataclass(frozen=True)
class Step:
    """One check. A `loud` one shows its output as it comes, the others run side by side and speak when they are over.

    `second_try` is what to run when it failed; should that pass, the step has, and the summary names what was unsteady.
    """

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str] | None = None
    loud: bool = False
    second_try: Sequence[str] = ()


@dataclass(frozen=True)
class Outcome:
    """How a step went. `said` is what it printed, line by line, `unsteady` the tests that passed only when tried again."""

    step: Step
    passed: bool
    seconds: float
    said: tuple[str, ...]
    unsteady: tuple[str, ...] = ()
    was_not_asked: bool = False
    """It could not find out; that passes nothing and fails nothing, and is told at the end."""

    @property
    def word(self) -> str:
        return "NOT ASKED" if self.was_not_asked else "passed" if self.passed else "FAILED"


def main(arguments: list[str]) -> int:
    """Runs what `arguments` ask for; 0 when every step passed."""
    started = time.monotonic()
    if arguments[:1] == ["lint"]:
        is_fixing = "--fix" in arguments[1:]
        with ThreadPoolExecutor(1 if is_fixing else _CORES) as hands:
            outcomes = list(hands.map(_run, [*_lint_steps(fix=is_fixing), _PACKAGES]))
        return _report(outcomes, notes=[], since=started)
    paths = arguments[1:]
    if paths:
        notes = _prepare_machine(browser=any("browser" in path for path in paths), rgw=False)
        return _report([_run(_tests("tests", *paths))], notes=notes, since=started)
    notes = _prepare_machine(browser=True, rgw=True)
    with ThreadPoolExecutor(_CORES + 1) as hands:
        # It waits for others' answers most of its time.
        packages = hands.submit(_run, _PACKAGES)
        outcomes = list(hands.map(_run, [*_lint_steps(fix=False), _COLLECTION]))
        outcomes += [_tried_again(_run(step)) for step in _test_steps()]
        outcomes.append(packages.result())
    return _report(outcomes, notes=notes, since=started)


def _lint_steps(*, fix: bool) -> list[Step]:
    return [
        Step("format", [_tool("ruff"), "format", *([] if fix else ["--check"]), "."]),
        Step("lint", [_tool("ruff"), "check", *(["--fix"] if fix else []), "."]),
        Step(
            "shell",
            [
                "sh",
                "-c",
                "for file in script/* .ci/run; do case $file in *.py) ;; *) sh -n $file || exit 1; esac; done",
            ],
        ),
        Step("templates", [_tool("djlint"), "templates", "--lint", "--quiet"]),
        Step("types", [_tool("mypy"), "."]),
        Step("imports", [_tool("lint-imports")]),
        Step("weak spots in the code", [sys.executable, "script/audit.py", "code"]),
        Step("migrations", [*_manage("makemigrations"), "--check", "--dry-run"], _settings("test")),
        Step(
            "deployment", [*_manage("check"), "--deploy", "--fail-level", "WARNING"], _settings("production")
        ),
    ]


_PACKAGES = Step("weak spots of packages", [sys.executable, "script/audit.py", "packages"])


# A test that can't be read is told of before the others run; and what is compiled here no worker compiles for itself.
_COLLECTION = Step("collection of tests", [*_PYTEST, "tests", "--collect-only", "--quiet"])


def _test_steps() -> list[Step]:
    # Those with processes and browsers wait now and then, for a page or for a start: one worker more than there are cores. To the
    # others one more is but another start, and a cache shared by three.
    return [
        _all_tests("tests", "not processes and not browser", workers=_CORES),
        _all_tests("tests with real processes and browsers", "(processes or browser)", workers=_CORES + 1),
    ]


def _all_tests(name: str, which: str, *, workers: int) -> Step:
    chosen = ["tests", "-m", f"{which} and not full_promises"]
    step = _tests(name, *chosen, "-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder")
    # With all cores busy one may wait too long for another. What fails again, with the machine to itself, has failed.
    return replace(step, second_try=[*_PYTEST, *chosen, "--last-failed"])


def _tests(name: str, *arguments: str) -> Step:
    return Step(name, [*_PYTEST, *arguments], loud=True)


def _settings(name: str) -> dict[str, str]:
    """The environment for manage.py under these settings, with fresh secrets and nothing of this machine's."""
    return {
        "DJANGO_SETTINGS_MODULE": f"mediabridge.settings.{name}",
        "DJANGO_SECRET_KEY": secrets.token_hex(50),
        "JWT_SECRET": secrets.token_hex(64),
        "ENCRYPTION_KEY": secrets.token_hex(32),
        "ALLOWED_HOSTS": "media.example.org",
        "CSRF_TRUSTED_ORIGINS": "https://media.example.org",
        "TRUSTED_PROXIES": "127.0.0.1",
    }


def _run(step: Step) -> Outcome:
    title = f"\n── {step.name}"
    if step.loud:
        print(title, flush=True)
    started = time.monotonic()
    lines: list[str] = []
    with subprocess.Popen(
        list(step.argv),
        cwd=PROJECT,
        env={**os.environ, **(step.environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                lines.append(line.rstrip())
                if step.loud:
                    print(line, end="", flush=True)
        except BaseException:  # an interruption: the step is told, and waited for at the end of the block
            process.send_signal(signal.SIGINT)
            raise
    passed = process.returncode in (0, NOT_ASKED)
    spoken = [line for line in lines if line.strip()]
    seconds = time.monotonic() - started
    outcome = Outcome(step, passed, seconds, tuple(spoken), was_not_asked=process.returncode == NOT_ASKED)
    shown = [] if step.loud else [title, *([] if passed else lines)]
    print("\n".join([*shown, f"   {outcome.word} in {seconds:.1f} s"]), flush=True)
    return outcome


def _report(outcomes: list[Outcome], *, notes: list[str], since: float) -> int:
    failed = [outcome.step.name for outcome in outcomes if not outcome.passed]
    print("\n── Summary")
    for outcome in outcomes:
        print(f"   {outcome.word:9}  {outcome.seconds:6.1f} s  {outcome.step.name}")
    print(f"           {time.monotonic() - since:6.1f} s  in all")
    notes = [*notes, *(outcome.said[-1] for outcome in outcomes if outcome.was_not_asked)]
    unsteady = [f"{test} passed only at its second try" for outcome in outcomes for test in outcome.unsteady]
    for note in [*notes, *unsteady]:
        print(f"   Note: {note}")
    print(f"   Failed: {', '.join(failed)}." if failed else "   Everything passed.")
    for outcome in outcomes:
        if outcome.step.loud:
            print(outcome.said[-1] if outcome.said else "")
    return 1 if failed else 0


def _tried_again(outcome: Outcome) -> Outcome:
    """What came of a step's second try, which few failures are given. Once more failed is failed."""
    failed = tuple(
        line.split()[1] for line in outcome.said if line.startswith(("FAILED ", "ERROR ")) and "::" in line
    )
    if outcome.passed or not outcome.step.second_try or not 0 < len(failed) <= _SECOND_TRIES:
        return outcome
    again = _run(replace(outcome.step, name=f"{outcome.step.name}, once more", argv=outcome.step.second_try))
    return replace(
        again,
        step=outcome.step,
        seconds=outcome.seconds + again.seconds,
        unsteady=failed if again.passed else (),
    )


def _prepare_machine(*, browser: bool, rgw: bool) -> list[str]:
    """Installs what tests need from the system's packages, as root; otherwise says what is missing."""
    if rgw and os.geteuid() == 0:
        os.environ["REQUIRE_RGW"] = "1"
    notes: list[str] = []
    if browser and not any(map(shutil.which, BROWSERS)):
        notes += _installed(BROWSER_PACKAGES, "the tests in a browser need Chromium")
    if rgw and shutil.which("radosgw") is None:
        notes += _installed(RGW_PACKAGES, "the S3 contract did NOT run against Ceph RGW")
    if browser and os.geteuid() == 0 and _is_offered(BROWSER_WITHOUT_WINDOWS):
        notes += _installed([BROWSER_WITHOUT_WINDOWS], "the tests in a browser take longer")
    return notes


def _installed(packages: Sequence[str], without: str) -> list[str]:
    """Installs packages of the system as root; what is said where that can't be."""
    line = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return [f"{without}; to have it otherwise, as root: {line}"]
    print(f"── system packages: {line}", flush=True)
    done = subprocess.run(
        ["sh", "-c", f"({line}) >&2"],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        check=False,
    )
    return [] if done.returncode == 0 else [f"{without}; this failed: {line}"]


def _is_offered(package: str) -> bool:
    """Whether the system has such a package, as far as it knows, and has not installed it. Not every system has."""
    if shutil.which("apt-cache") is None or shutil.which(package):
        return False
    return subprocess.run(["apt-cache", "show", package], capture_output=True, check=False).returncode == 0


def _tool(name: str) -> str:
    return str(BIN / name)


def _manage(command: str) -> list[str]:
    return [sys.executable, str(PROJECT / "manage.py"), command]


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))

"""Known weaknesses: of the locked packages, by pip-audit, and of our own code, by bandit.

    audit.py packages    0: none known. 1: some are. 75: the advisories could not be asked, so nothing is known
    audit.py code        0: nothing to say. 1: something

What is excused stands in pyproject.toml with its reason, below `tool.audit`; an excuse that excuses nothing fails too. With
AUDIT_REQUIRED=1 in the environment not having been able to ask is a failure.
"""

import json
import os
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
LOCKS = ("requirements.txt", "requirements/dev.txt", "requirements/embedded.txt")
CODE = (
    "accounts",
    "buckets",
    "files",
    "restore",
    "search",
    "mediabridge",
    "launcher",
    "script",
    "benchmarks",
    "manage.py",
)
CLEAN, FOUND, NOT_ASKED = 0, 1, 75
PATIENCE_SECONDS = 120


def main(arguments: Sequence[str]) -> int:
    excuses = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["audit"]
    if list(arguments) == ["packages"]:
        return _packages(excuses["packages"])
    if list(arguments) == ["code"]:
        return _code(excuses["code"])
    print(__doc__)
    return FOUND


def _packages(excuses: Mapping[str, str]) -> int:
    found: set[str] = set()
    unasked: set[str] = set()
    for lock in LOCKS:
        report, words = _asked_about(lock)
        if report is None:
            return _not_asked(f"pip-audit could not reach the advisories: {words}")
        weak, unknown = weaknesses(report)
        found |= weak
        unasked |= unknown
    code = _judged(found, excuses, what="known weakness")
    if code == CLEAN and unasked:
        return _not_asked(
            f"the advisories know nothing of {len(unasked)} locked packages here: {sorted(unasked)[0]} …"
        )
    return code


def _asked_about(lock: str) -> tuple[Any, str]:
    """What pip-audit reports of a lock; None, and its last words, when it could not ask."""
    command = [
        str(BIN / "pip-audit"), "--requirement", str(PROJECT / lock), "--disable-pip", "--require-hashes",
        "--format", "json", "--progress-spinner", "off", "--timeout", "10",
    ]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return None, f"no answer within {PATIENCE_SECONDS} seconds"
    try:
        return json.loads(done.stdout), ""
    except ValueError:
        return None, (done.stderr.strip().splitlines() or ["it said nothing"])[-1][:300]


def weaknesses(report: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    """From a report: `package id` for each known weakness, and the packages nothing could be found out about.

    pip-audit leaves out what its service does not answer for, and then calls the rest clean: an absent answer is none.
    """
    found, unknown = set(), set()
    for package in report["dependencies"]:
        if "skip_reason" in package:
            unknown.add(package["name"])
        found |= {f"{package['name']} {weak['id']}" for weak in package.get("vulns", ())}
    return found, unknown


def _code(excuses: Mapping[str, str]) -> int:
    command = [str(BIN / "bandit"), "--quiet", "--format", "json", "--recursive", *CODE]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    report = json.loads(done.stdout)
    if report["errors"]:
        print(f"bandit could not read {report['errors']}")
        return FOUND
    said = {
        f"{result['test_id']} {result['filename'].removeprefix('./')}": f"line {result['line_number']}: {result['issue_text']}"
        for result in report["results"]
    }
    return _judged(said, excuses, what="finding", said=said)


def _judged(
    found: Iterable[str], excuses: Mapping[str, str], *, what: str, said: Mapping[str, str] | None = None
) -> int:
    left, idle = unexcused(found, excuses)
    for one in left:
        print(f"{what}: {one} {(said or {}).get(one, '')}")
    for one in idle:
        print(f"pyproject.toml excuses {one!r}, which is not there any more")
    return FOUND if left or idle else CLEAN


def unexcused(found: Iterable[str], excuses: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Of what was `found` (`B101 accounts/api.py`, `django CVE-…`) what nothing excuses; and the excuses that excuse nothing.

    An excuse names all of it, or what it begins with: `B101` everywhere, `B311 launcher/` in one room.
    """
    found = sorted(found)
    left = [one for one in found if not any(_covers(excuse, one) for excuse in excuses)]
    idle = [excuse for excuse in excuses if not any(_covers(excuse, one) for one in found)]
    return left, idle


def _covers(excuse: str, one: str) -> bool:
    return one == excuse or one.startswith(excuse if excuse.endswith("/") else f"{excuse} ")


def _not_asked(why: str) -> int:
    print(f"NOT ASKED whether the locked packages have known weaknesses: {why}")
    return FOUND if os.environ.get("AUDIT_REQUIRED") == "1" else NOT_ASKED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""python -m launcher serve | run [--var-dir DIR] -- COMMAND… | manage COMMAND…"""

import argparse
import dataclasses
import os
import signal
import sys
from pathlib import Path
from types import FrameType

from launcher.environment import (
    PROJECT,
    SETTINGS,
    Configuration,
    read_configuration,
    with_secrets,
    without_blanks,
)
from launcher.private_files import read_assignments
from launcher.problems import Problem

ENDED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(BaseException):
    """Somebody asked for the end."""


def main(arguments: list[str]) -> int:
    """Does what `arguments` ask for. Returns the exit code; a Problem becomes one sentence on stderr."""
    asked = _parser().parse_args(arguments)
    for number in ENDED_BY:
        # nohup has asked for SIGHUP to be ignored, and is obeyed.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _interrupt)
    try:
        return _do(asked, read_configuration(os.environ))
    except Interrupted:
        return 0 if asked.action == "serve" else 130
    except Problem as problem:
        print(f"MediaBridge: {problem}", file=sys.stderr)
        return 1
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"MediaBridge: the system refused: {error.strerror}{where}.", file=sys.stderr)
        return 1


def _do(asked: argparse.Namespace, configuration: Configuration) -> int:
    if asked.action == "manage":
        _manage(configuration, asked.command)
    # Imported late: the S3 SDK takes a while, and what is wrong with the settings can be said without it.
    from launcher.run import run, throw_away_directory
    from launcher.serve import serve

    if asked.action == "serve":
        serve(configuration)
        return 0
    command = _command(asked.command)
    if asked.var_dir:
        return run(command, dataclasses.replace(configuration, var_dir=asked.var_dir.absolute()))
    with throw_away_directory() as place:
        return run(command, dataclasses.replace(configuration, var_dir=place))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="launcher", description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("serve", help="start MediaBridge and every part that is not configured")
    running = actions.add_parser("run", help="run a command with PostgreSQL, Redis and S3 beside it")
    running.add_argument(
        "--var-dir", type=Path, help="where the parts keep their files; default: thrown away"
    )
    running.add_argument("command", nargs=argparse.REMAINDER)
    managing = actions.add_parser("manage", help="run manage.py against the MediaBridge that is running")
    managing.add_argument("command", nargs=argparse.REMAINDER)
    return parser


def _command(given: list[str]) -> list[str]:
    command = given[1:] if given[:1] == ["--"] else given
    if not command:
        raise Problem("say which command to run, after two dashes.")
    return command


def _manage(configuration: Configuration, command: list[str]) -> None:
    """Becomes manage.py with the settings of the MediaBridge that runs on VAR_DIR."""
    services = read_assignments(configuration.var_dir / "services.env")
    if not services and configuration.database_url is None:
        raise Problem(
            f"MediaBridge does not run on {configuration.var_dir}; start it with script/server first."
        )
    static = str(configuration.var_dir / "static")
    environ = {"DJANGO_SETTINGS_MODULE": SETTINGS, "STATIC_ROOT": static, "ALLOW_PRIVATE_ENDPOINTS": "1"}
    environ |= {**without_blanks(os.environ), **with_secrets(configuration), **services}
    os.execve(sys.executable, [sys.executable, str(PROJECT / "manage.py"), *command], environ)  # noqa: S606


def _interrupt(number: int, frame: FrameType | None) -> None:
    # Once is enough: what follows is the orderly end, and that is not to be cut. Nor are they ignored, for a command that is just
    # beginning would ignore them, too, and could not be told to end.
    for ended_by in ENDED_BY:
        if signal.getsignal(ended_by) is not signal.SIG_IGN:
            signal.signal(ended_by, lambda *_: None)
    raise Interrupted


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The programs MediaBridge consists of: started, watched, restarted, ended in order."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from launcher.environment import PROJECT
from launcher.identity import end_left_over, write_pid_file
from launcher.problems import Problem

SET_PARENT_DEATH_SIGNAL = 1
LONGEST_LOG = 10_000_000
CRASHES_ALLOWED = 5
CRASH_WINDOW = 60.0
# A child gets its death signal when the *thread* that made it ends, so one thread that lives as long as the
# launcher makes them all. Nor is it the main one: what an interruption raises there in the middle of a fork is lost.
_MAKER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="maker")
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True)
class Program:
    """How to start one program, and how to end it.

    `stage` orders the end: the highest ends first. `user` is the (uid, gid) it runs as, None for the launcher's.
    `death_signal` is what the kernel sends it when the launcher dies.
    """

    name: str
    argv: Sequence[str]
    environ: Mapping[str, str]
    stage: int = 1
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    patience: float = 10.0
    descriptors: tuple[int, ...] = ()
    user: tuple[int, int] | None = None
    stdin: str | None = None
    cwd: Path = PROJECT


@dataclass
class Running:
    """A program that was started. `heal`, if given, runs after each restart of it."""

    program: Program
    process: "subprocess.Popen[bytes]"
    crashes: list[float] = field(default_factory=list)
    restart_at: float | None = None
    heal: Callable[[], None] | None = None


class Processes:
    """All programs of one VAR_DIR."""

    def __init__(self, var_dir: Path) -> None:
        self.var_dir = var_dir
        self._running: list[Running] = []
        self._steps: list[subprocess.Popen[bytes]] = []
        self._ending = False

    def end_left_overs(self) -> None:
        """Ends whatever an earlier launcher that was killed may have left behind."""
        left = sorted((self.var_dir / "run").glob("*.pid"))
        with ThreadPoolExecutor(max_workers=max(1, len(left))) as pool:
            list(pool.map(end_left_over, left))

    def start(self, program: Program) -> Running:
        """Starts `program`; its output goes to VAR_DIR/log/<name>.log."""
        running = Running(program, self._make(program))
        self._running.append(running)
        return running

    def run(self, program: Program, *, seconds: float = 300.0) -> None:
        """Runs `program` to its end. Raises Problem, naming its log, when it fails or takes longer."""
        process = self._make(program)
        self._steps.append(process)
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            code = -1
        finally:
            _end_now(process)
            self._steps.remove(process)
            self._pid_file(program).unlink(missing_ok=True)
        if code != 0:
            raise self.failure(program)

    def abandon(self) -> None:
        """Cuts the start short: steps that still run in other threads end, and nothing more is started."""
        self._ending = True
        for process in list(self._steps):
            _end_now(process)

    def failure(self, program: Program) -> Problem:
        """The sentence for a program that failed: its name, its last words, its log."""
        log = self.log_of(program.name)
        words = [line.strip() for line in _tail(log) if line.strip()]
        last = f" ({words[-1][:200]})" if words else ""
        return Problem(f"{program.name} failed{last}; see {log}.")

    def log_of(self, name: str) -> Path:
        return self.var_dir / "log" / f"{name}.log"

    def alive(self, running: Running) -> bool:
        return running.process.poll() is None

    def watch_once(self, *, now: float) -> None:
        """Restarts what died, a little later each time. Raises Problem for a program that keeps dying."""
        for running in self._running:
            if running.restart_at is not None:
                if now >= running.restart_at:
                    self._restart(running)
            elif not self.alive(running):
                self._note_crash(running, now=now)

    def stop_all(self) -> None:
        """Ends every program, stage by stage, each by its own signal and by force when its patience is over."""
        for stage in sorted({running.program.stage for running in self._running}, reverse=True):
            ending = [running for running in self._running if running.program.stage == stage]
            for running in ending:
                _send(running.process, running.program.stop_signal)
            started = time.monotonic()
            for running in ending:
                left = max(0.1, started + running.program.patience - time.monotonic())
                try:
                    running.process.wait(timeout=left)
                except subprocess.TimeoutExpired:
                    _end_now(running.process)
                self._pid_file(running.program).unlink(missing_ok=True)
        self._running.clear()

    def _note_crash(self, running: Running, *, now: float) -> None:
        running.crashes = [moment for moment in running.crashes if now - moment < CRASH_WINDOW] + [now]
        if len(running.crashes) > CRASHES_ALLOWED:
            raise self.failure(running.program)
        running.restart_at = now + min(8.0, 0.25 * 2 ** len(running.crashes))

    def _restart(self, running: Running) -> None:
        running.restart_at = None
        running.process = self._make(running.program)
        if running.heal is not None:
            running.heal()

    def _make(self, program: Program) -> "subprocess.Popen[bytes]":
        if self._ending:
            raise Problem("it is ending.")
        return _MAKER.submit(self._make_here, program).result()

    def _make_here(self, program: Program) -> "subprocess.Popen[bytes]":
        uid, gid = program.user or (None, None)
        with _log(self.log_of(program.name)) as log:
            process = subprocess.Popen(
                list(program.argv),
                env=dict(program.environ),
                cwd=program.cwd,
                stdin=subprocess.PIPE if program.stdin is not None else subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # Ctrl-C at the terminal reaches the launcher alone: it ends the others in order.
                start_new_session=True,
                pass_fds=program.descriptors,
                user=uid,
                group=gid,
                extra_groups=None if uid is None else [],
                # It only asks the kernel for something, and setpriv is not everywhere.
                preexec_fn=_die_with_parent(program.death_signal),  # noqa: PLW1509
            )
        if program.stdin is not None and process.stdin is not None:
            try:
                process.stdin.write(program.stdin.encode())
                process.stdin.close()
            except BrokenPipeError:
                pass  # It ended at once; whoever waits for it says so.
        write_pid_file(self._pid_file(program), process.pid, stop_signal=program.stop_signal)
        return process

    def _pid_file(self, program: Program) -> Path:
        return self.var_dir / "run" / f"{program.name}.pid"


def begin(
    argv: Sequence[str],
    environ: Mapping[str, str],
    *,
    death_signal: signal.Signals,
    begun: "list[subprocess.Popen[bytes]]",
) -> "subprocess.Popen[bytes]":
    """Starts a command that talks for itself and ends with the launcher. Its process is noted in `begun`, too: who is
    interrupted meanwhile finds it there, after `settle`."""

    def make() -> "subprocess.Popen[bytes]":
        ending = _die_with_parent(death_signal)
        process = subprocess.Popen(list(argv), env=dict(environ), preexec_fn=ending)  # noqa: PLW1509 - as above
        begun.append(process)
        return process

    return _MAKER.submit(make).result()


def settle() -> None:
    """Returns when whatever was being started is there."""
    _MAKER.submit(lambda: None).result()


def _die_with_parent(number: signal.Signals) -> Callable[[], None]:
    """What a new child does before it becomes its program: ask the kernel to end it with the launcher."""
    parent = os.getpid()

    def ask() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(SET_PARENT_DEATH_SIGNAL, int(number))
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return ask


def _log(path: Path) -> IO[bytes]:
    if path.exists() and path.stat().st_size > LONGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return path.open("ab")


def _tail(path: Path) -> list[str]:
    try:
        with path.open("rb") as stream:
            stream.seek(max(0, path.stat().st_size - 4000))
            return stream.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []


def _send(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    if process.poll() is None:
        process.send_signal(number)


def _end_now(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.kill()
        process.wait()

"""launcher/processes.py and launcher/identity.py with small real programs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from launcher.identity import end_left_over, identity_of, write_pid_file
from launcher.problems import Problem
from launcher.processes import CRASHES_ALLOWED, Processes, Program
from tests.launcher.starting import eventually, runs

pytestmark = pytest.mark.processes

ENVIRON = {"PATH": os.environ["PATH"]}


@pytest.fixture
def processes(tmp_path: Path):
    for room in ("log", "run"):
        (tmp_path / room).mkdir()
    held = Processes(tmp_path)
    yield held
    held.stop_all()


def program(name: str, script: str, **more) -> Program:
    return Program(name=name, argv=["sh", "-c", script], environ=ENVIRON, **more)


def test_ends_the_last_stage_first(processes: Processes, tmp_path: Path):
    said = tmp_path / "said"
    wait = "trap 'echo {0} >> {1}; exit 0' TERM; echo up; while :; do sleep 0.02; done"
    for stage, name in enumerate(("store", "web", "clock")):
        processes.start(program(name, wait.format(name, said), stage=stage))
    assert eventually(
        lambda: all("up" in processes.log_of(name).read_text() for name in ("store", "web", "clock"))
    )
    processes.stop_all()
    assert said.read_text().split() == ["clock", "web", "store"]
    assert not list((tmp_path / "run").iterdir())


def test_ends_by_force_what_does_not_want_to_end(processes: Processes):
    running = processes.start(
        program("stubborn", "trap '' TERM; echo up; while :; do sleep 0.05; done", patience=0.2)
    )
    assert eventually(lambda: "up" in processes.log_of("stubborn").read_text())
    processes.stop_all()
    assert running.process.returncode == -signal.SIGKILL


def test_a_step_that_fails_is_named_with_its_last_words_and_its_log(processes: Processes):
    with pytest.raises(Problem, match=r"tidy failed \(no broom\); see .*tidy\.log"):
        processes.run(program("tidy", "echo working; echo no broom; exit 3"))


def test_a_step_gets_what_is_said_to_it(processes: Processes):
    processes.run(program("listener", "cat", stdin="hello"))
    assert processes.log_of("listener").read_text() == "hello"


def test_a_step_that_takes_too_long_fails(processes: Processes):
    with pytest.raises(Problem, match="slow failed"):
        processes.run(program("slow", "sleep 60"), seconds=0.1)


def test_restarts_what_died_later_each_time_and_gives_up_in_the_end(processes: Processes):
    running = processes.start(program("brittle", "exit 1"))
    now, waits = 0.0, []
    for _ in range(CRASHES_ALLOWED):
        running.process.wait()
        processes.watch_once(now=now)
        waits.append(running.restart_at - now)
        now = running.restart_at
        processes.watch_once(now=now)
    running.process.wait()
    with pytest.raises(Problem, match="brittle failed"):
        processes.watch_once(now=now)
    assert waits == sorted(waits)
    assert waits[0] < waits[-1]


def test_heals_after_a_restart(processes: Processes):
    running = processes.start(program("store", "exit 1"))
    healed = []
    running.heal = lambda: healed.append(True)
    running.process.wait()
    processes.watch_once(now=0.0)
    processes.watch_once(now=60.0)
    assert healed == [True]


def test_crashes_long_ago_are_forgotten(processes: Processes):
    running = processes.start(program("seldom", "exit 1"))
    for turn in range(CRASHES_ALLOWED * 2):
        running.process.wait()
        processes.watch_once(now=turn * 1000.0)
        processes.watch_once(now=turn * 1000.0 + 500)
    assert len(running.crashes) == 1


def test_starts_nothing_more_once_the_start_was_abandoned(processes: Processes):
    processes.abandon()
    with pytest.raises(Problem):
        processes.start(program("late", "sleep 60"))


def test_a_child_dies_with_its_launcher(tmp_path: Path):
    script = f"""
import os, signal, time
from pathlib import Path
from launcher.processes import Processes, Program
held = Processes(Path({str(tmp_path)!r}))
running = held.start(Program("child", ["sleep", "300"], dict(os.environ)))
print(running.process.pid, flush=True)
time.sleep(300)
"""
    for room in ("log", "run"):
        (tmp_path / room).mkdir()
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        child = int(parent.stdout.readline())
        assert runs(child)
        parent.kill()
    assert eventually(lambda: not runs(child))


def test_ends_a_process_that_was_left_behind(tmp_path: Path):
    with subprocess.Popen(["sleep", "300"]) as left:
        write_pid_file(tmp_path / "left.pid", left.pid, stop_signal=signal.SIGTERM)
        end_left_over(tmp_path / "left.pid")
        assert left.wait() == -signal.SIGTERM
    assert not (tmp_path / "left.pid").exists()


def test_ends_by_force_one_that_does_not_listen(tmp_path: Path):
    stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(300)"
    with subprocess.Popen([sys.executable, "-c", stubborn], stdout=subprocess.PIPE) as left:
        left.stdout.readline()
        write_pid_file(tmp_path / "left.pid", left.pid, stop_signal=signal.SIGTERM)
        end_left_over(tmp_path / "left.pid", patience=0.1)
        assert left.wait() == -signal.SIGKILL


def test_never_ends_a_stranger_that_got_the_number(tmp_path: Path):
    note = tmp_path / "left.pid"
    with subprocess.Popen(["sleep", "300"]) as stranger:
        pid, started, boot = identity_of(stranger.pid).split()
        note.write_text(f"{pid} {int(started) - 1} {boot}\n15\n")
        end_left_over(note)
        time.sleep(0.1)
        assert stranger.poll() is None
        assert not note.exists()
        stranger.kill()


@pytest.mark.parametrize("text", ["", "nonsense", "\n\n", "12 34 boot", "-1 0 x\nfifteen\n"])
def test_throws_away_a_note_that_means_nothing(tmp_path: Path, text: str):
    note = tmp_path / "left.pid"
    note.write_text(text)
    end_left_over(note)
    assert not note.exists()


def test_a_process_that_ended_has_no_identity():
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    assert identity_of(ended.pid) is None
    assert identity_of(os.getpid()) == identity_of(os.getpid())

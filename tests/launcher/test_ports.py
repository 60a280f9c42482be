"""launcher/ports.py: ports that stay the same where they can, and are said to be taken where they are."""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from launcher import ports
from launcher.ports import PORTS, answers, free_port, listen, remembered_port, wait_until
from launcher.problems import Problem


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_gives_a_part_the_port_it_had(tmp_path: Path):
    assert remembered_port("s3", var_dir=tmp_path) == remembered_port("s3", var_dir=tmp_path)


def test_gives_another_port_when_that_one_is_taken(tmp_path: Path, taken: int):
    (tmp_path / "ports.json").write_text(json.dumps({"s3": taken, "redis": 20_001}))
    port = remembered_port("s3", var_dir=tmp_path)
    assert port in PORTS
    assert json.loads((tmp_path / "ports.json").read_text()) == {"s3": port, "redis": 20_001}


def test_forgets_no_part_when_all_ask_at_once(tmp_path: Path):
    names = [f"part-{number}" for number in range(20)]
    with ThreadPoolExecutor(max_workers=20) as pool:
        given = dict(
            zip(names, pool.map(lambda name: remembered_port(name, var_dir=tmp_path), names), strict=True)
        )
    assert json.loads((tmp_path / "ports.json").read_text()) == given


@pytest.mark.parametrize("text", ["", "{", "nonsense"])
def test_begins_anew_when_the_note_cannot_be_read(tmp_path: Path, text: str):
    (tmp_path / "ports.json").write_text(text)
    assert remembered_port("s3", var_dir=tmp_path) in PORTS


def test_stays_away_from_the_ports_of_outgoing_connections():
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert free_port() < lowest


def test_says_so_when_every_port_is_taken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ports, "_is_free", lambda _: False)
    with pytest.raises(Problem, match="all taken"):
        free_port()


def test_knows_whether_somebody_answers(taken: int):
    assert answers(taken)
    assert not answers(free_port())


def test_names_a_port_that_is_taken(taken: int):
    with pytest.raises(Problem, match=f"port {taken} .* is taken"):
        listen(host="127.0.0.1", port=taken)


def test_names_an_address_that_is_not_ours():
    with pytest.raises(Problem, match="check HOST and PORT"):
        listen(host="192.0.2.1", port=free_port())


def test_listens_on_a_socket_that_children_inherit():
    with listen(host="127.0.0.1", port=free_port()) as door:
        assert door.get_inheritable()
        assert answers(door.getsockname()[1])


def test_waits_no_longer_than_asked():
    assert not wait_until(lambda: False, seconds=0.05)
    assert wait_until(lambda: True, seconds=0)

"""Dockerfile and docker-compose.yml: as far as can be told without an engine that they fit the product."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from launcher import web
from launcher.environment import read_configuration

PROJECT = Path(__file__).resolve().parent.parent.parent
DOCKERFILE = (PROJECT / "Dockerfile").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
LAST_STAGE = DOCKERFILE.rpartition("\nFROM ")[2]


def test_runs_every_program_of_the_product():
    assert set(SERVICES) == {"migrate", "web", "worker", "lister", "beat", "postgres", "redis"}


@pytest.mark.parametrize("name", sorted(set(SERVICES) - {"migrate"}))
def test_watches_the_health_of_every_service_that_stays(name: str):
    assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", "worker", "lister", "beat"])
def test_starts_nothing_before_the_schema_is_there(name: str):
    assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_waits_only_for_services_there_are():
    waited_for = {other for service in SERVICES.values() for other in service.get("depends_on", {})}
    assert waited_for <= set(SERVICES)


def test_declares_the_volumes_it_uses():
    used = {
        volume.partition(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])
    }
    assert used == set(COMPOSE["volumes"])


@pytest.mark.parametrize("name", ["migrate", "web", "worker", "lister", "beat"])
def test_gives_our_programs_no_more_than_they_need(name: str):
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])


def test_offers_the_pages_to_the_proxy_on_this_machine_alone():
    published = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8000:8000"]


def test_starts_the_worker_as_the_launcher_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    started: list[list[str]] = []

    class Recorder:
        var_dir = tmp_path

        def start(self, program):
            started.append(list(program.argv))

    configuration = read_configuration({"LISTER_PROCESSES": "2"}, project=tmp_path)
    web.start_background(Recorder(), configuration, {})
    assert sum("lister" in argv for argv in started) == 2
    worker = next(argv for argv in started if "worker" in argv)
    command = SERVICES["worker"]["command"]
    assert command == worker[worker.index("celery") :][: len(command)]


def test_keeps_secrets_out_of_both_files():
    given = [pair for service in SERVICES.values() for pair in service.get("environment", {}).items()]
    secret = [value for name, value in given if "PASSWORD" in name or "SECRET" in name or "KEY" in name]
    assert secret == ["${POSTGRES_PASSWORD:?set it in .env}"]
    assert not re.search(r"SECRET|PASSWORD|ENCRYPTION", LAST_STAGE)


def test_the_image_holds_every_app_and_what_it_reads():
    copied = set(re.findall(r"^COPY (\S+) \1$", LAST_STAGE, flags=re.MULTILINE))
    ours = {
        app.partition(".")[0] for app in settings.INSTALLED_APPS if (PROJECT / app.partition(".")[0]).is_dir()
    }
    assert copied == ours | {"mediabridge", "templates", "static"}


def test_the_image_copies_only_what_there_is():
    sources = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
    assert not [path for line in sources for path in line.split() if not (PROJECT / path).exists()]


def test_the_image_does_not_run_as_root():
    assert re.search(r"^USER (?!root)\w+$", LAST_STAGE, flags=re.MULTILINE)
    assert LAST_STAGE.index("USER ") < LAST_STAGE.index("CMD ")


def test_the_image_installs_with_the_locked_uv():
    locked = re.search(r"^uv==(\S+)", (PROJECT / "requirements" / "uv.txt").read_text(), flags=re.MULTILINE)
    assert locked is not None
    assert f"/uv:{locked[1]} " in DOCKERFILE


def test_the_build_sends_no_secret_and_no_data():
    assert {".env", "var", ".git"} <= set((PROJECT / ".dockerignore").read_text().split())

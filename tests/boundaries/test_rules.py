"""Every boundary holds, and every check bites when a violation is planted."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from tests.boundaries import rules
from tests.boundaries.source import REPO, copy_of_the_product, modules, plant

Rule = Callable[[Path], list[str]]

PLANTED: list[tuple[Rule, str, str]] = [
    (rules.doors_are_imported_by_nobody_else, "files/listing.py", "from files.views import browse"),
    (rules.doors_are_imported_by_nobody_else, "files/listing.py", "def later():\n    from files import tasks"),
    (rules.doors_are_imported_by_nobody_else, "files/other_views.py", "from files.views import browse"),
    (rules.doors_are_imported_by_nobody_else, "files/views.py", "from accounts.forms import LoginForm"),
    (rules.doors_are_imported_by_nobody_else, "accounts/sessions.py", "import accounts.middleware"),
    (rules.doors_are_imported_by_nobody_else, "accounts/sessions.py", "from accounts.consumers import switchboard"),
    (rules.doors_are_imported_by_nobody_else, "accounts/tokens.py", "from accounts.authentication import BearerToken"),
    (rules.doors_are_imported_by_nobody_else, "accounts/views.py", "from accounts.serializers import Credentials"),
    (rules.doors_are_imported_by_nobody_else, "files/api.py", "from accounts.serializers import Credentials"),
    (rules.doors_are_imported_by_nobody_else, "accounts/serializers.py", "from accounts.api import me"),
    (rules.doors_are_imported_by_nobody_else, "mediabridge/wire/doors.py", "from accounts import authentication"),
    (rules.wire_imports_no_app, "mediabridge/wire/policies.py", "from accounts.models import User"),
    (rules.wire_imports_no_app, "mediabridge/wire/answers.py", "def later():\n    from files import links"),
    (rules.doors_are_imported_by_nobody_else, "mediabridge/health.py", "from files.tasks import revalidate"),
    (rules.doors_are_imported_by_nobody_else, "files/cache.py", "from files.management.commands import sweep"),
    (rules.domain_speaks_no_http, "files/links.py", "from django.http import HttpRequest"),
    (rules.domain_speaks_no_http, "accounts/audit.py", "from celery import shared_task"),
    (rules.domain_speaks_no_http, "buckets/access.py", "from django.shortcuts import get_object_or_404"),
    (rules.domain_speaks_no_http, "search/traversal.py", "from channels.layers import get_channel_layer"),
    (rules.domain_speaks_no_http, "files/uploads.py", "from rest_framework.exceptions import APIException"),
    (rules.domain_speaks_no_http, "files/uploads.py", "from mediabridge.urls import urlpatterns"),
    (rules.domain_speaks_no_http, "accounts/refreshing.py", "from rest_framework.request import Request"),
    (rules.domain_speaks_no_http, "accounts/tokens.py", "from corsheaders.conf import conf"),
    (rules.domain_takes_no_request, "accounts/sessions.py", "def sign_in(*, request): ..."),
    (rules.domain_takes_the_time_as_a_value, "files/links.py", "def go():\n    return timezone.now()"),
    (rules.domain_takes_the_time_as_a_value, "accounts/setup.py", "def go():\n    return datetime.datetime.now()"),
    (rules.s3_is_spoken_in_one_room, "files/listing.py", "import boto3"),
    (rules.s3_is_spoken_in_one_room, "buckets/doctor.py", "from botocore.exceptions import ClientError"),
    (rules.s3_is_spoken_in_one_room, "files/views.py", "import urllib.request"),
    (rules.s3_takes_a_reach, "buckets/s3/objects.py", "def peek(bucket: str, key: str) -> bytes: ..."),
    (rules.s3_takes_a_reach, "buckets/s3/lister/folders.py", "def everything() -> None: ..."),
    (rules.pure_imports_no_django, "buckets/s3/lister/plan.py", "from django.conf import settings"),
    (rules.pure_imports_no_django, "buckets/paths.py", "from django.conf import settings"),
    (rules.pure_imports_no_django, "buckets/connection.py", "from buckets.models import Bucket"),
    (rules.pure_imports_no_django, "buckets/s3/signing.py", "def f():\n    from django.utils import timezone"),
    (rules.pure_imports_no_django, "buckets/s3/listing_xml.py", "from buckets import access"),
    (rules.cache_is_the_only_writer, "files/listing.py",
     "from files.models import Entry\nEntry.objects.filter(name='a').update(name='b')"),
    (rules.cache_is_the_only_writer, "files/uploads.py",
     "from files.models import PendingUpload as P\nP.objects.create()"),
    (rules.cache_is_the_only_writer, "files/tasks.py", "from files import models\nmodels.Folder.objects.all().delete()"),
    (rules.cache_is_the_only_writer, "files/links.py", "def keep(row):\n    row.save()"),
    (rules.cache_is_the_only_writer, "files/deletion.py", "def drop(folder):\n    folder.entries.all().delete()"),
    (rules.cache_is_the_only_writer, "buckets/admin.py",
     "from files.models import StoredUrl\nStoredUrl.objects.bulk_create([])"),
    (rules.cache_is_the_only_writer, "files/listing.py", "from files.models import Folder\nrow = Folder(path='')"),
    (rules.only_settings_read_the_environment, "files/links.py", "import os\nttl = os.environ['TTL']"),
    (rules.only_settings_read_the_environment, "mediabridge/asgi.py", "debug = os.environ.get('DEBUG')"),
    (rules.only_settings_read_the_environment, "accounts/setup.py", "from os import environ"),
    (rules.only_settings_read_the_environment, "buckets/doctor.py", "import os\nkey = os.getenv('KEY')"),
    (rules.models_import_models_and_constants, "files/models.py", "from files.cache import evict"),
    (rules.models_import_models_and_constants, "accounts/models.py", "def f():\n    from accounts import sessions"),
    (rules.only_paths_makes_keys, "files/listing.py", "from buckets.paths import Key\nkey = Key('a', 1, '', None)"),
    (rules.only_paths_makes_keys, "files/listing.py", "from buckets.paths import FolderKey as F\nfolder = F('a/')"),
    (rules.only_paths_makes_keys, "files/uploads.py", "from buckets.paths import _MAKER"),
    (rules.only_paths_makes_keys, "files/uploads.py", "def key(reach, path):\n    return reach.root + path"),
    (rules.only_paths_makes_keys, "buckets/s3/objects.py", "def key(reach, path):\n    return f'{reach.root}{path}'"),
    (rules.only_buckets_make_reaches, "files/views.py", "from buckets.paths import Reach\nreach = Reach()"),
    (rules.only_buckets_make_reaches, "files/links.py",
     "from dataclasses import replace\ndef up(reach):\n    return replace(reach, root='')"),
    (rules.only_buckets_make_reaches, "files/tasks.py", "def go(bucket):\n    return bucket.reach(root='', rights=None)"),
    (rules.secrets_are_opened_in_one_room, "buckets/admin.py", "from buckets.credentials import open_sealed"),
    (rules.secrets_are_opened_in_one_room, "files/views.py",
     "from buckets import credentials\ncredentials.open_sealed('')"),
    (rules.secrets_are_opened_in_one_room, "buckets/doctor.py",
     "from cryptography.hazmat.primitives.ciphers.aead import AESGCM"),
    (rules.secrets_are_opened_in_one_room, "accounts/setup.py", "def ring(settings):\n    return settings.ENCRYPTION_KEYS"),
    (rules.no_transaction_spans_an_s3_call, "files/deletion.py",
     "from buckets.s3 import objects\ndef go(reach):\n    with transaction.atomic():\n        objects.head(reach, 1)"),
    (rules.no_transaction_spans_an_s3_call, "files/uploads.py",
     "from buckets.s3.objects import head\n@transaction.atomic\ndef go(reach):\n    head(reach, 1)"),
    (rules.launcher_stands_alone, "launcher/s3.py", "from buckets.models import Bucket"),
]  # fmt: skip

ALL_RULES = list(dict.fromkeys(rule for rule, _, _ in PLANTED))


@pytest.mark.parametrize("rule", ALL_RULES, ids=lambda rule: rule.__name__)
def test_holds(rule: Rule) -> None:
    assert rule(REPO) == []


@pytest.mark.parametrize(
    ("rule", "file", "code"), PLANTED, ids=[f"{r.__name__}-{f}-{i}" for i, (r, f, _) in enumerate(PLANTED)]
)
def test_catches_a_planted_violation(rule: Rule, file: str, code: str, tmp_path: Path) -> None:
    copy_of_the_product(tmp_path, only=file)
    clean = rule(tmp_path)
    plant(tmp_path, file, code)
    caught = [line for line in rule(tmp_path) if line not in clean]
    assert caught
    assert all(line.startswith(f"{file}:") for line in caught)


def test_reads_the_whole_product() -> None:
    names = {module.name for module in modules()}
    assert {
        "accounts.models",
        "buckets.paths",
        "files.models",
        "mediabridge.settings.base",
        "manage",
    } <= names


def test_every_rule_of_the_house_is_tried() -> None:
    public = {
        value
        for name, value in vars(rules).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", "") == rules.__name__
    }
    assert public == set(ALL_RULES)


def test_no_request_runs_in_a_transaction_of_its_own() -> None:
    assert not settings.DATABASES["default"]["ATOMIC_REQUESTS"]

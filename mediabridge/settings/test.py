"""For the test suite: fixed secrets, a cheap password hash, nothing kept."""

import os

os.environ.setdefault(
    "DJANGO_SECRET_KEY", "the test suite's key, of no use to anybody, and long enough for the checks"
)
os.environ.setdefault("JWT_SECRET", "ab" * 64)
os.environ.setdefault("ENCRYPTION_KEY", "cd" * 32)
os.environ.setdefault("ALLOW_PRIVATE_ENDPOINTS", "1")

from mediabridge.settings.base import *  # noqa: F403
from mediabridge.settings.base import DATABASES

# Each test's transaction lives on one connection; a pool would hold others open when the database is dropped.
DATABASES["default"]["OPTIONS"].pop("pool")
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# Several suites share one Redis: no lister of one may take another's searches.
SEARCH_BOXES = f"mediabridge:test:{os.getpid()}:"
CELERY_TASK_ALWAYS_EAGER = True
CELERY_TASK_EAGER_PROPAGATES = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# Nothing is collected for tests; those about static files say where theirs are.
SERVESTATIC_USE_STATIC_ROOT = False
# Tests ask more quickly than people. Those about the limits set their own.
RATE_LIMIT_ANONYMOUS = RATE_LIMIT_USER = RATE_LIMIT_SESSION = RATE_LIMIT_SEARCH = "1000000/m"
# Its windows are fixed: of a minute, one would end between two tries of a test now and then.
RATE_LIMIT_LOGIN = "5/h"

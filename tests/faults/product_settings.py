"""What the product under the fault tests runs with: no collected static files, and listings that age in seconds."""

from tests.browser.live_settings import *  # noqa: F403

LISTING_FRESH = 1
SEARCH_READER_PATIENCE = 5.0
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
SERVESTATIC_USE_FINDERS = True

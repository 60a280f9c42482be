"""What holds everywhere. What is required and wrong refuses to start; what is optional and absent is off."""

import hashlib
import hmac
import re
from datetime import timedelta
from pathlib import Path

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from mediabridge.settings.admin_theme import UNFOLD  # noqa: F401
from mediabridge.settings.environment import read_settings
from mediabridge.settings.logs import configure_logs
from mediabridge.settings.origins import origin_of, pages_at
from mediabridge.settings.wire_description import SPECTACULAR_SETTINGS  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = read_settings(BASE_DIR / ".env")


def hex_secret(name: str, *, length: int) -> str:
    """The setting `name`, which must be `length` hexadecimal characters. Raises ImproperlyConfigured, quoting nothing."""
    value: str = env.str(name, default="")
    if not re.fullmatch(rf"[0-9a-fA-F]{{{length}}}", value):
        raise ImproperlyConfigured(
            f"{name} must be {length} hexadecimal characters. Make one with: openssl rand -hex {length // 2}"
        )
    return value.lower()


# Secrets
SECRET_KEY = env.str("DJANGO_SECRET_KEY", default="")
if not SECRET_KEY:
    raise ImproperlyConfigured("DJANGO_SECRET_KEY is missing. Make one with: openssl rand -hex 64")
JWT_SECRET = hex_secret("JWT_SECRET", length=128)
ENCRYPTION_KEYS = [hex_secret("ENCRYPTION_KEY", length=64), *env.list("ENCRYPTION_KEYS_OLD", default=[])]
# The seals of the audit log have keys of their own, made from these: whoever can write to the database has none of them.
AUDIT_KEYS = [
    hmac.digest(key.lower().encode(), b"MediaBridge audit log", hashlib.sha256) for key in ENCRYPTION_KEYS
]
# The first secret of a webhook is the current one; others stay good while callers change over.
EVICT_WEBHOOK_SECRETS = env.list("EVICT_WEBHOOK_SECRET", default=[])
RESTORE_WEBHOOK_SECRETS = env.list("RESTORE_WEBHOOK_SECRET", default=[])

# Where we are
DEBUG = False
HOST_NAMES = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
ALLOWED_HOSTS = HOST_NAMES
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
FRONTEND_URL = env.str("FRONTEND_URL", default="").rstrip("/")
# Where links begin that commands print: no browser has said under which name it knows us.
_OWN_PAGES = pages_at(
    env.str("HOST", default="127.0.0.1"), env.number("PORT", default=8000, lowest=1, highest=65535)
)
LINKS_BEGIN = (FRONTEND_URL or _OWN_PAGES) + "/"
TRUSTED_PROXIES = env.networks("TRUSTED_PROXIES", default=[])
ROOT_URLCONF = "mediabridge.urls"
ASGI_APPLICATION = "mediabridge.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "mediabridge.apps.MediaBridgeAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "channels",
    "corsheaders",
    "csp",
    "drf_spectacular",
    "servestatic",
    "accounts",
    "buckets",
    "files",
    "search",
    "restore",
]

MIDDLEWARE = [
    "mediabridge.middleware.ProxyHeaders",
    # Before whatever may answer: a client on another origin can read no refusal that lacks its headers.
    "mediabridge.wire.cors.Cors",
    "django.middleware.security.SecurityMiddleware",
    # Pages are mostly rows that resemble each other. Tokens in them are masked anew for every answer, which is what
    # keeps guessing a secret from an answer's length (BREACH) from working.
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "mediabridge.middleware.WhoIsThis",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mediabridge.csp.PageOrigins",
    "mediabridge.rate_limits.RateLimits",
    "mediabridge.middleware.SignInFirst",
    "mediabridge.middleware.ErrorAnswers",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context.locked_people",
            ],
            "builtins": ["mediabridge.templatetags.look", "files.templatetags.names"],
        },
    }
]

# Data. One connection a thread, from a pool, given back at the end of every request.
DATABASES = {"default": env.database("DATABASE_URL", default="postgresql:///mediabridge")}
DATABASES["default"].update({"CONN_MAX_AGE": 0, "ATOMIC_REQUESTS": False})
DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {
    "min_size": 1,
    "max_size": env.number("DATABASE_POOL", default=20, lowest=1),
    "timeout": 5,
}

REDIS_URL = env.address("REDIS_URL", "rediss", "redis", default="redis://127.0.0.1:6379/0")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # The layer waits five seconds for a message, and the client for an answer no longer by itself: it would give
            # up whenever nothing happens.
            "hosts": [{"address": REDIS_URL, "socket_connect_timeout": 1, "socket_timeout": 15}],
            "prefix": "mediabridge",
        },
    }
}
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "mediabridge",
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

# What the letter boxes of searches are called in Redis.
SEARCH_BOXES = "mediabridge:search:"
# Seconds a search waits for a client that doesn't read what it is sent.
SEARCH_READER_PATIENCE = 25.0

# A task is only a nudge: PostgreSQL holds what is to be done, so nothing waits long for the broker or keeps results.
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 1, "socket_timeout": 10, "max_retries": 0}
CELERY_TASK_TIME_LIMIT = 900
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"

# People and sessions
AUTH_USER_MODEL = "accounts.User"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
SESSION_ENGINE = "accounts.session_store"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "mediabridge.error_pages.csrf_failure"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
RATE_LIMIT_LOGIN = env.limit("RATE_LIMIT_LOGIN", default="5/m")
RATE_LIMIT_ANONYMOUS = env.limit("RATE_LIMIT_ANONYMOUS", default="60/m")
RATE_LIMIT_USER = env.limit("RATE_LIMIT_USER", default="600/m")
RATE_LIMIT_SESSION = env.limit("RATE_LIMIT_SESSION", default="600/m")
# A client may search every bucket of a person at once, each over a socket of its own, again after every pause in typing.
RATE_LIMIT_SEARCH = env.limit("RATE_LIMIT_SEARCH", default="1200/m")
# For how many days somebody may make a personal token at most.
TOKEN_MAX_DAYS = env.number("TOKEN_MAX_DAYS", default=365, lowest=1, highest=3650)

# The wire
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.authentication.BearerToken",
        "accounts.authentication.PageSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["mediabridge.wire.policies.SignedIn"],
    "DEFAULT_THROTTLE_CLASSES": ["mediabridge.wire.policies.Limits"],
    "DEFAULT_PARSER_CLASSES": ["mediabridge.wire.json_body.StrictJSON"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "mediabridge.wire.answers.AlwaysJSON",
    "DEFAULT_METADATA_CLASS": None,
    "DEFAULT_SCHEMA_CLASS": "mediabridge.wire.schema.WireSchema",
    "EXCEPTION_HANDLER": "mediabridge.wire.answers.told_by_the_framework",
    "URL_FORMAT_OVERRIDE": None,
}
SIMPLE_JWT = {
    "ALGORITHM": "HS512",
    "SIGNING_KEY": JWT_SECRET,
    "ISSUER": "mediabridge",
    "AUDIENCE": "mediabridge:wire",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=5),
    # The library checks signature, type, issuer and audience; `accounts.tokens` the times, against the caller's clock.
    "LEEWAY": timedelta(days=36_500),
    "USER_ID_CLAIM": "sub",
}
REFRESH_COOKIE_NAME = "refresh"
REFRESH_COOKIE_SECURE = False
REFRESH_COOKIE_SAMESITE = env.str("REFRESH_COOKIE_SAMESITE", default="Strict")
if REFRESH_COOKIE_SAMESITE not in ("Strict", "None"):
    raise ImproperlyConfigured(
        "REFRESH_COOKIE_SAMESITE must be Strict; or None, if FRONTEND_URL is another site."
    )
CORS_ALLOWED_ORIGINS = [origin_of(FRONTEND_URL, setting="FRONTEND_URL")] if FRONTEND_URL else []
CORS_URLS_REGEX = r"^/api(/|$)"
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_METHODS = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST"]
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type"]
CORS_EXPOSE_HEADERS = ["retry-after"]
CORS_PREFLIGHT_MAX_AGE = 600

# Files
# S3 takes at most 5 GiB in one PUT.
UPLOAD_LIMIT_BYTES = env.number("UPLOAD_LIMIT_MB", default=25, lowest=1, highest=5120) * 1024 * 1024
LISTING_TTL = env.number("LISTING_TTL", default=600)
LISTING_FRESH = 60
INDEX_TIME_LIMIT = env.number("INDEX_TIME_LIMIT", default=60, lowest=1)
# Not /tmp, which often is memory.
SPOOL_DIR = env.str("SPOOL_DIR", default="/var/tmp")  # noqa: S108 - what lies there has no name to open it by
S3_ENDPOINT_URL = env.address("S3_ENDPOINT_URL", "http", "https", default="")
S3_PUBLIC_URL = env.address("S3_PUBLIC_URL", "http", "https", default="")
ALLOW_PRIVATE_ENDPOINTS = env.flag("ALLOW_PRIVATE_ENDPOINTS", default=False)
# What a page may post: metadata of some thousand files, never a file.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

# Mail. Without SMTP_HOST nothing is sent, and the pages offer the links to copy instead.
EMAIL_HOST = env.str("SMTP_HOST", default="")
EMAIL_PORT = env.number("SMTP_PORT", default=587, lowest=1, highest=65535)
EMAIL_HOST_USER = env.str("SMTP_USER", default="")
EMAIL_HOST_PASSWORD = env.str("SMTP_PASS", default="")
EMAIL_USE_TLS = EMAIL_PORT == 587
EMAIL_USE_SSL = EMAIL_PORT == 465
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("SMTP_FROM", default="mediabridge@localhost")
HAS_MAIL = bool(EMAIL_HOST)

# Restores use an IAM user of their own.
RESTORE_AWS_ACCESS_KEY_ID = env.str("RESTORE_AWS_ACCESS_KEY_ID", default="")
RESTORE_AWS_SECRET_ACCESS_KEY = env.str("RESTORE_AWS_SECRET_ACCESS_KEY", default="")
RESTORE_AWS_REGION = env.str("RESTORE_AWS_REGION", default="")

# The audit log: how many days its entries are kept. 0 keeps them for ever.
AUDIT_KEEP_DAYS = env.number("AUDIT_KEEP_DAYS", default=0, highest=36_500)

# Language, time, static files
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "mediabridge.static_files.StaticFiles"},
}

# What a page may load. The bucket origins of the person signed in are added for each answer.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "manifest-src": [SELF],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

LOGGING_CONFIG = None
configure_logs(
    level=env.one_of("LOG_LEVEL", "DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL", default="INFO"),
    as_json=env.flag("LOG_JSON", default=False),
)

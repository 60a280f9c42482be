"""What the product under the browser tests runs with: the settings of script/server, and cheap password hashes."""

from mediabridge.settings.local import *  # noqa: F403

# The cast's passwords are stored by the test process, with the test suite's hash.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]

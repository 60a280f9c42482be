"""Behind TLS. Cookies are tied to this host and to TLS, and HSTS tells browsers never to come without it."""

from mediabridge.settings.base import *  # noqa: F403
from mediabridge.settings.base import TRUSTED_PROXIES, env

SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
REFRESH_COOKIE_NAME = "__Secure-refresh"
REFRESH_COOKIE_SECURE = True
SECURE_HSTS_SECONDS = env.number("HSTS_SECONDS", default=365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_SSL_REDIRECT = env.flag("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

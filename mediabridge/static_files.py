"""How static files are stored under names that change with their contents, and served before anything else is asked."""

from typing import Any

from django.conf import settings
from servestatic.asgi import FileServerASGI
from servestatic.middleware import ServeStaticMiddleware
from servestatic.storage import CompressedManifestStaticFilesStorage
from servestatic.utils import run_async_in_thread


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]  # the package says no types
    """Modules import each other by hashed names too, so an upgrade never meets a module a browser kept from before."""

    support_js_module_import_aggregation = True


class StaticFirst:
    """An ASGI application that answers for static files and hands every other request on.

    As middleware of Django it would be the only one that can't run in a thread: each request would change between thread
    and event loop twice more, and each static file would pass what is meant for people.
    """

    def __init__(self, application: Any) -> None:
        self.application = application
        self._files = _Found(_nothing)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        file = await self._find(scope["path"]) if scope["type"] == "http" else None
        application = self.application if file is None else FileServerASGI(file)
        await application(scope, receive, send)

    async def _find(self, path: str) -> Any:
        if self._files.autorefresh:
            return await run_async_in_thread(self._files.find_file, path)
        return self._files.files.get(path)


class _Found(ServeStaticMiddleware):  # type: ignore[misc]  # the package says no types
    """The static files there are. With each goes what Django's SecurityMiddleware says of a page."""

    def add_cache_headers(self, headers: Any, path: str, url: str) -> None:
        super().add_cache_headers(headers, path, url)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = settings.SECURE_REFERRER_POLICY
        headers["Cross-Origin-Opener-Policy"] = settings.SECURE_CROSS_ORIGIN_OPENER_POLICY
        if settings.SECURE_HSTS_SECONDS:
            wider = "; includeSubDomains" * settings.SECURE_HSTS_INCLUDE_SUBDOMAINS
            wider += "; preload" * settings.SECURE_HSTS_PRELOAD
            headers["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}{wider}"


async def _nothing(request: Any) -> Any:
    raise NotImplementedError("Asked for its files only.")

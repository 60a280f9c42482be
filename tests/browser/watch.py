"""What must not happen while a page is open, noticed and kept: script errors, policy violations, answers that failed."""

import re

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request, Response

REPORT_POLICY = """
addEventListener('securitypolicyviolation', event =>
  console.error(`CSP violation: ${event.violatedDirective} blocked ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));
"""


class Watch:
    """The trouble of one test. What a test provokes on purpose it allows first, by a pattern found in the message."""

    def __init__(self, origin: str) -> None:
        self._origin = origin
        self._allowed: list[re.Pattern[str]] = []
        self._trouble: list[str] = []

    def allow(self, pattern: str) -> None:
        """From now on a message in which `pattern` is found is no trouble."""
        self._allowed.append(re.compile(pattern))

    def over(self, context: BrowserContext) -> None:
        """Watches every page of `context`, which runs REPORT_POLICY first."""
        context.on("page", self._page)

    def over_no_more(self, context: BrowserContext) -> None:
        """Pages that `context` opens from now on are somebody else's."""
        context.remove_listener("page", self._page)

    @property
    def trouble(self) -> list[str]:
        """What happened and was not allowed."""
        return [what for what in self._trouble if not any(pattern.search(what) for pattern in self._allowed)]

    def _page(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._trouble.append(f"script error: {error} {error.stack}"))
        page.on("requestfailed", self._failed)
        page.on("response", self._answered)
        page.on("crash", lambda _: self._trouble.append("the page crashed"))

    def _console(self, message: ConsoleMessage) -> None:
        # Failed loads are judged by their answers, below, where the status is known.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self._trouble.append(
                f"console {message.type}: {message.text} ({message.location.get('url', '')})"
            )

    def _failed(self, request: Request) -> None:
        # What a person leaves behind by going elsewhere, or cancels, is aborted; that is no failure.
        if "ERR_ABORTED" not in (request.failure or ""):
            self._trouble.append(f"request failed: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        ours = response.url.startswith(self._origin)
        is_asset = response.url.startswith(f"{self._origin}/static/")
        if response.status >= (500 if ours and not is_asset else 400):
            self._trouble.append(f"answer {response.status}: {response.request.method} {response.url}")

"""Windows of the browser that are used again, each with a tab that stays.

A new one takes more than a second for its first page: it has read no script yet, and without a tab that stays each page is
read by a process of its own.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, CDPSession, Error

from accounts.models import User
from tests.browser import pages
from tests.browser.watch import Watch


@dataclass
class _Window:
    context: BrowserContext
    kind: str
    url: str
    watch: Watch
    keeper: CDPSession | None
    """Of the tab that stays; None in a window that is used once."""


@dataclass
class Windows:
    """Gives out windows, signed in as somebody, and takes them back; none remembers anything but what browsers cache.

    What can't be undone, such as a script that every page of a window begins with, belongs in one opened `once`.
    """

    browser: Browser
    _idle: list[_Window] = field(default_factory=list)
    _given: dict[BrowserContext, _Window] = field(default_factory=dict)

    def open(
        self,
        *,
        url: str,
        watch: Watch,
        person: User | None,
        width: int = 1440,
        theme: str = "light",
        once: bool = False,
        **options: Any,
    ) -> BrowserContext:
        """A window on the product at `url`, for pages to be opened in."""
        kind = "" if once else f"{url} {width} {theme} {sorted(options.items())}"
        window = next((idle for idle in self._idle if idle.kind == kind), None)
        if window is None:
            context = pages.context_of(self.browser, url=url, width=width, theme=theme, **options)
            window = _Window(context, kind, url, watch, None if once else _keeper(context, url))
        else:
            self._idle.remove(window)
            window.watch = watch
        self._given[window.context] = window
        watch.over(window.context)
        if person is not None:
            pages.enter(window.context, person, url=url)
        return window.context

    def put_back(self, context: BrowserContext) -> None:
        """Closes its pages, and makes it forget who used it; one that can't be mended is closed for good."""
        window = self._given.pop(context)
        window.watch.over_no_more(context)
        with suppress(Error):
            if window.keeper is not None:
                _clean(context, window.keeper, window.url)
                self._idle.append(window)
                return
        context.close()

    def close(self) -> None:
        """Closes all windows."""
        for window in [*self._idle, *self._given.values()]:
            window.context.close()
        self._idle.clear()
        self._given.clear()


def _keeper(context: BrowserContext, url: str) -> CDPSession:
    tab = context.new_page()
    tab.goto(f"{url}/healthz")
    return context.new_cdp_session(tab)


def _clean(context: BrowserContext, keeper: CDPSession, url: str) -> None:
    context.set_offline(False)
    context.unroute_all(behavior="ignoreErrors")
    context.clear_cookies()
    for page in context.pages[1:]:
        page.close()
    keeper.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})

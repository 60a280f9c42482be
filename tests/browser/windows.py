"""Windows of the browser that are used again: a new one takes a second for its first page, for it has read no script yet."""

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page

from accounts.models import User
from tests.browser import pages
from tests.browser.watch import Watch


@dataclass
class _Window:
    context: BrowserContext
    kind: str
    url: str
    watch: Watch


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
        """A window without pages on the product at `url`."""
        kind = "" if once else f"{url} {width} {theme} {sorted(options.items())}"
        window = next((idle for idle in self._idle if idle.kind == kind), None)
        if window is None:
            context = pages.context_of(self.browser, url=url, width=width, theme=theme, **options)
            window = _Window(context, kind, url, watch)
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
        is_clean = False
        if window.kind:
            with suppress(Error):
                _clean(context, window.url)
                is_clean = True
        if is_clean:
            self._idle.append(window)
        else:
            context.close()

    def close(self) -> None:
        """Closes all windows."""
        for window in [*self._idle, *self._given.values()]:
            window.context.close()
        self._idle.clear()
        self._given.clear()


def _clean(context: BrowserContext, url: str) -> None:
    context.set_offline(False)
    context.unroute_all(behavior="ignoreErrors")
    context.clear_cookies()
    for number, page in enumerate(context.pages):
        if number == 0:
            _empty_storage(page, url)
        page.close()


def _empty_storage(page: Page, url: str) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})

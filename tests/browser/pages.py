"""Opening the browser, and pages of people in it."""

import shutil
from pathlib import Path
from typing import Any

from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Playwright, expect

from accounts.models import User
from tests.browser.watch import REPORT_POLICY

FLAGS = [
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
    # Tabs of a window share a process, where each would start one of its own.
    "--renderer-process-limit=1",
]  # fmt: skip
HEIGHTS = {1440: 900, 768: 1024, 390: 844}
WIDTHS = tuple(HEIGHTS)
THEMES = ("light", "dark")
WHOLE = ("chromium", "chromium-browser", "google-chrome")
WITHOUT_WINDOWS = "chromium-headless-shell"
"""Chromium's own program that draws pages and nothing around them: a page costs it a quarter less."""
INSTALL = "There is no Chromium. Install it: apt-get install -y --no-install-recommends chromium"


class NoChromium(Exception):
    """Neither the machine nor Playwright has a browser; the text says what to run."""


def launch(playwright: Playwright, *, whole: bool = True) -> Browser:
    """Chromium of the machine, else Playwright's own. Raises NoChromium.

    As people have it, or not `whole`, where the machine has that: the same pages and scripts, but no viewer for PDF.
    """
    names = WHOLE if whole else (WITHOUT_WINDOWS, *WHOLE)
    path = next(
        (found for name in names if (found := shutil.which(name))), playwright.chromium.executable_path
    )
    if not Path(path).exists():
        raise NoChromium(INSTALL)
    expect.set_options(timeout=15_000)
    return playwright.chromium.launch(executable_path=path, args=FLAGS)


def context_of(browser: Browser, *, url: str, width: int, theme: str, **options: Any) -> BrowserContext:
    """A window of its own on the product at `url`, in which nobody is signed in."""
    is_phone = width < 500
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": HEIGHTS.get(width, 900)},
        color_scheme=theme,  # type: ignore[arg-type]
        locale="en-GB",
        timezone_id="UTC",
        **{"has_touch": is_phone, "is_mobile": is_phone, **options},
    )
    context.set_default_timeout(20_000)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=url)
    context.add_init_script(REPORT_POLICY)
    return context


def enter(context: BrowserContext, person: User, *, url: str) -> None:
    """Signs `person` in."""
    context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": sign_in(person), "url": url}])


def sign_in(person: User) -> str:
    """A session of `person`, as its cookie's value."""
    client = Client()
    client.force_login(person)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)

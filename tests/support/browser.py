"""Chromium from Debian's package, in which a page is watched: what it asks for elsewhere and what it complains of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, sync_playwright

PROGRAM = Path("/usr/bin/chromium")
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1200, "height": 900}
_WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, within: str, **options: Any) -> Iterator[Page]:
    """A page of a visitor of their own; fails if it asks for anything outside of a URL, or says that it erred."""
    complaints: list[str] = []
    context = browser.new_context(**{"locale": "en-US", "viewport": DESKTOP, **options})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.on("console", lambda message: complaints.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
    page.on("request", lambda request: complaints.append(f"request: {request.url}") if _leaves(request.url) else None)

    def _leaves(url: str) -> bool:
        return not url.startswith((within, "data:"))

    yield page
    context.close()
    assert not complaints


def barriers(page: Page) -> list[str]:
    """What axe-core finds against WCAG 2.2, levels A and AA, one line each."""
    violations = Axe().run(page, options=_WCAG).response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in violations for node in rule["nodes"]]

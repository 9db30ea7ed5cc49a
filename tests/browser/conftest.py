"""Real Chromium, driven by Playwright: pages that tell what they ask for and what they complain of."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import VIEWS, View, arguments, find_browser
from tests.browser.reading import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser

sys.path.insert(0, str(Path(__file__).parents[1] / "reports"))  # the searches of the tests of reports


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module's tests: as long as it is open, nothing else in this process can run an event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        found = driver.chromium.launch(executable_path=find_browser(), args=arguments())
        yield found
        found.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visitor]:
    """Opens pages, `visit(address, view)`; the test fails where one asks elsewhere for anything, or complains."""
    visitor = Visitor(browser)
    yield visitor
    visitor.close()
    assert visitor.problems == []


@pytest.fixture(params=VIEWS, ids=lambda view: view.name)
def view(request: pytest.FixtureRequest) -> View:
    """Light and dark, desktop and phone."""
    return request.param

"""What the tests read off a page: what it asked for, what it complained of, whom it shuts out, how wide it is."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.browser.chromium import DESKTOP, VIEWS, View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request

_OF_COLORS = ("color-contrast", "link-in-text-block")  # axe-core's rules that compare colors
_WITHIN = ("data:", "blob:", "about:")  # addresses that lie within the page


class Visitor:
    """Opens pages and notes what they should not do.

    Args:
        browser: Chromium.
    """

    def __init__(self, browser: Browser) -> None:
        self.problems: list[str] = []
        self._browser = browser
        self._contexts: list[BrowserContext] = []

    def __call__(self, address: str, view: View = DESKTOP, *, expected: str = "", **options: Any) -> Page:
        """Opens a page in a context of its own; requests to another origin, or to another file, are problems.

        Args:
            address: of the page.
            view: how it is looked at.
            expected: part of a complaint that belongs to what is tried, as of a request that is refused.
            **options: of the context, as Playwright calls them.
        """
        width, height = view.pixels
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=view.scheme,
            has_touch=view.size == "phone",
            **options,
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: self._request(request, address))
        page.on("console", lambda said: self._console(said, expected))
        page.on("pageerror", lambda error: self._note(True, f"{error}"))
        page.goto(address, wait_until="load")
        return page

    def close(self) -> None:
        """Closes every page."""
        for context in self._contexts:
            context.close()

    def _request(self, request: Request, address: str) -> None:
        asked, own = urlsplit(request.url), urlsplit(address)
        same = asked[:2] == own[:2] and (own.scheme != "file" or asked.path == own.path)
        self._note(not same and not request.url.startswith(_WITHIN), f"asked for {request.url[:200]}")

    def _console(self, said: ConsoleMessage, expected: str) -> None:
        wrong = said.type in ("error", "warning") and not (expected and expected in said.text)
        self._note(wrong, f"{said.type}: {said.text}")

    def _note(self, wrong: bool, problem: str) -> None:
        if wrong:
            self.problems.append(problem)


def violations(page: Page, *, rules: Sequence[str] = ()) -> list[str]:
    """What axe-core finds that shuts people out, as sentences; contrast included.

    Args:
        page: which.
        rules: those that are looked at; all where there are none.
    """
    if not page.evaluate("() => 'axe' in window"):
        page.evaluate(_axe())
    chosen = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    found = page.evaluate(
        "options => axe.run(document, options).then(found => found.violations)",
        {"resultTypes": ["violations"], **chosen},
    )
    return [
        f"{each['id']}: {each['help']}: {node['html'][:120]}: {node.get('failureSummary', '')}"
        for each in found
        for node in each["nodes"]
    ]


def too_wide(page: Page) -> list[str]:
    """What makes a page wider than its screen, so that one has to scroll sideways."""
    return page.evaluate(
        """() => {
            const screen = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= screen) return [];
            const wide = [...document.body.querySelectorAll("*")].filter(
                (each) => each.getBoundingClientRect().right > screen + 0.5 && !each.closest(".scroll *, pre *"));
            return wide.map((each) => each.outerHTML.slice(0, 120)).concat(["the page"]);
        }"""
    )


@cache
def _axe() -> str:
    return (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def faults(page: Page) -> list[str]:
    """Whom a page shuts out and where it is too wide: light and dark, on a desktop and on a phone.

    The dark views are the light ones in other colors, so that of them the rules about colors are looked at.
    """
    found = []
    for view in VIEWS:
        width, height = view.pixels
        page.emulate_media(color_scheme=view.scheme)
        page.set_viewport_size({"width": width, "height": height})
        rules = _OF_COLORS if view.scheme == "dark" else ()
        found += [f"{view.name}: {each}" for each in (*too_wide(page), *violations(page, rules=rules))]
    return found

"""Tests where packages of the extras are absent: what needs one is skipped, with its name as the reason.

classlab works without them, and so must its tests. A module, a folder or a test that fails for want of a package that
is not installed counts as skipped; one that is marked `light` must pass without them. Where everything is installed,
nothing of this has an effect.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

from classlab.errors import MissingExtraError
from tests.browser.chromium import find_browser

if TYPE_CHECKING:
    from collections.abc import Generator

pytest_plugins = ["tests.faults.counting", "tests.odd_layer"]

# The packages of the extras, and those that the tests compare with; beside them, Chromium for the pages.
OPTIONAL = (
    "torch", "keras", "array_api_compat", "scipy", "sklearn", "mlxtend", "statsmodels", "pandas", "optuna", "ray",
    "starlette", "uvicorn", "httpx2", "onnx", "onnxruntime", "playwright", "axe_playwright_python",
)  # fmt: skip
_OF_EXTRAS = {"search": "optuna", "web": "starlette"}  # of those that are not called as their package is


class WithoutExtras:
    """The hooks. A plugin of its own: pytest does not ask a conftest about a folder whose own conftest fails."""

    def __init__(self, absent: set[str]) -> None:
        self._absent = absent
        self._refusals: list[BaseException] = []  # within one test, also those that a command made its answer

    def pytest_sessionstart(self) -> None:
        """Takes note of every sentence about a missing package: a command swallows it and ends with a code."""
        plain, refusals = MissingExtraError.__init__, self._refusals

        def noted(error: MissingExtraError, *arguments: object) -> None:
            refusals.append(error)
            plain(error, *arguments)

        MissingExtraError.__init__ = noted  # type: ignore[method-assign]

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Skips a module whose imports need what is absent, and a folder whose conftest does."""
        report = yield
        call: pytest.CallInfo[Any] | None = getattr(report, "call", None)
        if report.failed and call is not None and call.excinfo is not None:
            self._skip(report, self._lacking(call.excinfo.value), (str(collector.path), 0))
            for name in [name for name in sys.modules if _file(name) == str(collector.path)]:
                del sys.modules[name]  # pytest leaves the half of it there, and others would import that
        return report

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Skips a test that says what it needs: in a program of its own, whose errors are not seen here."""
        self._refusals.clear()
        for mark in item.iter_markers("needs"):
            for package in sorted(self._absent.intersection(mark.args)):
                pytest.skip(_reason(package))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[Any]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Skips a test that failed for want of what is absent, unless it must do without."""
        report = yield
        if report.failed and call.excinfo is not None and not item.get_closest_marker("light"):
            package = self._lacking(call.excinfo.value) or self._lacking(next(iter(self._refusals), None))
            self._skip(report, package, (str(item.path), item.location[1] or 0))
        return report

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Counts what was skipped for want of each package, modules and tests alike."""
        skipped = [report.longrepr for report in terminalreporter.stats.get("skipped", [])]
        reasons = Counter(told[2].removeprefix("Skipped: ") for told in skipped if isinstance(told, tuple))
        for package in sorted(self._absent):
            if count := reasons[_reason(package)]:
                terminalreporter.write_line(f"{count} modules or tests skipped: {_reason(package)}")

    def _skip(self, report: pytest.CollectReport | pytest.TestReport, package: str, place: tuple[str, int]) -> None:
        if package:
            report.outcome = "skipped"
            report.longrepr = (*place, f"Skipped: {_reason(package)}")

    def _lacking(self, problem: BaseException | None) -> str:
        """The absent package that an error speaks of, or one that led to it; "" for none."""
        while problem is not None:
            name = ""
            if isinstance(problem, MissingExtraError):
                named = re.search(r"classlab\[(\w+)\]", str(problem))
                name = _OF_EXTRAS.get(named[1], named[1]) if named else ""
            elif isinstance(problem, ModuleNotFoundError):
                name = (problem.name or "").partition(".")[0]
            if name in self._absent:
                return name
            problem = problem.__cause__ or problem.__context__
        return ""


def pytest_configure(config: pytest.Config) -> None:
    """Has no effect where every package is there."""
    absent = {package for package in OPTIONAL if find_spec(package) is None}
    absent.update(() if find_browser() else ("chromium",))
    if absent:
        config.pluginmanager.register(WithoutExtras(absent))


def _reason(package: str) -> str:
    return f"needs {package}, which is not installed"


def _file(module: str) -> str | None:
    return getattr(sys.modules.get(module), "__file__", None)

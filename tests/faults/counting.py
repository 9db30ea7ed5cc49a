"""Counts trials of faults: `pytest -m faults` runs the quick ones, `--faults full` all; `--faults-json` keeps count.

`--faults-of R3,R5` tries and counts these alone, `--faults-part 2/7` the second of seven parts of the cases that are
listed, as the changes of a disk are: the full set takes hours, and what is counted one by one adds up.

A test that is listed in `tests/faults/table.py`, or bears the mark itself, is a trial of its fault; one that asks for
the fixture `trials` counts each of its own. A trial that goes wrong does not end the test, so that n of N can be said.
"""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.table import FAULTS, faults_of

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

_SHOWN = 20  # trials gone wrong that a failure tells of


class Trials:
    """The trials of one test.

    Args:
        full: whether all trials are asked for, and not the quick ones.
        part: which one of how many parts of all cases.
    """

    def __init__(self, *, full: bool, part: tuple[int, int] = (1, 1)) -> None:
        self.full = full
        self._part = part
        self.tried = 0
        self.wrong: list[str] = []

    def count(self, *, quick: int, full: int) -> int:
        """How many trials to make."""
        return full if self.full else quick

    def some(self, all_of: list[Any], *, quick: int) -> list[Any]:
        """All of the cases, or evenly spread ones of them."""
        part, parts = self._part
        return all_of[part - 1 :: parts] if self.full else all_of[:: max(1, len(all_of) // quick)]

    @contextmanager
    def trial(self, what: object) -> Iterator[None]:
        """One trial: right unless something is raised within."""
        self.tried += 1
        try:
            yield
        except Exception as problem:  # noqa: BLE001  (whatever it is, the trial went wrong)
            self.wrong.append(f"{what}: {type(problem).__name__}: {str(problem)[:300]}")

    def add(self, what: object, *, right: bool) -> None:
        """One trial whose end is known."""
        self.tried += 1
        if not right:
            self.wrong.append(str(what)[:400])


@pytest.fixture
def trials(request: pytest.FixtureRequest) -> Trials:
    """Counts what this test tries."""
    options = request.config
    return Trials(full=options.getoption("faults") == "full", part=options.getoption("faults_part"))


def pytest_addoption(parser: pytest.Parser) -> None:
    """The two options."""
    group = parser.getgroup("faults")
    group.addoption("--faults", choices=("quick", "full"), default="quick", help="how many trials of each fault")
    group.addoption("--faults-of", type=lambda names: names.split(","), default=list(FAULTS), help="R1,R2: these alone")
    group.addoption("--faults-part", type=_part, default=(1, 1), help="2/7: the second of seven parts of listed cases")
    group.addoption("--faults-json", type=Path, help="file for trials, passes and seconds by fault")


def _part(text: str) -> tuple[int, int]:
    part, _, parts = text.partition("/")
    return int(part), int(parts)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what the table lists, and leaves out what only the full set has."""
    full, asked, kept = config.getoption("faults") == "full", set(config.getoption("faults_of")), []
    for item in items:
        for fault in faults_of(item.nodeid):
            item.add_marker(pytest.mark.faults(fault))
        if asked != set(FAULTS) and not asked.intersection(mark.args[0] for mark in item.iter_markers("faults")):
            continue
        if full or not any(mark.kwargs.get("full") for mark in item.iter_markers("faults")):
            kept.append(item)
    items[:] = kept


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """Fails a test of whose trials some went wrong."""
    done = yield
    counted = pyfuncitem.funcargs.get("trials")
    if isinstance(counted, Trials) and counted.wrong:
        told = "\n".join(counted.wrong[:_SHOWN])
        pytest.fail(f"{len(counted.wrong)} of {counted.tried} trials went wrong:\n{told}", pytrace=False)
    return done


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Has the count travel with the report, from whichever process the test ran in."""
    report = yield
    if report.when == "call" and not report.skipped:
        counted = getattr(item, "funcargs", {}).get("trials")
        own = isinstance(counted, Trials) and counted.tried > 0
        tried = counted.tried if own else 1
        right = tried - len(counted.wrong) if own else int(report.passed)
        if own and report.failed and not counted.wrong:  # the test itself broke off
            tried += 1
        asked = item.config.getoption("faults_of")
        for fault in dict.fromkeys(str(mark.args[0]) for mark in item.iter_markers("faults") if mark.args[0] in asked):
            report.user_properties.append(("fault", [fault, tried, right, report.duration]))
    return report


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Says n of N by fault and writes the file, where the count was asked for."""
    if hasattr(config, "workerinput"):
        return  # one of several processes; the one that started them has all counts
    place = config.getoption("faults_json")
    if place is None and "faults" not in (config.option.markexpr or ""):
        return
    counts: dict[str, list[float]] = defaultdict(lambda: [0, 0, 0.0])
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, []):
            for name, value in getattr(report, "user_properties", []):
                if name == "fault":
                    counts[value[0]] = [old + new for old, new in zip(counts[value[0]], value[1:], strict=True)]
    for fault in config.getoption("faults_of"):
        tried, right, seconds = counts[fault]
        terminalreporter.write_line(f"{fault:>3} {FAULTS[fault].fault}: {right} of {tried}, {seconds:.0f} s")
    if place is not None:
        document = {
            "set": config.getoption("faults"),
            "part": config.getoption("faults_part"),
            "faults": {
                fault: {"trials": counts[fault][0], "passes": counts[fault][1], "seconds": round(counts[fault][2], 1)}
                for fault in FAULTS
            },
        }
        place.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")

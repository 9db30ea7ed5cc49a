"""All runs of the store, newest first, a hundred to a page; links keep those of one data, model or state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.routing import Route

from classlab.analysis.numbers import counted, percent
from classlab.records.plain import state_words, to_minute
from classlab.web.compare_choices import optimizer_words
from classlab.web.pages import first_shown, show
from classlab.web.site import site_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from classlab.studies.store.run_lines import RunLine
    from classlab.studies.store.study_rows import Membership

_PAGE = 100  # runs
_MOST_NAMES = 30  # that are offered to choose by
_FILTERS = ("data", "model", "state")


@dataclass(frozen=True, kw_only=True)
class _Row:
    """A run as the list shows it: its line, where it belongs, and the texts of the columns behind these."""

    line: RunLine
    home: Membership | None
    cells: tuple[str, ...]


def runs_page(request: Request) -> Response:
    """The runs that fit, or what to do where there are none."""
    site = site_of(request)
    asked = {name: word for name in _FILTERS if (word := request.query_params.get(name))}
    lines: list[RunLine] = []
    memberships: Mapping[str, Membership] = {}
    first = 0
    if not site.is_empty:
        with site.store() as store:
            lines = store.lines()
            fitting = [line for line in lines if all(getattr(line, name) == word for name, word in asked.items())]
            first = first_shown(request, len(fitting))
            shown = fitting[first : first + _PAGE]
            memberships = store.memberships(shown)
    else:
        fitting = shown = []
    return show(
        request,
        "runs.html",
        folder=site.folder,
        caption=_caption(asked, first, len(shown), len(fitting)),
        rows=[_row(line, memberships.get(line.identity)) for line in shown],
        choices=[(name, _choices(lines, asked, name)) for name in _FILTERS],
        newer=_address(asked, max(0, first - _PAGE)) if first else "",
        older=_address(asked, first + _PAGE) if first + _PAGE < len(fitting) else "",
        empty=not lines,
    )


def _caption(asked: Mapping[str, str], first: int, shown: int, runs: int) -> str:
    kept = "".join(f", {name} {word.replace('_', ' ')}" for name, word in asked.items())
    part = f", {first + 1} to {first + shown}" if shown < runs else ""
    return f"{counted(runs, 'run')}{kept}, newest first{part}"


def _choices(lines: Sequence[RunLine], asked: Mapping[str, str], name: str) -> list[tuple[str, str, bool]]:
    """What may be kept of one column: text, address, and whether it is what is shown; nothing where all are alike."""
    words = list(dict.fromkeys(getattr(line, name) for line in lines))[:_MOST_NAMES]
    rest = {each: word for each, word in asked.items() if each != name}
    if len(words) < 2 and name not in asked:
        return []
    named = [(word.replace("_", " "), _address({**rest, name: word}), asked.get(name) == word) for word in words]
    return [("all", _address(rest), name not in asked), *named]


def _address(asked: Mapping[str, str], first: int = 0) -> str:
    query = urlencode({**asked, **({"from": first} if first else {})})
    return f"/runs?{query}" if query else "/runs"


def _row(line: RunLine, home: Membership | None) -> _Row:
    cells = (
        line.model,
        optimizer_words(line.optimizer, line.learning_rate),
        str(line.seed),
        f"{line.epochs_done}/{line.epochs}",
        state_words(line.state),
        percent(line.validation_accuracy),
        percent(line.test_accuracy),
        to_minute(line.created),
    )
    return _Row(line=line, home=home, cells=cells)


ROUTES: tuple[Route, ...] = (Route("/runs", runs_page, name="runs"),)

"""Pages from templates, with every text escaped; problems are pages too."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

from classlab.errors import ClasslabError, DatasetNotFoundError, LockedError, OptionError, StorageError
from classlab.files.read_file import read_file
from classlab.reports.html import environment
from classlab.web.opaque import opaque_id

if TYPE_CHECKING:
    from jinja2 import Environment
    from starlette.requests import Request

_STATIC = Path(__file__).parent / "static"
_OF_REPORTS = Path(__file__).parents[1] / "reports" / "templates"
_KINDS = {".css": "text/css", ".js": "text/javascript"}
_LIMIT = 2**20  # bytes of a file that travels with the package
_STATUS: tuple[tuple[type[ClasslabError], int], ...] = (
    (DatasetNotFoundError, 404),
    (LockedError, 409),
    (OptionError, 422),
    (StorageError, 503),
    (ClasslabError, 422),
)
_NOT_THERE = "There is no such page. What it showed may have been removed from the store."


def show(_request: Request, template: str, *, status: int = 200, **facts: Any) -> HTMLResponse:
    """A page.

    Args:
        _request: what asked for it.
        template: its file in `templates`.
        status: of the answer.
        **facts: what the template shows.
    """
    return HTMLResponse(fragment(template, **facts), status_code=status)


def first_shown(request: Request, amount: int) -> int:
    """Which of so many things a page begins with, by `from` in its address; 0 where that names none that there is."""
    word = request.query_params.get("from", "")
    first = int(word) if word.isascii() and word.isdecimal() and len(word) < 10 else 0
    return first if first < amount else 0


def fragment(template: str, **facts: Any) -> str:
    """What a template makes of facts; a part of a page where the template is one."""
    return _environment().get_template(template).render(**facts)


def problem_page(request: Request, problem: Exception) -> Response:
    """What went wrong, in its own sentence: a page, or JSON for who asked for a change."""
    if isinstance(problem, HTTPException):
        status = problem.status_code
        sentence = _NOT_THERE if status == 404 else problem.detail
    else:
        status = next((code for kind, code in _STATUS if isinstance(problem, kind)), 500)
        sentence = str(problem)
    if request.method not in ("GET", "HEAD"):
        return JSONResponse({"problem": sentence}, status_code=status)
    return show(request, "problem.html", status=status, sentence=sentence, missing=status == 404)


async def read_json(request: Request) -> dict[str, Any]:
    """The object that a change brings; its numbers are finite, as JSON has no others.

    Raises:
        OptionError: it is none.
    """
    try:
        found = json.loads(await request.body(), parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()  # refuses halves of letters, which no answer could repeat
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise OptionError("a request must be a JSON object, but this one is not. Reload the page.")
    return found


def _no_number(word: str) -> float:
    raise ValueError(word)


def static_file(request: Request) -> Response:
    """A script or a style sheet by its name; colours, type and tables are those of the reports."""
    known = {path.name: path for place in (_OF_REPORTS, _STATIC) for path in place.iterdir() if path.suffix in _KINDS}
    path = known.get(request.path_params["name"])
    if path is None:
        raise HTTPException(404)
    before = read_file(_OF_REPORTS / "style.css", limit=_LIMIT) if path.name == "style.css" else b""
    return Response(before + read_file(path, limit=_LIMIT), media_type=_KINDS[path.suffix])


@cache
def _environment() -> Environment:
    made = environment("classlab.web", "classlab.reports")  # the latter for its blocks: tables, figures, callouts
    made.globals.update(opaque_id=opaque_id)
    return made

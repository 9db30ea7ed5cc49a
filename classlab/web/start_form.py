"""A study put together in a form: its size, its time and the study file that it stands for, live; and its start."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from classlab.errors import ClasslabError
from classlab.files.folder_lock import writer_of
from classlab.studies.asked.study_text import study_text
from classlab.web.expectation import expectation
from classlab.web.form_reading import form_fields, read_form
from classlab.web.opaque import opaque_id
from classlab.web.pages import read_json, show
from classlab.web.running import start
from classlab.web.site import site_of
from classlab.web.study_page import study_names

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.requests import Request


def start_page(request: Request) -> Response:
    """The form, filled from the address where that names fields."""
    first, others = form_fields()
    site = site_of(request)
    given = {each.name: request.query_params.get(each.name, "") for each in (*first, *others)}
    return show(
        request,
        "start.html",
        first=first,
        others=others,
        given=given,
        folder=site.folder,
        busy=writer_of(site.folder) is not None,
    )


async def preview(request: Request) -> Response:
    """What the form comes to so far."""
    return await _answered(request, starting=False)


async def start_study(request: Request) -> Response:
    """Starts to train what the form says."""
    return await _answered(request, starting=True)


async def _answered(request: Request, *, starting: bool) -> Response:
    texts = await read_json(request)
    return await run_in_threadpool(_answer, request, texts, starting=starting)


def _answer(request: Request, texts: dict[str, Any], *, starting: bool) -> Response:
    reading, refused = read_form(texts), 422 if starting else 200
    if reading.draft is None:
        problem = reading.problem or "Some fields are missing or wrong; each says what it takes."
        return JSONResponse({"errors": reading.errors, "problem": problem}, status_code=refused)
    text = study_text(reading.draft)
    try:
        found = expectation(site_of(request), reading.draft)
    except ClasslabError as refusal:
        return JSONResponse({"errors": {}, "problem": str(refusal), "text": text}, status_code=refused)
    if not starting:
        answer = {"size": found.size, "time": found.time, "notices": list(found.notices), "text": text}
        return JSONResponse({"errors": {}, "problem": "", **answer})
    name = reading.draft.name
    if found.replaces and texts.get("replace") != [name]:
        problem = f"{found.replaces} Confirm that, or take another name."
        answer = {"problem": problem, "replaces": name, "another": _free(name, study_names(site_of(request)))}
        return JSONResponse(answer, status_code=409)
    filled = {key: word for key, word in texts.items() if isinstance(word, str) and word.strip()}
    start(site_of(request), name, text, form=f"/start?{urlencode(filled)}")
    return JSONResponse({"study": f"/study/{opaque_id(name)}"})


def _free(name: str, taken: Collection[str]) -> str:
    """A name like this one that no study has; one of at most 80 characters, as the table of options says."""
    return next(each for number in count(2) if (each := f"{name[:74]}-{number}") not in taken)


ROUTES: tuple[Route, ...] = (
    Route("/start", start_page, methods=["GET"], name="start"),
    Route("/start", start_study, methods=["POST"], name="start_study"),
    Route("/start/preview", preview, methods=["POST"], name="preview"),
)

"""What models say of a picture that came with a request, prepared as `classlab predict` prepares it."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from starlette.responses import JSONResponse
from starlette.routing import Route

from classlab.datasets.pillow import as_image, png_address
from classlab.errors import OptionError, SpecError, StorageError, shown_value
from classlab.studies.shown.answers import Remedies, answers
from classlab.studies.shown.pictures import foreign_picture, shown_classes
from classlab.web.question import question
from classlab.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request

    from classlab.records.plain import JsonDocument
    from classlab.studies.runs.run import Run
    from classlab.studies.shown.answers import Answer
    from classlab.studies.shown.pictures import ForeignPicture
    from classlab.web.question import Question
    from classlab.web.site import Site

# One thread beside the one that serves the pages: models share the processor, and a crowd of answers is not quicker.
_ANSWERING = ThreadPoolExecutor(1, thread_name_prefix="answers")
_QUEUE: deque[_Waiting] = deque()
_TOGETHER = 32  # requests at a time: as many pictures as the kernels measure together
_REMEDIES = Remedies(turn="Choose “inverted”", leave="Choose “as it is”")


async def answer(request: Request) -> JSONResponse:
    """The answers of the chosen models, in their order."""
    waiting = _Waiting(site_of(request), await request.body(), Future())
    _QUEUE.append(waiting)
    _ANSWERING.submit(_answer_all)
    return JSONResponse({"answers": await asyncio.wrap_future(waiting.answers)})


class _Waiting(NamedTuple):
    """A request, and where its answers are awaited."""

    site: Site
    body: bytes
    answers: Future[list[JsonDocument]]


class _Column(NamedTuple):
    """One model's part of a request's answers: a picture as its network sees it, and where what is said belongs."""

    picture: ForeignPicture
    found: list[JsonDocument]
    place: int


def _answer_all() -> None:
    """Answers whoever waits, all at once: a network looks at many pictures in little more time than at one."""
    waiting = [_QUEUE.popleft() for _ in range(min(len(_QUEUE), _TOGETHER))]
    groups: dict[tuple[Run, bool], list[_Column]] = {}
    answered: list[tuple[_Waiting, list[JsonDocument]]] = []
    for each in waiting:
        if not each.answers.set_running_or_notify_cancel():
            continue  # the client has left
        try:
            answered.append((each, _asked(each, groups)))
        except Exception as problem:  # noqa: BLE001  (whoever asked hears of it, and the others are answered)
            each.answers.set_exception(problem)
    failed: dict[int, Exception] = {}
    for (run, inverted), columns in groups.items():
        try:
            said = _said_or_why_not(run, [column.picture for column in columns], inverted=inverted)
        except Exception as problem:  # noqa: BLE001  (as above)
            failed |= {id(column.found): problem for column in columns}
            continue
        for column, document in zip(columns, said, strict=True):
            column.found[column.place] = document
    for each, found in answered:
        if id(found) in failed:
            each.answers.set_exception(failed[id(found)])
        else:
            each.answers.set_result(found)


def _asked(waiting: _Waiting, groups: dict[tuple[Run, bool], list[_Column]]) -> list[JsonDocument]:
    """Adds a request's pictures to those that each model is shown; the list that its answers come into."""
    asked = question(waiting.body)
    found: list[JsonDocument] = [{} for _ in asked.models]
    inverted = asked.seen == "inverted"
    columns = []
    for place, model in enumerate(asked.models):
        run = _opened(waiting.site, model)
        try:
            columns.append((run, _Column(_seen(run, asked, inverted=inverted), found, place)))
        except SpecError as problem:
            found[place] = {"problem": str(problem)}
    for run, column in columns:
        groups.setdefault((run, inverted), []).append(column)
    return found


def _seen(run: Run, asked: Question, *, inverted: bool) -> ForeignPicture:
    """The picture as a run's network sees it.

    Raises:
        DataError: it is no picture, damaged, or too large.
    """
    return foreign_picture(
        asked.pixels(run.record.reading),
        run.preparation,
        name=asked.name,
        invert=inverted,
        style=run.ink_style if asked.seen == "righted" else None,
    )


def _said_or_why_not(run: Run, pictures: list[ForeignPicture], *, inverted: bool) -> list[JsonDocument]:
    """What a model cannot answer, for want of PyTorch perhaps, must not silence the one beside it."""
    try:
        found = answers(run, pictures, inverted=inverted, remedies=_REMEDIES)
    except SpecError as problem:
        return [{"problem": str(problem)} for _ in pictures]
    return [_document(run, picture, each) for picture, each in zip(pictures, found, strict=True)]


def _document(run: Run, picture: ForeignPicture, found: Answer) -> JsonDocument:
    """What a run says of a picture, and the picture as its network sees it."""
    shares, best = found.probabilities, int(found.probabilities.argmax())
    return {
        "sentence": found.best,
        "probabilities": [_finite(float(share)) for share in shares],
        "bars": [
            _bar(run.class_names[place], float(shares[place]), best=place == best) for place in shown_classes(shares)
        ],
        "image": png_address(as_image(picture.pixels), effort=1),
        "how_seen": f"{picture.how_seen[0].upper()}{picture.how_seen[1:]}.",
        "righting": picture.righting,
        "unlike": None if found.unlike is None else {**found.unlike._asdict(), "score": _finite(found.unlike.score)},
        "warning": found.warning,
    }


def _bar(name: str, share: float, *, best: bool) -> JsonDocument:
    share = min(max(0.0, share), 1.0)  # NaN counts as 0: max keeps its first argument
    return {"name": name, "share": share, "words": f"{100 * share:.1f} %", "best": best}


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None  # JSON has no word for the others


def _opened(site: Site, model: str) -> Run:
    try:
        return site.run(model)
    except StorageError:
        if not site.is_empty:
            with site.store() as store:
                if store.record(model) is not None:
                    raise  # its files are missing
        raise OptionError(
            f"`models` must be runs of the store, but {shown_value(model)} is none, or not any more. "
            "Load the page again."
        ) from None


ROUTES: tuple[Route, ...] = (Route("/draw/answer", answer, methods=["POST"], name="answer"),)

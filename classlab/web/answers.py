"""What models say of a picture that came with a request, prepared as `classlab predict` prepares it."""

from __future__ import annotations

import asyncio
import base64
import io
import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse
from starlette.routing import Route

from classlab.datasets.pictures import as_image
from classlab.errors import OptionError, SpecError, StorageError, shown_value
from classlab.studies.shown.answers import Remedies, answers
from classlab.studies.shown.pictures import foreign_picture, shown_classes
from classlab.web.question import question
from classlab.web.site import site_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from starlette.requests import Request

    from classlab.records.plain import JsonDocument
    from classlab.studies.runs.run import Run
    from classlab.web.question import Question
    from classlab.web.site import Site

# One thread beside the one that serves the pages: models share the processor, and a crowd of answers is not quicker.
_ANSWERING = ThreadPoolExecutor(1, thread_name_prefix="answers")
_REMEDIES = Remedies(turn="Choose “inverted”", leave="Choose “as it is”")


async def answer(request: Request) -> JSONResponse:
    """The answers of the chosen models, in their order."""
    site, body = site_of(request), await request.body()

    def ask() -> list[JsonDocument]:
        asked = question(body)
        return [_said_or_why_not(_opened(site, model), asked) for model in asked.models]

    return JSONResponse({"answers": await asyncio.get_running_loop().run_in_executor(_ANSWERING, ask)})


def _said_or_why_not(run: Run, asked: Question) -> JsonDocument:
    """What a model cannot answer, for want of PyTorch perhaps, must not silence the one beside it."""
    try:
        return said(run, asked)
    except SpecError as problem:
        return {"problem": str(problem)}


def said(run: Run, asked: Question) -> JsonDocument:
    """What a run says of the picture, and the picture as its network sees it.

    Raises:
        DataError: it is no picture, damaged, or too large.
        SpecError: the run has no usable weights.
    """
    inverted = asked.seen == "inverted"
    picture = foreign_picture(
        asked.pixels(run.record.reading),
        run.preparation,
        name=asked.name,
        invert=inverted,
        style=run.ink_style if asked.seen == "righted" else None,
    )
    (found,) = answers(run, [picture], inverted=inverted, remedies=_REMEDIES)
    shares, best = found.probabilities, int(found.probabilities.argmax())
    return {
        "sentence": found.best,
        "probabilities": [_finite(float(share)) for share in shares],
        "bars": [
            _bar(run.class_names[place], float(shares[place]), best=place == best) for place in shown_classes(shares)
        ],
        "image": _address(picture.pixels),
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


def _address(pixels: NDArray[np.uint8]) -> str:
    """A `data:` address that holds the picture itself."""
    file = io.BytesIO()
    as_image(pixels).save(file, format="PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"


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

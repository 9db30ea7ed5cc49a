"""One image through a run's network: what it said, what its layers made of it, and what the prediction looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.routing import Route

from classlab.errors import ClasslabError
from classlab.reports.document import Paragraph
from classlab.reports.evidence import RunPredictions
from classlab.reports.figures.activation_pictures import activations_figure
from classlab.reports.figures.occlusion_map import occlusion_figure, occlusion_sentence
from classlab.reports.figures.prediction import prediction_figure, seen_prediction
from classlab.web.image_choice import no_image
from classlab.web.images import image_at, run_split
from classlab.web.opaque import recorded_run
from classlab.web.pages import show
from classlab.web.run_page import run_images, run_title
from classlab.web.site import site_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from starlette.requests import Request
    from starlette.responses import Response

    from classlab.measures.occlusion import Occlusion
    from classlab.reports.document import Block
    from classlab.studies.runs.run import Run
    from classlab.web.images import RunSplit


def image_page(request: Request) -> Response:
    """Looks at an image. It measures nothing on the test images, so that the ledger has nothing to enter."""
    site, words = site_of(request), request.path_params
    with site.store() as store:
        record = recorded_run(store, words["run"])
    name, index = run_split(words["split"]), words["index"]
    split = site.images.split(record, name)
    choice = run_images(record)
    if index >= len(split):
        return no_image(request, choice, name, index)
    pixels, true = image_at(split, index)
    run = site.run(record.identity)
    inside = run.inside
    return show(
        request,
        "image.html",
        record=record,
        title=f"{name.capitalize()} image {index}",
        run_title=run_title(record),
        label=record.class_names[true],
        split=name,
        index=index,
        last=len(split) - 1,
        choice=choice,
        blocks=(
            _prediction(run, name, index, true, pixels),
            *_blocks_or_reason(lambda: _occlusion(inside.occlusion(pixels))),
            *_blocks_or_reason(lambda: (activations_figure(inside.activations(pixels)),)),
        ),
    )


def _prediction(run: Run, split: RunSplit, index: int, true: int, pixels: NDArray[np.uint8]) -> Block:
    """What the run said of the image when its training ended."""
    if run.predictions is None:
        raise HTTPException(404)
    stored = run.predictions
    shares, labels = stored.on_validation() if split == "validation" else (stored.probabilities, stored.labels)
    if index >= len(labels) or labels[index] != true:
        raise HTTPException(404)
    own = RunPredictions(probabilities=shares[index : index + 1], labels=labels[index : index + 1])
    if not own.are_distributions():
        predicted = run.class_names[int(shares[index].argmax())]
        return Paragraph(text=f"It was predicted as {predicted}. The network's scores are no probabilities.")
    return prediction_figure(seen_prediction(index, shares[index], true, run.class_names, split=split), pixels)


def _occlusion(found: Occlusion) -> tuple[Block, ...]:
    return Paragraph(text=occlusion_sentence(found)), occlusion_figure(found)


def _blocks_or_reason(make: Callable[[], tuple[Block, ...]]) -> tuple[Block, ...]:
    try:
        return make()
    except ClasslabError as problem:
        return (Paragraph(text=str(problem)),)


ROUTES: tuple[Route, ...] = (Route("/run/{run}/image/{split}/{index:int}", image_page, name="image"),)

"""The images behind a cell of a run's confusion matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.routing import Route

from classlab.analysis.numbers import counted, percent
from classlab.reports.evidence import run_predictions
from classlab.web.confusion_cells import images_behind
from classlab.web.opaque import recorded_run
from classlab.web.pages import first_shown, show
from classlab.web.run_page import run_title
from classlab.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_AT_A_TIME = 60  # images of a page: some five screens


def cell_page(request: Request) -> Response:
    """Test images of one class that were predicted as one class, those first of which the network was surest."""
    site, words = site_of(request), request.path_params
    with site.store() as store:
        record = recorded_run(store, words["run"])
    run, names = site.run(record.identity), record.class_names
    if run.predictions is None or max(words["true"], words["predicted"]) >= len(names):
        raise HTTPException(404)
    predictions = run_predictions(run.predictions)
    places = images_behind(predictions, true=words["true"], predicted=words["predicted"])
    first = first_shown(request, len(places))
    images = site.images.of(record)
    sure = predictions.are_distributions()
    shown = [
        (place, percent(float(predictions.probabilities[place].max()), digits=1) if sure else "")
        for place in places[first : first + _AT_A_TIME]
    ]
    return show(
        request,
        "cell.html",
        record=record,
        title=f"{names[words['true']]} predicted as {names[words['predicted']]}",
        run_title=run_title(record),
        amount=counted(len(places), "test image"),
        shown=shown,
        sure=sure,
        label=names[words["true"]],
        predicted=names[words["predicted"]],
        first=first,
        before=first - _AT_A_TIME if first else None,
        after=first + _AT_A_TIME if len(places) > first + _AT_A_TIME else None,
        missing=images if isinstance(images, str) else "",
    )


ROUTES: tuple[Route, ...] = (Route("/run/{run}/cell/{true:int}/{predicted:int}", cell_page, name="cell"),)

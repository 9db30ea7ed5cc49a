"""A picture drawn by hand, as networks see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from classlab.studies.shown.pictures import MOST_BARS
from classlab.web.drawn_models import choices, drawn_models, first_choices
from classlab.web.pages import show
from classlab.web.question import MOST_MODELS
from classlab.web.site import site_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from classlab.web.drawn_models import Drawn

_TIMES = 6  # pixels of a drawing for one of a network: a digit in a corner, of a sixth of the board, still has its own
_LEAST_SIDE, _MOST_SIDE = 168, 280  # six times MNIST's 28, and what the board itself has


def draw_page(request: Request) -> Response:
    """The board beside the models that answer; `?model=` names them, as often as there are models."""
    site, models, lists = site_of(request), [], {}
    if not site.is_empty:
        with site.store() as store:
            lists = choices(store)
            chosen = request.query_params.getlist("model") or first_choices(store)
        models = drawn_models(site, chosen)
    return show(
        request,
        "draw.html",
        models=models,
        lists=lists,
        places=min(len(models) + 1, MOST_MODELS),
        bars=MOST_BARS,
        side=_side(models),
        in_colour=any(model.run.record.spec.image_shape[2] > 1 for model in models),
    )


def _side(models: Sequence[Drawn]) -> int:
    """Pixels of a drawing's side that these models need."""
    largest = max((max(model.run.preparation.size) for model in models), default=0)
    return min(max(_LEAST_SIDE, _TIMES * largest), _MOST_SIDE)


ROUTES: tuple[Route, ...] = (Route("/draw", draw_page, name="draw"),)

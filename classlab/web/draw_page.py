"""A picture drawn by hand, as networks see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from starlette.routing import Route

from classlab.studies.shown.pictures import MOST_BARS
from classlab.web.drawn_models import choices, drawn_models, first_choices
from classlab.web.pages import show
from classlab.web.question import MOST_MODELS, Seen
from classlab.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


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
        seen=get_args(Seen),
        in_colour=any(model.run.record.spec.image_shape[2] > 1 for model in models),
    )


ROUTES: tuple[Route, ...] = (Route("/draw", draw_page, name="draw"),)

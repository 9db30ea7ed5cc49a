"""The images of a run, one by one, as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import Response
from starlette.routing import Route

from classlab.datasets.pictures import small_png
from classlab.web.images import image_at, run_split
from classlab.web.opaque import recorded_run
from classlab.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request


def run_picture(request: Request) -> Response:
    """A test or validation image of a run."""
    site = site_of(request)
    with site.store() as store:
        record = recorded_run(store, request.path_params["run"])
    split = site.images.split(record, run_split(request.path_params["split"]))
    pixels, _ = image_at(split, request.path_params["index"])
    return Response(small_png(pixels), media_type="image/png")


ROUTES: tuple[Route, ...] = (Route("/run/{run}/picture/{split}-{index:int}.png", run_picture, name="run-picture"),)

"""The pages put together, behind the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from classlab.errors import ClasslabError
from classlab.web import (
    answers,
    cell_page,
    compare_page,
    dataset_page,
    downloads,
    draw_page,
    image_page,
    run_page,
    run_pictures,
    running,
    runs_page,
    start_form,
    studies_page,
    study_events,
    study_page,
)
from classlab.web.gate import Gate, Guarded
from classlab.web.pages import problem_page, static_file

if TYPE_CHECKING:
    from classlab.web.site import Site

_PAGES = (
    studies_page,
    study_page,
    study_events,
    start_form,
    running,
    runs_page,
    run_page,
    cell_page,
    image_page,
    run_pictures,
    downloads,
    dataset_page,
    compare_page,
    draw_page,
    answers,
)


def create_application(site: Site, *, gate: Gate) -> Starlette:
    """The page as an ASGI application.

    Args:
        site: what it shows.
        gate: what requests must show.
    """
    routes = [route for page in _PAGES for route in page.ROUTES]
    application = Starlette(
        routes=[*routes, Route("/static/{name}", static_file, name="static")],
        middleware=[Middleware(Guarded, gate=gate)],
        exception_handlers={HTTPException: problem_page, ClasslabError: problem_page},
    )
    application.state.site = site
    return application

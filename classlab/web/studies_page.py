"""The studies of the store, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from classlab.web.pages import show
from classlab.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def studies_page(request: Request) -> Response:
    """The list, or what to do where there are none."""
    site = site_of(request)
    entries = []
    if not site.is_empty:
        with site.store() as store:
            entries = store.studies()
    return show(request, "studies.html", entries=entries, folder=site.folder)


ROUTES: tuple[Route, ...] = (Route("/", studies_page, name="studies"),)

"""The studies of the store: those that train or were stopped, then the finished ones, newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from classlab.records.plain import to_minute
from classlab.studies.work.standing import names_seen
from classlab.web.live import LiveStudy
from classlab.web.pages import show
from classlab.web.site import site_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from classlab.web.site import Site


def studies_page(request: Request) -> Response:
    """The list, or what to do where there are none."""
    site = site_of(request)
    entries = []
    if not site.is_empty:
        with site.store() as store:
            entries = store.studies()
    return show(
        request,
        "studies.html",
        moving=_moving(site),
        rows=[(entry, to_minute(entry.created)) for entry in entries],
        questions=any(entry.question for entry in entries),
        folder=site.folder,
    )


_IN_TRAINING = ("starting", "training", "paused")


def _moving(site: Site) -> tuple[tuple[str, list[tuple[str, dict[str, Any]]]], ...]:
    """The studies that train, and the others that are not whole, with how they stand."""
    names = dict.fromkeys([*names_seen(site.folder), *site.started])
    found = ((name, LiveStudy(site, name).facts(drawn=False)) for name in names)
    known = [(name, facts) for name, facts in found if facts is not None]
    return (
        ("In training", [each for each in known if each[1]["state"] in _IN_TRAINING]),
        ("Not finished", [each for each in known if each[1]["state"] not in _IN_TRAINING]),
    )


ROUTES: tuple[Route, ...] = (Route("/", studies_page, name="studies"),)

"""What happens in a study, sent to the pages that watch it (server-sent events)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from classlab.web.live import LiveStudy
from classlab.web.opaque import named
from classlab.web.pages import fragment
from classlab.web.site import site_of
from classlab.web.study_page import study_names

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

_LOOK = 0.5  # seconds between two looks; a study says at most once a second where it stands
_SIGN = 15.0  # seconds after which a page hears that it is still connected


async def study_events(request: Request) -> Response:
    """A stream of the study's live part: an event `standing` whenever it moved, and one `whole` at its end."""
    site = site_of(request)
    name = await run_in_threadpool(lambda: named(request.path_params["study"], study_names(site)))
    return StreamingResponse(_events(LiveStudy(site, name)), media_type="text/event-stream")


async def _events(live: LiveStudy) -> AsyncIterator[str]:
    seen: tuple[object, ...] = ()
    silent = 0.0
    while True:
        mark = await run_in_threadpool(live.mark)
        if mark != seen:
            seen, silent = mark, 0.0
            part = await run_in_threadpool(_part, live)
            if part is None:
                yield _event("whole", "")
                return
            yield _event("standing", part)
        elif silent >= _SIGN:
            silent = 0.0
            yield ": still here\n\n"
        await asyncio.sleep(_LOOK)
        silent += _LOOK


def _part(live: LiveStudy) -> str | None:
    facts = live.facts()
    return None if facts is None else fragment("live.html", live=facts)


def _event(name: str, text: str) -> str:
    lines = "".join(f"data: {line}\n" for line in text.splitlines() or [""])
    return f"event: {name}\n{lines}\n"


ROUTES: tuple[Route, ...] = (Route("/study/{study}/events", study_events, name="study_events"),)

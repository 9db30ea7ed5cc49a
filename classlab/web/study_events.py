"""What happens in a study, sent to the pages that watch it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()

"""A study: its verdict, ranking, curves and runs, live while it trains."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()

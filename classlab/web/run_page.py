"""One run from within: its curves, mistakes, findings, filters and settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()

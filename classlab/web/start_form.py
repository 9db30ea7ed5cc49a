"""A study put together in a form: its size, its time and the study file that it stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.routing import Route

ROUTES: tuple[Route, ...] = ()

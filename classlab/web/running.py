"""Studies in training: started from the page as processes of their own, paused, stopped and gone on with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

    from starlette.routing import Route


@dataclass(frozen=True, kw_only=True, eq=False)
class StartedStudy:
    """A study that was started from the page.

    Args:
        process: that trains it.
    """

    process: subprocess.Popen[str]


ROUTES: tuple[Route, ...] = ()

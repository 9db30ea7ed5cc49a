"""A bar below a notebook's cell that is drawn anew in its place while something trains."""

from __future__ import annotations

import html
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Standing:
    """How far something is: what a notebook shows.

    Args:
        share: of the whole that is done, from 0 to 1.
        text: the line beside the bar.
    """

    share: float
    text: str

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return (
            f'<progress max="1" value="{self.share:.3f}" aria-label="done so far" style="width: 16em"></progress> '
            f"<span>{html.escape(self.text)}</span>"
        )


class NotebookBar:
    """Shows a standing, and every later one in its place.

    Args:
        display: IPython's function of this name, or one that takes and gives the same.
    """

    def __init__(self, display: Callable[..., Any]) -> None:
        self._display = display
        self._handle: Any = None

    def show(self, standing: Standing) -> None:
        """Draws the bar, or draws it anew."""
        if self._handle is None:
            self._handle = self._display(standing, display_id=True)
        else:
            self._handle.update(standing)


def told_here() -> TextIO | NotebookBar:
    """Where a call from Python tells how far it is: a bar in a notebook, elsewhere lines on standard output.

    IPython counts as a notebook where a kernel runs it, which can draw anew what it has shown. Nothing is imported
    that is not there already.
    """
    interactive = sys.modules.get("IPython")
    shell = None if interactive is None else interactive.get_ipython()
    if shell is None or getattr(shell, "kernel", None) is None:
        return sys.stdout
    from IPython.display import display

    return NotebookBar(display)

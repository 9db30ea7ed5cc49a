"""Named moments in the writing of a store, at which a test may act; in ordinary use nothing happens there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_acts: dict[str, tuple[int, Callable[[], object]]] = {}  # by moment: passages left to let by, and what happens then


def at(name: str, act: Callable[[], object], *, passage: int = 1) -> None:
    """Has something done at a named moment of this process, such as ending it as a power cut would.

    Random kills hit long moments and miss short ones; a named moment is hit every time.

    Args:
        name: of the moment, as in `after-add`.
        act: what to do there, once.
        passage: at which passage of the moment, from 1.
    """
    _acts[name] = (passage - 1, act)


def fault(name: str) -> None:
    """Passes a named moment."""
    if name not in _acts:
        return
    left, act = _acts.pop(name)
    if left:
        _acts[name] = (left - 1, act)
    else:
        act()

"""Python's collector of reference cycles, kept out of the way of a large import."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def paused() -> Iterator[None]:
    """Lets the collector rest inside the `with`, and counts what was made there as old afterwards.

    PyTorch's import makes 160,000 objects that stay. The collector would look through them hundreds of times on the
    way and find nothing to free: a sixth of the import's time.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        if gc.get_freeze_count() == 0:  # what the program itself has frozen must stay so
            gc.freeze()
            gc.unfreeze()  # into the oldest generation, without a look at each
        gc.enable()

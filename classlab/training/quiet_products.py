"""NumPy's matrix products without helpers that go on spinning."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def quiet_products() -> Iterator[None]:
    """Products inside the `with` take one thread.

    OpenBLAS shares a product among threads, which then spin for some ten milliseconds in case another one follows. What
    follows here is a training step on all cores: five epochs of seven linear arms took a fifth less time without that.
    And what the doctor wants to know of a few images is over in milliseconds with one thread.
    """
    with _libraries().limit(limits=1, user_api="blas"):
        yield


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()  # looking for them takes milliseconds; NumPy's own is there by now

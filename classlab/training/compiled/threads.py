"""Shares of a batch on as many threads as arithmetic may use: the kernels let other Python threads run meanwhile."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

_pool: ThreadPoolExecutor | None = None
_size = 0


def shares(count: int) -> list[tuple[int, int]]:
    """Equal shares of so many items, at most one per thread.

    Example:
        >>> import torch
        >>> torch.set_num_threads(1)
        >>> shares(5)
        [(0, 5)]
    """
    parts = max(1, min(torch.get_num_threads(), count))
    return list(pairwise(count * place // parts for place in range(parts + 1)))


def on_threads(work: Callable[[int, int, int], None], parts: list[tuple[int, int]]) -> None:
    """Calls `work(place, start, stop)` for every share at once, the first one here.

    Args:
        work: a call into the kernels; it touches nothing that another share writes.
        parts: the shares.
    """
    if len(parts) == 1:
        work(0, *parts[0])
        return
    others = [_workers(len(parts) - 1).submit(work, place, *part) for place, part in enumerate(parts[1:], 1)]
    try:
        work(0, *parts[0])
    finally:
        for other in others:
            other.result()


def _workers(count: int) -> ThreadPoolExecutor:
    """Threads that stay from call to call: a step asks for them dozens of times."""
    global _pool, _size
    if _pool is None or _size < count:
        _pool, _size = ThreadPoolExecutor(count, thread_name_prefix="classlab-kernel"), count
    return _pool


def _forget() -> None:
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)  # threads do not come along

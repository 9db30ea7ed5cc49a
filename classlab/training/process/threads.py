"""The threads of the process: how many arithmetic may use, how they wait, and the pool that calls into the kernels.

The number holds whether PyTorch is loaded or not.
"""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import TYPE_CHECKING, TypeVar

from classlab.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# GNU OpenMP lets a waiting thread spin for billions of turns before it sleeps. On a busy machine the thread it waits
# for is then kept from running by the one that waits: with two other busy processes on two cores an epoch took 8 to 30
# times as long. 20,000 turns (some ten microseconds) cover the gaps between the operations of a training step, and
# cost nothing measurable on an idle machine.
_TURNS = "20000"

_Part = TypeVar("_Part")
_MOST_AT_ONCE = 12  # pieces of work side by side: each has a network, its values and its optimizer's state in memory
_chosen: int | None = None
_is_share = False
_pool: ThreadPoolExecutor | None = None
_size = 0


def limit_spinning() -> None:
    """Limits how long threads spin that wait for one another, unless the user has decided it.

    It has an effect only before PyTorch is first imported, which reads the setting once.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _TURNS)


def set_threads(count: int) -> None:
    """Limits the processor threads that the arithmetic uses.

    Raises:
        SpecError: fewer than one.
    """
    global _chosen
    if count < 1:
        raise SpecError(f"`threads` must be at least 1, but got threads={count}. This machine has {os.cpu_count()}.")
    _chosen = count
    tell_pytorch()


def share_of(pieces: int) -> tuple[int, int]:
    """How so many pieces of work with a process each share the threads: how many of them at once, and threads of each.

    One thread of its own serves a small network better than two that wait for each other in every operation.

    Example:
        >>> import torch
        >>> torch.set_num_threads(8)
        >>> share_of(3), share_of(100)
        ((3, 2), (8, 1))
    """
    at_once = max(1, min(pieces, thread_count(), _MOST_AT_ONCE))
    return at_once, thread_count() // at_once


def take_share(count: int) -> None:
    """Limits the threads of this process to its share: others of the same program keep the rest of the cores busy."""
    global _is_share
    _is_share = True
    set_threads(count)


def has_share() -> bool:
    """Whether the threads of this process are its share among others of the same program."""
    return _is_share


def thread_count() -> int:
    """How many threads arithmetic may use.

    PyTorch knows once it is loaded: a program may have told it. Before that, it is what PyTorch would begin with.
    """
    counted = getattr(sys.modules.get("torch"), "get_num_threads", None)  # not there while PyTorch is being loaded
    if counted is not None:
        return int(counted())
    return _chosen or min(_of_environment() or _cores(), _cores())


def tell_pytorch() -> None:
    """Hands on what was chosen; does nothing before PyTorch is loaded, or where nothing was chosen."""
    torch = sys.modules.get("torch")
    if torch is not None and _chosen is not None:
        torch.set_num_threads(_chosen)


def shares(count: int) -> list[tuple[int, int]]:
    """Equal shares of so many items, at most one per thread.

    Example:
        >>> import torch
        >>> torch.set_num_threads(1)
        >>> shares(5)
        [(0, 5)]
    """
    parts = max(1, min(thread_count(), count))
    return list(pairwise(count * place // parts for place in range(parts + 1)))


def on_threads(
    work: Callable[[_Part], None],
    parts: Sequence[_Part],
    *,
    threads: int | None = None,
    interrupted: Callable[[], None] | None = None,
) -> None:
    """Calls `work` for every part, the first one here; whichever thread is free takes the next part.

    Args:
        work: a call into the kernels, which let other Python threads run meanwhile; it touches nothing that another
            part writes.
        parts: what there is to do.
        threads: how many at once; None for as many as arithmetic may use.
        interrupted: called when somebody interrupts, before parts that have begun are waited for.
    """
    count = min(threads or thread_count(), len(parts))
    if count < 2:
        for part in parts:
            work(part)
        return
    left = iter(parts)
    first = next(left)

    def take() -> None:
        for part in left:  # the interpreter's lock hands every part to one thread
            work(part)

    others = [_workers(count - 1).submit(take) for _ in range(count - 1)]
    try:
        work(first)
        take()
    except KeyboardInterrupt:
        list(left)  # whoever interrupts wants nothing more begun
        if interrupted is not None:
            interrupted()
        raise
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


def _of_environment() -> int | None:
    """OpenMP's variable, where it is one number; PyTorch passes by a list of them."""
    told = os.environ.get("OMP_NUM_THREADS", "").strip()
    return int(told) if told.isdecimal() and int(told) > 0 else None


def _cores() -> int:
    # Those that this process may use, which a container or `taskset` may have limited.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

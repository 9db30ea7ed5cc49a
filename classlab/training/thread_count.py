"""How many processor threads arithmetic may use, whether PyTorch is loaded or not."""

from __future__ import annotations

import os
import sys

from classlab.errors import SpecError

_chosen: int | None = None


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


def _of_environment() -> int | None:
    """OpenMP's variable, where it is one number; PyTorch passes by a list of them."""
    told = os.environ.get("OMP_NUM_THREADS", "").strip()
    return int(told) if told.isdecimal() and int(told) > 0 else None


def _cores() -> int:
    # Those that this process may use, which a container or `taskset` may have limited.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1

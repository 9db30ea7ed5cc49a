"""Other programs that compute on the same cores, and the threads that a training takes beside them.

The threads of an operation wait for one another many times in a step. Where more programs want to run than there are
cores, each of them is kept waiting for its turn in between, and all others with it: beside two trainings of two threads
each, a convolutional network on two cores took 20 to 45 times as long with two threads, and 4 to 5 times with one.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.training.process.threads import has_share

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOLD = Path("/proc/loadavg")
_LOOKS, _APART = 5, 0.002  # how often one looks, and seconds in between: a moment's crowd is no neighbor


def cores_are_taken() -> bool:
    """Whether programs beside this one keep all cores busy; False where the system does not tell.

    A process that has its share of the threads is not asked: those beside it have theirs, and its bits are not to
    depend on how far they are.
    """
    if has_share():
        return False
    cores = os.cpu_count() or 1
    for look in range(_LOOKS):
        if look:
            time.sleep(_APART)
        if _running() - 1 < cores:
            return False
    return True


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch computes with one thread inside the `with`."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _running() -> int:
    """Threads of the whole machine that run or could; 0 where that is not known."""
    try:
        text = _TOLD.read_text(encoding="ascii")
        return int(text.split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return 0

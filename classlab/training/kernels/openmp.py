"""The OpenMP threads that PyTorch's own operations use, for kernels that take turns with them.

A pool of our own beside it would mean twice as many threads as cores, half of which wait for work by spinning.
"""

from __future__ import annotations

import ctypes
from functools import cache

from classlab.training.kernels.structures import Threads
from classlab.training.process.threads import thread_count


def threads() -> Threads:
    """As many as arithmetic may use; one where the library is not loaded, or another one than GNU's or LLVM's."""
    parallel, number, team = _functions()
    return Threads(thread_count() if parallel else 1, parallel, number, team)


@cache
def _functions() -> tuple[int | None, int | None, int | None]:
    """Addresses of `GOMP_parallel` and of what its threads ask, which LLVM's library has as well."""
    try:
        loaded = ctypes.CDLL(None)  # everything that the process has loaded for all to see, as PyTorch loads OpenMP
        found = loaded.GOMP_parallel, loaded.omp_get_thread_num, loaded.omp_get_num_threads
    except (OSError, TypeError, AttributeError):
        return None, None, None
    parallel, number, team = (ctypes.cast(function, ctypes.c_void_p).value for function in found)
    return parallel, number, team

"""The compiled kernels as a library, or nothing where they cannot be used.

They are built when the package is installed where there is a C compiler, and ship within its wheels; nobody needs one.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from importlib.util import find_spec

from classlab.training.kernels import structures

VARIABLE = "CLASSLAB_KERNELS"  # `off` leaves the kernels aside
_VERSION = 2  # of the structures and functions; `classlab_kernels_version` in kernels/module.c


def kernels() -> ctypes.CDLL | None:
    """The library; None where it is not installed, not this version's, not for this processor, or not wanted."""
    return None if os.environ.get(VARIABLE, "").lower() == "off" else _opened()


@cache
def _opened() -> ctypes.CDLL | None:
    found = find_spec("classlab_kernels")
    if found is None or found.origin is None:
        return None
    try:
        library = ctypes.CDLL(found.origin)
        version, supported = library.classlab_kernels_version, library.classlab_kernels_supported
    except (OSError, AttributeError):  # another system's file, or another library
        return None
    version.restype = supported.restype = ctypes.c_int64
    if version() != _VERSION or not supported():
        return None
    structures.declare(library)
    return library

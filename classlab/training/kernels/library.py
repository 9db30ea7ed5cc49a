"""The compiled kernels as a library, or nothing where they cannot be used.

They are built when the package is installed where there is a C compiler, and ship within its wheels; nobody needs one.
"""

from __future__ import annotations

import ctypes
import os
import warnings
from functools import cache
from importlib.util import find_spec
from itertools import count, takewhile

from classlab.errors import OptionError, shown_value
from classlab.training.kernels.structures import Field, Kernels, layout
from classlab.training.process.processor import allows

VARIABLE = "CLASSLAB_KERNELS"  # `off` leaves the kernels aside
_VERSION = 11  # of the structures and functions; `classlab_kernels_version` in kernels/module.c


def kernels(name: str | None = None) -> Kernels | None:
    """The kernels with the widest vectors that this processor has and the user allows.

    Dense networks get the same bits from all of them but those for any processor; see docs/engine.md.

    Args:
        name: an instruction set as PyTorch calls it, whose kernels are wanted instead, whatever the limit is.

    Returns:
        None where they are not installed, not this version's, not for this processor, or not wanted.

    Raises:
        OptionError: the environment variable has another value than off and on.
        ImportError: the library lays out its structures differently from this package.
    """
    said = os.environ.get(VARIABLE, "").lower()
    if said not in ("", "on", "off"):
        raise OptionError(
            f"the environment variable {VARIABLE} must be off, on or empty, but got {shown_value(said)}. Set it to off "
            "to leave the compiled kernels aside."
        )
    if said == "off":
        return None
    return next((each for each in _opened() if _wanted(each.name.decode(), name)), None)


def _wanted(found: str, name: str | None) -> bool:
    return allows(found) if name is None else found == name


@cache
def _opened() -> tuple[Kernels, ...]:
    """By the width of their vectors, widest first."""
    found = find_spec("classlab_kernels")
    if found is None or found.origin is None:
        return ()
    try:
        library = ctypes.CDLL(found.origin)
        version = library.classlab_kernels_version
    except (OSError, AttributeError):  # another system's file, or another library
        return ()
    version.restype = ctypes.c_int64
    if version() != _VERSION:
        warnings.warn(
            f"The compiled kernels in {found.origin} are of another version of classlab and are left aside, so that "
            "training is several times slower or needs PyTorch. Install classlab anew where it was installed from.",
            stacklevel=3,
        )
        return ()
    library.classlab_kernels_layout.restype = ctypes.POINTER(Field)
    _check(library.classlab_kernels_layout())
    library.classlab_kernels.restype = ctypes.POINTER(Kernels)
    library.classlab_kernels.argtypes = [ctypes.c_int64]
    return tuple(each.contents for each in takewhile(bool, map(library.classlab_kernels, count())))


def _check(fields: ctypes._Pointer[Field]) -> None:
    """Refuses a library whose structures are not those of `structures`: it would read and write anywhere."""
    known = takewhile(lambda field: field.structure, (fields[place] for place in count()))
    theirs = {(field.structure.decode(), field.name.decode()): (field.offset, field.size) for field in known}
    ours = layout()
    for structure, name in sorted(ours.keys() | theirs.keys()):
        own, other = ours.get((structure, name)), theirs.get((structure, name))
        if own != other:
            message = (
                f"classlab's compiled kernels must have its own structures, but `{name or 'the whole'}` of `struct "
                f"{structure}` lies at {other}, not at {own} (offset, bytes). Install classlab anew."
            )
            raise ImportError(message)

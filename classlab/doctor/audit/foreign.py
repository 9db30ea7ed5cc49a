"""Data from out of sight (a table, a file, another module): which parts of it are one and the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.facts import Facts
from classlab.doctor.audit.rows import FOREIGN, Fragment
from classlab.doctor.audit.scopes import Method
from classlab.doctor.audit.values import Array, CallResult, Foreign, Value

if TYPE_CHECKING:
    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.location import Location

_READERS: Final = (
    "numpy.load", "numpy.loadtxt", "numpy.genfromtxt", "numpy.fromfile", "numpy.frombuffer", "numpy.memmap",
)  # fmt: skip
_SHUFFLES: Final = "sample"  # `table.sample(frac=1)`
_TABLES: Final = "pandas.read_"  # columns of one table are of the same rows


def given_by(interpreter: Interpreter, name: str, location: Location) -> Foreign:
    """What a function out of sight gives, another thing with every call."""
    return Foreign((name, interpreter.mark()), location)


def foreign_of(value: Value) -> Foreign | None:
    """The thing from out of sight that a value is, attributes of such things included; None for anything else."""
    if isinstance(value, Foreign):
        return value
    owner = foreign_of(value.owner) if isinstance(value, Method) else None
    return owner.part(value.name) if owner is not None and isinstance(value, Method) else None


def as_array(value: Value | None) -> Array | None:
    """A value as an array: what comes from out of sight is one of unknown range; None where it is no array."""
    if isinstance(value, Array):
        return value
    if isinstance(value, CallResult) and value.name in _READERS:
        return Array(Facts(rows=(Fragment((FOREIGN, (value.name, id(value))), "all"),), origin=value.location))
    found = foreign_of(value) if value is not None else None
    if found is None:
        return None
    path = () if found.maker[0].startswith(_TABLES) else found.path
    rows = (Fragment((FOREIGN, found.maker, *path), "all"),)
    order = tuple(step for step in found.path if isinstance(step, tuple) and step[0] == _SHUFFLES)
    return Array(Facts(rows=rows, order=order, origin=found.location, declared=found.declared))

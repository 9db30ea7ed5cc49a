"""Shuffles: which arrays were brought into the same random order, and which were not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.audit.rows import Part, narrow
from classlab.doctor.audit.values import NONE, UNKNOWN, Array, Chooser, Const, Items, Made, Value

if TYPE_CHECKING:
    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.library.request import Request, Table
    from classlab.doctor.audit.machine import Machine

GLOBAL = "numpy.random"


def shuffled(facts: Facts, order: object) -> Facts:
    """Rows in another order."""
    return replace(facts, order=(*facts.order, order), rows=narrow(facts.rows, Part(("order", order), 0)))


def next_order(machine: Machine, source: object) -> object:
    """The order that the next shuffle of a random source brings about.

    Two shuffles after the same seed are the same: that is how some keep images and labels together.
    """
    seed = machine.shuffles.get(("seed", source))
    if seed is None:
        return ("order", machine.mark())
    count = machine.shuffles.get(source, 0) + 1
    machine.shuffles[source] = count
    return ("seeded", source if source != GLOBAL else "global", seed, count)


def seed(machine: Machine, source: object, value: Value | None) -> None:
    """A random source starts anew."""
    machine.shuffles[("seed", source)] = hash(value) if isinstance(value, Const) else machine.mark()
    machine.shuffles[source] = 0


def shuffle(request: Request, source: object) -> Value:
    """`shuffle(x)`: changes the array or list in place."""
    value = request.first()
    order = next_order(request.machine, source)
    if isinstance(value, Array):
        request.machine.put(value, "facts", shuffled(value.facts, order))
    elif isinstance(value, Items):
        contents = value.contents
        request.machine.put(value, "contents", type(contents)(tuple(UNKNOWN for _ in contents.items), contents.open))
    elif isinstance(value, Chooser):
        return UNKNOWN
    return NONE


def permutation(request: Request, source: object) -> Value:
    """`permutation(n)` picks all rows in another order; `permutation(x)` gives the rows so."""
    value = request.first()
    order = next_order(request.machine, source)
    if isinstance(value, Array):
        return Array(shuffled(value.facts, order))
    return Chooser((Part(("order", order), 0),), order)


def _seed_numpy(request: Request) -> Value:
    value = request.first()
    seed(request.machine, GLOBAL, value)
    request.machine.trace.seeds.append(("numpy", request.spot))
    return NONE


def _state(request: Request) -> Value:
    machine = request.machine
    if ("seed", GLOBAL) not in machine.shuffles:
        machine.shuffles[("seed", GLOBAL)] = machine.mark()
        machine.shuffles[GLOBAL] = 0
    kept = Made("numpy.random.state", (), {}, request.spot)
    kept.fields |= {"seed": machine.shuffles[("seed", GLOBAL)], "count": machine.shuffles.get(GLOBAL, 0)}
    return kept


def _restore(request: Request) -> Value:
    value = request.first()
    if isinstance(value, Made) and "seed" in value.fields:
        request.machine.shuffles[("seed", GLOBAL)] = value.fields["seed"]
        request.machine.shuffles[GLOBAL] = value.fields["count"]
    return NONE


def _generator(request: Request) -> Value:
    made = Made("numpy.random.Generator", request.args, request.kwargs, request.spot)
    given = request.get(0, "seed")
    if isinstance(given, Const) and given.value is not None:
        made.fields["source"] = ("generator", given.value)
        seed(request.machine, ("generator", given.value), given)
    else:
        made.fields["source"] = ("generator", request.machine.mark())
    return made


def _seed_all(request: Request) -> Value:
    """Sets the seed of Python, NumPy and the backend, from which initial weights are drawn."""
    machine, value = request.machine, request.first()
    seed(machine, GLOBAL, value)
    machine.trace.seeds.append(("all", request.spot))
    machine.seed = value.value if isinstance(value, Const) else ("unknown", machine.mark())
    return NONE


def _shuffled_copy(request: Request) -> Value:
    """`tf.random.shuffle(x)` gives a shuffled copy; two calls give two orders."""
    array = request.array()
    return Array(shuffled(array.facts, ("order", request.machine.mark()))) if array else UNKNOWN


NAMES: Table = {
    "numpy.random.shuffle": lambda request: shuffle(request, GLOBAL),
    "numpy.random.permutation": lambda request: permutation(request, GLOBAL),
    "random.shuffle": lambda request: shuffle(request, "random"),
    "numpy.random.seed": _seed_numpy,
    "numpy.random.get_state": _state,
    "numpy.random.set_state": _restore,
    "numpy.random.default_rng": _generator,
    "numpy.random.RandomState": _generator,
    "tensorflow.random.shuffle": _shuffled_copy,
    "keras.random.shuffle": _shuffled_copy,
    "tensorflow.random.set_seed": _seed_all,
    "tensorflow.set_random_seed": _seed_all,
    "tensorflow.random.set_random_seed": _seed_all,
    "keras.utils.set_random_seed": _seed_all,
    "torch.manual_seed": _seed_all,
}

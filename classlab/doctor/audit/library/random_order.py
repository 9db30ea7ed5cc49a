"""Shuffles: which arrays were brought into the same random order, and which were not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.audit.library.request import table
from classlab.doctor.audit.rows import Part, narrow
from classlab.doctor.audit.values import NONE, UNKNOWN, Array, CallResult, Chooser, Const, Items, Value

if TYPE_CHECKING:
    from classlab.doctor.audit.facts import Facts
    from classlab.doctor.audit.interpreter import Interpreter
    from classlab.doctor.audit.library.request import Request, Table

GLOBAL = "numpy.random"


def shuffled(facts: Facts, order: object) -> Facts:
    """Rows in another order."""
    rows = narrow(facts.rows, Part(("order", order), 0))
    return replace(facts, order=(*facts.order, order), rows=rows, arranged="")


def next_order(interpreter: Interpreter, source: object) -> object:
    """The order that the next shuffle of a random source brings about.

    Two shuffles after the same seed are the same: that is how some keep images and labels together.
    """
    seed = interpreter.shuffles.get(("seed", source))
    if seed is None:
        return ("order", interpreter.mark())
    count = interpreter.shuffles.get(source, 0) + 1
    interpreter.shuffles[source] = count
    return ("seeded", source if source != GLOBAL else "global", seed, count)


def seed(interpreter: Interpreter, source: object, value: Value | None) -> None:
    """A random source starts anew."""
    interpreter.shuffles[("seed", source)] = hash(value) if isinstance(value, Const) else interpreter.mark()
    interpreter.shuffles[source] = 0


def shuffle(request: Request, source: object) -> Value:
    """`shuffle(x)`: changes the array or list in place."""
    value = request.first()
    order = next_order(request.interpreter, source)
    if isinstance(value, Array):
        request.interpreter.put(value, "facts", shuffled(value.facts, order))
    elif isinstance(value, Items):
        contents = value.contents
        request.interpreter.put(
            value, "contents", type(contents)(tuple(UNKNOWN for _ in contents.items), contents.open)
        )
    elif isinstance(value, Chooser):
        return UNKNOWN
    return NONE


def permutation(request: Request, source: object) -> Value:
    """`permutation(n)` picks all rows in another order; `permutation(x)` gives the rows so."""
    value = request.first()
    order = next_order(request.interpreter, source)
    if isinstance(value, Array):
        return Array(shuffled(value.facts, order))
    return Chooser((Part(("order", order), 0),), order)


def _seed_numpy(request: Request) -> Value:
    value = request.first()
    seed(request.interpreter, GLOBAL, value)
    request.interpreter.trace.seeds.append(("numpy", request.location))
    return NONE


def _state(request: Request) -> Value:
    interpreter = request.interpreter
    if ("seed", GLOBAL) not in interpreter.shuffles:
        interpreter.shuffles[("seed", GLOBAL)] = interpreter.mark()
        interpreter.shuffles[GLOBAL] = 0
    kept = CallResult("numpy.random.state", (), {}, request.location)
    kept.fields.update(seed=interpreter.shuffles[("seed", GLOBAL)], count=interpreter.shuffles.get(GLOBAL, 0))
    return kept


def _restore(request: Request) -> Value:
    value = request.first()
    if isinstance(value, CallResult) and "seed" in value.fields:
        request.interpreter.shuffles[("seed", GLOBAL)] = value.fields["seed"]
        request.interpreter.shuffles[GLOBAL] = value.fields["count"]
    return NONE


def _generator(request: Request) -> Value:
    made = CallResult("numpy.random.Generator", request.args, request.kwargs, request.location)
    given = request.get(0, "seed")
    if isinstance(given, Const) and given.value is not None:
        made.fields["source"] = ("generator", given.value)
        seed(request.interpreter, ("generator", given.value), given)
    else:
        made.fields["source"] = ("generator", request.interpreter.mark())
    return made


def _seed_all(request: Request) -> Value:
    """Sets the seed of Python, NumPy and the backend, from which initial weights are drawn."""
    interpreter, value = request.interpreter, request.first()
    seed(interpreter, GLOBAL, value)
    interpreter.trace.seeds.append(("all", request.location))
    interpreter.seed = value.value if isinstance(value, Const) else ("unknown", interpreter.mark())
    return NONE


def _shuffled_copy(request: Request) -> Value:
    """`tf.random.shuffle(x)` gives a shuffled copy; two calls give two orders."""
    array = request.array()
    return Array(shuffled(array.facts, ("order", request.interpreter.mark()))) if array else UNKNOWN


NAMES: Table = table(
    (lambda request: shuffle(request, GLOBAL), "numpy.random.shuffle"),
    (lambda request: permutation(request, GLOBAL), "numpy.random.permutation"),
    (lambda request: shuffle(request, "random"), "random.shuffle"),
    (_seed_numpy, "numpy.random.seed"),
    (_state, "numpy.random.get_state"),
    (_restore, "numpy.random.set_state"),
    (_generator, "numpy.random.default_rng numpy.random.RandomState"),
    (_shuffled_copy, "tensorflow.random.shuffle keras.random.shuffle"),
    (_seed_all, "tensorflow.random.set_seed tensorflow.set_random_seed tensorflow.random.set_random_seed"),
    (_seed_all, "keras.utils.set_random_seed torch.manual_seed"),
)

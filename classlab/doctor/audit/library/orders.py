"""Shuffles, splits, folds and scalers, of NumPy, TensorFlow and scikit-learn, and small data sets of the latter."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.facts import Facts, Fitted, StepKind, stepped
from classlab.doctor.audit.foreign import as_array
from classlab.doctor.audit.library.picking import any_rows
from classlab.doctor.audit.library.request import table
from classlab.doctor.audit.rows import Fragment, Part, Rows, narrow, share_rows
from classlab.doctor.audit.values import NONE, UNKNOWN, Array, CallResult, Chooser, Const, Contents, Items, Value

if TYPE_CHECKING:
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
        request.interpreter.put(value, "contents", Contents((UNKNOWN,) * len(value.items), value.open))
        request.interpreter.put(value, "order", order)
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


def choice(request: Request, source: object) -> Value:
    """`choice(n, 1000)` and `randint(0, n, 1000)` pick rows at random; without a size they give one number."""
    sized = request.get(1 if request.kind == "choice" else 2, "size") is not None
    return permutation(request, source) if sized else request.made()


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


# What a scaler does, and between which ends its values lie, mostly; None where that is not followed.
SCALERS: Final[dict[str, tuple[StepKind, float, float] | None]] = {
    "StandardScaler": ("standardise", -4.0, 4.0), "RobustScaler": ("standardise", -4.0, 4.0),
    "MinMaxScaler": ("own-range", 0.0, 1.0), "MaxAbsScaler": ("own-range", 0.0, 1.0),
    "Normalizer": ("normalise", 0.0, 1.0), "PCA": None,
}  # fmt: skip


def _divided(request: Request) -> Value:
    """`train_test_split(x, y)`: two parts of each array, in the same order for all of one call."""
    options = [request.kwargs.get(name) for name in ("random_state", "test_size", "train_size", "shuffle")]
    seeded = isinstance(options[0], Const) and isinstance(options[0].value, int)
    settled = seeded and all(option is None or isinstance(option, Const) for option in options)
    in_file_order = request.says("shuffle", False)
    if settled and in_file_order:
        options[0] = None  # rows in file order, whatever the seed
    # The same seed and size divide every array of one length alike.
    key = ("split", *options) if settled and "stratify" not in request.kwargs else ("split", request.interpreter.mark())
    parts: list[Value] = []
    for given in request.args:
        value = as_array(given)
        if value is not None and _overlap(value.facts.rows):
            request.interpreter.trace.copies.append(request.location)
        for index in (0, 1):
            if value is None:
                parts.append(UNKNOWN)
                continue
            facts = value.facts
            rows, arranged = narrow(facts.rows, Part(key, index)), facts.arranged if in_file_order else ""
            order, shape = (*facts.order, key), any_rows(facts)
            parts.append(value.but(rows=rows, declared="unknown", shape=shape, order=order, arranged=arranged))
    return Items(tuple(parts))


def _overlap(rows: Rows) -> bool:
    """Whether some rows stand there twice, as classes do that were repeated."""
    return any(share_rows((one,), (other,)) for place, one in enumerate(rows) for other in rows[:place])


def _shuffle(request: Request) -> Value:
    """`shuffle(x, y)` keeps its arguments together; a fixed seed does so over several calls."""
    state = request.kwargs.get("random_state")
    fixed = isinstance(state, Const) and isinstance(state.value, int)
    order: object = ("sklearn", state) if fixed else ("order", request.interpreter.mark())
    results: list[Value] = [
        Array(shuffled(value.facts, order)) if (value := as_array(given)) else UNKNOWN for given in request.args
    ]
    return results[0] if len(results) == 1 else Items(tuple(results))


def fold_rows(made: CallResult) -> Value:
    """`KFold(...).split(x)`: pairs of choosers that share no row, one pair per fold."""
    pairs: list[Value] = []
    for fold in range(2):
        key = ("fold", id(made), fold)
        pairs.append(Items((Chooser((Part(key, 0),)), Chooser((Part(key, 1),))), "tuple"))
    return Items(tuple(pairs), open=True)


def scaler_method(request: Request, made: CallResult, name: str) -> Value:
    """`fit`, `transform` and `fit_transform` of a scaler."""
    array = request.array()
    if array is None:
        return made if name == "fit" else UNKNOWN
    facts, location, words = array.facts, request.location, request.words()
    if name in ("fit", "partial_fit", "fit_transform"):
        request.interpreter.put(made, "fitted", Fitted(facts.rows, location, words, facts.declared))
        request.interpreter.put(made, "scale", facts.steps)
    if name in ("fit", "partial_fit") or SCALERS[made.kind] is None:
        return made if name in ("fit", "partial_fit") else UNKNOWN
    kind, low, high = SCALERS[made.kind] or ("opaque", 0.0, 0.0)
    if kind == "normalise":
        return Array(stepped(facts, kind, location, words, ends=(low, high)))
    same, fitted = made.fields.get("scale") == facts.steps, made.fields.get("fitted")
    after = stepped(facts, kind, location, words, ends=(low, high) if same else None)
    return Array(replace(after, fitted=(*facts.fitted, fitted)) if isinstance(fitted, Fitted) else after)


def _digits(request: Request) -> Value:
    """The 8 x 8 digits: values from 0 to 16."""
    rows = (Fragment(("digits", request.interpreter.mark()), "all"),)
    data = Facts(kind="images", rows=rows, low=0.0, high=16.0, shape=(1797, 64), origin=request.location, name="digits")
    labels = Facts(kind="labels", rows=rows, classes=10, one_hot=False, whole_numbers=True, origin=request.location)
    images = Array(replace(data, shape=(1797, 8, 8)))
    return _bunch(request, data, replace(labels, shape=(1797,)), images=images)


def _openml(request: Request) -> Value:
    """`fetch_openml("mnist_784")`: 70,000 rows without a division."""
    name = request.text(0, "name")
    known = name in ("mnist_784", "Fashion-MNIST", "fashion-mnist")
    rows = (Fragment(("openml", request.interpreter.mark()), "all"),)
    data = Facts(kind="images", rows=rows, origin=request.location, name="mnist" if name == "mnist_784" else "")
    labels = Facts(kind="labels", rows=rows, classes=10 if known else None, one_hot=False, origin=request.location)
    return _bunch(request, replace(data, low=0.0, high=255.0) if known else data, labels)


def _bunch(request: Request, data: Facts, labels: Facts, **more: Value) -> Value:
    """Data and labels as a pair, or as an object that has them by name."""
    if request.says("return_X_y", True):
        return Items((Array(data), Array(labels)), "tuple")
    made = request.made()
    made.fields.update(data=Array(data), target=Array(labels), **more)
    return made


NAMES: Table = table(
    (lambda request: shuffle(request, GLOBAL), "numpy.random.shuffle"),
    (lambda request: permutation(request, GLOBAL), "numpy.random.permutation"),
    (lambda request: choice(request, GLOBAL), "numpy.random.choice numpy.random.randint"),
    (lambda request: shuffle(request, "random"), "random.shuffle"),
    (_seed_numpy, "numpy.random.seed"),
    (_state, "numpy.random.get_state"),
    (_restore, "numpy.random.set_state"),
    (_generator, "numpy.random.default_rng numpy.random.RandomState"),
    (_shuffled_copy, "tensorflow.random.shuffle keras.random.shuffle"),
    (_seed_all, "tensorflow.random.set_seed tensorflow.set_random_seed tensorflow.random.set_random_seed"),
    (_seed_all, "keras.utils.set_random_seed torch.manual_seed"),
    (_divided, "sklearn.model_selection.train_test_split"),
    (_shuffle, "sklearn.utils.shuffle"),
    (_digits, "sklearn.datasets.load_digits"),
    (_openml, "sklearn.datasets.fetch_openml"),
)

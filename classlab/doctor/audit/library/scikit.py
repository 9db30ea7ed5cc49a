"""scikit-learn: splits, folds, scalers, shuffles and small data sets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.facts import Facts, Fitted, stepped
from classlab.doctor.audit.foreign import as_array
from classlab.doctor.audit.library.picking import any_rows
from classlab.doctor.audit.library.random_order import shuffled
from classlab.doctor.audit.library.request import table
from classlab.doctor.audit.rows import Fragment, Part, narrow
from classlab.doctor.audit.values import UNKNOWN, Array, CallResult, Chooser, Const, Items, Value

if TYPE_CHECKING:
    from classlab.doctor.audit.facts import StepKind
    from classlab.doctor.audit.library.request import Request, Table

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
        for index in (0, 1):
            if value is None:
                parts.append(UNKNOWN)
                continue
            facts = value.facts
            rows, arranged = narrow(facts.rows, Part(key, index)), facts.arranged if in_file_order else ""
            order, shape = (*facts.order, key), any_rows(facts)
            parts.append(value.but(rows=rows, declared="unknown", shape=shape, order=order, arranged=arranged))
    return Items(tuple(parts))


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
    (_divided, "sklearn.model_selection.train_test_split"),
    (_shuffle, "sklearn.utils.shuffle"),
    (_digits, "sklearn.datasets.load_digits"),
    (_openml, "sklearn.datasets.fetch_openml"),
)

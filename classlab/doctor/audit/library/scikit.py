"""scikit-learn: splits, folds, scalers, shuffles and small data sets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.doctor.audit.facts import Facts, Fitted, stepped
from classlab.doctor.audit.foreign import as_array
from classlab.doctor.audit.library.random_order import shuffled
from classlab.doctor.audit.rows import Fragment, Part, narrow
from classlab.doctor.audit.values import UNKNOWN, Array, CallResult, Chooser, Const, Items, Value

if TYPE_CHECKING:
    from classlab.doctor.audit.library.request import Request, Table

SCALERS = ("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "Normalizer", "PCA")


def _divided(request: Request) -> Value:
    """`train_test_split(x, y)`: two parts of each array, in the same order for all of one call."""
    options = [request.kwargs.get(name) for name in ("random_state", "test_size", "train_size", "shuffle")]
    seeded = isinstance(options[0], Const) and isinstance(options[0].value, int)
    settled = seeded and all(option is None or isinstance(option, Const) for option in options)
    if settled and options[3] == Const(False):
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
            facts = replace(value.facts, rows=narrow(value.facts.rows, Part(key, index)), declared="unknown")
            facts = replace(facts, shape=(None, *facts.shape[1:]) if facts.shape else None)
            arranged = facts.arranged if options[3] == Const(False) else ""
            parts.append(Array(replace(facts, order=(*facts.order, key), arranged=arranged)))
    return Items(tuple(parts), "list")


def _shuffle(request: Request) -> Value:
    """`shuffle(x, y)` keeps its arguments together; a fixed seed does so over several calls."""
    state = request.kwargs.get("random_state")
    fixed = isinstance(state, Const) and isinstance(state.value, int)
    order: object = ("sklearn", state) if fixed else ("order", request.interpreter.mark())
    results: list[Value] = [
        Array(shuffled(value.facts, order)) if (value := as_array(given)) else UNKNOWN for given in request.args
    ]
    return results[0] if len(results) == 1 else Items(tuple(results), "list")


def fold_rows(made: CallResult) -> Value:
    """`KFold(...).split(x)`: pairs of choosers that share no row, one pair per fold."""
    pairs: list[Value] = []
    for fold in range(2):
        key = ("fold", id(made), fold)
        pairs.append(Items((Chooser((Part(key, 0),)), Chooser((Part(key, 1),))), "tuple"))
    return Items(tuple(pairs), "list", open=True)


def scaler_method(request: Request, made: CallResult, name: str) -> Value:
    """`fit`, `transform` and `fit_transform` of a scaler."""
    array = request.array()
    if array is None:
        return made if name == "fit" else UNKNOWN
    if name in ("fit", "partial_fit", "fit_transform"):
        facts = array.facts
        request.interpreter.put(made, "fitted", Fitted(facts.rows, request.location, request.words(), facts.declared))
        request.interpreter.put(made, "scale", facts.steps)
    if name in ("fit", "partial_fit"):
        return made
    if made.kind == "PCA":
        return UNKNOWN
    fitted = made.fields.get("fitted")
    facts = array.facts
    same = made.fields.get("scale") == facts.steps
    ends = (-4.0, 4.0) if made.kind in ("StandardScaler", "RobustScaler") else (0.0, 1.0)
    kind = "standardise" if made.kind in ("StandardScaler", "RobustScaler") else "own-range"
    if made.kind == "Normalizer":
        return Array(stepped(facts, "normalise", request.location, request.words(), ends=(0.0, 1.0)))
    facts = stepped(facts, kind, request.location, request.words(), ends=ends if same else None)  # type: ignore[arg-type]
    return Array(replace(facts, fitted=(*facts.fitted, fitted) if isinstance(fitted, Fitted) else facts.fitted))


def _digits(request: Request) -> Value:
    """The 8 x 8 digits: values from 0 to 16."""
    rows = (Fragment(("digits", request.interpreter.mark()), "all"),)
    data = Facts(kind="images", rows=rows, low=0.0, high=16.0, shape=(1797, 64), origin=request.location, name="digits")
    labels = Facts(
        kind="labels", rows=rows, classes=10, one_hot=False, whole_numbers=True, shape=(1797,), origin=request.location
    )
    if request.kwargs.get("return_X_y") == Const(True):
        return Items((Array(data), Array(labels)), "tuple")
    made = CallResult("sklearn.datasets.load_digits", request.args, request.kwargs, request.location)
    made.fields.update(data=Array(data), images=Array(replace(data, shape=(1797, 8, 8))), target=Array(labels))
    return made


def _openml(request: Request) -> Value:
    """`fetch_openml("mnist_784")`: 70,000 rows without a division."""
    name = request.get(0, "name")
    known = isinstance(name, Const) and name.value in ("mnist_784", "Fashion-MNIST", "fashion-mnist")
    rows = (Fragment(("openml", request.interpreter.mark()), "all"),)
    high = 255.0 if known else None
    data = Facts(kind="images", rows=rows, low=0.0 if known else None, high=high, origin=request.location)
    if name == Const("mnist_784"):
        data = replace(data, name="mnist")
    labels = Facts(kind="labels", rows=rows, classes=10 if known else None, one_hot=False, origin=request.location)
    if request.kwargs.get("return_X_y") == Const(True):
        return Items((Array(data), Array(labels)), "tuple")
    made = CallResult("sklearn.datasets.fetch_openml", request.args, request.kwargs, request.location)
    made.fields.update(data=Array(data), target=Array(labels))
    return made


NAMES: Table = {
    "sklearn.model_selection.train_test_split": _divided,
    "sklearn.utils.shuffle": _shuffle,
    "sklearn.datasets.load_digits": _digits,
    "sklearn.datasets.fetch_openml": _openml,
}

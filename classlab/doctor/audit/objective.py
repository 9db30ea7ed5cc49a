"""What a model is compiled with: optimizer, loss and metrics by their names in Keras."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from classlab.doctor.audit.values import CallResult, Const, Items, Mapping, Symbol, Value, text_of
from classlab.doctor.audit.words import OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Iterator

_SHORT: Final = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "bce": "binary_crossentropy",
    "cce": "categorical_crossentropy",
    "categorical_cross_entropy": "categorical_crossentropy",
    "logcosh": "log_cosh",
}
SPARSE: Final = "sparse_categorical_crossentropy"
CATEGORICAL: Final = ("categorical_crossentropy", "categorical_focal_crossentropy")
BINARY: Final = ("binary_crossentropy", "binary_focal_crossentropy")
CROSS_ENTROPIES: Final = (SPARSE, *CATEGORICAL, *BINARY)
FOR_NUMBERS: Final = (
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
    "huber", "log_cosh", "hinge", "squared_hinge",
)  # fmt: skip


@dataclass(frozen=True)
class Objective:
    """A loss.

    Args:
        name: Keras's name of it.
        from_logits: whether it expects raw scores; None where unknown.
    """

    name: str
    from_logits: bool | None


def loss_of(value: Value | None) -> Objective | None:
    """The loss that a value is; None where that is not known."""
    text = text_of(value)
    if text is not None:
        name = snake(text)
        return Objective(_SHORT.get(name, name), False)
    if isinstance(value, Symbol) and value.name.startswith("keras.losses."):
        return Objective(_short(value.name), False)
    if isinstance(value, CallResult) and value.name.startswith("keras.losses."):
        place = None if "ocal" in value.kind else 0 if value.kind[:1].isupper() else 2
        given = value.argument("from_logits", place)
        if given is None:
            return Objective(_short(value.name), None if "?" in value.kwargs else False)
        known = isinstance(given, Const) and isinstance(given.value, bool)
        return Objective(_short(value.name), given.value if known and isinstance(given, Const) else None)
    return None


def optimizer_of(value: Value | None) -> str | None:
    """Keras's name of an optimizer, however it is given; None where unknown."""
    text = text_of(value)
    if text is not None:
        return OPTIMIZERS.get(text.lower().replace("_", "")) if text.lower() != "rms" else None
    if isinstance(value, CallResult | Symbol) and value.name.startswith("keras.optimizers."):
        return OPTIMIZERS.get(value.name.rpartition(".")[2].lower())
    if isinstance(value, CallResult | Symbol) and value.name.startswith("tensorflow.train."):
        return OPTIMIZERS.get(value.name.rpartition(".")[2].removesuffix("Optimizer").lower())
    return None


@dataclass(frozen=True)
class Metric:
    """A metric.

    Args:
        name: Keras's name of its function; "Accuracy" for the class of that name, which the word "accuracy" is not.
        arguments: names of the arguments that it was made with.
    """

    name: str
    arguments: tuple[str, ...] = ()


def metrics_of(value: Value) -> Iterator[Metric]:
    """The metrics that are known, by whichever of their names, as function, class or object."""
    if isinstance(value, Items):
        for item in value.items:
            yield from metrics_of(item)
    elif isinstance(value, Mapping):
        named = {text_of(key): item for key, item in value.pairs}
        # `{"class_name": "BinaryAccuracy", "config": {}}` is one metric; any other dictionary has metrics per output.
        for item in (named["class_name"],) if "class_name" in named else named.values():
            yield from metrics_of(item)
    elif (text := text_of(value)) is not None:
        yield Metric("accuracy" if text.lower() in ("acc", "accuracy") else _short(text))
    elif isinstance(value, CallResult | Symbol) and value.name.startswith("keras.metrics."):
        word = value.name.rpartition(".")[2]
        given = tuple(value.kwargs) if isinstance(value, CallResult) else ()
        yield Metric(word if word == "Accuracy" else snake(word), given)


def snake(name: str) -> str:
    """A class's name as the name of its function.

    Example:
        >>> snake("SparseCategoricalCrossentropy")
        'sparse_categorical_crossentropy'
    """
    letters = [
        f"_{each.lower()}" if each.isupper() and place and not name[place - 1].isupper() else each.lower()
        for place, each in enumerate(name)
    ]
    return "".join(letters).replace("__", "_")


def _short(full: str) -> str:
    name = snake(full.rpartition(".")[2])
    return _SHORT.get(name, name)

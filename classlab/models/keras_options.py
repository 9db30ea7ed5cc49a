"""Options of serialised Keras layers into the fields of records; works on JSON alone."""

from __future__ import annotations

from typing import Any, get_args

import numpy as np

from classlab.models.keras_words import INITIALIZERS
from classlab.records import layers as records

_BY_CLASS = {keras_class: (name, arguments) for name, (keras_class, arguments) in INITIALIZERS.items()}


def unchanged(value: Any) -> Any:
    """A value as it is."""
    return value


def number(value: Any) -> float:
    """A number, which True is not."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def pair(value: Any) -> tuple[int, int]:
    """Two numbers from two, or from one that stands for both."""
    first, second = value if isinstance(value, list) else (value, value)
    return (first, second)


def activation(value: Any) -> str:
    """The name of a function that the records know."""
    if value not in get_args(records.ActivationName):
        raise ValueError
    return str(value)


def initializer(value: Any) -> records.Initializer:
    """How a weight starts; whatever else an initialiser of Keras has must be at its default."""
    name, arguments = _BY_CLASS[value["class_name"]]
    if value["module"] != "keras.initializers" or value.get("registered_name") is not None:
        raise ValueError
    config = dict(value["config"])
    numbers = {argument: number(config.pop(argument)) for argument in arguments if argument in config}
    seed = config.pop("seed", None)  # the run's seed decides
    gain = config.pop("gain", 1.0)
    if isinstance(seed, dict) or gain != 1 or any(rest is not None for rest in config.values()):
        raise ValueError
    return records.Initializer(name=name, **numbers)


def regularizer(value: Any) -> records.Regularizer | None:
    """A penalty by the absolute values and squares of weights."""
    if value is None:
        return None
    config = dict(value["config"])
    factors = {name: decimal(number(config.pop(name))) for name in ("l1", "l2") if name in config}
    if config or value["module"] != "keras.regularizers" or value["class_name"] not in ("L1", "L2", "L1L2"):
        raise ValueError
    return records.Regularizer(**factors)


def decimal(value: float) -> float:
    """Undoes a trip through float32, where Keras keeps some settings: 0.10000000149 becomes 0.1 again.

    Example:
        >>> decimal(float(np.float32(0.001)))
        0.001
    """
    return float(str(np.float32(value))) if float(np.float32(value)) == value else value


def statistics(value: Any) -> tuple[float, ...]:
    """One number per channel, or one for all."""
    return tuple(number(each) for each in (value if isinstance(value, list) else [value]))

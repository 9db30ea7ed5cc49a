"""A serialised Keras layer into a layer record; works on JSON alone, so it needs no Keras and runs no foreign code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from classlab.errors import SpecError
from classlab.models.keras_words import INITIALIZERS, Config
from classlab.records import layers as records

if TYPE_CHECKING:
    from collections.abc import Callable

    Converter = Callable[[Any], Any]


class Unsupported(Exception):  # noqa: N818 - not an error: it says why a model takes the general path
    """A layer or option outside the records' vocabulary; its text is a clause for `KerasArchitecture.reason`."""


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """How one Keras class becomes a record.

    Args:
        record: the record's class.
        fields: options that the record keeps, each with its conversion.
        fixed: options that must have one of these values, because the engine knows no other.
        constants: fields of the record that no option decides.
        ignored: options that change nothing the engine computes.
    """

    record: Any
    fields: dict[str, Converter] = field(default_factory=dict)
    fixed: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    constants: dict[str, Any] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()


def translate_layer(entry: Config, *, rank: int) -> records.Layer:
    """Turns one entry of a serialised model's layer list into a record.

    Args:
        entry: `{"module": ..., "class_name": ..., "config": {...}}` as Keras writes it.
        rank: number of axes of one image's values where they enter the layer, to recognise the last axis.

    Raises:
        Unsupported: the layer, or one of its options, is outside the records' vocabulary.
    """
    kind = entry.get("class_name")
    rule = _RULES.get(kind) if isinstance(kind, str) else None
    label, config = plain_options(entry)
    if rule is None:
        raise Unsupported(f"its {label} is not one of the engine's layers")
    values: dict[str, Any] = dict(rule.constants)
    for option, convert in rule.fields.items():
        if option in config:
            values[option] = _converted(convert, config.pop(option), f"its {label} has {option}")
    for option, value in config.items():
        if option in rule.ignored and (value is None or isinstance(value, int | float)):
            continue
        if not _allowed(value, rule.fixed.get(option, (None,)), rank):
            raise Unsupported(f"its {label} has {option}={_short(value)}")
    if values.get("strides") is not None and values["strides"] == values.get("pool_size"):
        values["strides"] = None
    return _validated(rule.record, values, label)


def _validated(record: Any, values: Config, label: str) -> records.Layer:
    try:
        layer: records.Layer = TypeAdapter(record).validate_json(to_json(values), strict=True)
    except (ValidationError, SpecError) as problem:
        detail = problem.errors()[0]["msg"] if isinstance(problem, ValidationError) else str(problem)
        raise Unsupported(f"its {label} cannot be read ({detail})") from None
    return layer


def plain_options(entry: Config) -> tuple[str, Config]:
    """Name and options of a layer of Keras itself, without those that every layer has.

    Raises:
        Unsupported: its class is not Keras's own, or it is frozen, or it does not compute in float32.
    """
    config = dict(entry.get("config") or {})
    label = f"layer {config.pop('name', '?')!r} ({entry.get('class_name')})"
    if entry.get("module") != "keras.layers" or entry.get("registered_name") is not None:
        raise Unsupported(f"its {label} is not one of the engine's layers")
    if config.pop("trainable", True) is not True:
        raise Unsupported(f"its {label} is frozen (trainable=False)")
    policy = config.pop("dtype", "float32")
    if not float32(policy):
        raise Unsupported(f"its {label} computes in {_short(_policy_name(policy))}")
    return label, config


def float32(policy: Any) -> bool:
    """Whether a serialised dtype policy is the plain one."""
    plain = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}}
    if isinstance(policy, dict) and policy.get("registered_name") is None:
        policy = {key: value for key, value in policy.items() if key not in ("registered_name", "shared_object_id")}
    return policy in ("float32", plain)


def _policy_name(policy: Any) -> Any:
    return (policy.get("config") or {}).get("name") if isinstance(policy, dict) else policy


def _converted(convert: Converter, value: Any, label: str) -> Any:
    try:
        return convert(value)
    except (KeyError, TypeError, ValueError):
        raise Unsupported(f"{label}={_short(value)}") from None


def _allowed(value: Any, allowed: tuple[Any, ...], rank: int) -> bool:
    last_axis = [-1, rank, [-1], [rank]]
    known = [each for choice in allowed for each in (last_axis if choice is _LAST else [choice])]
    # False and True equal 0 and 1, but do not mean the same
    return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in known)


def _short(value: Any) -> str:
    """A value for a sentence: a serialised object by its class's name."""
    if isinstance(value, dict) and "class_name" in value:
        return str(value["class_name"])
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _plain(value: Any) -> Any:
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return float(value)


def _pair(value: Any) -> tuple[int, int]:
    first, second = value if isinstance(value, list) else (value, value)
    return (first, second)


def _activation(value: Any) -> str:
    if value not in get_args(records.ActivationName):
        raise ValueError
    return str(value)


def _initializer(value: Any) -> records.Initializer:
    name, arguments = _BY_CLASS[value["class_name"]]
    if value["module"] != "keras.initializers" or value.get("registered_name") is not None:
        raise ValueError
    config = dict(value["config"])
    numbers = {argument: _number(config.pop(argument)) for argument in arguments if argument in config}
    seed = config.pop("seed", None)  # the run's seed decides
    if isinstance(seed, dict) or any(rest is not None for rest in config.values()):
        raise ValueError
    return records.Initializer(name=name, **numbers)


def _regularizer(value: Any) -> records.Regularizer | None:
    if value is None:
        return None
    config = dict(value["config"])
    factors = {name: decimal(_number(config.pop(name))) for name in ("l1", "l2") if name in config}
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


def _statistics(value: Any) -> tuple[float, ...]:
    return tuple(_number(number) for number in (value if isinstance(value, list) else [value]))


_BY_CLASS = {keras_class: (name, arguments) for name, (keras_class, arguments) in INITIALIZERS.items()}
_LAST = object()  # stands for every way to name the last axis
_LAST_CHANNEL: dict[str, tuple[Any, ...]] = {"data_format": ("channels_last", None)}
_WEIGHTED: dict[str, Converter] = {
    "activation": _activation,
    "use_bias": _plain,
    "kernel_initializer": _initializer,
    "bias_initializer": _initializer,
    "kernel_regularizer": _regularizer,
    "bias_regularizer": _regularizer,
}
_POOLING: dict[str, Converter] = {"pool_size": _pair, "strides": _pair, "padding": _plain}


def _start(name: str) -> tuple[Config, ...]:
    return ({"module": "keras.initializers", "class_name": name, "config": {}, "registered_name": None},)


_RULES: dict[str, _Rule] = {
    "Flatten": _Rule(record=records.Flatten, fixed=_LAST_CHANNEL),
    "Dense": _Rule(record=records.Dense, fields={"units": _plain, **_WEIGHTED}),
    "Conv2D": _Rule(
        record=records.Conv2D,
        fields={"filters": _plain, "kernel_size": _pair, "strides": _pair, "padding": _plain, **_WEIGHTED},
        fixed={**_LAST_CHANNEL, "dilation_rate": (1, [1, 1]), "groups": (1,)},
    ),
    "MaxPooling2D": _Rule(record=records.MaxPooling2D, fields=_POOLING, fixed=_LAST_CHANNEL),
    "AveragePooling2D": _Rule(record=records.AveragePooling2D, fields=_POOLING, fixed=_LAST_CHANNEL),
    "GlobalAveragePooling2D": _Rule(
        record=records.GlobalAveragePooling2D, fixed={**_LAST_CHANNEL, "keepdims": (False,)}
    ),
    "Dropout": _Rule(record=records.Dropout, fields={"rate": _number}, ignored=("seed",)),
    "BatchNormalization": _Rule(
        record=records.BatchNormalization,
        fields={"momentum": _number, "epsilon": _number, "center": _plain, "scale": _plain},
        fixed={
            "axis": (_LAST,),
            "beta_initializer": _start("Zeros"),
            "gamma_initializer": _start("Ones"),
            "moving_mean_initializer": _start("Zeros"),
            "moving_variance_initializer": _start("Ones"),
            "synchronized": (False,),
            "renorm": (False,),
        },
        ignored=("renorm_momentum",),
    ),
    "Activation": _Rule(record=records.Activation, fields={"activation": _activation}),
    "Softmax": _Rule(record=records.Activation, fixed={"axis": (_LAST,)}, constants={"activation": "softmax"}),
    "ReLU": _Rule(record=records.ReLU, fixed={"negative_slope": (0.0,), "threshold": (0.0,)}),
    "LeakyReLU": _Rule(record=records.LeakyReLU, fields={"negative_slope": _number}),
    "Rescaling": _Rule(record=records.Rescaling, fields={"scale": _number, "offset": _number}),
    "Normalization": _Rule(
        record=records.Normalization,
        fields={"mean": _statistics, "variance": _statistics},
        fixed={"axis": (_LAST, []), "invert": (False,)},
    ),
}

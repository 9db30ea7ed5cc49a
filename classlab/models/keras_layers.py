"""A serialised Keras layer into a layer record; works on JSON alone, so it needs no Keras and runs no foreign code."""

from __future__ import annotations

from functools import cache
from math import prod
from typing import TYPE_CHECKING, Any, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from classlab.errors import SpecError
from classlab.models.keras_rules import LAST, OPERATION_RULES, RULES
from classlab.records import layers as records

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.models.keras_rules import Converter, Rule
    from classlab.models.keras_words import Config
    from classlab.models.shapes import Shape


OPERATIONS = "keras.src.ops.numpy"  # where a serialized operator such as `x + y` comes from


class Unsupported(Exception):  # noqa: N818 - not an error: it says why a model takes the general path
    """A layer or option outside the records' vocabulary; its text is a clause for `KerasArchitecture.reason`."""


def translate_layer(entry: Config, entering: Sequence[Shape]) -> tuple[records.Layer, ...]:
    """Turns one entry of a serialised model's layer list into records.

    Args:
        entry: `{"module": ..., "class_name": ..., "config": {...}}` as Keras writes it.
        entering: shapes of the values that enter it, without the batch axis.

    Returns:
        One record; none for a layer that changes nothing, and for a pooling that keeps the axes it pools over also the
        Reshape behind it.

    Raises:
        Unsupported: the layer, or one of its options, is outside the records' vocabulary.
    """
    kind = entry.get("class_name")
    rules = OPERATION_RULES if entry.get("module") == OPERATIONS else RULES
    rule = rules.get(kind) if isinstance(kind, str) else None
    label, config = plain_options(entry)
    if rule is None:
        raise Unsupported(f"its {label} is not one of the engine's layers")
    _check_count(rule, entering, label)
    if rule.record is records.Reshape:
        config["target_shape"] = _filled(config.get("target_shape"), prod(entering[0]))
    values = _values(rule, config, len(entering[0]), label)
    if rule.record is None:
        return ()
    layer = _validated(rule.record, values, label)
    if config.get("keepdims"):
        return (layer, records.Reshape(target_shape=(1, 1, entering[0][-1])))
    return (layer,)


def _values(rule: Rule, config: Config, rank: int, label: str) -> dict[str, Any]:
    """Fields of the record from a layer's options."""
    values: dict[str, Any] = dict(rule.constants)
    for option, value in config.items():
        if option in rule.fields:
            values[option] = _converted(rule.fields[option], value, f"its {label} has {option}")
        elif option in rule.ignored and (value is None or isinstance(value, int | float)):
            continue
        elif not _allowed(value, rule.fixed.get(option, (None,)), rank):
            raise Unsupported(f"its {label} has {option}={_short(value)}")
    if values.get("strides") is not None and values["strides"] == values.get("pool_size"):
        values["strides"] = None
    return values


def _check_count(rule: Rule, entering: Sequence[Shape], label: str) -> None:
    """Refuses several values for a layer that takes one, and one for a layer that joins several."""
    joins = rule.record in get_args(records.Join)
    if joins and len(entering) < 2:
        raise Unsupported(f"its {label} joins fewer than two values")
    if not joins and len(entering) > 1:
        raise Unsupported(f"its {label} takes several values")


def _filled(target: Any, size: int) -> list[Any]:
    """A target shape with its one -1 resolved."""
    lengths = list(target) if isinstance(target, list | tuple) else []
    known = [length for length in lengths if isinstance(length, int) and length > 0]
    if len(known) != len(lengths) - 1 or -1 not in lengths:
        return lengths
    return [size // prod(known) if length == -1 else length for length in lengths]


@cache  # making one takes a millisecond, and a file may have thousands of layers
def _adapter(record: Any) -> TypeAdapter[Any]:
    return TypeAdapter(record)


def _validated(record: Any, values: Config, label: str) -> records.Layer:
    try:
        layer: records.Layer = _adapter(record).validate_json(to_json(values), strict=True)
    except (ValidationError, SpecError) as problem:
        detail = problem.errors()[0]["msg"] if isinstance(problem, ValidationError) else str(problem)
        raise Unsupported(f"its {label} cannot be read ({detail})") from None
    return layer


def plain_options(entry: Config) -> tuple[str, Config]:
    """Name and options of a layer or operation of Keras itself, without those that every layer has.

    Raises:
        Unsupported: its class is not Keras's own, or it is frozen, or it does not compute in float32.
    """
    config = dict(entry.get("config") or {})
    kind = entry.get("class_name")
    label = f"layer {config.pop('name')!r} ({kind})" if "name" in config else f"layer of the class {kind}"
    own = [None, entry.get("class_name")] if entry.get("module") == OPERATIONS else [None]
    if entry.get("module") not in ("keras.layers", OPERATIONS) or entry.get("registered_name") not in own:
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
    except (KeyError, TypeError, ValueError, OverflowError):
        raise Unsupported(f"{label}={_short(value)}") from None


def _allowed(value: Any, allowed: tuple[Any, ...], rank: int) -> bool:
    last_axis = [-1, rank, [-1], [rank]]
    known = [each for choice in allowed for each in (last_axis if choice is LAST else [choice])]
    # False and True equal 0 and 1, but do not mean the same
    return any(value == each and isinstance(value, bool) == isinstance(each, bool) for each in known)


def _short(value: Any) -> str:
    """A value for a sentence: a serialised object by its class's name."""
    if isinstance(value, dict) and "class_name" in value:
        return str(value["class_name"])
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."

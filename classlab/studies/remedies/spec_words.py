"""A run's specification in words: what tells two apart, and what a study file can say of one."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from classlab.datasets.known import NAMES
from classlab.datasets.selection import path_of
from classlab.errors import SpecError
from classlab.models.builtin import MODEL_NAMES, build
from classlab.models.weights import class_count
from classlab.options import OPTIMIZER_SETTINGS, TABLE, options_of
from classlab.options.table import TrainingOptions
from classlab.records import Architecture, EarlyStopping, to_plain
from classlab.records.layers import Activation, Conv2D, Dense, Dropout
from classlab.records.optimizers import OPTIMIZERS
from classlab.records.schedules import Cosine
from classlab.studies.asked.spec_options import loss_of
from classlab.studies.asked.spec_settings import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.records import RunSpec
    from classlab.records.optimizers import Optimizer
    from classlab.records.plain import JsonDocument

_WORTH_SEEING = ("optimizer", "learning_rate", "loss", "epochs", "batch_size", "validation", "preprocessing")


StudyWords: TypeAlias = dict[str, Any]  # options by the keys of a study file


_SILENT = ("seed", "data.digest", "data.name", "architecture.name", "architecture.kind", "top_k")


def differences(before: RunSpec, after: RunSpec) -> tuple[str, ...]:
    """Every setting that differs, as in "learning_rate: 1.0 -> 0.1"; layers are told by kind.

    Args:
        before: one run.
        after: the other.

    Example:
        >>> from dataclasses import replace
        >>> from classlab.models.builtin import build
        >>> from classlab.records import DataSpec, RunSpec
        >>> linear = build("linear", input_shape=(8, 8, 1), classes=10)
        >>> spec = RunSpec(data=DataSpec(name="digits"), architecture=linear)
        >>> differences(spec, replace(spec, epochs=20))
        ('epochs: 10 -> 20',)
    """
    old, new = _flat(to_plain(before)), _flat(to_plain(after))
    names = [name for name in (*old, *new) if name not in _SILENT and not name.startswith("architecture.")]
    found = [
        f"{_spoken(name)}: {_shown(old.get(name))} -> {_shown(new.get(name))}"
        for name in dict.fromkeys(names)
        if old.get(name) != new.get(name)
    ]
    if isinstance(before.architecture, Architecture) and isinstance(after.architecture, Architecture):
        found += _layer_differences(before.architecture, after.architecture)
    return tuple(found)


def _layer_differences(before: Architecture, after: Architecture) -> list[str]:
    """Layers that went and came, by kind; and, where none did, what changed within them and between them."""
    old, new = ([layer.kind for layer in network.layers] for network in (before, after))
    if old != new:
        gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
        return [
            *(f"{kind} layer removed" + _times(count) for kind, count in gone.items()),
            *(f"{kind} layer added" + _times(count) for kind, count in come.items()),
        ]
    found: Counter[str] = Counter()
    for one, other in zip(before.layers, after.layers, strict=True):
        first, second = _flat(to_plain(one)), _flat(to_plain(other))
        for name in dict.fromkeys((*first, *second)):
            if first.get(name) != second.get(name):
                found[f"{one.kind} {name}: {_shown(first.get(name))} -> {_shown(second.get(name))}"] += 1
    connected = [] if before.entering == after.entering else ["layers connected otherwise"]
    return [*(words + _times(count) for words, count in found.items()), *connected]


def _times(count: int) -> str:
    return "" if count == 1 else f" ({count} times)"


def _spoken(name: str) -> str:
    """A setting by the name it has in a study file."""
    special = {"optimizer.kind": "optimizer", "schedule.kind": "schedule", "loss.name": "loss"}
    return special.get(name, name.removeprefix("data.").removeprefix("optimizer."))


def _flat(plain: JsonDocument, prefix: str = "") -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in plain.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


@dataclass(frozen=True, kw_only=True)
class SpecWords:
    """What a study file can say of a run.

    Args:
        data: the dataset's name or path.
        options: the options that differ from their defaults or are worth seeing, by name; `model` is missing where
            the network is none that has a name.
        left_out: what cannot be said, each a clause.
    """

    data: str
    options: StudyWords
    left_out: tuple[str, ...]


def spec_words(spec: RunSpec) -> SpecWords:
    """Writes a run down.

    Args:
        spec: the run; its seed is left out.
    """
    used, plain = settings(spec), OPTIMIZERS[spec.optimizer.kind]()
    options = built_in_options(spec.architecture) or {} if isinstance(spec.architecture, Architecture) else {}
    for name in options_of(TrainingOptions):
        if name == "leave_out":
            continue  # a record has the images, and not the list that named them
        default = getattr(plain, name) if hasattr(plain, name) else TABLE[name].default
        if used[name] is not None and (name in _WORTH_SEEING or used[name] != default):
            options[name] = used[name]
    name = spec.data.name
    data = str(Path(name).resolve()) if _is_path(name) else name
    return SpecWords(data=data, options=options, left_out=tuple(_left_out(spec, plain)))


def _left_out(spec: RunSpec, plain: Optimizer) -> Iterator[str]:
    """What no option says, each a clause."""
    chosen, rule = spec.optimizer, spec.early_stopping
    for field in fields(plain):
        value = getattr(chosen, field.name)
        if value != getattr(plain, field.name) and (field.name not in OPTIMIZER_SETTINGS or value is None):
            yield f"{chosen.kind}'s {field.name}={value}"
    if isinstance(spec.schedule, Cosine) and spec.schedule.alpha:
        yield f"the cosine's alpha={spec.schedule.alpha}"
    if loss_of(spec.loss.name, spec.architecture) != spec.loss:
        yield f"that the loss takes from_logits={spec.loss.from_logits}, against what the last layer gives"
    if rule is not None and rule != EarlyStopping(patience=rule.patience, monitor=rule.monitor):
        yield "early stopping's min_delta and restore_best_weights"
    if spec.data.leave_out:
        yield "which training images are left out"
    if spec.data.folds is not None:
        yield f"that fold {spec.data.fold} of {spec.data.folds} validates"
    if spec.initial_weights is not None:
        yield "the weights that the run started from"


def built_in_options(architecture: Architecture) -> StudyWords | None:
    """The built-in model with these very layers, as options; None where there is none.

    Args:
        architecture: any network of layers.

    Example:
        >>> built_in_options(build("mlp", input_shape=(8, 8, 1), classes=3, units=(5, 4), activation="tanh"))
        {'model': 'mlp', 'units': [5, 4], 'activation': 'tanh'}
    """
    if architecture.inputs is not None:
        return None
    body = architecture.layers[:-1]
    weighted = [layer for layer in body if isinstance(layer, Dense | Conv2D)]
    rates = [layer.rate for layer in body if isinstance(layer, Dropout)]
    shape: StudyWords = {"units": [layer.units for layer in weighted if isinstance(layer, Dense)]}
    if weighted:
        shape["activation"] = weighted[0].activation
    if rates:
        shape["dropout"] = rates[0]
    for name in MODEL_NAMES:
        wanted = {key: value for key, value in shape.items() if key != "units" or name == "mlp"}
        if not isinstance(architecture.layers[-1], Dense | Activation) or (name == "linear") != (not weighted):
            continue
        if rates and name == "linear":
            continue
        if _built(name, wanted, architecture) == architecture.layers:
            defaults = {"activation": "relu"}
            return {"model": name, **{key: value for key, value in wanted.items() if defaults.get(key) != value}}
    return None


def _built(name: str, options: StudyWords, like: Architecture) -> tuple[Any, ...]:
    try:
        return build(name, input_shape=like.input_shape, classes=class_count(like), **options).layers
    except SpecError:  # images too small for its windows, or an option that it does not take
        return ()


def _is_path(name: str) -> bool:
    return name not in NAMES and path_of(name).exists()

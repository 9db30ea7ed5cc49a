"""A run's specification as the options of a study file, as far as a study file can say it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.models.builtin import MODEL_NAMES, build
from classlab.models.weights import class_count
from classlab.options import OPTIMIZER_SETTINGS
from classlab.records import Architecture, EarlyStopping
from classlab.records.layers import Activation, Conv2D, Dense, Dropout
from classlab.records.optimizers import OPTIMIZERS
from classlab.records.schedules import Constant, Cosine, Step
from classlab.studies.asked.spec_options import loss_of

if TYPE_CHECKING:
    from classlab.records import RunSpec
    from classlab.records.schedules import Schedule


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
    options: dict[str, Any]
    left_out: tuple[str, ...]


def spec_words(spec: RunSpec) -> SpecWords:
    """Writes a run down.

    Args:
        spec: the run; its seed is left out.
    """
    lost: list[str] = []
    options: dict[str, Any] = {}
    if isinstance(spec.architecture, Architecture):
        options |= built_in_options(spec.architecture) or {}
    options["preprocessing"] = spec.data.preprocessing
    options |= _optimizer(spec, lost)
    options |= _schedule(spec.schedule, lost)
    options["loss"] = spec.loss.name
    if loss_of(spec.loss.name, spec.architecture) != spec.loss:
        lost.append(f"that the loss takes from_logits={spec.loss.from_logits}, against what the last layer gives")
    options |= {"epochs": spec.epochs, "batch_size": spec.batch_size}
    if spec.early_stopping is not None:
        options |= {"early_stopping": spec.early_stopping.patience, "monitor": spec.early_stopping.monitor}
        plain = EarlyStopping(patience=spec.early_stopping.patience, monitor=spec.early_stopping.monitor)
        if plain != spec.early_stopping:
            lost.append("early stopping's min_delta and restore_best_weights")
    options["validation"] = spec.data.validation
    optional = {"limit": spec.data.limit, "top_k": spec.top_k}
    options |= {name: value for name, value in optional.items() if value is not None}
    if spec.precision != "float32":
        options["precision"] = spec.precision
    if spec.initial_weights is not None:
        lost.append("the weights that the run started from")
    name = spec.data.name
    return SpecWords(data=str(Path(name).resolve()) if _is_path(name) else name, options=options, left_out=tuple(lost))


def built_in_options(architecture: Architecture) -> dict[str, Any] | None:
    """The built-in model with these very layers, as options; None where there is none.

    Args:
        architecture: any network of layers.

    Example:
        >>> built_in_options(build("mlp", input_shape=(8, 8, 1), classes=3, units=(5, 4), activation="tanh"))
        {'model': 'mlp', 'units': [5, 4], 'activation': 'tanh'}
    """
    body = architecture.layers[:-1]
    weighted = [layer for layer in body if isinstance(layer, Dense | Conv2D)]
    rates = [layer.rate for layer in body if isinstance(layer, Dropout)]
    shape: dict[str, Any] = {"units": [layer.units for layer in weighted if isinstance(layer, Dense)]}
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


def _built(name: str, options: dict[str, Any], like: Architecture) -> tuple[Any, ...]:
    from classlab.errors import SpecError

    try:
        return build(name, input_shape=like.input_shape, classes=class_count(like), **options).layers
    except SpecError:  # images too small for its windows, or an option that it does not take
        return ()


def _optimizer(spec: RunSpec, lost: list[str]) -> dict[str, Any]:
    chosen = spec.optimizer
    plain = OPTIMIZERS[chosen.kind]()
    found: dict[str, Any] = {"optimizer": chosen.kind, "learning_rate": chosen.learning_rate}
    for field in fields(chosen):
        value = getattr(chosen, field.name)
        if value == getattr(plain, field.name) or field.name == "learning_rate":
            continue
        if field.name in OPTIMIZER_SETTINGS and value is not None:
            found[field.name] = value
        else:
            lost.append(f"{chosen.kind}'s {field.name}={value}")
    return found


def _schedule(schedule: Schedule, lost: list[str]) -> dict[str, Any]:
    if schedule == Constant():
        return {}
    found: dict[str, Any] = {"schedule": schedule.kind}
    if schedule.warmup_epochs:
        found["warmup_epochs"] = schedule.warmup_epochs
    if isinstance(schedule, Step):
        found |= {"step_epochs": schedule.every_epochs, "step_factor": schedule.factor}
    if isinstance(schedule, Cosine) and schedule.alpha:
        lost.append(f"the cosine's alpha={schedule.alpha}")
    return found


def _is_path(name: str) -> bool:
    from classlab.datasets.known import NAMES

    return name not in NAMES and Path(name).exists()

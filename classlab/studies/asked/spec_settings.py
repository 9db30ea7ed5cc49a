"""The settings of a run, read off its specification: what can vary between arms, under the study file's names."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, TypeAlias

from classlab.options import TABLE
from classlab.options.class_weights import written_weights
from classlab.options.words import NO_BACKBONE
from classlab.records.augmentation import Augmentation
from classlab.records.layers import (
    Activation,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    LeakyReLU,
    ReLU,
    SeparableConv2D,
)
from classlab.records.optimizers import OPTIMIZERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records.layers import Layer
    from classlab.records.run import EarlyStopping, RunSpec
    from classlab.records.study import Setting

SettingKind: TypeAlias = type[str] | type[int] | type[float] | type[bool]

_SUMMING = (Dense, Conv2D, DepthwiseConv2D, SeparableConv2D)  # layers whose function the network's author chooses
# Every setting of any optimizer; one that an optimizer lacks is None for it.
_OPTIMIZER_KINDS: dict[str, SettingKind] = {
    field.name: bool if isinstance(field.default, bool) else float
    for optimizer in OPTIMIZERS.values()
    for field in fields(optimizer)
    if field.name != "kind"
}
# Settings of records that no option of a training sets.
_BESIDE: dict[str, SettingKind] = {
    **_OPTIMIZER_KINDS, "cosine_alpha": float, "from_logits": bool, "min_delta": float, "restore_best_weights": bool,
    "validation_is_test": bool, "fold": int,
}  # fmt: skip
_COLUMNS = (
    "model", "backbone", "backbone_weights", "fine_tune", "fine_tune_epochs", "fine_tune_rate",
    "units", "activation", "dropout", "optimizer", *_OPTIMIZER_KINDS,
    "schedule", "warmup_epochs", "step_epochs", "step_factor", "cosine_alpha", "loss", "from_logits", "class_weights",
    "epochs", "batch_size", "early_stopping", "monitor", "min_delta", "restore_best_weights", "top_k", "precision",
    "preprocessing", "validation", "validation_is_test", "limit", "folds", "fold", "leave_out",
    "shift", "rotate", "zoom", "flip", "cutout",
    "brightness", "seed", "start",
)  # fmt: skip
SETTING_KINDS: dict[str, SettingKind] = {
    name: _BESIDE.get(name) or {"number": float, "whole": int}.get(TABLE[name].kind, str) for name in _COLUMNS
}


def settings(spec: RunSpec) -> dict[str, Setting | None]:
    """Every setting as a study file writes it; None where the run has no such thing.

    Args:
        spec: the run.

    Example:
        >>> from classlab.models.builtin import build
        >>> from classlab.records import DataSpec, RunSpec
        >>> mlp = build("mlp", input_shape=(8, 8, 1), classes=10, units=(32, 16), activation="tanh")
        >>> found = settings(RunSpec(data=DataSpec(name="digits"), architecture=mlp))
        >>> found["units"], found["activation"], found["beta_1"], found["momentum"], found["start"]
        ('32,16', 'tanh', 0.9, None, 'fresh')
    """
    rate, data, stage = spec.schedule, spec.data, spec.fine_tuning
    return {
        "model": spec.architecture.name,
        "backbone": NO_BACKBONE if data.backbone is None else data.backbone.name,
        "backbone_weights": None if data.backbone is None else data.backbone.weights or None,
        "fine_tune": None if stage is None else stage.layers,
        "fine_tune_epochs": None if stage is None else stage.epochs,
        "fine_tune_rate": None if stage is None else stage.learning_rate,
        **_network(getattr(spec.architecture, "layers", None)),
        "optimizer": spec.optimizer.kind,
        **{name: getattr(spec.optimizer, name, None) for name in _OPTIMIZER_KINDS},
        "schedule": rate.kind,
        "warmup_epochs": rate.warmup_epochs,
        "step_epochs": rate.every_epochs if rate.kind == "step" else None,
        "step_factor": rate.factor if rate.kind == "step" else None,
        "cosine_alpha": rate.alpha if rate.kind == "cosine" else None,
        "loss": spec.loss.name,
        "from_logits": spec.loss.from_logits,
        "class_weights": written_weights(spec.class_weights or "none"),
        "epochs": spec.epochs,
        "batch_size": spec.batch_size,
        **_stopping(spec.early_stopping),
        "top_k": spec.top_k,
        "precision": spec.precision,
        "preprocessing": data.preprocessing,
        "validation": data.validation,
        "validation_is_test": data.validation == "test",
        "limit": data.limit,
        "folds": data.folds,
        "fold": data.fold,
        "leave_out": _left_out(data.leave_out),
        **asdict(spec.augmentation or Augmentation()),
        "seed": spec.seed,
        "start": "fresh" if spec.initial_weights is None else "given",
    }


def typed_settings(spec: RunSpec) -> dict[str, Setting | None]:
    """The same with the type of `SETTING_KINDS` in every place, for tables that other programs read.

    Widths are in brackets, `[128]`, so that no reader takes a single one for a number; the share of validation images
    is None where no share of the training images validates, in folds neither.
    """
    found = settings(spec)
    found["units"] = None if found["units"] is None else f"[{found['units']}]"
    found["validation"] = None if isinstance(found["validation"], str) or found["folds"] else found["validation"]
    return {name: None if value is None else SETTING_KINDS[name](value) for name, value in found.items()}


def _left_out(positions: tuple[int, ...]) -> str | None:
    """How many images are left out, and which in four digits, so that two lists have two names."""
    if not positions:
        return None
    which = hashlib.sha256(repr(positions).encode()).hexdigest()[:4]
    return f"{len(positions)} image{'s' * (len(positions) > 1)} ({which})"


def _stopping(rule: EarlyStopping | None) -> dict[str, Setting | None]:
    return {
        "early_stopping": None if rule is None else rule.patience,
        "monitor": None if rule is None else rule.monitor,
        "min_delta": None if rule is None else rule.min_delta,
        "restore_best_weights": None if rule is None else rule.restore_best_weights,
    }


def _network(layers: Sequence[Layer] | None) -> dict[str, Setting | None]:
    """What built-in models take as options, of any network; None of it is known of a Keras model off the engine."""
    if layers is None:
        return {"units": None, "activation": None, "dropout": None}
    widths = [layer.units for layer in layers if isinstance(layer, Dense)][:-1]
    rates = {layer.rate for layer in layers if isinstance(layer, Dropout)} or {0.0}
    return {
        "units": ",".join(str(width) for width in widths) or None,
        "activation": _hidden_activation(layers),
        "dropout": next(iter(rates)) if len(rates) == 1 else None,  # several shares are no single setting
    }


def _hidden_activation(layers: Sequence[Layer]) -> str | None:
    """The activations before the last layer with weights, each once; `linear` only where there is no other."""
    weighted = [position for position, layer in enumerate(layers) if isinstance(layer, _SUMMING)]
    found: dict[str, None] = {}
    for layer in layers[: weighted[-1]] if weighted else ():
        if isinstance(layer, (*_SUMMING, Activation)):
            found[layer.activation] = None
        elif isinstance(layer, ReLU | LeakyReLU):
            found["relu" if isinstance(layer, ReLU) else "leaky_relu"] = None
    return ",".join(name for name in found if name != "linear" or len(found) == 1) or None

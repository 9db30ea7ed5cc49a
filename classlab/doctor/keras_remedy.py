"""A remedy applied to a Keras model: a fresh copy with one thing changed, compiled as the original was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.doctor.keras_setup import bare_optimizer
from classlab.options import CLIPS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from classlab.records.finding import Setting

    Change = Mapping[str, Setting]

_INITIALIZERS = ("kernel_initializer", "depthwise_initializer", "recurrent_initializer", "bias_initializer")


def apply_remedy(model: Any, change: Change, labels: NDArray[np.generic]) -> Any:
    """A copy of a model with fresh weights and one remedy, compiled; None where it cannot be applied to this model.

    Args:
        model: a built and compiled model.
        change: what a `Cause` proposes; empty for the model as it is.
        labels: training labels, whose form decides the loss.
    """
    import keras

    wanted = {word for word in change if word != "preprocessing"}
    if not wanted <= {*_LAYERS, *_COMPILED}:
        return None
    last = _last_function(model)
    try:
        copy = keras.models.clone_model(model, clone_function=lambda layer: _layer(layer, change, last=last))
        copy.compile(optimizer=_optimizer(model, change), loss=_loss(model, change, labels))
    except Exception:  # noqa: BLE001  (a user's layer or optimizer may refuse to be made again)
        return None
    return copy


def rescaled(images: NDArray[np.generic], reference: NDArray[np.generic]) -> NDArray[np.generic]:
    """Images brought to between 0 and 1 by the range of the training images.

    Args:
        images: what is scaled.
        reference: the training images.
    """
    low, high = float(reference.min()), float(reference.max())
    width = (high - low) or 1.0
    return np.asarray((images.astype(np.float32) - low) / width)


def _layer(layer: Any, change: Change, *, last: Any) -> Any:
    """A layer made again, with the words that concern it."""
    config = layer.get_config()
    for word, apply in _LAYERS.items():
        if word in change:
            apply(config, change[word], layer is last)
    return type(layer).from_config(config)


def _last_function(model: Any) -> Any:
    """The layer that applies the last function: behind it no numbers are changed; None where none is seen to."""
    functions = (layer for layer in reversed(model.layers) if getattr(layer, "activation", None) is not None)
    return next(functions, None)


def _initializer(config: dict[str, Any], value: Setting, last: bool) -> None:  # noqa: ARG001
    for name in _INITIALIZERS:
        if config.get(name) is not None:
            config[name] = "zeros" if name == "bias_initializer" else value


def _dropout(config: dict[str, Any], value: Setting, last: bool) -> None:  # noqa: ARG001
    if "rate" in config:
        config["rate"] = min(float(value or 0.0), config["rate"])


def _without_penalty(config: dict[str, Any], value: Setting, last: bool) -> None:  # noqa: ARG001
    for name in [name for name in config if name.endswith("_regularizer")]:
        config[name] = None


def _activation(config: dict[str, Any], value: Setting, last: bool) -> None:
    if not last and config.get("activation") not in (None, "linear"):
        config["activation"] = value


def _head(config: dict[str, Any], value: Setting, last: bool) -> None:
    if last:
        config["activation"] = value


def _momentum(config: dict[str, Any], value: Setting, last: bool) -> None:  # noqa: ARG001
    if "moving_mean_initializer" in config:
        config["momentum"] = value


_LAYERS: dict[str, Callable[[dict[str, Any], Setting, bool], None]] = {
    "initializer": _initializer,
    "dropout": _dropout,
    "remove_regularizers": _without_penalty,
    "activation": _activation,
    "head_activation": _head,
    "momentum": _momentum,
}
_SETTINGS = ("learning_rate", "weight_decay", *CLIPS)  # of an optimizer
_COMPILED = (*_SETTINGS, "optimizer", "loss", "from_logits", "schedule")


def _optimizer(model: Any, change: Change) -> Any:
    import keras

    if "optimizer" in change:
        return keras.optimizers.get(change["optimizer"])
    old = bare_optimizer(model)
    config = old.get_config()
    if "schedule" in change:  # held where it begins
        config["learning_rate"] = config["learning_rate"]["config"]["initial_learning_rate"]
    return type(old).from_config({**config, **{word: change[word] for word in _SETTINGS if word in change}})


def _loss(model: Any, change: Change, labels: NDArray[np.generic]) -> Any:
    import keras

    if not {"loss", "from_logits", "head_activation"} & set(change):
        return model.loss
    one_hot = labels.ndim == 2 and labels.shape[1] > 1
    kind = keras.losses.CategoricalCrossentropy if one_hot else keras.losses.SparseCategoricalCrossentropy
    return kind(from_logits=bool(change.get("from_logits", False)))

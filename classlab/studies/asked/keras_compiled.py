"""What a Keras model was compiled with, read into records; the model is only asked, Keras is not imported."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import Any, get_args

from classlab.errors import SpecError
from classlab.options.words import LossName
from classlab.records import Loss
from classlab.records.optimizers import OPTIMIZERS, Optimizer

_HARMLESS = {"name", "ema_momentum", "ema_overwrite_frequency", "jit_compile", "is_legacy_optimizer"}
_OFF = (None, False, 0, 0.0)


def compiled_optimizer(model: Any) -> Optimizer | None:
    """The optimizer that a model was compiled with; None where it was not compiled.

    Raises:
        SpecError: it is one, or has an option, that the engine does not know.
    """
    optimizer = getattr(model, "optimizer", None)
    if optimizer is None:
        return None
    name, config = type(optimizer).__name__, optimizer.get_config()
    kind = next((spec for key, spec in OPTIMIZERS.items() if key == name.lower()), None)
    if kind is None:
        raise SpecError(_unknown(model, f"the optimizer {name}"))
    known = {field.name for field in fields(kind)} - {"kind"}
    for option, value in config.items():
        if option not in known and option not in _HARMLESS and value not in _OFF:
            raise SpecError(_unknown(model, f"{name}'s option {option}={value!r}"))
    if isinstance(config.get("learning_rate"), dict):
        raise SpecError(_unknown(model, "a learning-rate schedule of Keras"))
    # Keras reads rates back from float32: 0.001 comes as 0.0010000000474974513.
    chosen = {option: _plain(value) for option, value in config.items() if option in known}
    return kind(**chosen)


def compiled_loss(model: Any) -> Loss | None:
    """The loss that a model was compiled with; None where it was not compiled.

    Raises:
        SpecError: it is one that the engine does not know.
    """
    loss = getattr(model, "loss", None)
    if loss is None:
        return None
    config: dict[str, Any] = {}
    if isinstance(loss, str):
        name = loss
    else:
        called = getattr(loss, "__name__", None) or type(loss).__name__
        name = re.sub(r"(?<!^)(?=[A-Z])", "_", called).lower()
        config = loss.get_config() if hasattr(loss, "get_config") else config
    known: tuple[LossName, ...] = get_args(LossName)
    found = next((each for each in known if each == {"mse": "mean_squared_error"}.get(name, name)), None)
    if found is None:
        raise SpecError(_unknown(model, f"the loss {name}", option="loss"))
    if config.get("label_smoothing") or config.get("ignore_class") is not None:
        raise SpecError(_unknown(model, f"an option of the loss {name}", option="loss"))
    return Loss(name=found, from_logits=bool(config.get("from_logits", False)))


def _plain(value: Any) -> Any:
    return float(f"{value:.7g}") if isinstance(value, float) else value


def _unknown(model: Any, what: str, *, option: str = "optimizer") -> str:
    return (
        f"the Keras model {model.name!r} must be compiled with something that classlab trains with, but it has {what}. "
        f"Give `{option}` yourself."
    )

"""What a search looks through where nobody says it: for each built-in network the parts and settings that matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# Sizes that one processor trains in minutes on images of 28 to 32 pixels; a search file sets others.
_MLP: dict[str, Any] = {
    "layers": {"low": 1, "high": 3},
    "units": {"low": 32, "high": 512},
    "activation": ["relu", "gelu"],
    "dropout": {"low": 0.0, "high": 0.5, "step": 0.1},
}
_CNN: dict[str, Any] = {
    "blocks": {"low": 2, "high": 3},
    "filters": {"low": 16, "high": 64},
    "kernel": [3, 5],
    "convolutions": [1, 2],
    "batch_norm": [False, True],
    "dense": [0, 64, 128],
    "dropout": {"low": 0.0, "high": 0.5, "step": 0.1},
}
_NETWORKS = {"mlp": _MLP, "cnn": _CNN}
_BATCHES = [64, 128, 256]
# A third of Keras's default (0.01 of sgd, 0.001 of the others), and ten times it; of sgd thirty times.
_RATES = {"sgd": {"low": 0.003, "high": 0.3}}
_RATE = {"low": 0.0003, "high": 0.01}


def usual_space(given: Mapping[str, Any]) -> dict[str, Any]:
    """A search file's options, those that were given first, and the usual ones beside them.

    Args:
        given: what somebody said, in the words of a search file.

    Example:
        >>> usual_space({"model": "linear", "optimizer": "adam", "learning_rate": [0.001, 0.01]})
        {'batch_size': [64, 128, 256], 'model': 'linear', 'optimizer': 'adam', 'learning_rate': [0.001, 0.01]}
    """
    network = dict(_NETWORKS.get(str(given.get("model", "mlp")), {})) if "backbone" not in given else {}
    if "units" in given and not isinstance(given["units"], dict):
        network.pop("layers", None)
    if isinstance(given.get("layers"), int | list) and "units" not in given:
        network["units"] = _MLP["units"]
    found = {**network, "batch_size": _BATCHES, **given}
    if "arms" in given or "learning_rate" in given:
        return found
    optimizers = given.get("optimizer", ["adam", "sgd"])
    names = optimizers if isinstance(optimizers, list) else [optimizers]
    rates = [_RATES.get(str(name), _RATE) for name in names]
    if all(rate == rates[0] for rate in rates):
        return {**found, "learning_rate": rates[0]}
    found.pop("optimizer", None)
    momentum = {} if "momentum" in given else {"momentum": [0.0, 0.9]}
    arms = [
        {"optimizer": name, "learning_rate": rate, **(momentum if name == "sgd" else {})}
        for name, rate in zip(names, rates, strict=True)
    ]
    return {**found, "arms": arms}

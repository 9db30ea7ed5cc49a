"""From a cause's change, words and new values, to the specification of the remedied run."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, cast

from classlab.errors import SpecError
from classlab.models.builtin import build
from classlab.models.preprocessing import check_scaled_once
from classlab.models.weights import class_count
from classlab.options import OPTIMIZER_SETTINGS, options_of
from classlab.options.table import ScheduleOptions
from classlab.records import Architecture, RunSpec
from classlab.records.layers import Dense
from classlab.records.optimizers import OPTIMIZERS
from classlab.studies.asked.spec_options import (
    early_stopping_of,
    loss_of,
    optimizer_of,
    schedule_of,
)
from classlab.studies.remedies.layer_remedy import LAYER_WORDS, with_layers, without_scaling

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.options.words import Preprocessing
    from classlab.records import KerasArchitecture
    from classlab.records.finding import Setting
    from classlab.records.run import Loss

_SCALING = ("remove_rescaling", "preprocessing")
_HEAD = ("head_units", "head_activation", "remove_softmax", "loss")
_SCHEDULE = tuple(options_of(ScheduleOptions))
_PLAIN = ("epochs", "batch_size")
_DATA = ("validation", "limit")
WORDS = (
    *_SCALING,
    "units",
    *LAYER_WORDS,
    "loss",
    "from_logits",
    "optimizer",
    *OPTIMIZER_SETTINGS,
    *_SCHEDULE,
    "early_stopping",
    *_PLAIN,
    *_DATA,
    "initial_weights",
)


def remedied(spec: RunSpec, change: Mapping[str, Setting]) -> RunSpec:
    """Applies a remedy to a run.

    Options are those of a study file. An optimizer that is named anew starts at its defaults; one that is kept takes
    the settings that the change names. A change of the preprocessing takes every scaling out of the network that
    stands before its first weights, so that the images are scaled once. Whether the loss takes raw scores follows
    from the last layer, where either of them is changed and `from_logits` does not say it.

    Args:
        spec: the faulty run.
        change: what a `Cause` proposes, by the words in `WORDS`.

    Raises:
        SpecError: there is nothing to apply, a word is not known, or the change does not fit the run.

    Example:
        >>> from classlab.models.builtin import build
        >>> from classlab.records import DataSpec
        >>> linear = build("linear", input_shape=(8, 8, 1), classes=10)
        >>> spec = RunSpec(data=DataSpec(name="digits", preprocessing="none"), architecture=linear)
        >>> remedied(spec, {"preprocessing": "unit", "learning_rate": 0.01}).optimizer.learning_rate
        0.01
    """
    if not change:
        raise SpecError("a remedy must name options and their new values, but this one names none. Apply it by hand.")
    unknown = next((word for word in change if word not in WORDS), None)
    if unknown is not None:
        raise SpecError(f"a remedy must be of known words, but got {unknown!r}. Apply it by hand.")
    new = _with_network(spec, change)
    new = _with_course(replace(new, optimizer=_optimizer(new, change)), change)
    if new == spec:
        words = ", ".join(f"{word}={value}" for word, value in change.items())
        raise SpecError(f"a remedy must change the run, but {words} is what the run has already. Apply another one.")
    check_scaled_once(new.architecture, new.data.preprocessing)
    return new


def _with_network(spec: RunSpec, change: Mapping[str, Setting]) -> RunSpec:
    """Preprocessing, layers and loss."""
    words = [word for word in (*_SCALING, "units", *LAYER_WORDS) if word in change]
    if not isinstance(spec.architecture, Architecture):
        if words not in ([], ["preprocessing"]):
            raise SpecError(
                f"the remedy {words[0]}={change[words[0]]!r} must have layers that the engine knows, but "
                f"{spec.architecture.name!r} trains through Keras. Change its layers by hand."
            )
        data = replace(spec.data, preprocessing=cast("Preprocessing", change["preprocessing"])) if words else spec.data
        return replace(spec, data=data, loss=_loss(spec, spec.architecture, change))
    network = spec.architecture
    data = spec.data
    if any(word in change for word in _SCALING):
        network = without_scaling(network)
        data = replace(data, preprocessing=cast("Preprocessing", change.get("preprocessing", "unit")))
    if "units" in change:
        network = _widths(network, change["units"])
    for word in LAYER_WORDS:
        if word in change:
            network = with_layers(network, word, change[word])
    return replace(spec, data=data, architecture=network, loss=_loss(spec, network, change))


def _loss(spec: RunSpec, network: Architecture | KerasArchitecture, change: Mapping[str, Setting]) -> Loss:
    if not any(word in change for word in (*_HEAD, "from_logits")):
        return spec.loss
    loss = loss_of(str(change.get("loss", spec.loss.name)), network)
    return replace(loss, from_logits=bool(change.get("from_logits", loss.from_logits)))


def _widths(network: Architecture, value: Setting) -> Architecture:
    """A perceptron with other hidden widths, written as in "128,64"."""
    dense = [layer for layer in network.layers if isinstance(layer, Dense)]
    activation = dense[0].activation
    plain = build(
        "mlp",
        input_shape=network.input_shape,
        classes=class_count(network),
        units=tuple(layer.units for layer in dense[:-1]),
        activation=activation,
    )
    if plain.layers != network.layers or network.inputs is not None:
        raise SpecError(
            f"the remedy units={value!r} must have a perceptron of classlab's own, but {network.name!r} is another "
            "network. Change its layers by hand."
        )
    widths = str(value).split(",")
    if not all(word.strip().isdecimal() for word in widths):
        raise SpecError(
            f"the remedy's `units` must be widths as in 128,64, but got units={value!r}. Change the layers by hand."
        )
    other = build(
        "mlp",
        input_shape=network.input_shape,
        classes=class_count(network),
        units=tuple(map(int, widths)),
        activation=activation,
    )
    return replace(other, name=network.name)


def _optimizer(spec: RunSpec, change: Mapping[str, Setting]) -> Any:
    settings = {word: _rounded(change[word]) for word in OPTIMIZER_SETTINGS if word in change}
    if "optimizer" in change:
        return optimizer_of({"optimizer": change["optimizer"], **settings})
    known = {field.name for field in fields(OPTIMIZERS[spec.optimizer.kind])}
    strange = next((word for word in settings if word not in known), None)
    if strange is not None:
        raise SpecError(
            f"the remedy's `{strange}` must belong to the optimizer, but {spec.optimizer.kind} has no such setting. "
            "Apply it by hand."
        )
    return replace(spec.optimizer, **cast("dict[str, Any]", settings))


def _rounded(value: Setting) -> Setting:
    """A tenth of 0.003 is to be written as 0.0003, not as 0.00030000000000000003."""
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _with_course(spec: RunSpec, change: Mapping[str, Setting]) -> RunSpec:
    """Schedule, early stopping, length, division of the images, and first weights."""
    found: dict[str, Any] = {word: change[word] for word in _PLAIN if word in change}
    if any(word in change for word in _SCHEDULE):
        found["schedule"] = schedule_of({word: change[word] for word in _SCHEDULE if word in change})
    if "early_stopping" in change:
        found["early_stopping"] = early_stopping_of({"early_stopping": change["early_stopping"]})
    if any(word in change for word in _DATA):
        found["data"] = replace(spec.data, **cast("dict[str, Any]", {w: change[w] for w in _DATA if w in change}))
    if "initial_weights" in change:
        found["initial_weights"] = None
    return replace(spec, **found)

"""Checked options, as the command line, a study and Python give them, into run specifications."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from classlab.errors import SpecError, kind_of
from classlab.models.arithmetic import gains_from_half_precision
from classlab.options import OPTIMIZER_SETTINGS, check_names, checked, options_of
from classlab.options.table import AugmentationOptions, DataOptions, FineTuningOptions, ScheduleOptions, TrainingOptions
from classlab.records import Architecture, DataSpec, EarlyStopping, Loss, RunSpec
from classlab.records.architecture import IMAGES
from classlab.records.augmentation import Augmentation
from classlab.records.backbone import FineTuning
from classlab.records.layers import Activation, Dense, Dropout
from classlab.records.optimizers import OPTIMIZERS, Optimizer
from classlab.records.schedules import SCHEDULES, Schedule
from classlab.studies.asked.class_weights import weights_by_position

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from classlab.datasets.dataset import Dataset
    from classlab.options.words import LossName, OptimizerName, ScheduleName
    from classlab.records import KerasArchitecture
    from classlab.records.backbone import Backbone

Ready = TypeVar("Ready")

_PLAIN = ("epochs", "batch_size", "top_k", "precision")


def run_specs(
    dataset: Dataset,
    architecture: Architecture | KerasArchitecture,
    *,
    seeds: Sequence[int],
    initial_weights: str | None = None,
    backbone: Backbone | None = None,
    options: TrainingOptions,
) -> list[RunSpec]:
    """Builds one specification per seed; they differ in nothing else.

    Args:
        dataset: what is trained on.
        architecture: the network.
        seeds: one run each.
        initial_weights: digest of given weights, or None where the seed draws them.
        backbone: what makes the features that the network takes; None where it takes the images.
        options: what the user chose.

    Raises:
        SpecError: an option is unknown, contradicts another one or would have no effect, or a value is impossible.
        DataError: a list of images to leave out is none for these images.
    """
    from classlab.datasets.leave_out import read_leave_out
    from classlab.models.preprocessing import own_scaling

    check_names(options, options_of(TrainingOptions), taker="a training")
    chosen = checked({**options, "backbone": None if backbone is None else backbone.name})
    split = _given(chosen, options_of(DataOptions))
    if "validation" not in split and dataset.validation is not None:
        split["validation"] = "own"  # written down, so that the run's identity says so
    if "leave_out" in split:
        split["leave_out"] = read_leave_out(Path(split["leave_out"]), dataset)
    if "preprocessing" not in split and (own_scaling(architecture) or (backbone and backbone.scaled_by)):
        split["preprocessing"] = "none"  # as of an exported file, which has its scaling inside
    common: dict[str, Any] = {
        "data": DataSpec(name=dataset.name, digest=dataset.digest, backbone=backbone, **split),
        "architecture": architecture,
        "loss": loss_of(chosen.get("loss"), architecture),
        "optimizer": optimizer_of(chosen),
        "schedule": schedule_of(chosen),
        "early_stopping": early_stopping_of(chosen),
        "augmentation": augmentation_of(chosen),
        "initial_weights": initial_weights,
        "fine_tuning": fine_tuning_of(chosen),
        "class_weights": weights_by_position(chosen.get("class_weights"), dataset.class_names),
        **_given(chosen, _PLAIN),
    }
    if common.get("precision") == "auto" and not gains_from_half_precision(architecture):
        common["precision"] = "float32"  # what it comes to, and one name for one run
    return [RunSpec(seed=seed, **common) for seed in seeds]


def optimizer_of(options: Mapping[str, Any]) -> Optimizer:
    """Builds the optimizer from its name and settings, or takes a ready one.

    Raises:
        SpecError: the name is unknown, or the optimizer does not take a setting.
    """
    given = checked(_given(options, ("optimizer", *OPTIMIZER_SETTINGS)))
    chosen: OptimizerName | Optimizer = given.pop("optimizer", "adam")
    if isinstance(chosen, str):
        return OPTIMIZERS[chosen](**given)
    return _ready("optimizer", chosen, tuple(OPTIMIZERS.values()))


def has_optimizer_settings(options: Mapping[str, Any]) -> bool:
    """Whether the user set anything of the optimizer, if only its learning rate."""
    return bool(_given(options, OPTIMIZER_SETTINGS))


def schedule_of(options: Mapping[str, Any]) -> Schedule:
    """Builds the learning-rate schedule from its name and settings, or takes a ready one.

    Raises:
        SpecError: the name is unknown, or the schedule does not take a setting.
    """
    given = checked(_given(options, options_of(ScheduleOptions)))
    chosen: str | Schedule = given.get("schedule", "constant")
    if not isinstance(chosen, str):
        return _ready("schedule", chosen, tuple(SCHEDULES.values()))
    kind: type[Schedule] = SCHEDULES[cast("ScheduleName", chosen)]
    fields = {"warmup_epochs": "warmup_epochs", "step_epochs": "every_epochs", "step_factor": "factor"}
    return kind(**{field: given[name] for name, field in fields.items() if name in given})


def loss_of(chosen: str | Loss | None, architecture: Architecture | KerasArchitecture) -> Loss:
    """Builds the loss; whether the network ends in raw scores is read off its last layer.

    Raises:
        SpecError: the name is unknown.
    """
    found = checked({"loss": chosen}).get("loss", "sparse_categorical_crossentropy")
    if not isinstance(found, str):
        return _ready("loss", found, (Loss,))
    name = cast("LossName", found)
    return Loss(name=name, from_logits=name != "mean_squared_error" and ends_in_scores(architecture))


def ends_in_scores(architecture: Architecture | KerasArchitecture) -> bool:
    """Whether the last layer gives raw scores (a linear Dense layer) rather than probabilities."""
    return last_activation(architecture) == "linear"


def last_activation(architecture: Architecture | KerasArchitecture) -> str:
    """The function that gives a network's output, by Keras's name; "" where it cannot be told."""
    if not isinstance(architecture, Architecture):
        last = _last_entry(architecture.config)
        softmax = last.get("class_name") == "Softmax"
        found = "softmax" if softmax else last.get("config", {}).get("activation")
        return found if last.get("class_name") in ("Dense", "Softmax") and isinstance(found, str) else ""
    place = len(architecture.layers) - 1
    while place > IMAGES and isinstance(architecture.layers[place], Dropout):
        (place,) = architecture.entering[place]
    layer = architecture.layers[place] if place > IMAGES else None
    return layer.activation if isinstance(layer, Dense | Activation) else ""


def _last_entry(model: dict[str, Any]) -> dict[str, Any]:
    """The layer of a serialized Keras model that gives its output, models within the model opened."""
    config = model.get("config", {})
    layers = config.get("layers", [])
    last: dict[str, Any] = layers[-1] if layers else {}
    ends = config.get("output_layers")
    if ends:  # a graph may list its layers in another order
        name = ends[0][0] if isinstance(ends[0], list) else ends[0]
        last = next((each for each in layers if each.get("name") == name), last)
    return _last_entry(last) if "layers" in last.get("config", {}) else last


def early_stopping_of(options: Mapping[str, Any]) -> EarlyStopping | None:
    """Builds the rule for ending early from a patience in epochs, or takes a ready one.

    Raises:
        SpecError: a monitor without a patience, or an unknown monitor.
    """
    given = checked(_given(options, ("early_stopping", "monitor")))
    chosen = given.get("early_stopping")
    if isinstance(chosen, int):
        return EarlyStopping(patience=chosen, monitor=given.get("monitor", "val_loss"))
    return None if chosen is None else _ready("early_stopping", chosen, (EarlyStopping,))


def fine_tuning_of(options: Mapping[str, Any]) -> FineTuning | None:
    """Builds the second stage from its settings; None where no layer goes on learning."""
    given = _given(options, options_of(FineTuningOptions))
    fields = {"fine_tune": "layers", "fine_tune_epochs": "epochs", "fine_tune_rate": "learning_rate"}
    return FineTuning(**{fields[name]: value for name, value in given.items()}) if given.get("fine_tune") else None


def augmentation_of(options: Mapping[str, Any]) -> Augmentation | None:
    """Builds what is done to training images from its settings; None where nothing is, as with a shift of 0.

    Raises:
        SpecError: a setting has a value that it does not take.
    """
    found = Augmentation(**checked(_given(options, options_of(AugmentationOptions))))
    return found if found.changes else None


def _given(options: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: options[name] for name in names if options.get(name) is not None}


def _ready(name: str, chosen: Any, kinds: tuple[type[Ready], ...]) -> Ready:
    if not isinstance(chosen, kinds):
        known = ", ".join(kind.__name__ for kind in kinds)
        raise SpecError(
            f"`{name}` must be a name or a ready one of classlab's own ({known}), but got {kind_of(chosen)}. "
            "Give its name, and its settings as options."
        )
    return chosen

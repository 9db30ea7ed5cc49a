"""Plain options, as the command line and a notebook give them, into run specifications."""

from __future__ import annotations

from dataclasses import fields
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar, get_args

from classlab.errors import SpecError
from classlab.records import Architecture, DataSpec, EarlyStopping, Loss, RunSpec
from classlab.records.layers import Activation, Dense, Dropout
from classlab.records.optimizers import OPTIMIZERS, Optimizer
from classlab.records.run import LossName, Precision, Preprocessing
from classlab.records.schedules import Constant, Cosine, Schedule, Step

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.datasets.dataset import Dataset
    from classlab.records import KerasArchitecture

Word = TypeVar("Word", bound=str)


class SpecOptions(TypedDict, total=False):
    """Every option of a training, by the name it has in `classlab.fit`; an option that is absent has its default."""

    optimizer: str | Optimizer | None
    learning_rate: float | None
    momentum: float | None
    nesterov: bool | None
    weight_decay: float | None
    clipnorm: float | None
    clipvalue: float | None
    global_clipnorm: float | None
    schedule: str | Schedule
    step_epochs: float | None
    step_factor: float | None
    warmup_epochs: float
    loss: str | Loss | None
    top_k: int | None
    early_stopping: int | EarlyStopping | None
    monitor: str | None
    epochs: int
    batch_size: int
    validation: float | Literal["test"]
    limit: int | None
    preprocessing: Preprocessing
    precision: Precision


_OPTIMIZER_SETTINGS = (
    "learning_rate",
    "momentum",
    "nesterov",
    "weight_decay",
    "clipnorm",
    "clipvalue",
    "global_clipnorm",
)
_MONITORS: tuple[Literal["val_loss", "val_accuracy", "loss", "accuracy"], ...] = (
    "val_loss",
    "val_accuracy",
    "loss",
    "accuracy",
)
_PLAIN = ("epochs", "batch_size", "top_k", "precision")
_DATA = ("validation", "limit", "preprocessing")


def run_specs(
    dataset: Dataset,
    architecture: Architecture | KerasArchitecture,
    *,
    seeds: Sequence[int],
    initial_weights: str | None = None,
    options: SpecOptions,
) -> list[RunSpec]:
    """Builds one specification per seed; they differ in nothing else.

    Args:
        dataset: what is trained on.
        architecture: the network.
        seeds: one run each.
        initial_weights: digest of given weights, or None where the seed draws them.
        options: what the user chose.

    Raises:
        SpecError: options contradict each other, or a value is impossible.
    """
    _one_of("preprocessing", options.get("preprocessing", "unit"), get_args(Preprocessing))
    _one_of("precision", options.get("precision", "float32"), get_args(Precision))
    data = DataSpec(name=dataset.name, digest=dataset.digest, **_given(options, _DATA))
    common: dict[str, Any] = {
        "data": data,
        "architecture": architecture,
        "loss": loss_of(options.get("loss"), architecture),
        "optimizer": optimizer_of(options),
        "schedule": schedule_of(options),
        "early_stopping": early_stopping_of(options),
        "initial_weights": initial_weights,
        **_given(options, _PLAIN),
    }
    return [RunSpec(seed=seed, **common) for seed in seeds]


def optimizer_of(options: SpecOptions) -> Optimizer:
    """Builds the optimizer from its name and settings, or takes a ready one.

    Raises:
        SpecError: the name is unknown, or the optimizer does not take a setting.
    """
    chosen = options.get("optimizer") or "adam"
    settings = _given(options, _OPTIMIZER_SETTINGS)
    if not isinstance(chosen, str):
        if settings:
            raise SpecError(
                f"`{next(iter(settings))}` must be left out where `optimizer` is a ready one, but both were given. "
                "Set it in the optimizer."
            )
        return chosen
    kind = OPTIMIZERS[_one_of("optimizer", chosen, tuple(OPTIMIZERS))]
    known = {field.name for field in fields(kind)}
    for name in settings:
        if name not in known:
            takers = [other for other, spec in OPTIMIZERS.items() if name in {field.name for field in fields(spec)}]
            raise SpecError(
                f"`{name}` must be left out for {chosen}, which has no such setting, but got {name}={settings[name]}. "
                f"It belongs to {' and '.join(takers)}."
            )
    return kind(**settings)


def has_optimizer_settings(options: SpecOptions) -> bool:
    """Whether the user set anything of the optimizer, if only its learning rate."""
    return bool(_given(options, _OPTIMIZER_SETTINGS))


def schedule_of(options: SpecOptions) -> Schedule:
    """Builds the learning-rate schedule from its name and settings, or takes a ready one.

    Raises:
        SpecError: the name is unknown, or the schedule does not take a setting.
    """
    chosen = options.get("schedule", "constant")
    warmup = options.get("warmup_epochs", 0.0)
    steps = _given(options, ("step_epochs", "step_factor"))
    if not isinstance(chosen, str):
        if steps or warmup:
            raise SpecError(
                f"`{next(iter(steps), 'warmup_epochs')}` must be left out where `schedule` is a ready one, but both "
                "were given. Set it in the schedule."
            )
        return chosen
    _one_of("schedule", chosen, ("constant", "step", "cosine"))
    if steps and chosen != "step":
        name = next(iter(steps))
        raise SpecError(
            f"`{name}` must be left out for the {chosen} schedule, but got {name}={steps[name]}. "
            "It belongs to the schedule 'step'."
        )
    if chosen == "step":
        named = {"step_epochs": "every_epochs", "step_factor": "factor"}
        return Step(warmup_epochs=warmup, **{named[name]: value for name, value in steps.items()})
    return Cosine(warmup_epochs=warmup) if chosen == "cosine" else Constant(warmup_epochs=warmup)


def loss_of(chosen: str | Loss | None, architecture: Architecture | KerasArchitecture) -> Loss:
    """Builds the loss; whether the network ends in raw scores is read off its last layer.

    Raises:
        SpecError: the name is unknown.
    """
    if isinstance(chosen, Loss):
        return chosen
    names: tuple[LossName, ...] = get_args(LossName)
    name = _one_of("loss", chosen or "sparse_categorical_crossentropy", names)
    return Loss(name=name, from_logits=name != "mean_squared_error" and ends_in_scores(architecture))


def ends_in_scores(architecture: Architecture | KerasArchitecture) -> bool:
    """Whether the last layer gives raw scores (a linear Dense layer) rather than probabilities."""
    if not isinstance(architecture, Architecture):
        last = _last_entry(architecture.config)
        return last.get("class_name") == "Dense" and last["config"].get("activation") == "linear"
    layer = next((layer for layer in reversed(architecture.layers) if not isinstance(layer, Dropout)), None)
    return isinstance(layer, Dense | Activation) and layer.activation == "linear"


def _last_entry(model: dict[str, Any]) -> dict[str, Any]:
    """The layer of a serialised Keras model that gives its output, models within the model opened."""
    config = model.get("config", {})
    layers = config.get("layers", [])
    last: dict[str, Any] = layers[-1] if layers else {}
    ends = config.get("output_layers")
    if ends:  # a graph may list its layers in another order
        name = ends[0][0] if isinstance(ends[0], list) else ends[0]
        last = next((each for each in layers if each.get("name") == name), last)
    return _last_entry(last) if "layers" in last.get("config", {}) else last


def early_stopping_of(options: SpecOptions) -> EarlyStopping | None:
    """Builds the rule for ending early from a patience in epochs, or takes a ready one.

    Raises:
        SpecError: a monitor without a patience, or an unknown monitor.
    """
    chosen, monitor = options.get("early_stopping"), options.get("monitor")
    if monitor is not None and (chosen is None or isinstance(chosen, EarlyStopping)):
        raise SpecError(
            f"`monitor` must come with a patience in epochs, but got monitor={monitor!r} alone. "
            "Give `early_stopping` as well, for example 5."
        )
    if chosen is None or isinstance(chosen, EarlyStopping):
        return chosen
    return EarlyStopping(patience=chosen, monitor=_one_of("monitor", monitor or "val_loss", _MONITORS))


def _given(options: SpecOptions, names: Sequence[str]) -> dict[str, Any]:
    values: dict[str, Any] = dict(options)
    return {name: values[name] for name in names if values.get(name) is not None}


def _one_of(option: str, value: str, known: Sequence[Word]) -> Word:
    """The known word that equals `value`, so that the checker knows it too."""
    for word in known:
        if word == value:
            return word
    close = get_close_matches(str(value), known, n=1)
    hint = f"Did you mean {close[0]!r}?" if close else "Choose one of them."
    raise SpecError(f"`{option}` must be one of {', '.join(known)}, but got {option}={value!r}. {hint}")

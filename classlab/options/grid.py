"""The options of a study and of a search for a type checker: those of one training, of each one value or several.

The table says what each means; a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, TypeVar

from classlab.options.table import SearchSettings, StudySettings

if TYPE_CHECKING:
    from classlab.options.ready import ReadyLoss, ReadyOptimizer, ReadySchedule, ReadyStopping
    from classlab.options.words import (
        ActivationName,
        FlipName,
        Monitor,
        PoolName,
        Precision,
        Preprocessing,
        Start,
        ValidationWord,
    )

Value = TypeVar("Value")
Many: TypeAlias = Value | Sequence[Value] | Mapping[str, Any]  # the last for the range of a search, with low and high


class GridOptions(TypedDict, total=False):
    """Every option of a training."""

    start: Many[Start | None]
    backbone: Many[str | None]
    backbone_weights: Many[str | None]
    units: Many[Sequence[int] | None]
    activation: Many[ActivationName | str | None]
    dropout: Many[float | None]
    fine_tune: Many[int | None]
    fine_tune_epochs: Many[int | None]
    fine_tune_rate: Many[float | None]
    optimizer: Many[str | ReadyOptimizer | None]
    learning_rate: Many[float | None]
    momentum: Many[float | None]
    nesterov: Many[bool | None]
    weight_decay: Many[float | None]
    clipnorm: Many[float | None]
    clipvalue: Many[float | None]
    global_clipnorm: Many[float | None]
    schedule: Many[str | ReadySchedule]
    step_epochs: Many[float | None]
    step_factor: Many[float | None]
    warmup_epochs: Many[float]
    loss: Many[str | ReadyLoss | None]
    class_weights: Many[str | Sequence[float] | Mapping[Any, float] | None]
    top_k: Many[int | None]
    early_stopping: Many[int | ReadyStopping | None]
    monitor: Many[Monitor | str | None]
    epochs: Many[int]
    batch_size: Many[int]
    validation: Many[float | ValidationWord]
    limit: Many[int | None]
    leave_out: Many[str | None]
    preprocessing: Many[Preprocessing]
    shift: Many[float]
    rotate: Many[float]
    zoom: Many[float]
    flip: Many[FlipName]
    cutout: Many[float]
    brightness: Many[float]
    precision: Many[Precision]


class SearchOptions(GridOptions, SearchSettings, StudySettings, total=False):
    """What `classlab.find_network` takes, of its settings one value each."""

    layers: Many[int]
    blocks: Many[int]
    filters: Many[int]
    kernel: Many[int]
    convolutions: Many[int]
    batch_norm: Many[bool]
    pool: Many[PoolName]
    dense: Many[int]

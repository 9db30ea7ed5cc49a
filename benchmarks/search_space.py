"""The spaces that every search tool is given, written once: each tool asks for the same values under the same names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SearchedModel = Literal["mlp", "cnn"]
Settings = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One setting: choices, or a range.

    Args:
        name: of the setting.
        choices: what there is to choose from; empty for a range.
        low: the range's lower end.
        high: its upper end, which may be drawn.
        log: whether equal ratios are equally likely.
        step: between neighbouring values; None for every number in between.
        only_with: another setting and the value of it with which alone this one is there.
    """

    name: str
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    step: float | None = None
    only_with: tuple[str, Any] | None = None


# No candidate trains longer, whatever the tool. A perceptron and a small convolutional network are past most of their
# gain by then, and Keras's tools complete some whole trainings within the minutes.
MOST_EPOCHS: dict[SearchedModel, int] = {"mlp": 20, "cnn": 9}
MINUTES: dict[SearchedModel, float] = {"mlp": 10.0, "cnn": 20.0}
PATIENCE = 3  # epochs without gain after which a candidate ends; a third to a seventh of the longest training

# Rates that Keras's own defaults lie in, with a decade or more to either side.
_RATES = {"sgd": (1e-3, 1.0), "adam": (1e-4, 1e-1), "rmsprop": (1e-4, 1e-1)}
_TRAINING = (
    Axis(name="optimizer", choices=tuple(_RATES)),
    *(
        Axis(name=f"{rule}_rate", low=low, high=high, log=True, only_with=("optimizer", rule))
        for rule, (low, high) in _RATES.items()
    ),
    Axis(name="batch_size", choices=(64, 128, 256)),
)
SPACES: dict[SearchedModel, tuple[Axis, ...]] = {
    "mlp": (
        Axis(name="layers", choices=(1, 2, 3)),
        Axis(name="units", choices=(32, 64, 128, 256, 512)),
        Axis(name="activation", choices=("relu", "tanh")),
        Axis(name="dropout", low=0.0, high=0.5, step=0.1),
        *_TRAINING,
    ),
    "cnn": (
        Axis(name="blocks", choices=(1, 2, 3)),
        Axis(name="filters", choices=(8, 16, 32)),
        Axis(name="kernel", choices=(3, 5)),
        Axis(name="batch_norm", choices=(False, True)),
        Axis(name="dense", choices=(32, 64, 128)),
        Axis(name="dropout", low=0.0, high=0.5, step=0.1),
        *_TRAINING,
    ),
}


def drawn(space: Sequence[Axis], ask: Callable[[Axis], Any]) -> Settings:
    """One point of the space; only what is there beside the values before it is asked for.

    Example:
        >>> drawn(SPACES["mlp"], lambda axis: axis.choices[0] if axis.choices else axis.low)["sgd_rate"]
        0.001
    """
    settings: Settings = {}
    for axis in space:
        if axis.only_with is None or settings[axis.only_with[0]] == axis.only_with[1]:
            settings[axis.name] = ask(axis)
    return settings

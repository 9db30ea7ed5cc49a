"""One run of the further set, and the healthy runs that its faults are planted in."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from classlab.records.layers import Conv2D, Dense, Flatten, GlobalAveragePooling2D
from tests.planted_faults.case import Case
from tests.planted_faults.further.images import images
from tests.planted_faults.setup import Setup, healthy, trained

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records import RunRecord
    from classlab.records.layers import ActivationName, Layer
    from tests.planted_faults.case import Kind

_EPOCHS = {"tinted": 8, "noisy": 8, "shirts": 12, "five": 5, "stripes": 8}
_BUILT_IN = {"linear": "linear", "mlp": "mlp", "small": "cnn-small", "lenet": "lenet5"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Further:
    """A fault, or a healthy control.

    Args:
        name: what was done, in words.
        on: network and images, as in "lenet half".
        kind: fact, symptom or healthy.
        expected: identifiers of the rules of which one is right.
        options: settings of the training beside the ground's own.
        change: what options cannot say.
        without: rules that are switched off.
        mild: whether a finding of severity INFO is enough.
    """

    name: str
    on: str
    kind: Kind = "healthy"
    expected: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    change: Callable[[Setup], Setup] = lambda setup: setup
    without: tuple[str, ...] = ()
    mild: bool = False

    def case(self) -> Case:
        """The run, ready to be trained."""

        def make() -> RunRecord:
            return trained(self.change(setup_on(self.on, **self.options)))[0]

        return Case(
            name=self.name,
            ground=self.on.replace(" ", ", "),
            kind=self.kind,
            expected=self.expected,
            make=cache(make),
            without=self.without,
            mild=self.mild,
        )


def setup_on(on: str, **options: Any) -> Setup:
    """A healthy run on a ground.

    Args:
        on: network (linear, mlp, small, lenet, strided, deep) and images, as in "lenet half".
        **options: of the training; `functions` are those of the hidden layers of networks that have no other word.
    """
    family, name = on.split()
    dataset = images(name)
    chosen: dict[str, Any] = {"batch_size": 32, "epochs": _EPOCHS.get(name, 4), "optimizer": "adam", **options}
    if family in _BUILT_IN:
        if family == "mlp":
            chosen.setdefault("units", (80, 40))
        return healthy(dataset, _BUILT_IN[family], **chosen)
    activation = chosen.pop("activation", "relu")
    setup = healthy(dataset, "linear", **chosen)
    head = setup.architecture.layers[-1]
    body = strided(activation) if family == "strided" else deep(activation)
    return setup.options(architecture=replace(setup.architecture, name=family, layers=(*body, head)))


def strided(activation: ActivationName) -> tuple[Layer, ...]:
    """Convolutions that step over pixels in place of pooling, and a mean over what is left."""
    convolutions = (
        Conv2D(filters=filters, kernel_size=(3, 3), strides=(steps, steps), padding="same", activation=activation)
        for filters, steps in ((12, 2), (24, 2), (48, 1))
    )
    return (*convolutions, GlobalAveragePooling2D())


def deep(activation: ActivationName) -> tuple[Layer, ...]:
    """Eight hidden layers of 48 units."""
    return (Flatten(), *(Dense(units=48, activation=activation) for _ in range(8)))


def layers(edit: Callable[[tuple[Layer, ...]], tuple[Layer, ...]]) -> Callable[[Setup], Setup]:
    """A change of the network."""
    return lambda setup: setup.layers(edit)

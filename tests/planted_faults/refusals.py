"""Faults that classlab does not even begin to train: it refuses them with a sentence that names the mistake."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.records import Architecture
from classlab.studies.fit import fit
from tests.planted_faults import networks
from tests.planted_faults.case import Case, Dial
from tests.planted_faults.grounds import ground

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records import RunRecord


def _arrays(edit: Callable[[Any, Any], tuple[Any, Any]]) -> RunRecord:
    train = ground("linear digits").setup(Dial()).dataset.train
    return fit(edit(train.images, train.labels), "linear", epochs=1).record


def _network(edit: Callable[[networks.Layers], networks.Layers]) -> RunRecord:
    setup = ground("mlp digits").setup(Dial()).layers(edit)
    assert isinstance(setup.spec.architecture, Architecture)
    return fit(setup.dataset, setup.spec.architecture, preprocessing="unit", epochs=1).record


_MADE: tuple[tuple[str, str, str, Callable[[], RunRecord]], ...] = (
    (
        "array divided by 255 twice",
        "A1",
        "divided by 255 twice",
        partial(_arrays, lambda images, labels: (images / 255.0 / 255.0, labels)),
    ),
    (
        "network that scales, preprocessing that scales",
        "A1",
        "scaled twice",
        partial(_network, networks.scaled_first(1 / 255)),
    ),
    (
        "array with numbers that are no pixels",
        "A2",
        "whole pixel values, or those scaled by one rule",
        partial(_arrays, lambda images, labels: (images.astype(np.float64) ** 1.5, labels)),
    ),
    (
        "labels divided by 255",
        "A5",
        "labels must be whole numbers or words",
        partial(_arrays, lambda images, labels: (images, labels / 255.0)),
    ),
    (
        "one-hot rows with two ones",
        "A5",
        "one-hot",
        partial(_arrays, lambda images, labels: (images, np.eye(10)[labels] + np.eye(10)[0])),
    ),
    ("one unit for ten classes", "B3", "one unit per class", partial(_network, networks.head(units=1))),
)


def refusals() -> list[Case]:
    """Every such fault; the words that the refusal must hold stand where others name the ground."""
    return [
        Case(name=name, ground=words, kind="refused", expected=(rule,), make=make) for name, rule, words, make in _MADE
    ]

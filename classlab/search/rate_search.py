"""Thirty learning rates of an optimizer, trained at once as one population for a fraction of an epoch."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

import numpy as np

from classlab.datasets.splits import stratified
from classlab.errors import SpecError
from classlab.records.architecture import Architecture
from classlab.records.rates import RateSearch, RateTrial
from classlab.search.rate_suggestion import suggest
from classlab.studies.asked.assignment import assign
from classlab.studies.asked.network_fit import check_fit
from classlab.studies.transfer.entering import entering, scaled_images

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlab.datasets.dataset import Dataset, Division
    from classlab.options.table import TrainingOptions
    from classlab.options.words import DeviceName
    from classlab.records.layers import Normalization, Rescaling
    from classlab.studies.asked.assignment import Assignment
    from classlab.studies.asked.model_choice import ModelChoice

RATES = tuple(float(rate) for rate in np.logspace(-5, 1, 30))  # from where nothing moves to where all diverge
STEPS = 100  # most losses are past their first steep fall by then; more would cost more than the answer is worth
_VALIDATION = 2_000  # images are enough to tell apart losses of rates that differ by 60 %
SEEDS = 3


@dataclass(frozen=True, kw_only=True)
class _Setting:
    """What all optimizers of one search share."""

    division: Division
    layer: Rescaling | Normalization
    epochs: int
    steps: int


def search_rates(
    dataset: Dataset,
    choice: ModelChoice,
    optimizers: Sequence[str],
    *,
    options: TrainingOptions,
    steps: int = STEPS,
    seeds: int = SEEDS,
    device: DeviceName = "auto",
) -> Iterator[RateSearch]:
    """Trains every rate of every optimizer for some steps and measures it on validation images.

    The test images are not opened, and nothing is kept.

    Args:
        dataset: the images.
        choice: the network; its weights are drawn by each seed.
        optimizers: Keras's names in lower case.
        options: of the training, but for optimizer, learning rate, epochs, schedule and early stopping.
        steps: of every run, at least 1; where the training images give fewer in an epoch, several epochs.
        seeds: runs per rate.
        device: where to compute.

    Raises:
        SpecError: `steps` or `seeds` is below 1, or the network does not fit the images.
        DataError: the images cannot be divided.
    """
    for name, value in (("steps", steps), ("seeds", seeds)):
        if value < 1:
            raise SpecError(f"`{name}` must be a whole number of at least 1, but got {name}={value}. Leave it out.")
    for optimizer in optimizers:
        asked = cast("TrainingOptions", {**options, "optimizer": optimizer})
        assigned = assign(dataset, choice, seeds=range(seeds), options=asked, device=device)
        check_fit(assigned.specs[0], dataset)
        yield _search(optimizer, assigned, _setting(dataset, assigned, steps))


def _setting(dataset: Dataset, assigned: Assignment, steps: int) -> _Setting:
    """As many training images as the steps take, by class, and not more validation images than tell."""
    spec = assigned.specs[0]
    images = scaled_images(dataset, spec.data)
    division, layer = entering(dataset, spec.data, images, device=assigned.device)
    wanted = min(len(division.train), steps * spec.batch_size)
    chosen = stratified(division.train.labels, total=wanted, least=1, spare=0, seed=f"{dataset.digest} rates")
    train = division.train.where(chosen)
    in_epoch = -(-len(train) // spec.batch_size)
    epochs = -(-steps // in_epoch)
    few = replace(division, train=train, validation=division.validation.spread(_VALIDATION))
    return _Setting(division=few, layer=layer, epochs=epochs, steps=epochs * in_epoch)


def _search(optimizer: str, assigned: Assignment, setting: _Setting) -> RateSearch:
    from classlab.training import train_population

    specs, start = assigned.specs, assigned.initial_weights
    runs = [
        replace(spec, optimizer=replace(spec.optimizer, learning_rate=rate), epochs=setting.epochs)
        for rate in RATES
        for spec in specs
    ]
    division, first = setting.division, specs[0]
    began = time.perf_counter()
    outcomes = train_population(
        runs,
        division,
        input_layer=setting.layer,
        initial_weights=None if start is None else [start] * len(runs),
        diagnostics=False,
        device=assigned.device,
    )
    if any(outcome.state == "interrupted" for outcome in outcomes):
        raise KeyboardInterrupt
    losses = [outcome.history["val_loss"][-1] if outcome.state == "finished" else float("inf") for outcome in outcomes]
    trials = tuple(
        RateTrial(learning_rate=rate, losses=tuple(losses[place * len(specs) : (place + 1) * len(specs)]))
        for place, rate in enumerate(RATES)
    )
    suggestion, reason = suggest(trials)
    return RateSearch(
        optimizer=optimizer,
        data=first.data.name,
        model=first.architecture.name if isinstance(first.architecture, Architecture) else "a Keras model",
        steps=setting.steps,
        batch_size=first.batch_size,
        seeds=len(specs),
        images=len(division.validation),
        trials=trials,
        suggestion=suggestion,
        reason=reason,
        seconds=time.perf_counter() - began,
    )

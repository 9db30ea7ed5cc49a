"""Training from Python in one call: data and a model in, a run out."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, Unpack

from classlab.errors import SpecError
from classlab.studies.asked.assignment import assign, load_data
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.asked.spec_options import SpecOptions
from classlab.studies.shown.epoch_lines import EpochLines
from classlab.studies.work.train import train

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.datasets.dataset import Dataset
    from classlab.records import Architecture, EarlyStopping, KerasArchitecture, Loss
    from classlab.records.optimizers import Optimizer
    from classlab.records.run import Precision, Preprocessing, Start
    from classlab.records.schedules import Schedule
    from classlab.studies.runs.run import Run
    from classlab.training import DeviceName

    Model: TypeAlias = (
        str | Path | Architecture | KerasArchitecture | Any
    )  # the last for a keras.Model, which ships no types
    Data: TypeAlias = str | Path | Dataset | tuple[Any, ...]


@dataclass(frozen=True, kw_only=True)
class _Network:
    """What is trained: a model, and the options that belong to it rather than to its training."""

    model: Model
    units: Sequence[int] | None = None
    activation: str | None = None
    dropout: float | None = None
    start: Start | None = None
    usual: Start = "fresh"


@dataclass(frozen=True, kw_only=True)
class _Placement:
    """Where and how a training happens, as opposed to what is trained."""

    device: DeviceName = "auto"
    folder: str | Path | None = None
    resume: bool = False
    again: bool = False
    quiet: bool = True


def fit(
    data: Data,
    model: Model = "mlp",
    *,
    units: Sequence[int] | None = None,
    activation: str | None = None,
    dropout: float | None = None,
    start: Start | None = None,
    optimizer: str | Optimizer | None = None,
    learning_rate: float | None = None,
    momentum: float | None = None,
    nesterov: bool | None = None,
    weight_decay: float | None = None,
    clipnorm: float | None = None,
    clipvalue: float | None = None,
    global_clipnorm: float | None = None,
    schedule: str | Schedule = "constant",
    step_epochs: float | None = None,
    step_factor: float | None = None,
    warmup_epochs: float = 0.0,
    loss: str | Loss | None = None,
    top_k: int | None = None,
    early_stopping: int | EarlyStopping | None = None,
    monitor: str | None = None,
    epochs: int = 10,
    batch_size: int = 128,
    seed: int = 0,
    validation: float | Literal["test"] = 0.1,
    limit: int | None = None,
    preprocessing: Preprocessing = "unit",
    precision: Precision = "float32",
    device: DeviceName = "auto",
    folder: str | Path | None = None,
    resume: bool = False,
    again: bool = False,
    quiet: bool = True,
) -> Run:
    """Trains one model and measures it on the test images.

    Args:
        data: a dataset's name or path, a `Dataset`, or arrays: `(images, labels)`, or
            `(images, labels), (test_images, test_labels)` as Keras's `load_data` returns them.
        model: a built-in name (`linear`, `mlp`, `cnn`, `cnn-small`, `lenet5`), the path of a `.keras` file, an
            architecture, a `keras.Model`, or a function without arguments that builds one. A Keras model is left as it
            is; a Sequential without Input is built, on a copy, for the images.
        units: widths of the hidden layers of `mlp`; (128, 64) where None.
        activation: of the hidden layers of a built-in model; relu where None.
        dropout: share of values that built-in models drop while training; none where None.
        start: of a Keras model or file: `given` goes on from a copy of its weights, `fresh` draws weights from the
            seed by the layers' initialisers. Where None: given, as `keras.Model.fit` goes on from them; fresh for a
            function, and for a Sequential without Input, which has no weights yet.
        optimizer: sgd, adam, adamw, rmsprop, adagrad, nadam, or a ready one. Where None: the one a Keras model was
            compiled with, else adam.
        learning_rate: Keras's default for the optimizer where None.
        momentum: for sgd and rmsprop.
        nesterov: for sgd.
        weight_decay: decoupled decay per step, times the learning rate.
        clipnorm: largest norm of one weight's gradient.
        clipvalue: largest absolute value in a gradient.
        global_clipnorm: largest norm of all gradients together.
        schedule: constant, step, cosine, or a ready one.
        step_epochs: epochs between two steps of the schedule `step`.
        step_factor: factor at each of them.
        warmup_epochs: epochs over which the learning rate rises from 0 first.
        loss: Keras's name, or a ready one; sparse categorical cross-entropy where None.
        top_k: also measure top-k accuracy.
        early_stopping: patience in epochs, or a ready rule; None trains all epochs.
        monitor: the figure that early stopping watches; val_loss where None.
        epochs: passes over the training images.
        batch_size: images per step.
        seed: decides initial weights (of a fresh start), order of batches and dropout.
        validation: share of the training images set aside, or "test" to validate on the test images.
        limit: use only this many training images.
        preprocessing: unit, symmetric, standardize or none; it becomes part of the model.
        precision: float32, bfloat16 (convolutions only), auto (bfloat16 where the processor gains) or float64 (slow).
        device: auto, cpu or cuda.
        folder: where the run is kept, with a checkpoint after every epoch; None keeps it in memory.
        resume: continue the training that was interrupted in `folder`.
        again: train anew even where `folder` holds this very run.
        quiet: say nothing while training.

    Returns:
        The run: figures, curves, and a model that predicts.

    Raises:
        DataError: the data cannot be used.
        SpecError: the options contradict each other, or the model does not fit the images.
        StorageError: the folder cannot be read or written.

    Example:
        >>> run = fit("digits", "linear", epochs=2)
        >>> run.record.test.images
        359
    """
    options = SpecOptions(
        optimizer=optimizer,
        learning_rate=learning_rate,
        momentum=momentum,
        nesterov=nesterov,
        weight_decay=weight_decay,
        clipnorm=clipnorm,
        clipvalue=clipvalue,
        global_clipnorm=global_clipnorm,
        schedule=schedule,
        step_epochs=step_epochs,
        step_factor=step_factor,
        warmup_epochs=warmup_epochs,
        loss=loss,
        top_k=top_k,
        early_stopping=early_stopping,
        monitor=monitor,
        epochs=epochs,
        batch_size=batch_size,
        validation=validation,
        limit=limit,
        preprocessing=preprocessing,
        precision=precision,
    )
    network = _Network(model=model, units=units, activation=activation, dropout=dropout, start=start, usual="given")
    placement = _Placement(device=device, folder=folder, resume=resume, again=again, quiet=quiet)
    return _fit(data, network, [seed], options, placement)[0]


def fit_seeds(
    data: Data,
    model: Model = "mlp",
    *,
    seeds: int = 3,
    seed: int = 0,
    units: Sequence[int] | None = None,
    activation: str | None = None,
    dropout: float | None = None,
    start: Start | None = None,
    device: DeviceName = "auto",
    folder: str | Path | None = None,
    resume: bool = False,
    again: bool = False,
    quiet: bool = True,
    **options: Unpack[SpecOptions],
) -> list[Run]:
    """Trains one model from several seeds, in lock-step, which for small networks is quicker than one by one.

    A Keras model is a description here: every seed draws its weights anew, as it does for a built-in model, so that
    the spread over seeds has the luck of the start in it.

    Args:
        data: as in `fit`.
        model: as in `fit`.
        seeds: how many runs.
        seed: the first seed; the others count on from it.
        units: as in `fit`.
        activation: as in `fit`.
        dropout: as in `fit`.
        start: of a Keras model or file: `fresh`, which is meant by None, or `given`, with which every seed starts from
            the model's own weights and only the order of batches and dropout differ.
        device: as in `fit`.
        folder: where the runs are kept, each in its folder `seed-N`; None keeps them in memory.
        resume: as in `fit`.
        again: as in `fit`.
        quiet: as in `fit`.
        **options: every other option of `fit`.

    Returns:
        One run per seed.

    Raises:
        DataError: the data cannot be used.
        SpecError: the options contradict each other, or the model does not fit the images.
        StorageError: the folder cannot be read or written.

    Example:
        >>> [run.record.spec.seed for run in fit_seeds("digits", "linear", seeds=2, epochs=1)]
        [0, 1]
    """
    if seeds < 1:
        raise SpecError(f"`seeds` must be at least 1, but got seeds={seeds}. 3 to 10 are usual.")
    network = _Network(model=model, units=units, activation=activation, dropout=dropout, start=start)
    placement = _Placement(device=device, folder=folder, resume=resume, again=again, quiet=quiet)
    return _fit(data, network, range(seed, seed + seeds), options, placement)


def _fit(
    data: Data,
    network: _Network,
    seeds: Sequence[int],
    options: SpecOptions,
    placement: _Placement,
) -> list[Run]:
    dataset = load_data(data)
    choice = choose_model(
        network.model,
        dataset,
        units=network.units,
        activation=network.activation,
        dropout=network.dropout,
        start=network.start,
        usual=network.usual,
    )
    assignment = assign(
        dataset,
        choice,
        seeds=seeds,
        options=options,
        folder=None if placement.folder is None else Path(placement.folder),
        device=placement.device,
        command=f"classlab.fit({dataset.name!r}, {choice.architecture.name!r}, ...) from Python",
    )
    observer = None if placement.quiet else EpochLines(sys.stdout)
    return train(assignment, resume=placement.resume, again=placement.again, observer=observer).runs

"""Training from Python in one call: data and a model in, a run out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, Unpack, cast, get_args

from classlab.errors import SpecError, shown_value
from classlab.options import check, check_names, checked, options_of
from classlab.options.signature import takes
from classlab.options.table import FitOptions
from classlab.options.words import DeviceName
from classlab.studies.asked.assignment import assign, load_data, network_and_course
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.shown.notebook_bar import told_here
from classlab.studies.shown.progress_lines import EpochLines
from classlab.studies.work.train import train

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.datasets.dataset import Dataset
    from classlab.options.words import Fit, Start
    from classlab.records import Architecture, KerasArchitecture
    from classlab.studies.runs.run import Run

    Model: TypeAlias = (
        str | Path | Architecture | KerasArchitecture | Any
    )  # the last for a keras.Model, which ships no types
    Data: TypeAlias = str | Path | Dataset | tuple[Any, ...] | list[Any] | dict[str, Any] | Any  # tables, loaders


@dataclass(frozen=True, kw_only=True, eq=False)
class _Images:
    """Which images, and how those of a folder come to one size."""

    data: Data
    size: tuple[int, int] | None
    fit: Fit | None

    def load(self) -> Dataset:
        given = {name: getattr(self, name) for name in ("size", "fit") if getattr(self, name) is not None}
        return load_data(self.data, **{name: check(name, value) for name, value in given.items()})


@dataclass(frozen=True, kw_only=True)
class _Placement:
    """Where and how a training happens, as opposed to what is trained."""

    device: DeviceName = "auto"
    folder: str | Path | None = None
    resume: bool = False
    again: bool = False
    quiet: bool = True

    def __post_init__(self) -> None:
        if self.device not in get_args(DeviceName):
            known = ", ".join(get_args(DeviceName))
            raise SpecError(f"`device` must be one of {known}, but got device={shown_value(self.device)}. Choose one.")
        for name in ("resume", "again", "quiet"):
            if not isinstance(value := getattr(self, name), bool):
                raise SpecError(
                    f"`{name}` must be True or False, but got {name}={shown_value(value)}. Choose one of them."
                )
        if self.folder is None and (self.resume or self.again):
            name = "resume" if self.resume else "again"
            raise SpecError(
                f"`{name}` has no effect without `folder`, but got {name}=True. Give the training's folder."
            )
        if not isinstance(self.folder, str | Path | None):
            raise SpecError(
                f"`folder` must be a path, but got folder={shown_value(self.folder)}. Give a folder's name."
            )


@takes(FitOptions)
def fit(
    data: Data,
    model: Model = "mlp",
    *,
    seed: int = 0,
    size: tuple[int, int] | None = None,
    fit: Fit | None = None,
    device: DeviceName = "auto",
    folder: str | Path | None = None,
    resume: bool = False,
    again: bool = False,
    quiet: bool = True,
    **options: Unpack[FitOptions],
) -> Run:
    """Trains one model and measures it on the test images.

    A Keras model or file goes on from a copy of its weights, as `keras.Model.fit` does, unless `start="fresh"`; a
    function, and a Sequential without Input, which has no weights yet, starts fresh.

    Args:
        data: a dataset's name or path, a `Dataset`, or arrays: `(images, labels)`, or
            `(images, labels), (test_images, test_labels)` as Keras's `load_data` returns them, or three such pairs with
            the validation images in the middle; a dict of arrays, a table with a column of labels and one for each
            pixel, or a dataset or loader of PyTorch, TensorFlow or Keras, which is read to its end.
        model: a built-in name (`linear`, `mlp`, `cnn`, `cnn-small`, `lenet5`), the path of a `.keras` file, an
            architecture, a `keras.Model`, or a function without arguments that builds one. A Keras model is left as it
            is; a Sequential without Input is built, on a copy, for the images.
        seed: decides initial weights (of a fresh start), order of batches, augmentation and dropout.
        size: `(height, width)` to bring the pictures of a folder to.
        fit: what is done to pictures of other proportions: stretch, crop or pad.
        device: auto, cpu or cuda.
        folder: where the run is kept, with a checkpoint after every epoch; None keeps it in memory.
        resume: continue the training that was interrupted in `folder`.
        again: train anew even where `folder` holds this very run.
        quiet: say nothing while training.
        **options: those of the table; `optimizer`, `schedule`, `loss` and `early_stopping` may be ready objects.

    Returns:
        The run: figures, curves, and a model that predicts.

    Raises:
        DataError: the data cannot be used.
        SpecError: an option is unknown, contradicts another one or would have no effect, or the model does not fit the
            images.
        StorageError: the folder cannot be read or written.

    Example:
        >>> run = fit("digits", "linear", epochs=2)
        >>> run.record.test.images
        359
    """
    placement = _Placement(device=device, folder=folder, resume=resume, again=again, quiet=quiet)
    images = _Images(data=data, size=size, fit=fit)
    return _fit(images, model, [check("seed", seed)], "given", options, placement)[0]


@takes(FitOptions)
def fit_seeds(
    data: Data,
    model: Model = "mlp",
    *,
    seeds: int = 3,
    seed: int = 0,
    size: tuple[int, int] | None = None,
    fit: Fit | None = None,
    device: DeviceName = "auto",
    folder: str | Path | None = None,
    resume: bool = False,
    again: bool = False,
    quiet: bool = True,
    **options: Unpack[FitOptions],
) -> list[Run]:
    """Trains one model from several seeds, in lock-step, which for small networks is quicker than one by one.

    A Keras model is a description here: every seed draws its weights anew, as it does for a built-in model, so that
    the spread over seeds has the luck of the start in it. With `start="given"` every seed starts from the model's own
    weights, and only the order of batches, augmentation and dropout differ.

    Args:
        data: as in `fit`.
        model: as in `fit`.
        seeds: how many runs.
        seed: the first seed; the others count on from it.
        size: as in `fit`.
        fit: as in `fit`.
        device: as in `fit`.
        folder: where the runs are kept, each in its folder `seed-N`; None keeps them in memory.
        resume: as in `fit`.
        again: as in `fit`.
        quiet: as in `fit`.
        **options: as in `fit`.

    Returns:
        One run per seed.

    Raises:
        DataError: the data cannot be used.
        SpecError: an option is unknown, contradicts another one or would have no effect, or the model does not fit the
            images.
        StorageError: the folder cannot be read or written.

    Example:
        >>> [run.record.spec.seed for run in fit_seeds("digits", "linear", seeds=2, epochs=1)]
        [0, 1]
    """
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise SpecError(f"`seeds` must be at least 1, but got seeds={seeds!r}. 3 to 10 are usual.")
    first = check("seed", seed)
    placement = _Placement(device=device, folder=folder, resume=resume, again=again, quiet=quiet)
    images = _Images(data=data, size=size, fit=fit)
    return _fit(images, model, range(first, first + seeds), "fresh", options, placement)


def _fit(
    images: _Images,
    model: Model,
    seeds: Sequence[int],
    usual: Start,
    options: FitOptions,
    placement: _Placement,
) -> list[Run]:
    if "folds" in options:
        raise SpecError(
            "one training has one division of its images, so `fit` takes no `folds`. Cross-validate with "
            "`classlab.Study(name, data=..., folds=5)`, which takes one arm as well as many."
        )
    check_names(options, options_of(FitOptions), taker="`fit`")
    checked(cast("Mapping[str, Any]", options))  # before any image is read
    network, course = network_and_course(options)
    dataset = images.load()
    choice = choose_model(model, dataset, usual=usual, **network)
    assignment = assign(
        dataset,
        choice,
        seeds=seeds,
        options=course,
        folder=None if placement.folder is None else Path(placement.folder),
        device=placement.device,
        command=f"classlab.fit({dataset.name!r}, {choice.architecture.name!r}, ...) from Python",
    )
    observer = None if placement.quiet else EpochLines(told_here())
    return train(assignment, resume=placement.resume, again=placement.again, observer=observer).runs

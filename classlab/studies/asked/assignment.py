"""From data, a model and plain options to one training: what the command line and Python both go through."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from classlab.errors import DataError, kind_of
from classlab.files.tensor_file import digest
from classlab.options.table import NetworkOptions, options_of
from classlab.records import Loss
from classlab.studies.asked.augmentation_word import augmentation_words
from classlab.studies.asked.keras_compiled import compiled_loss, compiled_optimizer
from classlab.studies.asked.loss_word import loss_word
from classlab.studies.asked.spec_options import has_optimizer_settings, run_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from classlab.datasets import Dataset
    from classlab.options.table import FitOptions, TrainingOptions
    from classlab.options.words import DeviceName, Fit
    from classlab.records import RunSpec
    from classlab.records.picture_reading import PictureReading
    from classlab.records.preparation import Preparation
    from classlab.studies.asked.model_choice import ModelChoice
    from classlab.training import Weights


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One training: runs that go through the engine together, and where they go.

    Args:
        specs: they share everything but optimizer, schedule, epochs, seed and early stopping.
        dataset: the images.
        initial_weights: what every run starts from, or None where its seed draws the weights.
        folder: where the runs are kept; None keeps them in memory.
        device: where to compute.
        command: what reproduces the runs.
        notes: remarks about the model for the record, each a sentence.
        store: the store whose test-set ledger gains the entry; the usual one where None.
        through_keras: gives the same for a training through Keras, told the reason; None where there is no Keras model.
    """

    specs: Sequence[RunSpec]
    dataset: Dataset
    initial_weights: Weights | None = None
    folder: Path | None = None
    device: DeviceName = "auto"
    command: str = ""
    notes: tuple[str, ...] = ()
    store: Path | None = None
    through_keras: Callable[[str], Assignment] | None = None


def load_data(
    data: Any,
    *,
    say: Callable[[str], None] | None = None,
    size: tuple[int, int] | None = None,
    fit: Fit | None = None,
    preparation: Preparation | None = None,
    reading: PictureReading | None = None,
    to_measure: bool = False,
) -> Dataset:
    """Takes data in any of its forms.

    Args:
        data: a dataset's name or path, a `Dataset`, or what `classlab.fit` describes.
        say: told where a named dataset was found.
        size: `(height, width)` to bring the pictures of a folder to.
        fit: what is done to pictures of other proportions.
        preparation: in place of both, what was done to the pictures of a run.
        reading: how deep and transparent pictures are read, as those of a run were.
        to_measure: whether the images are for measuring a network alone, see `classlab.datasets.load`.

    Raises:
        DataError: the data cannot be used.
    """
    from classlab.datasets import load
    from classlab.datasets.python_data import from_python

    if isinstance(data, str | Path):
        return load(
            str(data), say=say, size=size, fit=fit, preparation=preparation, reading=reading, to_measure=to_measure
        )
    if size is not None or fit is not None:
        name = "size" if size is not None else "fit"
        raise DataError(f"`{name}` is for folders of pictures, but data came as {kind_of(data)}. Leave it out.")
    return from_python(data)


def network_and_course(options: FitOptions) -> tuple[NetworkOptions, TrainingOptions]:
    """What decides the network, for `choose_model`, and what decides its training, for `assign`."""
    network = {name: value for name, value in options.items() if name in options_of(NetworkOptions)}
    course = {name: value for name, value in options.items() if name not in network}
    return cast("NetworkOptions", network), cast("TrainingOptions", course)


def assign(
    dataset: Dataset,
    choice: ModelChoice,
    *,
    seeds: Sequence[int],
    options: TrainingOptions,
    folder: Path | None = None,
    device: DeviceName = "auto",
    command: str = "",
) -> Assignment:
    """Puts a training together; what the model brings along counts where the options say nothing.

    Args:
        dataset: the images.
        choice: the network, and its weights, optimizer and loss where it has them.
        seeds: one run each.
        options: what the user chose.
        folder: where the runs are kept, or None for memory.
        device: where to compute.
        command: what reproduces the runs.

    Raises:
        SpecError: options contradict each other, or a value is impossible.
    """
    chosen = options.copy()
    if options.get("optimizer") is None and choice.compiled is not None and not has_optimizer_settings(options):
        chosen["optimizer"] = compiled_optimizer(choice.compiled)
    as_compiled = None
    if options.get("loss") is None and choice.compiled is not None:
        chosen["loss"] = as_compiled = compiled_loss(choice.compiled)
    specs = run_specs(
        dataset,
        choice.architecture,
        seeds=seeds,
        initial_weights=digest(choice.weights) if choice.start == "given" and choice.weights else None,
        backbone=choice.backbone,
        options=chosen,
    )
    unused = dataset.unused_validation(specs[0].data.validation)
    words = augmentation_words(specs, dataset.class_names)
    left = _left_out_note(specs[0], dataset, options)
    notes = (*choice.notes, *_scaling_note(specs[0], options), *unused, *left, *words)
    general = choice.through_keras
    ready = isinstance(options.get("loss"), Loss)  # which says itself what it takes
    word = None if general is None or ready else loss_word(specs[0], compiled=as_compiled is not None)
    return Assignment(
        specs=specs,
        dataset=dataset,
        initial_weights=choice.weights,
        folder=folder,
        device=device,
        command=command,
        notes=notes if word is None else (*notes, word),
        through_keras=None
        if general is None
        else lambda reason: assign(dataset, general(reason), seeds=seeds, options=options),
    )


def _left_out_note(spec: RunSpec, dataset: Dataset, options: TrainingOptions) -> tuple[str, ...]:
    """How many training images a list leaves out."""
    count = len(spec.data.leave_out)
    if not count:
        return ()
    images = f"{count:,} of the {len(dataset.train):,} training images of {dataset.name}"
    return (f"{images} {'is' if count == 1 else 'are'} left out, as {options.get('leave_out')} says.",)


def _scaling_note(spec: RunSpec, options: TrainingOptions) -> tuple[str, ...]:
    """Says that the network scales its images itself, where the user has not said how to scale them."""
    from classlab.models.preprocessing import own_scaling

    own = own_scaling(spec.architecture) if options.get("preprocessing") is None else ""
    if not own or spec.data.backbone is not None:
        return ()
    return (
        f"The network's own {own} layer scales the images, so it takes them as pixels from 0 to 255 "
        "(preprocessing none).",
    )

"""Labels of training images that are probably wrong, by networks that were not trained on them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import numpy as np

from classlab.datasets.dataset import VALIDATION_SHARE
from classlab.datasets.leave_out import LEAVE_OUT, Suspect, write_leave_out
from classlab.errors import FailedRunsError, SpecError
from classlab.files.atomic_file import make_folder, write_atomically
from classlab.options import check, check_names, checked, options_of
from classlab.options.signature import takes
from classlab.options.table import FineTuningOptions, FitOptions
from classlab.statistics import LabelErrors, find_label_errors
from classlab.studies.asked.assignment import assign, load_data, network_and_course
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.asked.network_fit import check_fit
from classlab.studies.runs.run_record import is_scored
from classlab.studies.shown.suspects import cleaning_sentences, suspect_pictures
from classlab.studies.transfer.entering import entering, scaled_images
from classlab.studies.work.plan import plan_specs

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Dataset
    from classlab.options.words import DeviceName
    from classlab.records import RunSpec
    from classlab.studies.asked.assignment import Assignment
    from classlab.studies.fit import Data, Model

LIST_FILE = "leave-out.csv"
# What a validation figure decides would be decided by the very images that are to be judged.
REFUSED = ("validation", "early_stopping", "monitor", "top_k")


@dataclass(frozen=True, kw_only=True, eq=False)
class Cleaning:
    """What out-of-fold networks say about the labels of a dataset.

    Args:
        dataset: the images.
        model: what the network is called.
        folds: of the training images.
        seeds: networks of every fold, whose probabilities are averaged.
        positions: of the images that were judged, among the training images.
        errors: doubtful labels; their `index` is a place in `positions`.
        suspects: the same as lines of a list, surest mistakes first.
    """

    dataset: Dataset
    model: str
    folds: int
    seeds: int
    positions: NDArray[np.intp]
    errors: LabelErrors
    suspects: tuple[Suspect, ...]

    @property
    def sentences(self) -> tuple[str, ...]:
        """How many labels are doubtful, and what that rests on."""
        who = f"{self.folds * self.seeds} networks ({self.model}, {self.folds} folds x {self.seeds} seeds)"
        return cleaning_sentences(self.errors, who=who, dataset=self.dataset)

    def save(self, folder: str | Path) -> list[Path]:
        """Writes the list and the pictures.

        Args:
            folder: where to; it is made where it is not there.

        Returns:
            The files, the list first.

        Raises:
            StorageError: they cannot be written.
        """
        place = Path(folder)
        make_folder(place)
        files = {LIST_FILE: write_leave_out(self.suspects, self.dataset)}
        files |= suspect_pictures(self.dataset, self.suspects)
        for name, content in files.items():
            write_atomically(place / name, content)
        return [place / name for name in files]

    def __repr__(self) -> str:
        return f"<Cleaning of {self.dataset.name!r}, {len(self.suspects)} doubtful of {self.errors.images:,} labels>"


@takes(FitOptions)
def clean(
    data: Data,
    model: Model = "mlp",
    *,
    folds: int = 5,
    seeds: int = 3,
    seed: int = 0,
    device: DeviceName = "auto",
    say: Callable[[str], None] | None = None,
    **options: Unpack[FitOptions],
) -> Cleaning:
    """Finds training images whose labels are probably wrong.

    The training images are divided into folds. For each, networks are trained on the other folds and asked about its
    images, so that every image is judged by networks that never saw its label. `find_label_errors` reads the rest off
    their mean probabilities. Test images are not looked at.

    Args:
        data: as in `classlab.fit`.
        model: as in `classlab.fit`; every network starts fresh, unless `start="given"`.
        folds: how many; more of them leave more images to train on.
        seeds: networks of every fold.
        seed: the first seed.
        device: auto, cpu or cuda.
        say: told when a fold is done.
        **options: as in `classlab.fit`, but for validation, early_stopping, monitor and top_k.

    Raises:
        DataError: the data cannot be used or divided.
        SpecError: an option is unknown or impossible, or the network gives no probabilities.
        FailedRunsError: no network of a fold can be used.

    Example:
        >>> found = clean("digits", "linear", limit=100, epochs=1, seeds=1)
        >>> found.errors.images
        100
    """
    _check(options, folds=folds, seeds=seeds)
    dataset = load_data(data)
    assignment, name = _assigned(dataset, model, options, seeds=range(check("seed", seed), seed + seeds), device=device)
    specs = [_in_folds(spec, folds) for spec in assignment.specs]
    asked = specs[0].data
    positions = dataset.fold_positions(folds, limit=asked.limit, leave_out=asked.leave_out)
    rows = []
    for fold in range(folds):
        rows.append(_judged(assignment, [spec.drawn(seed=spec.seed, fold=fold) for spec in specs]))
        if say is not None:
            say(f"Fold {fold + 1} of {folds} is judged: {len(rows[-1]):,} images.")
    where = np.concatenate(positions)
    order = np.argsort(where)
    where, probabilities = where[order], np.concatenate(rows)[order]
    errors = find_label_errors(probabilities, dataset.train.labels[where])
    return Cleaning(
        dataset=dataset,
        model=name,
        folds=folds,
        seeds=seeds,
        positions=where,
        errors=errors,
        suspects=_suspects(dataset, where, errors),
    )


def _check(options: Mapping[str, Any], *, folds: int, seeds: int) -> None:
    check("folds", folds)
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        raise SpecError(f"`seeds` must be at least 1, but got seeds={seeds!r}. 3 are usual.")
    taken = [name for name in options_of(FitOptions) if name not in options_of(FineTuningOptions)]
    check_names(options, taken, taker="`clean`")
    given = next((name for name in REFUSED if options.get(name) is not None), None)
    if given is not None:
        raise SpecError(
            f"`clean` takes no `{given}`, because the images that are judged must decide nothing about the networks "
            "that judge them. Leave it out."
        )
    checked(options)


def _assigned(
    dataset: Dataset, model: Model, options: FitOptions, *, seeds: range, device: DeviceName
) -> tuple[Assignment, str]:
    network, course = network_and_course(options)
    choice = choose_model(model, dataset, usual="fresh", **network)
    found = assign(dataset, choice, seeds=seeds, options=course, device=device)
    check_fit(found.specs[0], dataset)
    return found, choice.label


def _in_folds(spec: RunSpec, folds: int) -> RunSpec:
    return replace(spec, data=replace(spec.data, validation=VALIDATION_SHARE, folds=folds, fold=0))


def _judged(assignment: Assignment, specs: Sequence[RunSpec]) -> NDArray[np.float64]:
    """Trains a fold's networks, and gives their mean probabilities for its images, `(images, classes)`."""
    from classlab.training import measure, train_population

    dataset, data = assignment.dataset, specs[0].data
    division, layer = entering(dataset, data, scaled_images(dataset, data), device=assignment.device)
    total, good = np.zeros((len(division.validation), len(dataset.class_names))), 0
    for together in plan_specs(specs):
        outcomes = train_population(
            together,
            division,
            input_layer=layer,
            initial_weights=None
            if assignment.initial_weights is None
            else [assignment.initial_weights] * len(together),
            diagnostics=False,
            device=assignment.device,
        )
        if any(outcome.state == "interrupted" for outcome in outcomes):
            raise KeyboardInterrupt
        weights = [each.weights for each in outcomes if is_scored(each) and each.state == "finished"]
        if weights:
            common: dict[str, Any] = {"input_layer": layer, "loss": specs[0].loss, "device": assignment.device}
            for told in measure(specs[0].architecture, weights, division.validation, **common):
                total += np.asarray(told.probabilities, np.float64)
        good += len(weights)
    if not good:
        raise FailedRunsError(
            f"every fold must have a network that ended well to judge its images, but of fold {specs[0].data.fold} all "
            f"{len(specs)} diverged. Lower the learning rate."
        )
    return total / good


def _suspects(dataset: Dataset, positions: NDArray[np.intp], errors: LabelErrors) -> tuple[Suspect, ...]:
    files, names = dataset.train.files, dataset.class_names
    found = []
    for each in errors.doubtful:
        index = int(positions[each.index])
        found.append(
            Suspect(
                index=index,
                file="" if files is None else files[index],
                given=names[each.given],
                suggested=names[each.suggested],
                probability=each.probability,
                action=LEAVE_OUT,
            )
        )
    return tuple(found)

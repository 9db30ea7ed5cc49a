"""Both versions of a run, trained from the same seeds on the same batches, and measured on the same images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log, sqrt
from typing import TYPE_CHECKING

import numpy as np

from classlab.records import identity
from classlab.records.proof import TrialPair
from classlab.studies.transfer.entering import AS_THEY_ARE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from classlab.datasets.dataset import Division
    from classlab.options.words import DeviceName
    from classlab.records import RunSpec
    from classlab.records.progress import Observer
    from classlab.records.run import RunState
    from classlab.records.study import Selection
    from classlab.studies.remedies.short_course import ShortCourse
    from classlab.training import Measurement, Outcome

# Of runs that train in lock-step.
_SHARED = ("data", "architecture", "loss", "batch_size", "top_k", "precision", "class_weights")


@dataclass(frozen=True, kw_only=True, eq=False)
class PairedRuns:
    """Both versions side by side.

    Args:
        pairs: figures, one pair per seed.
        image_error: standard error of the mean difference in accuracy that stems from the choice of the validation
            images, a share.
        together: whether the runs of both versions can sit in one population.
    """

    pairs: tuple[TrialPair, ...]
    image_error: float
    together: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class _Seen:
    """What came of one run.

    Args:
        accuracy: on the validation images.
        loss: on the same, in nats.
        hits: whether each image is right, `(images,)`.
        state: how the run ended.
    """

    accuracy: float
    loss: float
    hits: NDArray[np.bool_]
    state: RunState


class PairedTraining:
    """Trains pairs of versions; a run that an earlier pair had is not trained again.

    Args:
        seeds: runs of each version: the run's own seed and the ones after it.
        device: where to compute.
        observer: told after every epoch.
    """

    def __init__(self, *, seeds: int, device: DeviceName, observer: Observer | None) -> None:
        self._seeds, self._device, self._observer = seeds, device, observer
        self._seen: dict[str, _Seen] = {}

    def prepare(self, courses: Sequence[ShortCourse]) -> None:
        """Trains the versions of several courses of one run at once: as few populations as their networks allow.

        Args:
            courses: with the same faulty version and the same division.

        Raises:
            KeyboardInterrupt: somebody asked to stop.
        """
        versions = [version for course in courses for version in (course.faulty, course.remedied)]
        new = {identity(spec): spec for version in versions for spec in self._members(version)}
        groups: list[list[RunSpec]] = []
        for spec in (spec for name, spec in new.items() if name not in self._seen):
            fitting = next((group for group in groups if _lock_step(group[0], spec)), None)
            if fitting is None:
                groups.append([spec])
            else:
                fitting.append(spec)
        for group in groups:
            self._train(group, courses[0].division)

    def _members(self, version: RunSpec) -> list[RunSpec]:
        return [replace(version, seed=seed) for seed in range(version.seed, version.seed + self._seeds)]

    def run(self, course: ShortCourse, *, figure: Selection) -> PairedRuns:
        """Both versions, trained where they were not yet.

        Args:
            course: both versions.
            figure: what is measured on the validation images.

        Raises:
            KeyboardInterrupt: somebody asked to stop.
        """
        self.prepare([course])
        faulty, remedied = self._members(course.faulty), self._members(course.remedied)
        numbers = [spec.seed for spec in faulty]
        before, after = ([self._seen[identity(spec)] for spec in specs] for specs in (faulty, remedied))
        return PairedRuns(
            pairs=tuple(_pair(*each, figure) for each in zip(numbers, before, after, strict=True)),
            image_error=_image_error(before, after),
            together=_lock_step(course.faulty, course.remedied),
        )

    def _train(self, specs: Sequence[RunSpec], division: Division) -> None:
        """Trains one population, and keeps what its members make of the validation images."""
        from classlab.models.preprocessing import input_layer
        from classlab.training import measure, train_population

        spec = specs[0]
        backbone = spec.data.backbone is not None  # whose features the course's division holds
        scaling = AS_THEY_ARE if backbone else input_layer(spec.data.preprocessing, division.train.images)
        outcomes = train_population(specs, division, input_layer=scaling, observer=self._observer, device=self._device)
        if any(outcome.state == "interrupted" for outcome in outcomes):
            raise KeyboardInterrupt
        weights = [outcome.weights for outcome in outcomes if _is_good(outcome)]
        found = iter(
            measure(
                spec.architecture,
                weights,
                division.validation,
                input_layer=scaling,
                loss=spec.loss,
                device=self._device,
            )
            if weights
            else ()
        )
        for each, outcome in zip(specs, outcomes, strict=True):
            own = next(found) if _is_good(outcome) else None
            self._seen[identity(each)] = _read(own, outcome.state, division.validation.labels)


def _lock_step(one: RunSpec, other: RunSpec) -> bool:
    """Whether two runs can sit in one population."""
    return all(getattr(one, name) == getattr(other, name) for name in _SHARED)


def _read(own: Measurement | None, state: RunState, labels: NDArray[np.int64]) -> _Seen:
    """A run that diverged says nothing, and so counts as one that always names the largest class."""
    if own is None or own.probabilities is None:
        hits = labels == np.bincount(labels).argmax()
        return _Seen(accuracy=float(hits.mean()), loss=log(1 + int(labels.max())), hits=hits, state=state)
    hits = own.probabilities.argmax(axis=1) == labels
    return _Seen(accuracy=own.figures.accuracy, loss=own.figures.loss, hits=hits, state=state)


def _pair(seed: int, before: _Seen, after: _Seen, figure: Selection) -> TrialPair:
    name = "accuracy" if figure == "val_accuracy" else "loss"
    return TrialPair(
        seed=seed,
        faulty=getattr(before, name),
        remedied=getattr(after, name),
        faulty_state=before.state,
        remedied_state=after.state,
        only_faulty=int((before.hits & ~after.hits).sum()),
        only_remedied=int((after.hits & ~before.hits).sum()),
    )


def _image_error(before: Sequence[_Seen], after: Sequence[_Seen]) -> float:
    """Of the images' differences, each a mean over the seeds: their deviation over the root of their number."""
    gains = np.mean([other.hits.astype(float) - one.hits for one, other in zip(before, after, strict=True)], axis=0)
    return float(gains.std() / sqrt(len(gains)))


def _is_good(outcome: Outcome) -> bool:
    return outcome.state in ("finished", "stopped_early")


def majority(labels: NDArray[np.int64]) -> float:
    """Share of the largest class: the accuracy of always naming it."""
    return float(np.bincount(labels).max() / len(labels))

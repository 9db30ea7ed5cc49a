"""Tries the remedies of a finding: faulty and remedied runs side by side, from the same seeds, on the same batches."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from classlab.errors import SpecError
from classlab.records.optimizers import OPTIMIZERS, further_rates
from classlab.records.plain import time_stamp
from classlab.records.proof import Course, Proof, Trial
from classlab.statistics.trial_order import Gained, trial_order
from classlab.studies.remedies.paired_runs import PairedTraining, majority
from classlab.studies.remedies.proof_judgement import judge
from classlab.studies.remedies.remedy import remedied
from classlab.studies.remedies.short_course import check_extent, short_course
from classlab.studies.remedies.spec_words import differences
from classlab.studies.runs.environment import environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from classlab.datasets.dataset import Dataset
    from classlab.options.words import DeviceName
    from classlab.records import Environment, RunRecord, RunSpec
    from classlab.records.finding import Cause, Finding
    from classlab.records.progress import Observer
    from classlab.records.proof import TrialVerdict
    from classlab.records.study import Selection
    from classlab.studies.remedies.paired_runs import PairedRuns
    from classlab.studies.remedies.short_course import ShortCourse

MOST_CAUSES = 3
_TOLD = 3  # differences that a sentence names
_BY_LOSS = ("I12",)  # overfitting shows in the validation loss long before it shows in the accuracy
_NO_TRAINING = {"validation", "limit", "initial_weights"}  # change what is measured or begun, not what is learnt


def prove(
    record: RunRecord,
    dataset: Dataset,
    finding: Finding,
    *,
    seeds: int = 3,
    steps: int = 300,
    device: DeviceName = "auto",
    observer: Observer | None = None,
    now: datetime | None = None,
) -> Proof:
    """Tries the first three causes of a finding, each by itself, and ranks them by `trial_order`.

    The version as it was and one per cause train side by side. Where none is confirmed, a learning rate is changed
    further, until one is.

    All versions train for a short course on a part of the training images and are measured on validation images; the
    test images stay closed. Those that share the network and the data are members of one population. Equal seeds have
    equal first weights, where shapes agree, and equal batches.

    Args:
        record: the run.
        dataset: its images.
        finding: what was found; its causes carry the remedies.
        seeds: runs of each version: the run's own seed and the ones after it.
        steps: of each run, fewer where they take long.
        device: where to compute.
        observer: told after every epoch.
        now: the time to put on record; the clock's where it is None.

    Raises:
        SpecError: these are other images than the run's, or `seeds` or `steps` is too small.
        DataError: there are too few images to divide.
    """
    if record.spec.data.digest != dataset.digest:
        raise SpecError(
            f"a proof must have the images that the run {record.identity} was trained on, but {dataset.name} has other "
            "ones. Give the run's own dataset."
        )
    check_extent(seeds=seeds, steps=steps)
    began = time.perf_counter()
    training = PairedTraining(seeds=seeds, device=device, observer=observer)
    series = [doses(cause, record.spec) for cause in finding.causes[:MOST_CAUSES]]
    course_of = partial(_course, finding=finding, spec=record.spec, dataset=dataset, seeds=seeds, steps=steps)
    courses = [course_of(first) for first, *_ in series]
    training.prepare([course for course in courses if not isinstance(course, Trial)])
    trials = [_trial(first, finding, course, training) for (first, *_), course in zip(series, courses, strict=True)]
    for cause in (dose for _, *stronger in series for dose in stronger):
        if any(trial.verdict == "confirmed" for trial in trials):
            break
        trials.append(_trial(cause, finding, course_of(cause), training))
    verdicts = {trial.verdict for trial in trials}
    return Proof(
        run=record.identity,
        finding=finding,
        verdict=_overall(verdicts),
        trials=_ranked(trials),
        seconds=time.perf_counter() - began,
        created=time_stamp(now),
        environment=_environment(record.spec, device) if verdicts - {"not tried"} else None,
    )


def _ranked(trials: Sequence[Trial]) -> tuple[Trial, ...]:
    gained = [
        Gained(
            confirmed=trial.verdict == "confirmed",
            gain=trial.difference or 0.0,
            standard_error=trial.standard_error or 0.0,
        )
        for trial in trials
    ]
    return tuple(trials[place] for place in trial_order(gained))


def _overall(verdicts: set[TrialVerdict]) -> TrialVerdict:
    if "confirmed" in verdicts:
        return "confirmed"
    return "not confirmed" if "not confirmed" in verdicts else "not tried"


def doses(cause: Cause, spec: RunSpec) -> tuple[Cause, ...]:
    """The remedy, and for a learning rate two stronger ones.

    Ten times less does not mend what was a thousand times too much: next comes as much again, and last the optimizer's
    default where that lies further away in the same direction, else as much once more.

    Args:
        cause: as it was found.
        spec: the faulty run.

    Example:
        >>> from classlab.models.builtin import build
        >>> from classlab.records import Cause, DataSpec, RunSpec
        >>> linear = build("linear", input_shape=(8, 8, 1), classes=10)
        >>> spec = RunSpec(data=DataSpec(name="digits"), architecture=linear)
        >>> lower = Cause(text="The rate is too high.", remedy="Divide it by ten.", change={"learning_rate": 0.0001})
        >>> [f"{dose.change['learning_rate']:.0e}" for dose in doses(lower, spec)]
        ['1e-04', '1e-05', '1e-06']
        >>> far = replace(spec, optimizer=replace(spec.optimizer, learning_rate=1e6))
        >>> lower = replace(lower, change={"learning_rate": 1e5})
        >>> [f"{dose.change['learning_rate']:.0e}" for dose in doses(lower, far)]
        ['1e+05', '1e+04', '1e-03']
    """
    rate, before = cause.change.get("learning_rate"), spec.optimizer.learning_rate
    if list(cause.change) != ["learning_rate"] or not isinstance(rate, int | float) or rate in (0, before):
        return (cause,)
    stronger = further_rates(rate, before, usual=OPTIMIZERS[spec.optimizer.kind]().learning_rate)
    return (
        cause,
        *(
            replace(cause, remedy=f"Set the learning rate to {each:g}.", change={"learning_rate": each})
            for each in stronger
        ),
    )


def can_be_proven(finding: Finding) -> bool:
    """Whether some cause of a finding has a remedy that a short training can try."""
    return not finding.rule.startswith("C") and any(set(cause.change) - _NO_TRAINING for cause in finding.causes)


def _course(
    cause: Cause, finding: Finding, spec: RunSpec, dataset: Dataset, *, seeds: int, steps: int
) -> ShortCourse | Trial:
    """Both versions of the run, or the trial that could not be made."""
    reason = _untriable(finding, cause, spec)
    if reason is not None:
        return Trial(cause=cause, verdict="not tried", sentence=reason)
    try:
        new = remedied(spec, cause.change)
    except SpecError as refusal:
        return Trial(cause=cause, verdict="not tried", sentence=f"Not tried: {refusal}")
    return short_course(spec, new, dataset, seeds=seeds, steps=steps)


def _trial(cause: Cause, finding: Finding, course: ShortCourse | Trial, training: PairedTraining) -> Trial:
    if isinstance(course, Trial):
        return course
    figure: Selection = "val_loss" if finding.rule in _BY_LOSS else "val_accuracy"
    return _judged(cause, course, training.run(course, figure=figure), figure)


def _judged(cause: Cause, course: ShortCourse, runs: PairedRuns, figure: Selection) -> Trial:
    chance = majority(course.division.validation.labels)
    images = len(course.division.validation)
    found = judge(
        runs.pairs,
        figure=figure,
        images=images,
        image_error=runs.image_error,
        chance=chance,
        remedy=_remedy_words(cause, course),
    )
    return Trial(
        cause=cause,
        verdict="confirmed" if found.confirmed else "not confirmed",
        sentence=found.sentence,
        course=Course(
            images=len(course.division.train),
            validation_images=images,
            epochs=course.faulty.epochs,
            remedied_epochs=course.remedied.epochs,
            steps=course.steps,
            batch_size=course.faulty.batch_size,
        ),
        figure=figure,
        pairs=runs.pairs,
        difference=found.difference,
        standard_error=found.standard_error,
        chance=chance,
        faulty_at_chance=found.faulty_at_chance,
        leaves_chance=found.leaves_chance,
        together=runs.together,
    )


def _remedy_words(cause: Cause, course: ShortCourse) -> str:
    """What was changed; where that is a long list, what the cause proposes."""
    found = differences(course.faulty, course.remedied)
    return " and ".join(found) if len(found) <= _TOLD else in_words(cause)


def in_words(cause: Cause) -> str:
    """What a cause's remedy changes, as in "learning_rate = 0.01"."""
    words = (key if value is True else f"{key} = {value}" for key, value in cause.change.items())
    return " and ".join(words)


def _untriable(finding: Finding, cause: Cause, spec: RunSpec) -> str | None:
    if finding.rule.startswith("C"):
        return "Not tried: the trouble lies in the comparison, not in the training, so there is nothing to train."
    if not cause.change:
        return f"Not tried: the remedy is not one that can be applied by machine. {cause.remedy}"
    if set(cause.change) <= _NO_TRAINING:
        return f"Not tried: {in_words(cause)} changes what is measured, not what is learnt."
    if getattr(spec.architecture, "kept_weights", None) is not None:
        return (
            "Not tried: the network has weights that no seed draws (frozen layers, statistics of Normalization "
            "layers), and a proof starts without them."
        )
    return None


def _environment(spec: RunSpec, device: DeviceName) -> Environment:
    from classlab.training import environment_facts

    return environment(environment_facts(device, spec))

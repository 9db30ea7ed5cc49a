"""Run folders as results to judge."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.samples import ended_well
from classlab.cli.run_source import runs_in
from classlab.judging.assembly import assemble
from classlab.judging.names import split_seeds
from classlab.judging.results import refuse_columns
from classlab.judging.run_networks import run_name, run_network
from classlab.judging.sources import labelled_reading
from classlab.records import configuration
from classlab.studies.asked.arm_names import arm_names
from classlab.studies.asked.spec_settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.judging.results import ReadingOptions, Results
    from classlab.records import RunSpec
    from classlab.studies.runs.run import Run


def run_results(folders: Sequence[Path], options: ReadingOptions) -> Results:
    """Runs of folders as results, with what each predicted on its validation images.

    A folder with one run per seed is an arm of its own name; single runs are arms by their names, without the seed.
    Runs of one name that were trained with other settings are other arms, named for these. As everywhere, a run that
    did not end well has no figure.

    Raises:
        DataError: the runs have seen different images, or there is one arm only.
        StorageError: a folder holds no finished run, or no predictions.
        RecordError: a file is damaged.
    """
    refuse_columns(options, "run folders")
    found: list[tuple[str, Run]] = []
    in_folders = [runs_in(folder) for folder in folders]
    single = iter(split_seeds([run_name(runs[0]) for runs in in_folders if len(runs) == 1]))
    for folder, runs in zip(folders, in_folders, strict=True):
        name = next(single)[0] if len(runs) == 1 else folder.resolve().name
        found += [(name, run) for run in runs]
    arms = _arms([name for name, _ in found], [run.record.spec for _, run in found])
    readings = [
        (arm, str(run.record.spec.seed), run_network(run, "validation") if ended_well(run.record) else None)
        for arm, (_, run) in zip(arms, found, strict=True)
    ]
    where = [str(run.folder) for _, run in found]
    return assemble([labelled_reading(readings, where, metric="validation_accuracy")], options)


def _arms(names: Sequence[str], specs: Sequence[RunSpec]) -> list[str]:
    """Each run's arm: its name, and where other runs of that name have other settings, those that differ."""
    each = [(name, configuration(spec)) for name, spec in zip(names, specs, strict=True)]
    kinds = dict(zip(each, specs, strict=True))
    used = [settings(spec) for spec in kinds.values()]
    differing = [
        {
            name: value
            for name, value in own.items()
            if name != "seed" and value is not None and any(other.get(name) != value for other in used)
        }
        for own in used
    ]
    unique = arm_names([name for name, _ in kinds], differing, [spec.architecture.name for spec in kinds.values()])
    named = dict(zip(kinds, unique, strict=True))
    return [named[kind] for kind in each]

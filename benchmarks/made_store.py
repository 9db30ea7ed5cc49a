"""A store of made runs: records of one real training with other figures, written by the store's own writer.

    python -m benchmarks.made_store /tmp/many --studies 200 --runs 500

The database and the files of the studies are whole. Weights and predictions lie there for the runs of the first study
alone, which a report reads; so many small files would measure the disk and not the store.
"""

from __future__ import annotations

import argparse
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.records import Arm, Opening, StudyRecord, StudySpec, identity
from classlab.records.optimizers import SGD, Adam, RMSprop
from classlab.studies.fit import fit
from classlab.studies.runs.run_folder import StoredRun
from classlab.studies.store import ledger, open_store, run_rows
from classlab.studies.store.database import database_path, transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from classlab.records import Figures, RunRecord
    from classlab.records.study import Setting
    from classlab.studies.runs.run import Run
    from classlab.studies.store import Store

SEEDS = 5  # of each arm, as in a study by default
_BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--studies", default=200, type=int)
    parser.add_argument("--runs", default=500, type=int, help="of each study; a multiple of five")
    options = parser.parse_args(arguments)
    make_store(options.folder, studies=options.studies, runs=options.runs)


def make_store(folder: Path, *, studies: int, runs: int) -> None:
    """Makes a store of `studies` times `runs` runs; every tenth of a study's runs diverged.

    Args:
        folder: where to; it must not hold a store yet.
        studies: how many.
        runs: of each; arms have five seeds.
    """
    run = fit("mnist5k", model="mlp", epochs=10)
    dice = random.Random(0)  # noqa: S311  (the same store each time)
    with open_store(folder, write=True) as store:
        for number in range(studies):
            study = made_study(run.record, number, runs=runs, dice=dice)
            keep_study(store, study, whole=run if number == 0 else None)


def made_study(template: RunRecord, number: int, *, runs: int, dice: random.Random) -> StudyRecord:
    """A study of its own hour whose arms differ in optimizer, learning rate and batch size."""
    arms = tuple(_arms(template, number, count=max(1, runs // SEEDS)))
    spec = StudySpec(name=f"study {number}", arms=arms, seeds=tuple(range(SEEDS)))
    made: list[RunRecord] = []
    began = _BEGUN + timedelta(hours=number)
    for arm in arms:
        good = dice.uniform(0.85, 0.95)
        for seed in spec.seeds:
            created = (began + timedelta(seconds=len(made))).isoformat(timespec="seconds")
            made.append(_made_run(template, arm, seed, dice.gauss(good, 0.005), created, failed=len(made) % 10 == 9))
    return StudyRecord(
        spec=spec, runs=tuple(made), created=made[-1].created, command="classlab sweep", seconds=60.0, openings=()
    )


def _arms(template: RunRecord, number: int, *, count: int) -> Iterator[Arm]:
    kinds = (Adam, SGD, RMSprop)
    for place in range(count):
        rate, batch_size = 1e-4 * 1.07**place, 32 * (1 + place % 8)
        optimizer = kinds[place % len(kinds)](learning_rate=rate)
        spec = replace(template.spec, optimizer=optimizer, batch_size=batch_size, epochs=10 + number)
        settings: dict[str, Setting] = {"optimizer": optimizer.kind, "learning_rate": rate, "batch_size": batch_size}
        yield Arm(name=f"{optimizer.kind} {rate:.3g}", settings=settings, spec=spec)


def _made_run(template: RunRecord, arm: Arm, seed: int, accuracy: float, created: str, *, failed: bool) -> RunRecord:
    spec = arm.run_spec(seed)
    record = replace(template, spec=spec, identity=identity(spec), created=created)
    if failed:
        reason = "The training loss was not finite in epoch 3."
        return replace(record, state="diverged", reason=reason, epochs_done=2, validation=None, test=None)

    def moved(figures: Figures | None, by: float) -> Figures | None:
        return figures and replace(figures, accuracy=accuracy + by, loss=1.2 - accuracy - by)

    return replace(
        record,
        validation=moved(template.validation, 0.0),
        test=moved(template.test, -0.005),
        epochs_done=spec.epochs,
    )


def keep_study(store: Store, study: StudyRecord, *, whole: Run | None) -> None:
    """Writes a study's runs, its entry in the test-set ledger and the study itself; `whole` with a folder per run."""
    data = study.spec.arms[0].spec.data
    opening = Opening(
        time=study.created,
        dataset=data.name,
        digest=data.digest,
        study=study.spec.name,
        purpose="study",
        runs=sum(record.test is not None for record in study.runs),
    )
    if whole is not None:
        one = StoredRun(record=whole.record, weights=whole.weights, predictions=whole.predictions, border=whole.border)
        store.add([replace(one, record=record) for record in study.runs], opening=opening)
    else:
        ledger.append_lines(store.root, [opening])
        with transaction(store._connection, database_path(store.root), changed=("runs", "openings")):
            run_rows.write_rows(store._connection, ((record, 0) for record in study.runs))
            ledger.write_opening(store._connection, opening)
    store.save_study(study)


if __name__ == "__main__":
    main()

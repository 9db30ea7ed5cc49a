"""Every run's figures, seed by seed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis import arm_of
from classlab.analysis.numbers import counted, decimal, percent
from classlab.records.plain import state_words
from classlab.reports.document import LONG, Block, Bullets, Folded, Section, Table, folded_where_long

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import Figures, RunRecord, StudyRecord


def seeds_section(study: StudyRecord, *, order: Sequence[int]) -> Section:
    """One row per run, the confirming runs after the others, then why runs did not end well.

    Args:
        study: the record.
        order: positions of the arms, best first.
    """
    runs = [(study.spec.arms[place].name, run) for place in order for run in study.runs_of(place)]
    blocks: list[Block] = [folded_where_long(runs_table("Every run", runs), "Every run")]
    if study.confirmation:
        fresh = [(_arm_name(study, run), run) for run in study.confirmation]
        blocks.append(folded_where_long(runs_table("Confirming runs, on fresh seeds", fresh), "Confirming runs"))
    reasons = tuple(
        f"{name}, {run.spec.draw_words}: {run.reason}"
        for name, run in runs
        if run.reason and run.state != "stopped_early"
    )
    if reasons:
        told = Bullets(items=reasons)
        why = f"Why {counted(len(reasons), 'run')} did not end well"
        blocks.append(told if len(reasons) <= LONG else Folded(summary=why, blocks=(told,)))
    notes = tuple(dict.fromkeys(note for _, run in runs for note in run.notes))
    if notes:
        blocks.append(Bullets(items=notes))
    return Section(title="Figures of every seed", blocks=tuple(blocks))


def runs_table(caption: str, runs: Sequence[tuple[str, RunRecord]]) -> Table:
    """One row per run, as (arm, run): seed, how it ended, and its figures."""
    folds = any(run.spec.data.folds for _, run in runs)
    rows = tuple(
        (
            name,
            str(run.spec.seed),
            *(() if run.spec.data.fold is None else (str(run.spec.data.fold),)),
            state_words(run.state),
            f"{run.epochs_done} of {run.spec.epochs}",
            *(_accuracy(figures) for figures in (run.fitted, run.validation, run.test)),
            decimal(run.test.loss if run.test else None),
        )
        for name, run in runs
    )
    return Table(
        caption=f"{caption}: accuracy of the final weights, and the loss per test image",
        header=(
            "arm",
            "seed",
            *(("fold",) if folds else ()),
            "state",
            "epochs",
            "training",
            "validation",
            "test",
            "test loss",
        ),
        rows=rows,
        words=(0, 2 + folds),
        note="Training accuracy is measured after the last epoch, on at most 10,000 training images.",
    )


def _accuracy(figures: Figures | None) -> str:
    return percent(figures.accuracy if figures else None)


def _arm_name(study: StudyRecord, run: RunRecord) -> str:
    return study.spec.arms[arm_of(study, run)].name

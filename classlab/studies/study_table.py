"""The figures of a study arm by arm, best first: what a terminal, a notebook and a program are shown of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any

from classlab.records.base import Record
from classlab.records.study import Setting  # noqa: TC001  (pydantic reads the annotations when a record is written)
from classlab.statistics import Estimate, Gap, Ranking, estimate, generalisation_gap, rank
from classlab.studies.ranked_arms import selected_figure
from classlab.studies.run_table import aligned

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.records import RunRecord, StudyRecord
    from classlab.studies.run_table import Row


@dataclass(frozen=True, kw_only=True)
class ArmRow(Record):
    """One arm's line of the table.

    Args:
        position: of the arm in the study, from 0.
        name: the arm.
        settings: what tells it from the others.
        selected: the figure by which arms are ranked, over seeds.
        validation: accuracy on validation images, over seeds.
        test: accuracy on test images, over seeds.
        gap: accuracy on training images minus accuracy on validation images, both of the final weights.
        states: how many runs ended how.
    """

    position: int
    name: str
    settings: dict[str, Setting]
    selected: Estimate
    validation: Estimate
    test: Estimate
    gap: Gap
    states: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class StudyTable(Record):
    """Every arm, best first, and what the evidence says about their order.

    Args:
        select: the figure by which arms are ranked.
        rows: in the ranking's order.
        ranking: estimates, comparisons and groups of ties; positions are those of the study's arms.
    """

    select: str
    rows: tuple[ArmRow, ...]
    ranking: Ranking

    def __str__(self) -> str:
        return aligned(text_rows(self))

    def _repr_html_(self) -> str:
        return html_of(self)


def study_table(study: StudyRecord) -> StudyTable:
    """Summarises a study: estimates over seeds, the ranking and its comparisons.

    Runs that diverged or failed are left out of every mean, and counted.

    Args:
        study: the record of a finished study.
    """
    spec = study.spec
    arms = range(len(spec.arms))
    scores = [[selected_figure(run, spec.select) for run in study.runs_of(arm)] for arm in arms]
    by_accuracy = spec.select == "val_accuracy"
    ranking = rank(
        scores,
        confidence=spec.confidence,
        margin=spec.margin if by_accuracy else 0.0,  # the margin is one of accuracy
        higher_is_better=by_accuracy,
    )
    return StudyTable(
        select=spec.select,
        rows=tuple(_row(study, arm, ranking) for arm in ranking.order),
        ranking=ranking,
    )


def text_rows(table: StudyTable) -> list[Row]:
    """Header and one row per arm."""
    loss = ("val loss",) if table.select == "val_loss" else ()
    header: Row = ("arm", *loss, "val accuracy", "interval", "test accuracy", "gap", "n", "runs")
    rows = [header]
    for row in table.rows:
        first = (_spread(row.selected),) if loss else ()
        gap = "-" if row.gap.gap is None else f"{row.gap.gap:+.4f}"
        cells = (_spread(row.validation), _interval(row.validation), _spread(row.test), gap, str(row.validation.n))
        rows.append((row.name, *first, *cells, states_in_words(row.states)))
    return rows


def html_of(table: StudyTable, *, caption: str = "") -> str:
    """The same table for a notebook, every cell escaped."""
    header, *rows = text_rows(table)
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{title}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def plain_rows(table: StudyTable) -> list[dict[str, Any]]:
    """One flat dictionary per arm, for pandas and the like."""
    return [
        {
            "rank": place,
            "arm": row.name,
            **row.settings,
            "validation_mean": row.validation.mean,
            "validation_sd": row.validation.sd,
            "validation_low": None if row.validation.interval is None else row.validation.interval[0],
            "validation_high": None if row.validation.interval is None else row.validation.interval[1],
            "test_mean": row.test.mean,
            "test_sd": row.test.sd,
            "gap": row.gap.gap,
            "n": row.validation.n,
            "tied_with_best": row.position in table.ranking.tied_with_best,
            **{f"runs_{state}": count for state, count in row.states.items()},
        }
        for place, row in enumerate(table.rows, start=1)
    ]


def states_in_words(states: dict[str, int]) -> str:
    """How an arm's runs ended: `5 finished`, `4 finished, 1 diverged`."""
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in states.items())


def _row(study: StudyRecord, arm: int, ranking: Ranking) -> ArmRow:
    runs, confidence = study.runs_of(arm), study.spec.confidence
    ended_well = [run if run.state in ("finished", "stopped_early") else None for run in runs]

    def accuracies(figure: Callable[[RunRecord], Any]) -> list[float | None]:
        found = [None if run is None else figure(run) for run in ended_well]
        return [None if each is None else each.accuracy for each in found]

    validation = accuracies(lambda run: run.validation)
    counts = Counter(run.state for run in runs)
    return ArmRow(
        position=arm,
        name=study.spec.arms[arm].name,
        settings=study.spec.arms[arm].settings,
        selected=ranking.estimates[arm],
        validation=estimate(validation, confidence=confidence),
        test=estimate(accuracies(lambda run: run.test), confidence=confidence),
        gap=generalisation_gap(accuracies(lambda run: run.fitted), validation, confidence=confidence),
        states=dict(sorted(counts.items(), key=lambda pair: (pair[0] != "finished", pair[0]))),
    )


def _spread(figures: Estimate) -> str:
    if figures.mean is None:
        return "-"
    return f"{figures.mean:.4f}" if figures.sd is None else f"{figures.mean:.4f} ± {figures.sd:.4f}"


def _interval(figures: Estimate) -> str:
    return "-" if figures.interval is None else f"{figures.interval[0]:.4f} .. {figures.interval[1]:.4f}"

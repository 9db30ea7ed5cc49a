"""The ranking: a table with groups of arms that cannot be told apart, and the plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, counted, decimal, percent, points
from classlab.reports.document import Block, Paragraph, Section, Table
from classlab.reports.figures.ranking_plot import ranking_figure, ranking_numbers

if TYPE_CHECKING:
    from classlab.reports.analysis import Analysis
    from classlab.reports.arm_analysis import ArmAnalysis
    from classlab.statistics import Comparison, Estimate


def ranking_section(analysis: Analysis) -> Section:
    """Plot and table of the arms, best first."""
    blocks: list[Block] = [Paragraph(text=_introduction(analysis))]
    numbers = ranking_numbers(analysis)
    if numbers.arms:
        blocks.append(ranking_figure(numbers))
    blocks.append(ranking_table(analysis))
    return Section(title="Ranking", blocks=tuple(blocks))


def ranking_table(analysis: Analysis) -> Table:
    """One row per arm: its figures, and the difference from the first with its interval and verdict."""
    what = "validation accuracy" if analysis.select == "val_accuracy" else "validation loss"
    rows = tuple(_row(analysis, place) for place in analysis.order)
    return Table(
        caption=f"Arms by {what}; mean ± standard deviation over the seeds",
        header=("arm", "group", what, "test accuracy", "seeds", "behind the first", "interval", "the first is"),
        rows=rows,
        words=(0, 7),
        note=_note(analysis),
    )


def _introduction(analysis: Analysis) -> str:
    figure = "accuracy" if analysis.select == "val_accuracy" else "loss"
    who = counted(len(analysis.arms), "arm")
    return (
        f"{who} on {analysis.dataset}, {counted(len(analysis.seeds), 'seed')} each, ranked by mean {figure} on the "
        "validation images. Arms of one group cannot be told apart from the group's first."
    )


def _note(analysis: Analysis) -> str:
    unit = "percentage points" if analysis.select == "val_accuracy" else "loss per image"
    margin = (
        f" Differences up to {points(analysis.ranking.margin)} points do not matter." if analysis.ranking.margin else ""
    )
    corrected = (
        f" The intervals hold together at {100 * analysis.ranking.confidence:g} %, corrected for "
        f"{counted(analysis.ranking.family, 'comparison')}."
        if analysis.ranking.family
        else ""
    )
    return f"Differences are the first arm minus the other, in {unit}.{margin}{corrected}"


def _row(analysis: Analysis, place: int) -> tuple[str, ...]:
    arm = analysis.arms[place]
    write = percent if analysis.select == "val_accuracy" else decimal
    group = next((str(1 + at) for at, members in enumerate(analysis.ranking.groups) if place in members), MISSING)
    score = write(arm.score.mean) + _spread(arm.score, accuracy=analysis.select == "val_accuracy")
    test = percent(arm.test.mean) + _spread(arm.test, accuracy=True)
    return (arm.name, group, score, test, _seeds(arm), *_difference(analysis, place))


def _spread(found: Estimate, *, accuracy: bool) -> str:
    if found.sd is None:
        return ""
    return f" ± {points(found.sd)}" if accuracy else f" ± {decimal(found.sd)}"


def _seeds(arm: ArmAnalysis) -> str:
    return str(arm.score.n) if not arm.score.excluded else f"{arm.score.n} of {arm.score.n + arm.score.excluded}"


def _difference(analysis: Analysis, place: int) -> tuple[str, str, str]:
    if place == analysis.order[0]:
        return (MISSING, MISSING, MISSING)
    found = _comparison(analysis, place)
    if found is None or found.difference is None:
        return (MISSING, MISSING, "not compared")
    write = points if analysis.select == "val_accuracy" else decimal
    interval = MISSING if found.interval is None else f"{write(found.interval[0])} to {write(found.interval[1])}"
    verdict = found.verdict if found.verdict != "cannot tell" else "not told apart"
    return (write(found.difference), interval, verdict if found.about == "arms" else f"{verdict} (this network)")


def _comparison(analysis: Analysis, place: int) -> Comparison | None:
    one_seed = next((pair.comparison for pair in analysis.one_seed if pair.second == place), None)
    return one_seed or analysis.ranking.comparison(analysis.order[0], place)

"""What comes first in a report: notices, verdict, the ranking with what may be said of each arm, every two arms."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, counted, decimal, percent, points
from classlab.analysis.pairs import HEADER, all_pairs, pair_rows, pairs_note
from classlab.analysis.sentences.comparison import Unit, lead_cells, quoted, shared_holds, verdict_cell
from classlab.records.study import FIGURE, is_share
from classlab.reports.document import Callout, Paragraph, Section, Table, folded_where_long
from classlab.reports.figures.ranking_plot import ranking_figure, ranking_numbers

if TYPE_CHECKING:
    from classlab.analysis import Analysis, ArmAnalysis
    from classlab.records import StudyRecord
    from classlab.statistics import Comparison, Estimate


def notice_callout(analysis: Analysis, *, missing: tuple[str, ...] = ()) -> Callout | None:
    """How the study could mislead, and what could not be shown; None where there is nothing to say.

    Args:
        analysis: its notices come first.
        missing: what could not be had for the report, each a sentence.
    """
    return warning((*analysis.notices, *missing))


def warning(items: tuple[str, ...]) -> Callout | None:
    """Sentences to be read before all figures; None where there are none."""
    if not items:
        return None
    return Callout(tone="warning", title="Before you read the figures", items=items)


def verdict_callout(analysis: Analysis, *, picture: str | None = None) -> Callout:
    """The verdict and what else must be weighed: the analysis's own sentences.

    Args:
        analysis: of the study.
        picture: name of the ranking, drawn beside them where there are several arms; None for no picture.
    """
    several = len(analysis.arms) > 1
    numbers = ranking_numbers(analysis)
    return Callout(
        tone="verdict",
        title="Verdict" if several else "Result",
        items=analysis.sentences,
        figure=replace(ranking_figure(numbers), name=picture) if picture and several and numbers.arms else None,
    )


def ranking_section(analysis: Analysis) -> Section:
    """What the plot beside the verdict shows, as a table: the arms, best first."""
    return Section(title="Ranking", blocks=(Paragraph(text=_introduction(analysis)), ranking_table(analysis)))


def ranking_table(analysis: Analysis) -> Table:
    """One row per arm: its figures, and the difference from the first with its interval and verdict."""
    what = FIGURE[analysis.select]
    rows = tuple(_row(analysis, place) for place in analysis.order)
    return Table(
        caption=f"Arms by {what}; mean ± standard deviation over the seeds",
        header=(
            "arm",
            "may be the best",
            what,
            "test accuracy",
            "seeds",
            "behind the first",
            "interval",
            "the first is",
        ),
        rows=rows,
        words=(0, 1, 7),
        note=_note(analysis),
    )


def _introduction(analysis: Analysis) -> str:
    figure = FIGURE[analysis.select].removeprefix("validation ")
    who = counted(len(analysis.arms), "arm")
    where = "the validation images" if analysis.folds is None else f"{analysis.folds} folds of the training images"
    return (
        f"{who} on {analysis.dataset}, {counted(len(analysis.seeds), 'seed')} each, ranked by mean {figure} on "
        f"{where}. {candidates_sentence(analysis)}"
    )


def candidates_sentence(analysis: Analysis) -> str:
    """How many arms may be the best, and how sure that is."""
    found, confidence = len(analysis.candidates), 100 * analysis.ranking.confidence
    if analysis.judgement.rival is None:
        return "Fewer than two arms have a figure, so none is compared."
    one_seed = " of these trained networks" if len(analysis.seeds) == 1 else ""
    if found < 2:
        return f"Only the first may be the best{one_seed or ' of all'}, with {confidence:g} % confidence."
    return (
        f"{counted(found, 'arm')} may be the best{one_seed or ' of all'}: with {confidence:g} % confidence the best is "
        "among them."
    )


def _note(analysis: Analysis) -> str:
    unit = "percentage points" if is_share(analysis.select) else "loss per image"
    margin = (
        f" Differences up to {points(analysis.ranking.margin)} points do not matter." if analysis.ranking.margin else ""
    )
    found = [pair.comparison for pair in analysis.ranking.pairs]
    corrected = ""
    if any(each.interval is not None for each in found):
        holds = shared_holds((each.holds_for for each in found), given_start=(arm.given_start for arm in analysis.arms))
        corrected = (
            f" The intervals hold together at {100 * analysis.ranking.confidence:g} %, corrected for "
            f"{counted(found[0].comparisons, 'comparison')}{holds}."
        )
    return f"How far an arm is behind the first is in {unit}.{margin}{corrected}{_crossing(analysis)}"


def _crossing(analysis: Analysis) -> str:
    """Why an arm may not be the best that stands before one that may: the first such two."""
    first = analysis.order[0]
    for position, out in enumerate(analysis.order):
        behind = analysis.ranking.comparison(first, out)
        if out in analysis.candidates or behind is None or behind.interval is None:
            continue
        for kept in analysis.order[position + 1 :]:
            other = analysis.ranking.comparison(first, kept) if kept in analysis.candidates else None
            if other is not None and other.interval is not None and _length(other) > _length(behind):
                one, two = (quoted(analysis.arms[place].name) for place in (out, kept))
                return (
                    f" {one} is less far behind than {two} and cannot be the best all the same: its distance is known "
                    "better, so that its interval leaves out 0."
                )
    return ""


def _length(found: Comparison) -> float:
    return 0.0 if found.interval is None else found.interval[1] - found.interval[0]


def _row(analysis: Analysis, place: int) -> tuple[str, ...]:
    arm = analysis.arms[place]
    write = percent if is_share(analysis.select) else decimal
    best = MISSING if not arm.score.n else "yes" if place in analysis.candidates else "no"
    score = write(arm.score.mean) + _spread(arm.score, accuracy=is_share(analysis.select))
    test = percent(arm.test.mean) + _spread(arm.test, accuracy=True)
    return (arm.name, best, score, test, _seeds(arm), *_difference(analysis, place))


def _spread(found: Estimate, *, accuracy: bool) -> str:
    if found.sd is None:
        return ""
    return f" ± {points(found.sd)}" if accuracy else f" ± {decimal(found.sd)}"


def _seeds(arm: ArmAnalysis) -> str:
    return str(arm.score.n) if not arm.score.excluded else f"{arm.score.n} of {arm.score.n + arm.score.excluded}"


def _difference(analysis: Analysis, place: int) -> tuple[str, str, str]:
    if place == analysis.order[0]:
        return (MISSING, MISSING, MISSING)
    found = analysis.ranking.comparison(analysis.order[0], place)
    if found is None or found.difference is None:
        return (MISSING, MISSING, "not compared")
    return (*lead_cells(found, _unit(analysis)), verdict_cell(found))


def _unit(analysis: Analysis) -> Unit:
    return "points" if is_share(analysis.select) else "loss"


def pairs_section(study: StudyRecord) -> Section:
    """A table of all pairs, and what its intervals hold for."""
    found = all_pairs(study)
    table = Table(caption="Every two arms", header=HEADER, rows=tuple(pair_rows(found)), words=(0, 1, 4))
    note = Paragraph(text=pairs_note(found))
    blocks = (note, folded_where_long(table, "Every two arms")) if found.pairs else (note,)
    return Section(title="Every two arms", blocks=blocks)

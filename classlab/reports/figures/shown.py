"""What a run and a study's result show of themselves: drawn on axes of one's own, or small in a notebook."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from classlab.analysis import analyse
from classlab.errors import SpecError, shown_value
from classlab.records import RunRecord, StudyRecord
from classlab.reports.figures.curves import MOST_ARMS, Curves, Metric, curves, curves_figure, draw_curves, shown_metric
from classlab.reports.figures.drawing import style
from classlab.reports.figures.ranking_plot import RankingNumbers, draw_ranking, ranking_figure, ranking_numbers
from classlab.reports.figures.taken import axes_of, record_of
from classlab.reports.html import data_address

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas


def plot_curves(subject: Any, *, metric: Metric = "accuracy", ax: Axes | None = None) -> Canvas:
    """Draws accuracy or loss over the epochs: validation solid, training dashed, a band over several seeds.

    Args:
        subject: a `classlab.Run`, a `classlab.StudyResult`, of which the first six arms are drawn, or either's record.
        metric: accuracy or loss.
        ax: axes to draw on; a new figure where it is None.

    Returns:
        The matplotlib figure.

    Raises:
        SpecError: the subject is none of these, no epoch of it was completed, there is no such metric, or the axes are
            none or show the other metric.
    """
    if metric not in ("accuracy", "loss"):
        raise SpecError(f"`metric` must be accuracy or loss, but got metric={shown_value(metric)}. Choose one.")
    axes, numbers = axes_of(ax), _curves(record_of(subject), metric)
    shown = None if axes is None else shown_metric(axes)
    if shown not in (None, metric):
        raise SpecError(f"`ax` must not show {shown} already where the metric is {metric}. Give other axes.")
    if not numbers.bands:
        raise SpecError("a run must have completed an epoch to show its curves, but none did. Train it anew.")
    with style():
        return draw_curves(numbers, axes)


def plot_ranking(result: Any, *, ax: Axes | None = None) -> Canvas:
    """Draws every arm of a study with its seeds and interval, best first; filled arms may be the best.

    Args:
        result: a `classlab.StudyResult`, or its record.
        ax: axes to draw on; a new figure where it is None.

    Returns:
        The matplotlib figure.

    Raises:
        SpecError: this is no study, no arm of it has a figure, or the axes are none.
    """
    numbers = _ranking(result)
    if not numbers.arms:
        raise SpecError(
            "a study must have an arm with a figure to be ranked, but none has. See what became of its runs."
        )
    with style():
        return draw_ranking(numbers, axes_of(ax))


def curves_html(record: RunRecord) -> str:
    """A run's accuracy as a picture for a notebook; nothing where no epoch was completed."""
    numbers = _curves(record, "accuracy")
    return _picture(curves_figure(numbers)) if numbers.bands else ""


def ranking_html(result: Any) -> str:
    """A study's ranking as a picture for a notebook; nothing where no arm has a figure."""
    numbers = _ranking(result)
    return _picture(ranking_figure(numbers)) if numbers.arms else ""


def _picture(figure: Any) -> str:
    source, words = data_address(figure), escape(figure.alternative)
    return f'<img src="{source}" width="{figure.width}" alt="{words}">'


def _curves(record: RunRecord | StudyRecord, metric: Metric) -> Curves:
    if isinstance(record, RunRecord):
        return curves({record.spec.architecture.name: [record.history]}, metric)
    places = analyse(record).order[:MOST_ARMS]
    return curves({record.spec.arms[at].name: [run.history for run in record.runs_of(at)] for at in places}, metric)


def _ranking(result: Any) -> RankingNumbers:
    record = record_of(result)
    if not isinstance(record, StudyRecord):
        raise SpecError("`result` must be a study's, but got that of a run. Give what Study.run returned.")
    return ranking_numbers(getattr(result, "analysis", None) or analyse(record))

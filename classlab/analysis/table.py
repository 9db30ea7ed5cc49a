"""A study arm by arm, best first: rows for a terminal, a notebook and a program."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from classlab.analysis.numbers import figure
from classlab.analysis.sentences.comparison import Unit, lead, shared_holds
from classlab.records.study import FIGURE, is_share

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.analysis.records import Analysis
    from classlab.records.plain import JsonDocument
    from classlab.statistics import Estimate, Interval

Row = tuple[str, ...]


def text_rows(analysis: Analysis) -> list[Row]:
    """Header and one row per arm."""
    accuracy, several = analysis.select == "val_accuracy", len(analysis.arms) > 1
    own = FIGURE[analysis.select].replace("validation", "val")
    figures = (own, "interval") if accuracy else (own, "interval", "val accuracy")
    rows: list[Row] = [
        ("arm", *figures, "test accuracy", "interval", "gap", *(("best?",) if several else ()), "n", "runs")
    ]
    for place in analysis.order:
        arm = analysis.arms[place]
        cells = (
            _spread(arm.score),
            _ends(arm.score.interval),
            *(() if accuracy else (_spread(arm.validation),)),
            _spread(arm.test),
            _ends(arm.test.interval),
            "-" if arm.gap.gap is None else f"{arm.gap.gap:+.4f}",
            *((_best(analysis, place),) if several else ()),
            str(arm.score.n),
            states_in_words(arm.states),
        )
        rows.append((arm.name, *cells))
    return rows


def table_note(analysis: Analysis) -> str:
    """What the columns mean, in a few sentences."""
    said = []
    if any(arm.score.sd is not None for arm in analysis.arms):
        said.append("Mean ± standard deviation over seeds.")
    if any(arm.score.interval is not None for arm in analysis.arms):
        holds = shared_holds(
            (arm.score.holds_for for arm in analysis.arms),
            given_start=(arm.given_start for arm in analysis.arms),
            networks=len(analysis.arms) * (analysis.folds or 1),
        )
        confidence = 100 * analysis.ranking.confidence
        said.append(f"Each {confidence:g} % interval holds by itself{holds}.")
    said.append("Gap: training minus test accuracy.")
    if len(analysis.arms) > 1:
        said.append("Best?: whether the arm may be the best of all.")
    return " ".join(said)


def html_of(analysis: Analysis) -> str:
    """The same table for a notebook."""
    return html_rows(text_rows(analysis), caption=analysis.question or analysis.study)


def html_rows(rows: Sequence[Row], *, caption: str) -> str:
    """A header and rows as an HTML table, every cell escaped."""
    header, *below = rows
    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in below)
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def aligned(rows: Sequence[Row]) -> str:
    """Rows as lines of text: the first column to the left, the others to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells]).rstrip())
    return "\n".join(lines)


def plain_rows(analysis: Analysis) -> list[JsonDocument]:
    """One flat dictionary per arm, for pandas and the like."""
    return [
        {
            "rank": rank,
            "arm": analysis.arms[place].name,
            **analysis.arms[place].settings,
            **_own_columns(analysis, place),
            **_columns("validation", analysis.arms[place].validation),
            **_columns("test", analysis.arms[place].test),
            "gap": analysis.arms[place].gap.gap,
            "gap_low": _end(analysis.arms[place].gap.interval, 0),
            "gap_high": _end(analysis.arms[place].gap.interval, 1),
            **_against_first(analysis, place),
            "n": analysis.arms[place].score.n,
            "may_be_best": place in analysis.candidates,
            **{f"runs_{state}": count for state, count in analysis.arms[place].states.items()},
        }
        for rank, place in enumerate(analysis.order, start=1)
    ]


def states_in_words(states: dict[str, int]) -> str:
    """How an arm's runs ended: `5 finished`, `4 finished, 1 diverged`."""
    return ", ".join(f"{count} {state.replace('_', ' ')}" for state, count in states.items())


def _against_first(analysis: Analysis, place: int) -> JsonDocument:
    """How far the first arm is ahead, and what it is to this one."""
    found = analysis.ranking.comparison(analysis.order[0], place)
    unit: Unit = "points" if is_share(analysis.select) else "loss"
    ahead, interval = (None, None) if found is None else lead(found, unit)
    return {
        "behind_first": ahead,
        "behind_first_low": _end(interval, 0),
        "behind_first_high": _end(interval, 1),
        "first_is": None if found is None else found.verdict,
    }


def _own_columns(analysis: Analysis, place: int) -> JsonDocument:
    """The figure that ranks, where it is not the accuracy, which is there anyway."""
    if analysis.select == "val_accuracy":
        return {}
    return _columns(analysis.select.removeprefix("val_"), analysis.arms[place].score)


def _best(analysis: Analysis, place: int) -> str:
    if not analysis.arms[place].score.n:
        return "-"
    return "may be" if place in analysis.candidates else "no"


def _columns(name: str, found: Estimate) -> JsonDocument:
    return {
        f"{name}_mean": found.mean,
        f"{name}_sd": found.sd,
        f"{name}_low": _end(found.interval, 0),
        f"{name}_high": _end(found.interval, 1),
    }


def _end(interval: Interval | None, which: int) -> float | None:
    return None if interval is None else interval[which]


def _spread(found: Estimate) -> str:
    if found.mean is None:
        return "-"
    return figure(found.mean) if found.sd is None else f"{figure(found.mean)} ± {figure(found.sd)}"


def _ends(interval: Interval | None) -> str:
    return "-" if interval is None else f"{figure(interval[0])} .. {figure(interval[1])}"

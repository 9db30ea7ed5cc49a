"""What a search was asked, what came of it, what mattered, and every candidate."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from classlab.analysis.numbers import MISSING, count, counted, duration, listed
from classlab.records.study import FIGURE
from classlab.reports.document import Block, Callout, Code, Gallery, Paragraph, Section, Table, folded_where_long
from classlab.reports.figures.search_course import history_figure, rungs_figure
from classlab.reports.figures.search_front import front_figure
from classlab.reports.figures.search_importances import importance_figure
from classlab.reports.figures.search_scale import search_scale
from classlab.reports.figures.search_settings import label_of, settings_figure
from classlab.reports.figures.varied_settings import figure_words, setting_words, value_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from classlab.records.search import Candidate, CandidateState, Dimension, SearchRecord

_STATES: dict[CandidateState, str] = {
    "finished": "trained whole",
    "stopped_early": "stopped early by its own rule",
    "stopped_at_rung": "left at a rung",
    "out_of_budget": "cut short by the budget",
    "diverged": "diverged",
    "failed": "failed",
}


def search_notices(record: SearchRecord) -> tuple[str, ...]:
    """What a reader must know before the figures, each a sentence."""
    running = ("This search has not ended: what follows is what it has so far.",) if record.end == "running" else ()
    return (*record.notices, *running)


def best_callout(record: SearchRecord) -> Callout:
    """The best candidate of the search itself, for a report without a study of finalists."""
    best = record.best
    if best is None:
        return Callout(tone="verdict", title="Result", items=("No candidate has a figure.",))
    items = (
        f"The best of {counted(len(record.candidates), 'candidate')} is candidate {best.number}: {_words(best)}.",
        f"It {_lucky(record, best)}",
        _unjudged(record),
    )
    return Callout(tone="verdict", title="Result", items=items)


def _unjudged(record: SearchRecord) -> str:
    if record.study is not None:
        return f"The study of the finalists, {record.study}, is not at hand, so their verdict is not shown."
    return (
        "No finalist was trained again from fresh seeds, and a search opens no test image: nothing here says how good "
        f"these settings are beyond the validation images of {record.spec.data}."
    )


def _words(candidate: Candidate) -> str:
    """A candidate's settings."""
    return ", ".join(f"{setting_words(name)} {value_words(value)}" for name, value in candidate.settings.items())


def _lucky(record: SearchRecord, best: Candidate) -> str:
    """Why the figure by which a candidate won is no estimate."""
    select = record.spec.objective
    return (
        f"reached a {FIGURE[select]} of {figure_words(select, best.figure(select))} after "
        f"{counted(best.epochs, 'epoch')}. It was chosen from {count(len(record.candidates))} by that figure, of one "
        "seed: the luckiest of many is on average better than it would be again."
    )


def finalists_section(record: SearchRecord) -> Section | None:
    """Which candidates were trained again, with the figures by which they were chosen; None where none was."""
    by_number = {each.number: each for each in record.candidates}
    chosen = [by_number[number] for number in record.finalists if number in by_number]
    if not chosen or record.study is None:
        return None
    select = record.spec.objective
    table = Table(
        caption="Candidates that were trained again, in the order in which the search had them",
        header=("candidate", f"{FIGURE[select]} in the search", "parameters", "settings"),
        rows=tuple(
            (str(each.number), figure_words(select, each.figure(select)), count(each.parameters), _words(each))
            for each in chosen
        ),
        words=(0, 3),
    )
    text = (
        f"{counted(len(chosen), 'candidate was', 'candidates were')} trained again on "
        f"{counted(len(record.spec.seeds), 'fresh seed')} "
        f"and judged by a study, {record.study}, whose own report has curves and mistakes. "
        f"The first {_lucky(record, chosen[0])} The study's seeds are fresh, "
        "but its validation images are those that chose: only its test figures had no part in any choice."
    )
    return Section(title="Finalists", blocks=(Paragraph(text=text), table))


def space_section(record: SearchRecord) -> Section:
    """The space, and how far the budget carried."""
    table = Table(
        caption="What was searched",
        header=("setting", "values"),
        rows=tuple((label_of(each), _values(each)) for each in record.spec.dimensions),
        words=(0, 1),
    )
    return Section(title="What was searched", blocks=(Paragraph(text=_course(record)), table))


def _values(dimension: Dimension) -> str:
    if dimension.choices:
        return ", ".join(value_words(choice) for choice in dimension.choices)
    kind = ["whole numbers"] if dimension.whole and dimension.step is None else []
    kind += ["logarithmic"] if dimension.log else []
    kind += [f"in steps of {dimension.step:g}"] if dimension.step is not None else []
    return ", ".join([f"{dimension.low:g} to {dimension.high:g}", *kind])


def _course(record: SearchRecord) -> str:
    spec, candidates = record.spec, record.candidates
    how = "by TPE, at random to begin with," if spec.sampler == "tpe" else "at random"
    groups = len({each.population for each in candidates})
    states = Counter(each.state for each in candidates)
    ends = listed([f"{count(states[state])} {words}" for state, words in _STATES.items() if states[state]])
    return (
        f"{counted(len(candidates), 'candidate')} on {spec.data}, drawn {how} in "
        f"{counted(groups, 'group')} whose candidates trained in lock-step: {ends or 'none'}. "
        f"{_rungs(record)} Together they trained {counted(record.epochs, 'epoch')} in {duration(record.seconds)}"
        f"{_end(record)}."
    )


def _rungs(record: SearchRecord) -> str:
    *before, whole = record.spec.rungs
    if not before:
        return f"A whole training has {counted(whole, 'epoch')}, and none was ended before."
    unbeaten = " and whoever none beats in both objectives" if record.spec.second is not None else ""
    return (
        f"A whole training has {counted(whole, 'epoch')}; after {listed([str(rung) for rung in before])} one of "
        f"{record.spec.reduction} goes on{unbeaten}."
    )


def _end(record: SearchRecord) -> str:
    if record.end == "running":
        return " so far"
    if record.end == "exhausted":
        return ", until nothing was left to draw"
    budget = record.spec.budget
    limits = [
        f"{each} {unit}"
        for each, unit in (
            (None if budget.minutes is None else f"{budget.minutes:g}", "minutes with the finalists"),
            (None if budget.runs is None else count(budget.runs), "candidates"),
            (None if budget.epochs is None else count(budget.epochs), "epochs"),
        )
        if each is not None
    ]
    return f", until the budget was spent ({', '.join(limits)})"


def importance_section(record: SearchRecord) -> Section:
    """Which settings the differences go with, and what that does not say."""
    if not record.importances:
        text = "There were too few candidates to tell which settings the differences between them go with."
        return Section(title="What mattered", blocks=(Paragraph(text=text),))
    caveat = (
        "A share says how much of the differences between the candidates that were drawn goes with a setting. It is "
        "about this space and about figures after so few epochs, a sampler that seeks good regions draws unevenly, and "
        "settings that only work together share what they do. Settings of the network are drawn once for a whole "
        "group: a share that rests on few draws may be chance. It is no effect of the setting: a study that varies it "
        "alone, over several seeds, would tell."
    )
    return Section(title="What mattered", blocks=(Paragraph(text=caveat), importance_figure(record)))


def course_section(record: SearchRecord) -> Section | None:
    """The best so far and the curves over the rungs; None where no candidate has a figure."""
    scale = search_scale(record)
    if scale is None:
        return None
    figures = (history_figure(record, scale), rungs_figure(record, scale))
    return Section(title="The course of the search", blocks=(Gallery(figures=figures),))


def candidates_section(record: SearchRecord) -> Section:
    """Figures over the settings with the table of all candidates, and over the parameters where these count."""
    scale, blocks = search_scale(record), list[Block]()
    table = _table(record)
    if scale is None:
        blocks.append(folded_where_long(table, "Every candidate"))
    else:
        blocks.append(replace(settings_figure(record, scale), numbers=(table,)))
        if record.spec.second is not None:
            blocks.append(front_figure(record, scale))
    return Section(title="Candidates", blocks=tuple(blocks))


def _table(record: SearchRecord) -> Table:
    select, both = record.spec.objective, record.spec.second is not None
    names = list(dict.fromkeys(name for each in record.candidates for name in each.settings))
    rows = [
        (
            str(each.number),
            figure_words(select, each.figure(select)),
            str(each.epochs),
            each.reason or _STATES[each.state],
            count(each.parameters),
            *((("yes" if each.number in record.front else "no"),) if both else ()),
            *_cells(each, names),
        )
        for each in record.ranking
    ]
    beaten = ("beaten by none in both",) if both else ()
    words = (0, 3, *range(5, 5 + len(beaten) + len(names)))
    return Table(
        caption=f"Candidates: whole trainings first, the others by their epochs; among equals by {FIGURE[select]}",
        header=("candidate", FIGURE[select], "epochs", "end", "parameters", *beaten, *map(setting_words, names)),
        rows=tuple(rows),
        words=words,
    )


def _cells(candidate: Candidate, names: Iterable[str]) -> tuple[str, ...]:
    return tuple(value_words(candidate.settings[name]) if name in candidate.settings else MISSING for name in names)


def again_section(record: SearchRecord) -> Section:
    """The command that searches again."""
    text = f"The sampler's seed is {record.spec.seed}. This searches again:"
    return Section(title="How to do it again", blocks=(Paragraph(text=text), Code(text=record.command, language="sh")))

"""Step 6's search: the epochs that the grid of sizes takes, spent on sizes in between and beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted
from classlab.analysis.sentences.comparison import quoted
from classlab.extras import command
from classlab.lab.sentences import reached_sentence
from classlab.lab.step import LabSearch, arm_names
from classlab.reports.document import Code, Paragraph, Section
from classlab.reports.sections.ranking import ranking_table, verdict_callout
from classlab.search.search_file import checked_search

if TYPE_CHECKING:
    from collections.abc import Mapping

    from classlab.lab.step import Results
    from classlab.records import StudyRecord
    from classlab.records.study import Setting
    from classlab.reports.document import Block

TOPIC = "searched-sizes"
_FINALISTS = 2
_NARROWEST, _WIDEST = 16, 512  # neurons of a layer: the grid's 32 to 256, and as much again on either side


def search_of(results: Results, *, grid: str) -> LabSearch:
    """The search over sizes and activations, with the grid's first arm beside its finalists.

    Search and finalists together take no more epochs than the grid took. The finalists' seeds are fresh to the grid,
    too.

    Args:
        results: the measured studies.
        grid: topic of the study over a grid of sizes.
    """
    study = results.studies[grid]
    spec = study.spec.arms[0].spec
    document = {
        "name": results.setting.study_name(6, TOPIC, spec.data.name),
        "question": "Which sizes of a three-layer perceptron do best, if a search chooses them?",
        "data": spec.data.name,
        "model": "mlp",
        "layers": 2,
        "units": {"low": _NARROWEST, "high": _WIDEST},
        "activation": ["relu", "sigmoid"],
        "optimizer": spec.optimizer.kind,
        "epochs": spec.epochs,
        "batch_size": spec.batch_size,
        "total_epochs": epochs_of(study) - _FINALISTS * len(study.spec.seeds) * spec.epochs,
        "finalists": _FINALISTS,
        "seeds": len(study.spec.seeds),
        "seed": max(study.spec.seeds),
    }
    first = study.spec.arms[results.analyses[grid].order[0]]
    return LabSearch(
        topic=TOPIC,
        draft=checked_search(document, place="the lab's search", python=True),
        dataset=results.setting.images.clothes,
        beside=(first,),
        name=lambda found: _sizes(found.settings, classes=len(results.setting.images.clothes.class_names)),
    )


def epochs_of(study: StudyRecord) -> int:
    """Epochs of all runs of a study together, as they were asked for."""
    return len(study.spec.seeds) * sum(arm.spec.epochs for arm in study.spec.arms)


def search_section(results: Results, *, grid: str) -> Section:
    """What the search found beside the grid, or how to have it search."""
    title = "A search instead of a grid"
    if TOPIC not in results.searches:
        text = "A search chooses sizes by what it has seen so far. It needs Optuna, which is not installed here:"
        return Section(title=title, blocks=(Paragraph(text=text), Code(text=command("search"))))
    analysis = results.analyses[TOPIC]
    blocks: list[Block] = [Paragraph(text=cost_sentence(results, grid=grid))]
    blocks += [ranking_table(analysis), verdict_callout(analysis), *(Paragraph(text=each) for each in analysis.notices)]
    return Section(title=title, blocks=tuple(blocks))


def search_answers(results: Results, *, grid: str) -> tuple[str, ...]:
    """What came of the search, for the top of the report; nothing where none was made."""
    if TOPIC not in results.searches:
        return ()
    analysis = results.analyses[TOPIC]
    known = arm_names(results.studies[grid])  # what those reach was said with the grid
    others = (analysis.arms[place] for place in analysis.order[1:])
    rest = (reached_sentence(arm) for arm in others if arm.name not in known)
    return (cost_sentence(results, grid=grid), *analysis.sentences, *rest)


def cost_sentence(results: Results, *, grid: str) -> str:
    """What the grid and the search cost, and who met in the last study."""
    record, plan = results.searches[TOPIC], results.studies[grid]
    judged = results.studies[TOPIC]
    first = plan.spec.arms[results.analyses[grid].order[0]].name
    finals = len(record.finalists) * len(judged.spec.seeds) * plan.spec.arms[0].spec.epochs
    return (
        f"The grid took {count(epochs_of(plan))} epochs for {len(plan.spec.arms)} sizes. The search took "
        f"{count(record.epochs)} for {counted(len(record.candidates), 'candidate')} and {count(finals)} for its "
        f"{counted(len(record.finalists), 'finalist')}, which stand here beside the grid's first, {quoted(first)}, all "
        "trained from fresh seeds."
    )


def _sizes(settings: Mapping[str, Setting], *, classes: int) -> str:
    """A candidate's name, as the grid calls its arms: `497-415-10 relu`."""
    return f"{'-'.join(str(settings['units']).split(','))}-{classes} {settings['activation']}"

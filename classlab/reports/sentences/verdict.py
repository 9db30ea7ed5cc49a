"""The verdict of a study: which arm comes first, and from which others it can be told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.reports.numbers import counted, decimal, listed, percent
from classlab.reports.sentences.comparison import Unit, comparison_sentence

if TYPE_CHECKING:
    from classlab.records.study import Selection
    from classlab.reports.analysis import Analysis
    from classlab.statistics import Comparison, Estimate

_NAMED = 5  # arms that are named in a sentence; the rest is counted


def verdict_sentences(analysis: Analysis) -> tuple[str, ...]:
    """The verdict, most important sentence first."""
    if analysis.first.score.mean is None:
        return (f"No arm has a figure: none of the {counted(analysis.runs, 'run')} ended well.",)
    score = score_sentence(analysis.first.name, analysis.first.score, select=analysis.select)
    if len(analysis.arms) == 1:
        return (score, "There is one arm, so there is nothing to compare it with.")
    if len(analysis.seeds) == 1:
        return (*_one_seed(analysis), score)
    return (*_leading(analysis), score, *_others(analysis))


def score_sentence(name: str, score: Estimate, *, select: Selection = "val_accuracy") -> str:
    """An arm's ranking figure with its interval."""
    what, write = ("validation accuracy", percent) if select == "val_accuracy" else ("validation loss", decimal)
    if score.interval is None:
        return f"{name} reaches a {what} of {write(score.mean)} with {counted(score.n, 'seed')}."
    low, high = (write(end) for end in score.interval)
    return (
        f"{name} reaches a {what} of {write(score.mean)}, the mean of {counted(score.n, 'seed')} "
        f"({100 * score.confidence:g} % interval {low} to {high})."
    )


def _unit(analysis: Analysis) -> Unit:
    return "points" if analysis.select == "val_accuracy" else "loss"


def _against_first(analysis: Analysis) -> list[tuple[str, Comparison]]:
    first = analysis.order[0]
    pairs = ((place, analysis.ranking.comparison(first, place)) for place in analysis.order[1:])
    return [(analysis.arms[place].name, found) for place, found in pairs if found is not None]


def _leading(analysis: Analysis) -> list[str]:
    """The first arm against the next, which is the question most readers bring."""
    found = _against_first(analysis)
    if not found:
        return [f"{analysis.first.name} is the only arm whose every run ended well, so it is compared with no other."]
    name, next_one = found[0]
    sentence = comparison_sentence(analysis.first.name, name, next_one, unit=_unit(analysis))
    if all(each.told_apart for _, each in found):
        winner = f"{analysis.first.name} is the best of the {counted(len(found) + 1, 'arm')} that can be ranked."
        return [winner, sentence]
    return [sentence]


def _others(analysis: Analysis) -> list[str]:
    found = _against_first(analysis)[1:]
    first = analysis.first.name
    groups = (
        ("cannot be told apart from", [name for name, each in found if each.verdict == "cannot tell"]),
        ("practically equal to", [name for name, each in found if each.verdict == "practically equal"]),
        ("worse than", [name for name, each in found if each.told_apart]),
    )
    sentences = []
    for relation, names in groups:
        if not names:
            continue
        verb = "" if relation.startswith("cannot") else "is " if len(names) == 1 else "are "
        sentences.append(f"{_named(names)} {verb}{relation} {first}.")
    return sentences


def _one_seed(analysis: Analysis) -> list[str]:
    if not analysis.one_seed:
        return [
            f"{analysis.first.name} comes first, but with one seed per arm nothing says whether that is more than "
            "chance."
        ]
    pair = analysis.one_seed[0]
    names = analysis.arms[pair.first].name, analysis.arms[pair.second].name
    sentences = [
        comparison_sentence(*names, pair.comparison),
        "With one seed per arm this speaks of the two trained networks and not of the arms: with another seed it may "
        "turn round.",
    ]
    apart = [analysis.arms[each.second].name for each in analysis.one_seed[1:] if each.comparison.told_apart]
    alike = [analysis.arms[each.second].name for each in analysis.one_seed[1:] if not each.comparison.told_apart]
    if alike:
        sentences.append(f"{_named(alike)} cannot be told apart from {names[0]} either way.")
    if apart:
        sentences.append(f"The networks of {_named(apart)} are worse than that of {names[0]}.")
    return sentences


def _named(names: list[str]) -> str:
    if len(names) <= _NAMED:
        return listed(names)
    return listed([*names[: _NAMED - 1], counted(len(names) - _NAMED + 1, "more arm")])

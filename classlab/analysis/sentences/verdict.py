"""The verdict: which arm comes first, which could be the best, and what would tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, decimal, listed, percent, points
from classlab.analysis.sentences.comparison import Unit, comparison_sentence, holds_words, quantity, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.analysis.advice import Advice
    from classlab.analysis.judgement import Judgement
    from classlab.statistics import Basis, Comparison, Estimate

_NAMED = 5  # arms that are named in a sentence; the rest is counted
_LUCK = 0.00005  # what rounds to no hundredth of a point is no luck worth a sentence


def verdict_sentences(found: Judgement) -> tuple[str, ...]:
    """The verdict, most important sentence first.

    Args:
        found: its `sentences` are not looked at.
    """
    if found.score.mean is None:
        return ("No run ended well, so there is nothing to compare.",)
    score = score_sentence(found, found.first)
    if len(found.names) == 1:
        return (score, "There is one arm, so there is nothing to compare it with.")
    against = [(found.names[arm], comparison) for arm, comparison in found.against_first()]
    if not against:
        return (
            f"{quoted(found.names[found.first])} is the only arm with a figure, so it is compared with no other.",
            score,
        )
    return (
        *_leading(found, against),
        *_others(found, against),
        score,
        *_advice(found),
        *_limits(found, [each for _, each in against]),
        *_luck(found),
    )


def score_sentence(found: Judgement, arm: int) -> str:
    """An arm's figure with its interval, and what that holds for."""
    estimate = found.ranking.estimates[arm]
    return f"{quoted(found.names[arm])} reaches {_article(found.figure)} of {estimate_words(found, estimate)}."


def estimate_words(found: Judgement, estimate: Estimate) -> str:
    """A mean with its interval, as in `92.36 % (95 % interval 91.9 to 92.8 %, for ...), the mean of 5 seeds`."""
    return figure_words(estimate, accuracy=found.kind == "accuracy", given_start=bool(found.given_start))


def figure_words(estimate: Estimate, *, accuracy: bool = True, given_start: bool = False) -> str:
    """A mean with its interval and what is behind it; see `estimate_words`."""
    write = percent if accuracy else decimal
    behind = f"{counted(estimate.n, 'seed')}" + (f" on {count(estimate.images)} images" if estimate.images else "")
    if estimate.interval is None:
        return f"{write(estimate.mean)} with {behind}"
    low, high = (write(end).removesuffix(" %") for end in estimate.interval)
    unit = " %" if accuracy else ""
    holds = holds_words(estimate.holds_for, given_start=given_start)
    return (
        f"{write(estimate.mean)} with {behind} ({100 * estimate.confidence:g} % interval {low} to {high}{unit}{holds})"
    )


def _unit(found: Judgement) -> Unit:
    return "points" if found.kind == "accuracy" else found.kind


def _leading(found: Judgement, against: Sequence[tuple[str, Comparison]]) -> list[str]:
    """Which arm is the best, or which may be, and the first against the next."""
    first, given = found.names[found.first], bool(found.given_start)
    next_name, next_one = against[0]
    sentence = comparison_sentence(first, next_name, next_one, unit=_unit(found), given_start=given)
    arms = len(against) + 1
    rivals = [name for name, each in against if each.verdict != "better"]
    if arms == 2:
        return [sentence]
    if not rivals:
        return [f"{quoted(first)} is the best of the {arms} arms.", sentence]
    names = _named([first, *rivals])
    if len(rivals) + 1 == arms:
        return [f"Any of the {arms} arms may be the best: {names}.", sentence]
    return [f"The best is one of these {len(rivals) + 1} of {arms} arms: {names}.", sentence]


def _others(found: Judgement, against: Sequence[tuple[str, Comparison]]) -> list[str]:
    """The arms behind the next one, by what may be said of them."""
    rest, first = against[1:], quoted(found.names[found.first])
    equal = [name for name, each in rest if each.verdict == "practically equal"]
    better = [name for name, each in rest if each.verdict == "worse"]
    worse = [name for name, each in rest if each.verdict == "better"]
    said = []
    if equal:
        margin = quantity(found.ranking.margin, _unit(found))
        said.append(f"{_named(equal)} {_are(equal)} practically equal to {first}, within {margin}.")
    if better:
        said.append(
            f"{_named(better)} {_are(better)} better than {first} on the seeds that ended well, but not every seed of "
            f"{'it' if len(better) == 1 else 'them'} did, so {first} comes first."
        )
    if worse:
        said.append(f"{_named(worse)} {_are(worse)} worse than {first}.")
    return said


def _advice(found: Judgement) -> list[str]:
    advice = found.advice
    if advice is None:
        return []
    names = found.names[found.first], found.names[advice.rival]
    return [advice_sentence(*names, advice, holds_for=found.score.holds_for)]


def advice_sentence(first: str, second: str, advice: Advice, *, holds_for: Basis) -> str:
    """What would tell one arm from another.

    Args:
        first: name of the one.
        second: name of the other.
        advice: on the two.
        holds_for: what their intervals hold for; where it is other seeds alone, images are not spoken of.
    """
    pair = f"{quoted(first)} from {quoted(second)}"
    seeds, images = _seeds_words(advice), _images_words(advice)
    if advice.cheaper == "seeds":
        rest = f" {images[0].upper()}{images[1:]} would, too." if images else ""
        how = f" Go on with: {advice.command}" if advice.command else ""
        return f"{seeds[0].upper()}{seeds[1:]} would probably tell {pair}.{rest}{how}"
    if advice.cheaper == "images":
        rest = f" {seeds[0].upper()}{seeds[1:]} would, too." if seeds else " No affordable number of seeds would."
        return f"{images[0].upper()}{images[1:]} would probably tell {pair}.{rest}"
    if advice.together is not None:
        more, wider = advice.together
        return (
            f"Neither more seeds nor more images alone would tell {pair}; about {count(more)} seeds on "
            f"{count(wider)} images would."
        )
    what = "seeds or images" if advice.present_images is not None and holds_for != "seeds" else "seeds"
    return f"No affordable number of {what} would tell {pair}."


def _seeds_words(advice: Advice) -> str:
    if advice.seeds is None:
        return ""
    if advice.present_seeds < 2:
        return f"about {count(advice.seeds)} seeds of each"
    return f"about {count(advice.seeds)} seeds of each instead of {count(advice.present_seeds)}"


def _images_words(advice: Advice) -> str:
    if advice.images is None or advice.present_images is None:
        return ""
    return f"about {count(advice.images)} images instead of {count(advice.present_images)}"


def _limits(found: Judgement, comparisons: Sequence[Comparison]) -> list[str]:
    """What the figures leave out."""
    said = []
    if found.given_start:
        who = (
            "All arms start"
            if len(found.given_start) == len(found.names)
            else f"{_named(found.given_start)} {_start(found)}"
        )
        said.append(
            f"{who} from given weights, the same ones with every seed, so nothing here is said about architectures: it "
            "is about these weights."
        )
    if all(each.holds_for == "images" for each in comparisons):
        said.append(
            "With one seed per arm this speaks of the trained networks and not of the arms: with another seed it may "
            "turn round."
        )
    elif all(each.n < 2 for each in comparisons):
        said.append("With one seed per arm nothing says whether a difference is more than chance.")
    if not found.paired:
        said.append("Which runs share a seed is not known, so the arms are compared without pairs.")
    return said


def _luck(found: Judgement) -> list[str]:
    if found.luck is None or found.luck < _LUCK or found.kind != "accuracy":
        return []
    return [
        f"Having been picked from {len(found.candidates)} that may be the best flatters "
        f"{quoted(found.names[found.first])}: about {points(found.luck)} points of its figure may be luck."
    ]


def _named(names: Sequence[str]) -> str:
    if len(names) <= _NAMED:
        return listed([quoted(name) for name in names])
    shown = [quoted(name) for name in names[: _NAMED - 1]]
    return listed([*shown, counted(len(names) - _NAMED + 1, "more arm")])


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _start(found: Judgement) -> str:
    return "starts" if len(found.given_start) == 1 else "start"


def _article(figure: str) -> str:
    return f"an {figure}" if figure[0] in "aeiou" else f"a {figure}"

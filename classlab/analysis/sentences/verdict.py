"""The verdict: which arm comes first, which could be the best, and what would tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.analysis.numbers import count, counted, decimal, listed, percent, points
from classlab.analysis.sentences.comparison import Unit, comparison_sentence, holds_words, leads, quantity, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.analysis.records import Advice, Judgement, Repeat
    from classlab.statistics import Basis, Estimate, Interval

_NAMED = 5  # arms that are named in a sentence; the rest is counted
_SPELT = ("f1", "mae", "mcc", "mse", "nll", "rmse")  # abbreviations whose first letter is spoken with a vowel
_LUCK = 0.0005  # less than a twentieth of a point is no luck worth a sentence


def verdict_sentences(found: Judgement) -> tuple[str, ...]:
    """The verdict, most important sentence first.

    Args:
        found: its `sentences` are not looked at.
    """
    if found.score.mean is None:
        nothing = "nothing to compare" if len(found.names) > 1 else "no figure"
        return (f"No run ended well, so there is {nothing}.",)
    score = score_sentence(found, found.first)
    if len(found.names) == 1:
        return (score, "There is one arm, so there is nothing to compare it with.")
    if found.rival is None:
        return (
            f"{quoted(found.names[found.first])} is the only arm with a figure, so it is compared with no other.",
            score,
        )
    return (
        *_leading(found, found.rival),
        *_others(found, found.rival),
        *_limits(found),
        score,
        *advice_sentences(found),
        *_luck(found),
    )


def score_sentence(found: Judgement, arm: int) -> str:
    """An arm's figure with its interval, and what that holds for."""
    name = found.names[arm]
    words = figure_words(
        found.ranking.estimates[arm],
        accuracy=found.kind in ("accuracy", "share"),
        given_start=name in found.given_start,
        repeat=found.repeat,
        folds=found.folds,
    )
    return f"{quoted(name)} reaches {_article(found.figure)} of {words}."


def figure_words(
    estimate: Estimate,
    *,
    accuracy: bool = True,
    given_start: bool = False,
    repeat: Repeat = "seed",
    folds: int | None = None,
    each: bool = False,
) -> str:
    """A mean and what is behind it, as in `92.36 % with 5 seeds on 500 images (95 % interval 91.9 to 92.8 %, for ...)`.

    Args:
        estimate: of one arm.
        accuracy: or a loss.
        given_start: whether its seeds start from given weights.
        repeat: `run` where nobody named the seeds.
        folds: how many networks of each seed are behind it; None without cross-validation.
        each: whether each of these networks saw all of the images, rather than those of its fold.
    """
    write = percent if accuracy else decimal
    behind = counted(estimate.n, repeat) + (f" of {folds} folds" if folds and each else "")
    behind += f" on {counted(estimate.images, 'image')}" if estimate.images else ""
    behind += f" in {folds} folds" if folds and not each else ""
    if estimate.interval is None:
        return f"{write(estimate.mean)} with {behind}"
    low, high = (write(end).removesuffix(" %") for end in estimate.interval)
    unit = " %" if accuracy else ""
    holds = holds_words(estimate.holds_for, given_start=given_start, networks=folds or 1, repeat=repeat)
    return (
        f"{write(estimate.mean)} with {behind} ({100 * estimate.confidence:g} % interval {low} to {high}{unit}{holds})"
    )


def pair_sentence(found: Judgement, arm: int) -> str:
    """The first arm against another, and why it comes first where the other is ahead on the seeds that both have.

    Where an arm has more seeds than both, it is said: its mean then is another one than that which is compared.
    """
    first, other, comparison = found.names[found.first], found.names[arm], found.against(arm)
    unit = unit_of(found)
    given = {first, other} & set(found.given_start)
    sentence = comparison_sentence(first, other, comparison, unit=unit, given_start=bool(given), repeat=found.repeat)
    if comparison.difference is None:
        return sentence
    if leads(comparison, unit):
        most = max(found.ranking.estimates[each].n for each in (found.first, arm))
        fewer = found.paired and comparison.n < most
        return f"On the {counted(comparison.n, found.repeat)} that both have, {sentence}" if fewer else sentence
    return f"{quoted(first)} comes first, because {_why_first(found, [other])}. {_capital(_where(found))}, {sentence}"


def unit_of(found: Judgement) -> Unit:
    """What a difference of the arms' figures is written in."""
    if found.kind == "loss":
        return "loss" if "loss" in found.figure else "cost"
    return "points" if found.kind in ("accuracy", "share") else "score"


def _leading(found: Judgement, rival: int) -> list[str]:
    """Which arm is the best, or which may be, and the first against its rival."""
    sentence, against = pair_sentence(found, rival), found.against_first()
    arms = len(against) + 1
    if arms == 2:
        return [sentence]
    networks, known = _only_networks(found), " with a figure" * (arms < len(found.names))
    names, candidates = _named([found.names[arm] for arm in found.candidates]), len(found.candidates)
    if candidates == 1:
        best = f"Of the {arms} trained networks, that of {names}" if networks else names
        return [f"{best} is the best{'' if networks else f' of the {arms} arms{known}'}.", sentence]
    what, those = ("trained networks", "those of ") if networks else (f"arms{known}", "")
    which = f"Any of the {arms} {what} may be the best"
    if candidates < arms:
        which = f"The best is one of these {candidates} of {arms} {what}"
    return [f"{which}: {those}{names}.", sentence, *_unsteady(found)]


def _unsteady(found: Judgement) -> list[str]:
    """Candidates that lie far behind, and are in only because nobody knows how far chance moves them."""
    first = found.score.interval
    open_ = [arm for arm in found.candidates[1:] if found.against(arm).verdict == "cannot tell"]
    far = [arm for arm in open_ if _lies_behind(found.ranking.estimates[arm].interval, first, found)]
    most = max((found.ranking.estimates[arm].n for arm in far), default=0)
    if most < 2:  # nothing is known of their spread, which is said elsewhere
        return []
    names, few = _named([found.names[arm] for arm in far]), counted(most, found.repeat)
    return [
        f"{names} {'is' if len(far) == 1 else 'are'} far behind and cannot be ruled out only because {few} do not show "
        f"how far {'its' if len(far) == 1 else 'their'} figures may spread."
    ]


def _lies_behind(interval: Interval | None, first: Interval | None, found: Judgement) -> bool:
    """Whether an arm's own interval lies wholly on the worse side of the first arm's."""
    if interval is None or first is None:
        return False
    return interval[0] > first[1] if found.kind == "loss" else interval[1] < first[0]


def _others(found: Judgement, rival: int) -> list[str]:
    """The arms besides the rival, by what may be said of them."""
    rest, first = [(arm, each) for arm, each in found.against_first() if arm != rival], quoted(found.names[found.first])
    equal = [found.names[arm] for arm, each in rest if each.verdict == "practically equal"]
    better = [found.names[arm] for arm, each in rest if each.verdict == "worse"]
    worse = [found.names[arm] for arm, each in rest if each.verdict == "better"]
    said = []
    if equal:
        margin = quantity(found.ranking.margin, unit_of(found))
        said.append(f"{_named(equal)} {_are(equal)} practically equal to {first}, within {margin}.")
    if better:
        said.append(
            f"{_named(better)} {_are(better)} better than {first} {_where(found)}, but {first} comes first, because "
            f"{_why_first(found, better)}."
        )
    if worse and len(found.candidates) > 1:  # of a single one it is said that it is the best
        said.append(f"{_named(worse)} {_are(worse)} worse than {first}.")
    return said


def _where(found: Judgement) -> str:
    return "on the seeds that both have" if found.paired else "by the runs that ended well"


def _why_first(found: Judgement, others: Sequence[str]) -> str:
    """Why the first arm comes before others that are ahead of it on the seeds that both have."""
    lacking = [each.excluded for each, name in zip(found.ranking.estimates, found.names, strict=True) if name in others]
    if not found.score.excluded and all(lacking):
        return f"not every run of {_named(others)} ended well"
    well = " that ended well" if found.score.excluded else ""
    return f"its mean over all runs{well} is the better one"


def advice_sentences(found: Judgement) -> list[str]:
    """What would tell the first arm from the next candidate; nothing where nothing is open or known."""
    advice = found.advice
    if advice is None:
        return []
    names, found_on = (found.names[found.first], found.names[advice.rival]), found.against(advice.rival)
    present = ""
    if not found.paired:
        sizes = {found.ranking.estimates[arm].n for arm in (found.first, advice.rival)}
        present = " and ".join(count(size) for size in sorted(sizes))
    sentence = advice_sentence(*names, advice, holds_for=found_on.holds_for, repeat=found.repeat, present=present)
    return [sentence]


def advice_sentence(
    first: str, second: str, advice: Advice, *, holds_for: Basis, repeat: Repeat = "seed", present: str = ""
) -> str:
    """What would tell one arm from another.

    Args:
        first: name of the one.
        second: name of the other.
        advice: on the two.
        holds_for: what their interval holds for; where it is other seeds alone, images are not spoken of.
        repeat: `run` where nobody named the seeds.
        present: how many seeds there are, in words; by the advice where it is empty.
    """
    repeats, how = f"{repeat}s", f" Go on with: {advice.command}" if advice.command else ""
    seeds, images = _seeds_words(advice, repeats, present), _images_words(advice)
    if advice.present_seeds < 2:
        show = _show(f"the network of {quoted(first)}", f"that of {quoted(second)}", equal=advice.equal)
        what = f"{images} would probably {show}" if images else f"no affordable number of images would {show}"
        if advice.too_many_images is not None:
            what = f"about {count(advice.too_many_images)} images would {show}, more than can be set aside"
        return f"{_capital(what)}; telling the arms takes more {repeats}.{how}"
    show = _show(quoted(first), quoted(second), equal=advice.equal)
    if advice.cheaper == "seeds":
        rest = f" {_capital(images)} would, too." if images else ""
        return f"{_capital(seeds)} would probably {show}.{rest}{how}"
    if advice.cheaper == "images":
        rest = f"{_capital(seeds)} would, too." if seeds else f"No affordable number of {repeats} would."
        return f"{_capital(images)} would probably {show}. {rest}"
    if advice.together is not None:
        more, wider = advice.together
        return (
            f"If the measured difference is the true one, neither more {repeats} nor more images alone would {show}; "
            f"about {count(more)} {repeats} on {count(wider)} images would."
        )
    if advice.too_many_images is not None:
        return (
            f"If the measured difference is the true one, no affordable number of {repeats} would {show}; about "
            f"{count(advice.too_many_images)} images would, more than can be set aside."
        )
    what = repeats if holds_for == "seeds" else f"{repeats} or images"
    return f"If the measured difference is the true one, no affordable number of {what} would {show}."


def _show(first: str, second: str, *, equal: bool) -> str:
    """What more evidence would do."""
    return f"show that {first} and {second} are practically equal" if equal else f"tell {first} from {second}"


def _seeds_words(advice: Advice, repeats: str, present: str) -> str:
    if advice.seeds is None:
        return ""
    return f"about {count(advice.seeds)} {repeats} of each instead of {present or count(advice.present_seeds)}"


def _images_words(advice: Advice) -> str:
    if advice.images is None or advice.present_images is None:
        return ""
    share = "" if advice.share is None else f" (a validation share of {advice.share:g})"
    return f"about {count(advice.images)} images instead of {count(advice.present_images)}{share}"


def _limits(found: Judgement) -> list[str]:
    """What the figures leave out."""
    comparisons = [each for _, each in found.against_first()]
    said = []
    alone = all(each.n + each.excluded == 1 for each in found.ranking.estimates)
    if _only_networks(found):
        one = f"{found.repeat} per arm" if alone or not found.paired else "common seed"
        said.append(
            f"With one {one} this speaks of the trained networks and not of the arms: with another {found.repeat} it "
            "may turn round."
        )
    elif all(each.n == 1 for each in comparisons):
        said.append(f"Five {found.repeat}s of each arm, or more, would show how far chance moves them.")
    elif all(each.interval is None for each in comparisons):
        said.append(f"More {found.repeat}s would show how far chance moves them.")
    if not found.paired and not alone:
        why = "Which runs share a seed is not known" if found.repeat == "run" else "The arms share too few seeds"
        said.append(f"{why}, so they are compared without pairs.")
    return said


def _only_networks(found: Judgement) -> bool:
    """Whether every comparison is between two trained networks rather than two arms."""
    return all(each.holds_for == "images" for _, each in found.against_first())


def _luck(found: Judgement) -> list[str]:
    if found.luck is None or found.luck < _LUCK or found.kind not in ("accuracy", "share"):
        return []
    if not all(leads(found.against(arm), "points") for arm in found.candidates[1:]):
        return []  # it comes first because others did not end well, not by its figure
    return [
        f"Having been picked from {len(found.candidates)} that may be the best flatters "
        f"{quoted(found.names[found.first])}: about {points(found.luck)} points of its figure, or somewhat more, may "
        "be luck."
    ]


def _named(names: Sequence[str]) -> str:
    if len(names) <= _NAMED:
        return listed([quoted(name) for name in names])
    shown = [quoted(name) for name in names[: _NAMED - 1]]
    return listed([*shown, counted(len(names) - _NAMED + 1, "more arm")])


def _are(names: Sequence[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _capital(words: str) -> str:
    return words[0].upper() + words[1:]


def _article(figure: str) -> str:
    return f"an {figure}" if figure[0] in "aeiou" or figure.split()[0] in _SPELT else f"a {figure}"

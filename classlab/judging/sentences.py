"""The verdict on results in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.reports.numbers import counted, decimal, listed, percent, points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.judging.judgement import JudgedPair, Judgement

_MOST_NAMED = 6  # arms in one sentence; the table has all


def figure_words(value: float | None, *, shares: bool) -> str:
    """A figure: per cent where it is a share, else as it stands."""
    return percent(value) if shares else decimal(value)


def difference_words(value: float | None, *, shares: bool) -> str:
    """A difference with its sign: in points where figures are shares."""
    return points(value, sign=True) if shares else decimal(value, sign=True)


def metric_words(metric: str) -> str:
    """A metric's name as words.

    Example:
        >>> metric_words("metrics.val_accuracy")
        'val accuracy'
    """
    return " ".join(metric.rpartition(".")[2].replace("_", " ").split()) or metric


def judgement_sentences(judgement: Judgement, with_best: Sequence[JudgedPair], *, per_image: bool) -> tuple[str, ...]:
    """What may be said, the answer first.

    Args:
        judgement: all but its sentences.
        with_best: the first arm against each of the others, in their order.
        per_image: whether it is known which images each run got right.
    """
    said = [_answer(judgement, with_best), *(_pair(judgement, pair) for pair in with_best[:1])]
    if len(with_best) > 1:
        said += [_others(judgement, with_best[1:])]
    said += _what_would_tell(with_best)
    return tuple(
        sentence
        for sentence in (
            *said,
            _holds_for(with_best, per_image=per_image),
            *_images(judgement, with_best, per_image=per_image),
        )
        if sentence
    )


def _answer(judgement: Judgement, with_best: Sequence[JudgedPair]) -> str:
    best, mean = with_best[0].first, judgement.arms[0].estimate
    runs = counted(mean.n, "run")
    figure = figure_words(mean.mean, shares=judgement.shares)
    metric = metric_words(judgement.metric)
    head = "highest" if judgement.higher_is_better else "lowest"
    open_ = [pair.second for pair in with_best if pair.verdict == "cannot tell"]
    equal = [pair.second for pair in with_best if pair.verdict == "practically equal"]
    worse = [pair.second for pair in with_best if pair.verdict == "worse"]
    start = f"{best} has the {head} mean {metric}, {figure} over {runs}"
    if worse:
        start = f"{best} comes first with a mean {metric} of {figure} over {runs}"
    if len(open_) + len(equal) + len(worse) == 0:
        others = _named([pair.second for pair in with_best])
        return f"{best} is better than {others}: mean {metric} {figure} over {runs}."
    parts = []
    if open_:
        parts.append(f"cannot be told apart from {_named(open_)}")
    if equal:
        parts.append(f"is practically equal to {_named(equal)}")
    if worse:
        parts.append(f"is worse than {_named(worse)}, ranked after it because some runs have no figure")
    return f"{start}, but it {listed(parts)}." if open_ or equal else f"{start}; it {listed(parts)}."


def _named(arms: Sequence[str]) -> str:
    """Arms in a sentence; of very many the first."""
    return listed(arms if len(arms) <= _MOST_NAMED else [*arms[:_MOST_NAMED], f"{len(arms) - _MOST_NAMED:,} more"])


def _pair(judgement: Judgement, pair: JudgedPair) -> str:
    difference = difference_words(pair.difference, shares=judgement.shares)
    unit = " points" if judgement.shares else ""
    start = f"{pair.first} minus {pair.second}: {difference}{unit}, "
    if pair.interval is None:
        return f"{start}and no interval, because {_why_none(pair)}."
    low, high = (difference_words(end, shares=judgement.shares) for end in pair.interval)
    family = f", corrected for {counted(judgement.comparisons, 'pair')}" if judgement.comparisons > 1 else ""
    return f"{start}{percent(judgement.confidence, digits=0)} interval {low} to {high}{unit} ({_behind(pair)}{family})."


def _behind(pair: JudgedPair) -> str:
    if pair.about == "networks":
        return f"{counted(pair.n[0], 'image')}, one network each"
    if pair.paired:
        return f"{counted(pair.n[0], 'pair')} of runs with equal seeds"
    one, two = pair.n
    return f"{one} and {two} runs, unpaired"


def _why_none(pair: JudgedPair) -> str:
    if min(pair.n) < 2:
        return "one run per arm shows no spread" if max(pair.n) < 2 else "one run of an arm shows no spread"
    if pair.method == "equal differences":
        return f"all {pair.n[0]} differences are the same"
    return "the runs of each arm are all the same"


def _others(judgement: Judgement, pairs: Sequence[JudgedPair]) -> str:
    told = [pair for pair in pairs if pair.verdict == "better"]
    if not told:
        return ""
    unit = " points" if judgement.shares else ""
    shown = [f"{pair.second} (by {difference_words(pair.difference, shares=judgement.shares)}{unit})" for pair in told]
    return f"It is better than {_named(shown)}."


def _what_would_tell(with_best: Sequence[JudgedPair]) -> list[str]:
    pair = next((pair for pair in with_best if pair.verdict == "cannot tell"), None)
    if pair is None or pair.about == "networks":
        return []
    if pair.runs_needed is not None:
        what = "pairs of seeds" if pair.paired else "runs of each"
        return [
            f"Seeds: about {pair.runs_needed:,} {what} would tell {pair.first} from {pair.second} with 80 % power, if "
            "the measured difference and spread are the truth."
        ]
    if pair.interval is None:
        return [f"More runs would tell {pair.first} from {pair.second}: train each with five seeds at least."]
    return [
        f"Seeds: 1,000 runs of each would not tell {pair.first} from {pair.second}, if the measured difference and "
        "spread are the truth."
    ]


def _holds_for(with_best: Sequence[JudgedPair], *, per_image: bool) -> str:
    if with_best[0].about == "networks":
        return (
            "This is about these trained networks and images like these, not about the arms: with another seed the "
            "same arm is another network."
        )
    if per_image:
        return "The intervals are over seeds: this holds for other seeds on the same images."
    return (
        "From figures alone only the seeds can be judged: this holds for other seeds on the same images, and says "
        "nothing about other images."
    )


def _images(judgement: Judgement, with_best: Sequence[JudgedPair], *, per_image: bool) -> list[str]:
    if not judgement.shares or with_best[0].about == "networks":
        return []
    best, pair = judgement.arms[0], with_best[0]
    if judgement.images is None or best.images_interval is None or pair.images_half_width is None:
        return ["Give the number of images behind a figure (`images`), and what they alone allow is said here."]
    low, high = best.images_interval
    half = pair.images_half_width
    said = (
        f"Images: {judgement.images:,} images leave the accuracy of one network like those of {best.name} between "
        f"{percent(low)} and {percent(high)}, and the difference of two networks uncertain by up to "
        f"\u00b1{points(half)} points (less where both err on the same images)."
    )
    if pair.difference is not None and abs(pair.difference) < half and not per_image:
        said += (
            f" The difference of {points(abs(pair.difference))} points lies within that: which images each run got "
            "right (an .npz of 0 and 1) would show whether other images may turn it round."
        )
    return [said]

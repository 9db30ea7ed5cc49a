"""Arms judged by one figure: order, candidates, comparisons, what would tell, and the sentences that say so."""

from __future__ import annotations

import shlex
from dataclasses import replace
from math import ceil
from typing import TYPE_CHECKING, Literal

from classlab.analysis.records import Advice, Judgement
from classlab.analysis.sentences.verdict import verdict_sentences
from classlab.statistics import luck, rank

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.analysis.records import Repeat
    from classlab.statistics import Comparison, Family, Ranking, Sample


def judge_arms(
    names: Sequence[str],
    samples: Sequence[Sample],
    *,
    figure: str = "validation accuracy",
    margin: float = 0.0,
    confidence: float = 0.95,
    family: Family = "best",
    paired: bool = True,
    repeat: Repeat = "seed",
    given_start: Sequence[str] = (),
    command: str = "",
    divisible: int | None = None,
    folds: int | None = None,
) -> Judgement:
    """Judges arms; the one place where a verdict is made.

    Args:
        names: of the arms.
        samples: what was measured of each, in the same order.
        figure: what ranks them, in words.
        margin: a difference too small to matter, in the figure's unit.
        confidence: of every interval, and of the comparisons together.
        family: the first arm with every other, or every two.
        paired: whether figures at the same position were made with the same seed.
        repeat: what is drawn anew from one training of an arm to the next: `run` where nobody named the seeds.
        given_start: names of the arms whose seeds all start from the same given weights.
        command: what trained them with seeds counted from 0, so that more of them can be asked for; "" where that is
            not so.
        divisible: how many images there are to train and to rank on together; None where images to rank on have to be
            found elsewhere.
        folds: how many each figure was measured on together; None without cross-validation.

    Raises:
        SpecError: there is no arm, or a setting makes no sense.
    """
    ranking = rank(samples, confidence=confidence, margin=margin, family=family, paired=paired)
    found = Judgement(
        names=tuple(names),
        figure=figure,
        kind=samples[0].kind,
        given_start=tuple(given_start),
        paired=paired,
        ranking=ranking,
        luck=luck(samples, ranking.candidates, paired=paired) if ranking.candidates else None,
        advice=advise(ranking, command=command, divisible=divisible),
        repeat=repeat,
        folds=folds,
    )
    return replace(found, sentences=verdict_sentences(found))


_USUAL_SEEDS = 5  # what a study has where nothing is said
_MOST_RUNS = 10_000  # that a study may have
_READABLE = 500  # characters of a command that a person still looks at
_LARGEST_SHARE = 0.5  # of the images, to rank on: with fewer left to train on, the arms would be others


def advise(ranking: Ranking, *, command: str = "", divisible: int | None = None) -> Advice | None:
    """What would tell the first arm from the next candidate that it cannot be told from; None where nothing is open.

    Args:
        ranking: of the arms.
        command: what trained them; "" where it cannot be told to go on with more seeds.
        divisible: how many images there are to train and to rank on together; None where that is no bound.
    """
    first = ranking.order[0]
    trained = ranking.estimates[first].n + ranking.estimates[first].excluded
    for rival in ranking.candidates[1:]:
        found = ranking.comparison(first, rival)
        advice = None if found is None else advise_on(found, rival=rival, divisible=divisible)
        if found is None or advice is None or _does_nothing(found, advice):
            continue
        more = advice.seeds if advice.cheaper == "seeds" else _USUAL_SEEDS if trained == 1 else None
        too_many = more is not None and more * len(ranking.estimates) > _MOST_RUNS
        longer = "" if more is None or too_many else go_on(command, seeds=more)
        return replace(advice, command=longer if len(longer) <= _READABLE else "")
    return None


def advise_on(found: Comparison, *, rival: int = 1, divisible: int | None = None) -> Advice | None:
    """What would tell the two arms of one comparison apart; None where that is told already, or not known.

    Args:
        found: the comparison.
        rival: position of its second arm.
        divisible: as in `advise`.
    """
    if found.verdict != "cannot tell" or found.would_tell is None:
        return None
    would = found.would_tell
    images = would.images if _there_are(would.images, divisible) else None
    together = would.together if would.together and _there_are(would.together[1], divisible) else None
    cheaper: Literal["seeds", "images"] | None = None
    # More images mean training every run anew. As many seeds again cost just that, so up to there seeds are cheaper.
    if would.seeds is not None and (images is None or would.seeds <= 2 * found.n):
        cheaper = "seeds"
    elif images is not None:
        cheaper = "images"
    return Advice(
        rival=rival,
        present_seeds=found.n,
        present_images=found.images,
        seeds=would.seeds,
        images=images,
        too_many_images=would.images if images is None else None,
        together=together,
        cheaper=cheaper,
        share=None if images is None or divisible is None else ceil(100 * images / divisible) / 100,
        equal=would.equal,
        command="",
    )


def _does_nothing(found: Comparison, advice: Advice) -> bool:
    """Whether two arms without a difference cannot be shown to be equal either: then another rival matters more."""
    return found.difference == 0 and advice.cheaper is None and advice.together is None


def _there_are(images: int | None, divisible: int | None) -> bool:
    return images is None or divisible is None or images <= _LARGEST_SHARE * divisible


def go_on(command: str, *, seeds: int) -> str:
    """The command that goes on with so many seeds in all; "" where the command is none of `classlab sweep`.

    Example:
        >>> go_on("classlab sweep --data digits --model linear,mlp --seeds 5 --name which", seeds=12)
        'classlab sweep --data digits --model linear,mlp --name which --seeds 12'
    """
    try:
        words = shlex.split(command)
    except ValueError:  # a command that was written elsewhere, with a quotation that does not end
        return ""
    if words[:2] != ["classlab", "sweep"]:
        return ""
    kept: list[str] = []
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word == "--seeds":
            skip = True
        elif not word.startswith("--seeds=") and word not in ("--again", "--resume"):
            kept.append(word)
    return shlex.join([*kept, "--seeds", str(seeds)])

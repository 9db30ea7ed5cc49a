"""What would tell the first arm from the next candidate: more seeds or more images, the cheaper first."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING, Literal

from classlab.records.base import Record

if TYPE_CHECKING:
    from classlab.statistics import Comparison, Ranking


_USUAL_SEEDS = 5  # what a study has where nothing is said
_MOST_RUNS = 10_000  # that a study may have
_READABLE = 500  # characters of a command that a person still looks at
_LARGEST_SHARE = 0.5  # of the images, to rank on: with fewer left to train on, the arms would be others


@dataclass(frozen=True, kw_only=True)
class Advice(Record):
    """What to add to a study so that it would probably tell.

    Args:
        rival: position of the arm that the first is to be told from.
        present_seeds: that both have now.
        present_images: that they were measured on; None where that is not known.
        seeds: how many in all would tell, with the images at hand; None where no affordable number would.
        images: how many in all would tell, with the seeds at hand; None where no affordable number would, where there
            are not so many, or single images are not known.
        too_many_images: how many in all would tell, where that is more than can be set aside; else None.
        together: seeds and images, both grown alike, where neither alone would do; None where that does not help.
        cheaper: which of the two costs less: more seeds train only what is new, more validation images are taken from
            the training images and train everything anew. None where neither would tell.
        share: of the images, to set aside for validation so that there are `images`; None where that is not the way.
        equal: whether it would show them practically equal, rather than which is better.
        command: goes on with more seeds; "" where that is not the advice, where the command is not known, and where it
            is too long to read or would ask for more runs than a study may have.
    """

    rival: int
    present_seeds: int
    present_images: int | None
    seeds: int | None
    images: int | None
    too_many_images: int | None
    together: tuple[int, int] | None
    cheaper: Literal["seeds", "images"] | None
    share: float | None
    equal: bool
    command: str


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

"""Names of runs that hold their seed, as in `adam-seed3`."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Split: TypeAlias = "tuple[str, str | None]"

_SEED = re.compile(
    r"(?P<before>^|.*?[-_ .=/(])(?:random_?state|seed|repeat|trial|rep|fold|run|s)[-_ =]?(?P<seed>\d+)"
    r"(?P<after>[-_ .)/].*|)",
    re.IGNORECASE,
)
_ENDING = re.compile(r"(?P<arm>.*[^-_ .\d])[-_ .](?P<seed>\d{1,5})")
_EDGES = " -_./=()"


def split_seeds(names: Sequence[str]) -> list[Split]:
    """Parts names of runs into arms and seeds.

    A seed is a number behind a word for it, where every name has one. A bare number at the end counts only where
    every name has one and it leaves two arms or more with two runs or more each: `resnet-18` and `resnet-50` are two
    arms, not two runs of `resnet`.

    Returns:
        For each name its arm and its seed; the whole name and None where the names hold no seeds.

    Example:
        >>> split_seeds(["adam-lr0.01_seed3", "cnn.s12"])
        [('adam-lr0.01', '3'), ('cnn', '12')]
        >>> split_seeds(["resnet-18", "resnet-50"])
        [('resnet-18', None), ('resnet-50', None)]
        >>> split_seeds(["sgd-0", "sgd-1", "adam-0", "adam-1"])
        [('sgd', '0'), ('sgd', '1'), ('adam', '0'), ('adam', '1')]
    """
    named = [_named_seed(name) for name in names]
    if all(seed is not None for _, seed in named):
        return named
    ended = [_ENDING.fullmatch(name) for name in names]
    runs = Counter(found["arm"] for found in ended if found)
    if all(ended) and len(runs) > 1 and min(runs.values()) > 1:
        return [(found["arm"], str(int(found["seed"]))) for found in ended if found]
    return [(name, None) for name in names]


def _named_seed(name: str) -> Split:
    found = _SEED.fullmatch(name)
    if not found:
        return name, None
    arm = "-".join(part for part in (found["before"].strip(_EDGES), found["after"].strip(_EDGES)) if part)
    return (arm, str(int(found["seed"]))) if arm else (name, None)

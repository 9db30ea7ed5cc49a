"""What a reader is told before a training that begins with features."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.options.option import joined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.records import RunSpec


def features_word(specs: Sequence[RunSpec]) -> str:
    """A sentence that says which backbones make features first; "" where no run has one.

    Args:
        specs: the runs that are to be trained.
    """
    names = dict.fromkeys(spec.data.backbone.name for spec in specs if spec.data.backbone is not None)
    if not names:
        return ""
    made = "makes" if len(names) == 1 else "make"
    first = f"First {joined(tuple(names))} {made} the features of every picture that the cache does not hold yet."
    stages = {spec.fine_tuning for spec in specs} - {None}
    return f"{first} Heads that are fine-tuned then go on with it on the pictures, one by one." if stages else first

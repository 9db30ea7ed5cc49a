"""What a training hands back for each run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlab.records.diagnostics import Diagnostics
    from classlab.records.run import RunState

Weights = dict[str, "NDArray[np.float32]"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Outcome:
    """How one run went.

    Args:
        state: how it ended.
        reason: why, as a sentence, where it did not simply finish.
        epochs_done: epochs that completed with finite loss.
        history: one figure per completed epoch under Keras's names.
        weights: arrays by `WeightSpec.key`, in Keras's shapes; those of the last good epoch.
        seconds: wall time of the population's training so far, in seconds, earlier sessions included.
        notes: remarks a reader of the figures must know, each a sentence.
        diagnostics: what was noted for the doctor.
    """

    state: RunState
    reason: str | None
    epochs_done: int
    history: dict[str, tuple[float, ...]]
    weights: Weights
    seconds: float
    notes: tuple[str, ...] = ()
    diagnostics: Diagnostics | None = None

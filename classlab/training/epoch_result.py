"""What one epoch made of one member."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from classlab.records.diagnostics import Probe


@dataclass(frozen=True, kw_only=True)
class EpochResult:
    """Figures of training and validation, and a look inside.

    Args:
        figures: under Keras's names.
        first_bad_step: step of the epoch at which the loss was first not finite, from 0; -1 where none was.
        probe: what was measured for the doctor after the epoch; None where nothing was.
    """

    figures: dict[str, float]
    first_bad_step: int
    probe: Probe | None

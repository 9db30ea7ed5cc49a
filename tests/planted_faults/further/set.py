"""The whole further set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.planted_faults.further.comparisons import faulty_studies, sound_studies
from tests.planted_faults.further.controls import controls
from tests.planted_faults.further.facts import facts
from tests.planted_faults.further.symptoms import symptoms

if TYPE_CHECKING:
    from tests.planted_faults.case import Case


def further_cases() -> list[Case]:
    """Every fault and every control."""
    runs = [each.case() for each in (*facts(), *symptoms(), *controls())]
    return [*runs, *faulty_studies(), *sound_studies()]

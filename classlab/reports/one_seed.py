"""Arms of one seed each, compared on the images that both have judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from classlab.records.base import Record
from classlab.statistics import Comparison, compare_predictions, simultaneous_confidence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from classlab.records import StudyRecord
    from classlab.reports.predictions import RunPredictions


@dataclass(frozen=True, kw_only=True)
class OneSeedPair(Record):
    """Two arms of one seed each, the higher-ranked first, compared on the same validation images."""

    first: int
    second: int
    comparison: Comparison


def compare_one_seed(
    study: StudyRecord, ranked: Sequence[int], predictions: Mapping[str, RunPredictions]
) -> tuple[OneSeedPair, ...]:
    """Compares the first-ranked arm's network with every other; empty where the arms have several seeds.

    The intervals hold together at the study's confidence. The family is the pairs with the first, because no others
    are asked about.

    Args:
        study: the record.
        ranked: positions of the arms, best first.
        predictions: by run identity.
    """
    spec = study.spec
    if len(spec.seeds) > 1 or spec.select != "val_accuracy" or len(ranked) < 2:
        return ()
    judged = {place: predictions.get(study.runs_of(place)[0].identity) for place in ranked}
    first = judged[ranked[0]]
    family = len(ranked) - 1
    each = simultaneous_confidence(spec.confidence, comparisons=family)
    pairs = []
    for place in ranked[1:]:
        other = judged[place]
        if first is None or other is None or not first.same_validation(other):
            continue
        found = compare_predictions(
            first.validation_correct(), other.validation_correct(), confidence=each, margin=spec.margin
        )
        corrected = replace(found, confidence=spec.confidence, comparisons=family)
        pairs.append(OneSeedPair(first=ranked[0], second=place, comparison=corrected))
    return tuple(pairs)

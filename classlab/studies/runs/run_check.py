"""The check of a run folder as a whole: its files must agree with one another before any of it is used.

A folder may come from anyone. What it claims is held against its own architecture, so that nothing is allocated or
looked up by a figure that stands in one file alone.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from classlab.errors import RecordError, SpecError
from classlab.records import Architecture
from classlab.studies.transfer.whole import BACKBONE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.files.tensor_file import Shapes
    from classlab.records import RunRecord

_MOST_WEIGHTS = 2**31  # values: 8 GiB in float32, above any network that this package trains
_MOST_VALUES = 2**28  # that one image becomes within the network: 1 GiB in float32
_NEEDED = {"probabilities", "labels"}
PREDICTIONS = _NEEDED | {"validation_probabilities", "validation_labels"}


def check_record(path: Path, record: RunRecord) -> Shapes | None:
    """Refuses a record whose network cannot be, or whose classes are not those that it scores.

    Args:
        path: the record's file, for the sentence.
        record: what it holds.

    Returns:
        The shapes of the network's weights by name; None for a model that only Keras can build.

    Raises:
        RecordError: the record contradicts itself.
    """
    from classlab.models.keras_list import check_description
    from classlab.models.weights import class_count, output_shapes, weight_specs

    architecture = record.spec.architecture
    if not 0 <= record.parameters <= _MOST_WEIGHTS:
        raise _contradicts(path, f"it counts {record.parameters:,} weights")
    try:
        if not isinstance(architecture, Architecture):
            check_description(architecture, weights=record.parameters)
            return None
        largest = max(prod(shape) for shape in (architecture.input_shape, *output_shapes(architecture)))
        shapes = {spec.key: spec.shape for spec in weight_specs(architecture)}
        scored = class_count(architecture)
    except SpecError as problem:
        raise _contradicts(path, str(problem).rstrip(".")) from None
    if largest > _MOST_VALUES or sum(map(prod, shapes.values())) > _MOST_WEIGHTS:
        raise _contradicts(path, f"one image becomes {largest:,} values in a network of {_amount(shapes):,} weights")
    if scored != len(record.class_names):
        raise _contradicts(path, f"its network scores {scored} classes and it names {len(record.class_names):,}")
    return shapes


def check_weights(path: Path, record: RunRecord, expected: Shapes | None, found: Shapes) -> None:
    """Refuses weights that are not those of the record's network, by their shapes alone.

    Raises:
        RecordError: an array is missing, strange or of another shape.
    """
    if not found and record.test is None:
        return  # no epoch was good
    if record.spec.fine_tuning is not None:  # what moved of the backbone is held against it where the two are joined
        found = {name: shape for name, shape in found.items() if not name.startswith(BACKBONE)}
    if expected is None:
        expected = {str(place): found.get(str(place), ()) for place in range(len(found))}
        if _amount(found) != record.parameters:
            raise _foreign(path, f"it holds {_amount(found):,} values where the record counts {record.parameters:,}")
    if found.keys() != expected.keys():
        name = min(found.keys() ^ expected.keys())
        raise _foreign(path, f"it {'lacks' if name in expected else 'holds a strange'} array {name[:80]!r}")
    for name, shape in expected.items():
        if found[name] != shape:
            raise _foreign(path, f"its array {name!r} has the shape {found[name]} and not {shape}")


def check_predictions(path: Path, record: RunRecord, found: Mapping[str, NDArray[Any]]) -> None:
    """Refuses predictions that do not speak of the record's classes and images.

    Raises:
        RecordError: they do not.
    """
    if not found:
        return
    if not _NEEDED <= found.keys() <= PREDICTIONS:
        raise _foreign(path, f"it holds the arrays {', '.join(sorted(found))[:200]}")
    for part in ("", "validation_"):
        if f"{part}labels" in found or f"{part}probabilities" in found:
            scores, labels = found.get(f"{part}probabilities"), found.get(f"{part}labels")
            if scores is None or labels is None or not _fit(scores, labels, len(record.class_names)):
                raise _foreign(
                    path, f"its {part}probabilities and {part}labels are not one row and one class per image"
                )
    if record.test is not None and record.test.images != len(found["labels"]):
        raise _foreign(
            path, f"it speaks of {len(found['labels']):,} test images where the record has {record.test.images:,}"
        )


def _fit(scores: NDArray[Any], labels: NDArray[Any], classes: int) -> bool:
    return (
        scores.ndim == 2
        and labels.ndim == 1
        and len(scores) == len(labels)
        and scores.dtype.kind in "fu"
        and labels.dtype.kind in "iu"
        and scores.shape[1] >= classes  # a model of Keras's may score more classes than there are
        and (not len(labels) or 0 <= int(labels.min()) <= int(labels.max()) < classes)
    )


def _amount(shapes: Shapes) -> int:
    return sum(prod(shape) for shape in shapes.values())


def _contradicts(path: Path, how: str) -> RecordError:
    return RecordError(
        f"{path} must describe a network that can be, but {how}. Restore the file or train the run again."
    )


def _foreign(path: Path, how: str) -> RecordError:
    return RecordError(
        f"{path} must hold what the network of the record beside it needs, but {how}. "
        "Restore the file or train the run again."
    )

"""The folder of one run: record, curves, weights and the predictions on the test images.

`run.json` is written last, so a folder that holds it holds a whole run; the other files carry its digest, so files of
two different trainings are never read as one.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from classlab.datasets.ink_style import InkStyle
from classlab.errors import RecordError, StorageError
from classlab.files.atomic_file import make_folder, write_atomically
from classlab.files.read_file import read_file
from classlab.files.tensor_file import read_arrays, read_facts, read_shapes, size_limit, write_arrays
from classlab.records import RunRecord, from_json, to_json
from classlab.studies.runs.likeness import Likeness, likeness_from
from classlab.studies.runs.run_check import check_predictions, check_record, check_weights
from classlab.studies.transfer.kept import keep_beside, offer_beside

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from classlab.training import Weights

RECORD_FILE = "run.json"
CURVES_FILE = "curves.csv"
WEIGHTS_FILE = "weights.safetensors"
PREDICTIONS_FILE = "predictions.safetensors"
LIKENESS_FILE = "likeness.safetensors"

_RECORD_LIMIT = 32 * 2**20  # bytes; a record of 100,000 epochs has about 10 MB
_PREDICTIONS_LIMIT = 2**31  # bytes: scores for 1,000 classes and half a million images
_LIKENESS_LIMIT = 2**28  # bytes: 2,000 classes of thumbnails in colour
_BELONGS_TO = "record"
_BORDER = "training_border"
_INK_STYLE = "training_ink"


@dataclass(frozen=True, kw_only=True, eq=False)
class Predictions:
    """What the run said about the test images, and about the validation images where it had its own.

    Arms that have one seed each are compared on the validation images, which is why those are kept too.

    Args:
        probabilities: float32, `(images, classes)`, for the test images.
        labels: int64, `(images,)`, the true classes of the test images.
        validation_probabilities: float32, `(images, classes)`; None where validation and test images are the same.
        validation_labels: int64, `(images,)`.
    """

    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]
    validation_probabilities: NDArray[np.float32] | None = None
    validation_labels: NDArray[np.int64] | None = None

    def on_validation(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Probabilities and labels of the validation images, `(images, classes)` and `(images,)`."""
        if self.validation_probabilities is None or self.validation_labels is None:
            return self.probabilities, self.labels
        return self.validation_probabilities, self.validation_labels


@dataclass(frozen=True, kw_only=True, eq=False)
class StoredRun:
    """Everything a run folder holds.

    Args:
        record: specification, curves, figures and environment.
        weights: arrays by `WeightSpec.key`; empty where no epoch was good.
        predictions: on the test images; None where no epoch was good.
        border: mean brightness of the training images' outermost pixels, in [0, 1]; tells whether a foreign
            picture has the same background.
        ink_style: how the training images were made where they are centred ink; None where they are not, and where
            the run is older than the measure.
        likeness: what tells images that are unlike the training images; None where it was not measured.
    """

    record: RunRecord
    weights: Weights
    predictions: Predictions | None
    border: float | None
    ink_style: InkStyle | None = None
    likeness: Likeness | None = None

    @property
    def size(self) -> int:
        """Bytes of its arrays in memory, nearly."""
        predictions = () if self.predictions is None else vars(self.predictions).values()
        return sum(array.nbytes for array in (*self.weights.values(), *predictions) if array is not None)


def write_run(folder: Path, run: StoredRun) -> None:
    """Writes a run folder; what another run left under the same names is replaced.

    Raises:
        StorageError: the folder cannot be created or written.
    """
    make_folder(folder)
    if run.record.spec.data.backbone is not None:
        keep_beside(folder, run.record.spec.data.backbone)
    record = to_json(run.record).encode()
    facts = {_BELONGS_TO: hashlib.sha256(record).hexdigest()}
    images = {} if run.border is None else {_BORDER: repr(run.border)}
    if run.ink_style is not None:
        images[_INK_STYLE] = run.ink_style.to_json()
    write_arrays(folder / WEIGHTS_FILE, run.weights, {**facts, **images})
    predictions: dict[str, NDArray[Any]] = {}
    if run.predictions is not None:
        predictions = {name: array for name, array in vars(run.predictions).items() if array is not None}
    write_arrays(folder / PREDICTIONS_FILE, predictions, facts)
    write_likeness(folder, run)
    write_atomically(folder / CURVES_FILE, _curves(run.record).encode())
    write_atomically(folder / RECORD_FILE, record)


def write_likeness(folder: Path, run: StoredRun) -> None:
    """Writes what tells images that are unlike the training images, of a run whose folder holds the rest.

    Raises:
        StorageError: the folder cannot be written.
    """
    if run.likeness is None:
        (folder / LIKENESS_FILE).unlink(missing_ok=True)  # of another run
        return
    facts = {_BELONGS_TO: hashlib.sha256(to_json(run.record).encode()).hexdigest()}
    write_arrays(folder / LIKENESS_FILE, run.likeness.arrays(), facts)


def read_run(folder: Path) -> StoredRun:
    """Reads a run folder back.

    Raises:
        StorageError: the folder holds no finished run, or a file is missing or unreadable.
        RecordError: a file is damaged, belongs to another training, or was written by a newer classlab.
    """
    record, digest = _record(folder)
    expected = check_record(folder / RECORD_FILE, record)
    shapes = read_shapes(folder / WEIGHTS_FILE)
    check_weights(folder / WEIGHTS_FILE, record, expected, shapes)
    weights, facts = read_arrays(folder / WEIGHTS_FILE, limit=size_limit(shapes))
    _must_belong(folder / WEIGHTS_FILE, facts, digest)
    predictions, prediction_facts = read_arrays(folder / PREDICTIONS_FILE, limit=_PREDICTIONS_LIMIT)
    _must_belong(folder / PREDICTIONS_FILE, prediction_facts, digest)
    check_predictions(folder / PREDICTIONS_FILE, record, predictions)
    found = Predictions(**predictions) if predictions else None
    border = float(facts[_BORDER]) if _BORDER in facts else None
    style = InkStyle.from_json(facts[_INK_STYLE], where=str(folder / WEIGHTS_FILE)) if _INK_STYLE in facts else None
    return StoredRun(
        record=record,
        weights=weights,
        predictions=found,
        border=border,
        ink_style=style,
        likeness=_likeness(folder / LIKENESS_FILE, record, digest),
    )


def offer_backbone(folder: Path, record: RunRecord) -> None:
    """Has the backbone of a run, if it has one, taken from its folder where the run is written to another one.

    Raises:
        StorageError: it is neither in the folder nor in the cache.
        RecordError: its file is damaged or of another backbone.
    """
    if record.spec.data.backbone is not None:
        offer_beside(folder, record.spec.data.backbone)


def _likeness(path: Path, record: RunRecord, digest: str) -> Likeness | None:
    if not path.is_file():
        return None
    arrays, facts = read_arrays(path, limit=_LIKENESS_LIMIT)
    _must_belong(path, facts, digest)
    return likeness_from(arrays, classes=len(record.class_names), where=str(path))


def read_record(folder: Path) -> RunRecord:
    """Reads only the record of a run folder, and checks it against the header of the weights.

    Raises:
        StorageError: the folder holds no finished run, or a file is missing or unreadable.
        RecordError: the record is damaged or was written by a newer classlab.
    """
    record, digest = _record(folder)
    _must_belong(folder / WEIGHTS_FILE, read_facts(folder / WEIGHTS_FILE), digest)
    return record


def _record(folder: Path) -> tuple[RunRecord, str]:
    path = folder / RECORD_FILE
    if not path.is_file():
        raise StorageError(f"{folder} must be the folder of a finished run, but {_what_is_there(folder)}")
    text = read_file(path, limit=_RECORD_LIMIT)
    return from_json(RunRecord, text, where=str(path)), hashlib.sha256(text).hexdigest()


def _what_is_there(folder: Path) -> str:
    if not folder.exists():
        return "there is no such folder. Check the path, or train a run into it first."
    if not folder.is_dir():
        return "it is a file. Give the folder that the training wrote."
    seeds = sorted(entry.name for entry in folder.glob("seed-*") if (entry / RECORD_FILE).is_file())
    if seeds:
        return f"it holds {len(seeds)} runs, one per seed. Give one of them, as in {folder / seeds[0]}."
    if (folder / "spec.json").is_file():
        return "its training has not finished. Resume the training first."
    return f"it has no {RECORD_FILE}. Give the folder that a training wrote."


def _must_belong(path: Path, facts: dict[str, str], digest: str) -> None:
    if facts.get(_BELONGS_TO) != digest:
        raise RecordError(
            f"{path} must belong to the {RECORD_FILE} beside it, but one of the two was changed or comes from another "
            "training. Restore both files or train the run again."
        )


def _curves(record: RunRecord) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["epoch", *record.history])
    columns = zip_longest(*record.history.values(), fillvalue="")
    writer.writerows([epoch, *figures] for epoch, figures in enumerate(columns, start=1))
    return text.getvalue()

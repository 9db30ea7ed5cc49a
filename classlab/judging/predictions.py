"""What one trained network said about labelled images, from a file that any program can write."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from classlab.datasets.safe_read.npz import array_names, read_arrays
from classlab.errors import DataError
from classlab.files.read_file import read_file
from classlab.judging import cells
from classlab.judging.names import forms
from classlab.judging.raw_table import named
from classlab.judging.table_files import read_delimited

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from classlab.judging.raw_table import RawTable

LABELS = ("labels", "label", "y_true", "y_test", "true", "target", "targets", "true_label", "ground_truth", "y")
PREDICTED = (
    "predictions", "prediction", "predicted", "y_pred", "pred", "preds", "predicted_label", "probabilities", "probs",
    "scores", "logits", "outputs", "y_prob", "y_score",
)  # fmt: skip
_MAX_ARRAY = 2**30  # bytes: a score in float64 for 1,000 classes and 134,000 images
_SHARE = ("p_", "prob_", "proba_", "probability_", "score_", "logit_", "class_")
_SUM_TOLERANCE = 1e-3  # probabilities in float32 or with four digits still sum to 1 within this


@dataclass(frozen=True, kw_only=True, eq=False)
class NetworkPredictions:
    """One network's answers.

    Args:
        name: of the network, as far as the source tells.
        labels: int64, `(images,)`; None where the file holds answers alone.
        predicted: int64, `(images,)`.
        probabilities: float32, `(images, classes)`; None where only classes are known, or the rows are no
            distributions.
        class_names: in label order; empty where they are not known.
    """

    name: str
    labels: NDArray[np.int64] | None
    predicted: NDArray[np.int64]
    probabilities: NDArray[np.float32] | None = None
    class_names: tuple[str, ...] = ()


def read_predictions(path: Path) -> NetworkPredictions:
    """Reads an `.npz`, an `.npy` or a table of predictions.

    An `.npz` has an array of labels and one of predictions, classes `(images,)` or one score per class
    `(images, classes)`, under usual names. An `.npy` is the predictions alone. A table has one row per image, a column
    of labels, and one of predicted classes or one per class.

    Raises:
        DataError: it is none of these, or damaged.
        StorageError: it cannot be read.
    """
    kind = path.suffix.lower()
    if kind == ".npy":
        return network(path.stem, None, _read_npy(path), where=str(path))
    if kind == ".npz":
        held = array_names(path)
        labels, answers = (next((name for name in names if name in held), None) for names in (LABELS, PREDICTED))
        if answers is None:
            raise DataError(
                f"{path} must hold predictions, as `y_pred` or `probabilities`, but it holds {named(held)}. "
                "Save them under such a name, with the labels as `y_true`."
            )
        arrays = read_arrays(path, [name for name in (labels, answers) if name is not None])
        return network(path.stem, None if labels is None else arrays[labels], arrays[answers], where=str(path))
    return table_predictions(path.stem, read_delimited(path))


def holds_predictions(table: RawTable) -> bool:
    """Whether a table has one row per image: a column of labels and one of predictions."""
    return _column(table, LABELS) is not None and (_column(table, PREDICTED) is not None or len(_shares(table)) > 1)


def network(
    name: str, labels: NDArray[Any] | None, answers: NDArray[Any], *, where: str, class_names: tuple[str, ...] = ()
) -> NetworkPredictions:
    """Checks arrays, and reads classes off scores.

    Args:
        name: of the network.
        labels: whole numbers, `(images,)` or `(images, 1)`.
        answers: whole numbers `(images,)`, or one score per class `(images, classes)`.
        where: the file's name, for sentences.
        class_names: in label order.

    Raises:
        DataError: shapes or values make no sense.
    """
    true = None if labels is None else _classes(labels, name="labels", where=where)
    answers = np.asarray(answers)
    probabilities = None
    if answers.ndim == 2 and answers.shape[1] > 1:
        if not len(answers) or not np.isfinite(answers).all():
            raise DataError(f"scores must be finite, one row per image, but those of {where} are not. Predict again.")
        predicted = answers.argmax(axis=1).astype(np.int64)
        sums = answers.sum(axis=1, dtype=np.float64)
        if answers.min() >= 0 and np.abs(sums - 1).max() <= _SUM_TOLERANCE:
            probabilities = answers.astype(np.float32)
    else:
        predicted = _classes(answers, name="predictions", where=where)
    if true is not None and len(true) != len(predicted):
        raise DataError(
            f"labels and predictions must speak of the same images, but {where} has {len(true):,} labels and "
            f"{len(predicted):,} predictions. Save both for the same images."
        )
    return NetworkPredictions(
        name=name, labels=true, predicted=predicted, probabilities=probabilities, class_names=class_names
    )


def _read_npy(path: Path) -> NDArray[Any]:
    content = read_file(path, limit=_MAX_ARRAY, error=DataError, step="Save the classes alone, or fewer images.")
    try:
        found: NDArray[Any] = np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)
    except Exception:  # noqa: BLE001  (NumPy's header reader raises what Python's parser raises)
        raise DataError(
            f"{path} must be an array of numbers as numpy.save writes it, but it is damaged or holds objects. "
            "Save it again."
        ) from None
    if found.dtype.kind not in "buif":
        raise DataError(f"{path} must hold numbers, but its type is {found.dtype}. Save plain numbers.")
    return found


def _classes(values: NDArray[Any], *, name: str, where: str) -> NDArray[np.int64]:
    given = np.asarray(values)
    if given.ndim == 2 and given.shape[1] == 1:  # Keras's own CIFAR-10 labels
        given = given[:, 0]
    whole = given.ndim == 1 and len(given) and given.dtype.kind in "iuf" and bool((given == np.floor(given)).all())
    if not whole or given.min() < 0:
        hint = " These look like the probability of one class: give the class." if given.dtype.kind == "f" else ""
        raise DataError(
            f"{name} must be class numbers from 0, shape (images,), but those of {where} are {given.dtype} of shape "
            f"{given.shape}.{hint or ' Save one whole number per image.'}"
        )
    return given.astype(np.int64)


def table_predictions(name: str, table: RawTable) -> NetworkPredictions:
    """Reads predictions off a table with one row per image.

    Args:
        name: of the network.
        table: a column of labels, and one of predicted classes or one per class.

    Raises:
        DataError: a column is missing, or a cell makes no sense.
    """
    true, answer, shares = _column(table, LABELS), _column(table, PREDICTED), _shares(table)
    if answer is None and len(shares) < 2:
        raise DataError(
            f"{table.where} must have a column of predictions, such as `y_pred`, but it has {named(table.columns)}. "
            "Rename the column."
        )
    numbers = _named_classes(table, [each for each in (true, answer) if each is not None])
    labels = None if true is None else numbers[true]
    if answer is not None:
        return network(name, labels, numbers[answer], where=table.where, class_names=numbers.names)
    rows = [[_share(table, column, place) for column in shares] for place in range(len(table.rows))]
    return network(name, labels, np.array(rows), where=table.where, class_names=numbers.names)


class _Numbered(dict[str, "NDArray[np.int64]"]):
    """Class numbers by column, and the names that the numbers stand for where the file has names."""

    names: tuple[str, ...] = ()


def _named_classes(table: RawTable, columns: list[str]) -> _Numbered:
    """Columns as class numbers: as they stand where all are whole numbers, else by the names in alphabetical order."""
    found: dict[str, list[str]] = {}
    for column in columns:
        found[column] = []
        for cell, line in zip(table.column(column), table.lines, strict=True):
            word = cells.name(cell)
            if word is None:
                raise DataError(
                    f"{column!r} must name a class in every row, but {line} of {table.where} is empty. Fill it in."
                )
            found[column].append(word)
    numbered = _Numbered()
    if all(word.isdecimal() for words in found.values() for word in words):
        for column, words in found.items():
            numbered[column] = np.array([int(word) for word in words], dtype=np.int64)
        return numbered
    numbered.names = tuple(sorted({word for words in found.values() for word in words}))
    places = {word: place for place, word in enumerate(numbered.names)}
    for column, words in found.items():
        numbered[column] = np.array([places[word] for word in words], dtype=np.int64)
    return numbered


def _column(table: RawTable, words: tuple[str, ...]) -> str | None:
    named_so = {column: forms(column) for column in table.columns}
    return next((column for word in words for column in table.columns if word in named_so[column]), None)


def _shares(table: RawTable) -> list[str]:
    return [column for column in table.columns if column.casefold().startswith(_SHARE)]


def _share(table: RawTable, column: str, place: int) -> float:
    cell = table.rows[place][table.place(column)]
    try:
        value = cells.figure(cell)[0]
    except ValueError:
        value = None
    if value is None:
        raise DataError(
            f"{column!r} must hold numbers, but {table.lines[place]} of {table.where} has {cells.shown(cell)}. "
            "Write one score per class and image."
        )
    return value

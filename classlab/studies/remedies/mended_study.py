"""The study file of a remedied run: TOML that `classlab sweep` reads, with what was changed written above it."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError, StorageError, unwritable
from classlab.files.atomic_file import make_folder, write_atomically
from classlab.records import Architecture
from classlab.studies.asked.study_text import toml_value
from classlab.studies.remedies.remedy import remedied
from classlab.studies.remedies.spec_words import differences, spec_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from classlab.datasets.dataset import Dataset
    from classlab.records import RunRecord, RunSpec
    from classlab.records.finding import Setting

_SEEDS = 5


@dataclass(frozen=True, kw_only=True, eq=False)
class MendedStudy:
    """A study file that was not written yet.

    Args:
        text: the file, but for the model's own.
        changes: what tells the remedied run from the faulty one, each as in "epochs: 5 -> 10".
        left_out: what of the run a study file cannot say, each a clause.
        spec: the remedied run.
        model_file: whether the network is none of classlab's own, and so needs a `.keras` file beside the study file.
    """

    text: str
    changes: tuple[str, ...]
    left_out: tuple[str, ...]
    spec: RunSpec
    model_file: bool


def mended_study(record: RunRecord, change: Mapping[str, Setting], *, name: str, model: str) -> MendedStudy:
    """Writes a remedied run down as a study of one arm with five seeds.

    Args:
        record: the faulty run.
        change: the remedy, as a `Cause` carries it.
        name: of the study.
        model: name of the `.keras` file, where one is needed.

    Raises:
        SpecError: the remedy cannot be applied by machine, or the images have no name to be loaded by.
    """
    spec = remedied(record.spec, change)
    words = spec_words(spec)
    if not _can_be_loaded(words.data):
        raise SpecError(
            f"a study file must name images that can be loaded, but the run was trained on {words.data!r}, which came "
            "from Python. Apply the remedy there."
        )
    own_file = "model" not in words.options
    left_out = words.left_out
    options = words.options
    if own_file:
        options = {"model": model, **options, "preprocessing": "none"}
    changes = differences(record.spec, spec)
    document = {"name": name, "data": words.data, **_preparation_keys(record), "seeds": _SEEDS, **options}
    head = [f"# Run {record.identity} with its fault mended.", "# Changed:", *(f"#   {each}" for each in changes)]
    head += ["# A study file cannot say, so it is left out:", *(f"#   {each}" for each in left_out)] if left_out else []
    lines = [*head, "", *(f"{key} = {toml_value(value)}" for key, value in document.items())]
    return MendedStudy(text="\n".join(lines) + "\n", changes=changes, left_out=left_out, spec=spec, model_file=own_file)


def _preparation_keys(record: RunRecord) -> dict[str, Any]:
    """How a study file says what was done to the run's pictures."""
    done = record.preparation
    return {} if done is None else {"size": list(done.size), "fit": done.fit}


def write_mended_study(
    path: Path, record: RunRecord, change: Mapping[str, Setting], dataset: Dataset, *, again: bool = False
) -> MendedStudy:
    """Writes the study file of a remedied run, and its model's file where one is needed.

    Args:
        path: the file; its name ends in `.toml`.
        record: the faulty run.
        change: the remedy.
        dataset: its images.
        again: overwrite what is there.

    Raises:
        SpecError: the name has another ending, or the remedy cannot be written down.
        StorageError: a file is there already, or cannot be written.
    """
    check_place(path, again=again)
    model = path.with_suffix(".keras")
    mended = mended_study(record, change, name=_study_name(path), model=model.name)
    if mended.model_file:
        _refuse_overwriting(model, again=again)
    make_folder(path.parent)
    if mended.model_file:
        _write_model(model, mended.spec, record, dataset)
    write_atomically(path, mended.text.encode())
    return mended


def check_place(path: Path, *, again: bool = False) -> None:
    """Refuses a place where a study file cannot be written, before anything is computed for it.

    Args:
        path: the file.
        again: whether it may be overwritten.

    Raises:
        SpecError: its name does not end in `.toml`.
        StorageError: it is there already, or its folder takes no files.
    """
    if path.suffix != ".toml":
        raise SpecError(f"a study file's name must end in .toml, but got {path}. Give for example mended.toml.")
    _refuse_overwriting(path, again=again)
    folder = next(each for each in path.absolute().parents if each.exists())
    if not folder.is_dir():
        raise unwritable(path, NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)))
    if not os.access(folder, os.W_OK):
        raise unwritable(path, PermissionError(errno.EACCES, os.strerror(errno.EACCES)))


def _refuse_overwriting(file: Path, *, again: bool) -> None:
    if file.exists() and not again:
        raise StorageError(f"{file} must not be overwritten by chance, but it is there already. Give --again.")


def _write_model(path: Path, spec: RunSpec, record: RunRecord, dataset: Dataset) -> None:
    """The remedied network behind its preprocessing, with the first weights of the run's seed."""
    from classlab.models import input_layer, write_keras
    from classlab.training import predict
    from classlab.training.loop.initial_weights import initial_weights

    if not isinstance(spec.architecture, Architecture):
        raise SpecError(
            f"a study file must have a model's file that classlab can write, but {spec.architecture.name!r} trains "
            "through Keras. Apply the remedy in its own script."
        )
    division = dataset.divided_as(spec.data)
    scaling = input_layer(spec.data.preprocessing, division.train.images)
    weights = initial_weights(spec.architecture, spec.seed)
    probes = division.train.images[:8]
    write_keras(
        path,
        spec.architecture,
        weights,
        input_layer=scaling,
        class_names=record.class_names,
        provenance={"identity": record.identity, "untrained": True},
        probe_images=probes,
        expected=predict(spec.architecture, weights, probes, input_layer=scaling),
        predict=predict,
    )


def _can_be_loaded(data: str) -> bool:
    from classlab.datasets.known import NAMES
    from classlab.datasets.selection import path_of

    return data in NAMES or path_of(data).exists()


def _study_name(path: Path) -> str:
    plain = "".join(letter if letter.isprintable() and letter not in "/\\" else "-" for letter in path.stem)
    plain = plain.lstrip("-")[:80]
    return plain if any(map(str.isalnum, plain)) else "mended"  # what a study may be called: see the table of options

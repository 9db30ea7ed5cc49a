"""Runs as event files of TensorBoard, through its own writer."""

from __future__ import annotations

import shutil
from datetime import datetime
from typing import TYPE_CHECKING

from classlab.errors import unwritable
from classlab.files.atomic_file import make_folder
from classlab.studies.asked.spec_settings import SETTING_KINDS
from classlab.studies.store.flat_table import flat_rows
from classlab.studies.store.run_names import run_name
from classlab.studies.store.table_files import lacking

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from classlab.records import RunRecord
    from classlab.studies.store.flat_table import FlatRow, Memberships

_HPARAMS = ("study", "arm", "data", *SETTING_KINDS)
_FIGURES = tuple(f"{split}_{figure}" for split in ("fitted", "validation", "test") for figure in ("accuracy", "loss"))


def write_tensorboard(folder: Path, records: Sequence[RunRecord], memberships: Memberships) -> int:
    """Writes a folder of events per run: curves by epoch, final figures, hyper-parameters for the HPARAMS page.

    Only the package tensorboard is needed, neither TensorFlow nor PyTorch. A run's folder appears when it is complete;
    one that is there already is left alone.

    Args:
        folder: made where it is missing; `tensorboard --logdir FOLDER` shows it.
        records: the runs.
        memberships: study and arm by a run's identity.

    Returns:
        How many runs were written.

    Raises:
        ExportError: the package tensorboard is not installed.
        StorageError: the folder cannot be written.
    """
    try:
        import tensorboard.summary  # noqa: F401
    except ImportError:
        raise lacking("TensorBoard", "tensorboard", "tensorboard") from None
    make_folder(folder)
    rows = zip(records, flat_rows(records, memberships), strict=True)
    new = [each for each in rows if not (folder / run_name(each[0])).exists()]
    for record, row in new:
        _write(folder, record, row)
    return len(new)


def _write(folder: Path, record: RunRecord, row: FlatRow) -> None:
    place = folder / run_name(record)
    unfinished = place.with_name(f".{place.name}.unfinished")
    try:
        shutil.rmtree(unfinished, ignore_errors=True)
        _write_events(unfinished, record, row)
        unfinished.replace(place)
    except OSError as refusal:
        raise unwritable(place, refusal) from refusal


def _write_events(place: Path, record: RunRecord, row: FlatRow) -> None:
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams.summary_v2 import hparams_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    start = _seconds(record)
    settings = {name: row[name] for name in _HPARAMS if row[name] is not None}
    writer = EventFileWriter(str(place))
    try:
        head = hparams_pb(settings, trial_id=record.identity, start_time_secs=start)
        writer.add_event(Event(wall_time=start, summary=head))
        for name, figures in record.history.items():
            for epoch, figure in enumerate(figures, start=1):
                value = Summary.Value(tag=f"epoch/{name}", simple_value=figure)
                writer.add_event(Event(wall_time=start, step=epoch, summary=Summary(value=[value])))
        for name in _FIGURES:
            if row[name] is not None:
                value = Summary.Value(tag=f"final/{name}", simple_value=row[name])
                writer.add_event(Event(wall_time=start, step=record.epochs_done, summary=Summary(value=[value])))
    finally:
        writer.close()


def _seconds(record: RunRecord) -> float:
    try:
        return datetime.fromisoformat(record.created).timestamp()
    except ValueError:
        return 0.0

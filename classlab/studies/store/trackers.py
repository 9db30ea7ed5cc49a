"""Runs into MLflow's tracking database and as TensorBoard's event files, each through its own client."""

from __future__ import annotations

import logging
import os
import re
import shutil
from datetime import datetime
from typing import TYPE_CHECKING, Any

from classlab.errors import ExportError, unwritable
from classlab.files.atomic_file import make_folder
from classlab.studies.asked.spec_settings import SETTING_KINDS
from classlab.studies.store.tables import flat_row, lacking

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from classlab.records import RunRecord
    from classlab.studies.store.tables import FlatRow, Memberships


_NO_NAME = re.compile(r"[^A-Za-z0-9._]+")  # letters that stay out of a folder's name
EXPERIMENT = "classlab"
DATABASE = "mlflow.db"
IDENTITY_TAG = "classlab.identity"
_CREATED_TAG = "classlab.created"
_BATCH = 1000  # metrics per call, MLflow's own limit
_STATES = {"finished": "FINISHED", "stopped_early": "FINISHED", "diverged": "FAILED", "failed": "FAILED"}
_SETTINGS = ("study", "arm", "data", *SETTING_KINDS)
_PARAMETERS = (*_SETTINGS, "parameters", "precision_used")
_FIGURES = tuple(f"{split}_{figure}" for split in ("fitted", "validation", "test") for figure in ("accuracy", "loss"))


def run_name(record: RunRecord) -> str:
    """Model, optimizer, rate, seed and identity; safe as the name of a folder."""
    spec = record.spec
    words = (spec.architecture.name, spec.optimizer.kind, f"{spec.optimizer.learning_rate:g}", f"seed{spec.seed}")
    name = "-".join(_NO_NAME.sub("_", word)[:40] for word in words)
    return f"{name.lstrip('.') or 'run'}-{record.identity[:8]}"


def write_mlflow(folder: Path, records: Iterable[RunRecord], memberships: Memberships) -> int:
    """Adds runs to the experiment `classlab` of an MLflow database; runs that are in it already are left alone.

    MLflow no longer writes its runs as plain files, so this is its SQLite database, which
    `mlflow ui --backend-store-uri sqlite:///FOLDER/mlflow.db` shows.

    Args:
        folder: made where it is missing.
        records: the runs.
        memberships: study and arm by a run's identity.

    Returns:
        How many runs were added.

    Raises:
        ExportError: mlflow-skinny, sqlalchemy or alembic is not installed, or MLflow refuses.
        StorageError: the folder cannot be made.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # an export talks to nobody
    try:
        from alembic.util import CommandError
        from mlflow.exceptions import MlflowException
        from mlflow.tracking import MlflowClient
        from sqlalchemy.exc import SQLAlchemyError
    except ImportError:
        raise lacking("MLflow", "mlflow-skinny with sqlalchemy and alembic", "mlflow") from None
    logging.getLogger("mlflow").setLevel(logging.WARNING)  # it tells of every table that it creates
    make_folder(folder)
    try:
        client = MlflowClient(tracking_uri=f"sqlite:///{(folder / DATABASE).absolute()}")
        experiment = _experiment(client, folder)
        return sum(
            _add_once(client, experiment, record, flat_row(record, memberships.get(record.identity)))
            for record in records
        )
    except (MlflowException, SQLAlchemyError, CommandError) as refusal:
        raise ExportError(
            f"{folder / DATABASE} must be a database that MLflow takes runs into, but MLflow says: "
            f"{str(refusal).partition(chr(10))[0][:200].rstrip('.')}. Choose another folder."
        ) from refusal


def _experiment(client: Any, folder: Path) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is not None:
        return str(found.experiment_id)
    return str(client.create_experiment(EXPERIMENT, artifact_location=(folder / "artifacts").absolute().as_uri()))


def _add_once(client: Any, experiment: str, record: RunRecord, row: FlatRow) -> bool:
    """Adds a run unless this very training is there; what an interrupted export left of it is removed first."""
    asked = f"tags.`{IDENTITY_TAG}` = '{record.identity}' and tags.`{_CREATED_TAG}` = '{_plain(record.created)}'"
    # MLflow marks a run as running until it is closed: one in that state is what a killed export left.
    for run in client.search_runs([experiment], filter_string=asked):
        if run.info.status != "RUNNING":
            return False
        client.delete_run(run.info.run_id)
    _add(client, experiment, record, row)
    return True


def _plain(text: str) -> str:
    return "".join(letter for letter in text if letter.isalnum() or letter in "-:+.")


def _add(client: Any, experiment: str, record: RunRecord, row: FlatRow) -> None:
    from mlflow.entities import Metric, Param

    start = round(1000 * _seconds(record))
    tags = {
        IDENTITY_TAG: record.identity,
        _CREATED_TAG: _plain(record.created),
        "classlab.state": record.state,
        "classlab.reason": record.reason or "",
    }
    run = client.create_run(experiment, start_time=start, tags=tags, run_name=run_name(record)).info.run_id
    client.log_batch(run, params=[Param(name, str(row[name])) for name in _PARAMETERS if row[name] is not None])
    metrics = [
        Metric(name, figure, start, epoch)
        for name, figures in record.history.items()
        for epoch, figure in enumerate(figures, start=1)
    ]
    figures = {name: row[name] for name in _FIGURES}
    metrics += [Metric(name, value, start, 0) for name, value in figures.items() if value is not None]
    for first in range(0, len(metrics), _BATCH):
        client.log_batch(run, metrics=metrics[first : first + _BATCH])
    end = start + round(record.seconds * 1000)
    client.set_terminated(run, _STATES.get(record.state, "KILLED"), end_time=end)


def write_tensorboard(folder: Path, records: Iterable[RunRecord], memberships: Memberships) -> int:
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
    written = 0
    for record in records:
        if not (folder / run_name(record)).exists():
            _write(folder, record, flat_row(record, memberships.get(record.identity)))
            written += 1
    return written


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
    settings = {name: row[name] for name in _SETTINGS if row[name] is not None}
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
    """When the run was made, in seconds since 1970; 0 where its record does not tell, which Python allows."""
    try:
        return datetime.fromisoformat(record.created).timestamp()
    except ValueError:
        return 0.0

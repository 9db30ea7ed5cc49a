"""Runs into an MLflow tracking database, through MLflow's own client."""

from __future__ import annotations

import logging
import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

from classlab.errors import ExportError
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

EXPERIMENT = "classlab"
DATABASE = "mlflow.db"
IDENTITY_TAG = "classlab.identity"
_CREATED_TAG = "classlab.created"
_BATCH = 1000  # metrics per call, MLflow's own limit
_STATES = {"finished": "FINISHED", "stopped_early": "FINISHED", "diverged": "FAILED", "failed": "FAILED"}
_PARAMETERS = ("study", "arm", "data", *SETTING_KINDS, "parameters", "precision_used")
_FIGURES = tuple(f"{split}_{figure}" for split in ("fitted", "validation", "test") for figure in ("accuracy", "loss"))


def write_mlflow(folder: Path, records: Sequence[RunRecord], memberships: Memberships) -> int:
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
        rows = flat_rows(records, memberships)
        return sum(_add_once(client, experiment, *each) for each in zip(records, rows, strict=True))
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

    start = _milliseconds(record)
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


def _milliseconds(record: RunRecord) -> int:
    try:
        return round(datetime.fromisoformat(record.created).timestamp() * 1000)
    except ValueError:
        return 0

from __future__ import annotations

import builtins
import csv
import io
import math
from dataclasses import replace

import pytest

from classlab.errors import ExportError
from classlab.models.builtin import build
from classlab.records import EarlyStopping, Figures, RunRecord
from classlab.records.optimizers import SGD, Adagrad, Nadam, RMSprop
from classlab.records.schedules import Cosine, Step
from classlab.studies.store.study_rows import Membership
from classlab.studies.store.tables import COLUMNS, flat_row, to_csv, to_parquet
from classlab.studies.store.trackers import run_name


def flat_rows(records, memberships):
    return [flat_row(record, memberships.get(record.identity)) for record in records]


@pytest.fixture
def records(stored) -> list[RunRecord]:
    """A good run, a diverged one, and one whose texts were chosen by somebody unfriendly."""
    good = stored(1, spec={"optimizer": SGD(learning_rate=0.1, momentum=0.9)}).record
    bad = stored(2, state="diverged", reason="+loss was not finite", validation=None, test=None, fitted=None,
                 training=Figures(images=10, loss=float("nan"), accuracy=0.1)).record  # fmt: skip
    data = replace(good.spec.data, name='=HYPERLINK("http://x","y")')
    notes = ("@SUM(1)", "two\nlines, and a comma")
    spec = replace(good.spec, data=data)
    foreign = replace(good, identity="ab" * 8, spec=spec, command=" -1+cmd|'/C calc'!A0", notes=notes)
    return [good, bad, foreign]


def test_every_fact_has_its_column_and_type(records):
    for record in records:
        row = flat_row(record, None)
        assert list(row) == list(COLUMNS)
        assert all(cell is None or type(cell) is COLUMNS[name] for name, cell in row.items())
    row = flat_row(records[0], Membership(study="rates", arm="sgd 0.1"))
    assert (row["study"], row["arm"]) == ("rates", "sgd 0.1")
    assert (row["learning_rate"], row["momentum"], row["nesterov"], row["beta_1"]) == (0.1, 0.9, False, None)
    assert row["test_accuracy"] == records[0].test.accuracy


def test_the_csv_gives_the_figures_back(records):
    rows = list(csv.DictReader(io.StringIO(to_csv(records, {}))))
    assert [row["identity"] for row in rows] == [record.identity for record in records]
    assert float(rows[0]["test_accuracy"]) == records[0].test.accuracy
    assert rows[1]["test_accuracy"] == ""
    assert math.isnan(float(rows[1]["training_loss"]))


def test_pandas_reads_every_column_with_its_type(stored):
    """One network with a single hidden layer among the rows, whose width pandas would take for a number."""
    pandas = pytest.importorskip("pandas")
    narrow = build("mlp", input_shape=(8, 8, 1), classes=10, units=(128,), dropout=0.5)
    stopping = EarlyStopping(patience=3)
    rows = [
        stored(1, spec={"architecture": narrow, "optimizer": SGD(learning_rate=1.0, momentum=0.9, nesterov=True)}),
        stored(2, spec={"architecture": narrow, "early_stopping": stopping, "top_k": 2, "schedule": Step(factor=1)}),
        stored(3, spec={"schedule": Cosine(), "optimizer": RMSprop(clipnorm=1.0, weight_decay=0.5)}),
        stored(4, spec={"optimizer": Adagrad(clipvalue=2.0), "initial_weights": "ab" * 32}, state="diverged",
               reason="the loss was not finite"),
        stored(5, spec={"optimizer": Nadam(global_clipnorm=3.0)}),
    ]  # fmt: skip
    records = [row.record for row in rows]
    homes = {record.identity: Membership(study="s", arm="a") for record in records[:2]}
    text = to_csv(records, homes)
    frame = pandas.read_csv(io.StringIO(text), dtype_backend="numpy_nullable")
    assert list(frame.columns) == list(COLUMNS)
    kinds = {str: "string", int: "Int64", float: "Float64", bool: "boolean"}
    # nothing to tell a type by
    empty = {"limit", "notes", "folds", "fold", "leave_out", "backbone", "backbone_weights"}
    empty |= {"fine_tune", "fine_tune_epochs", "fine_tune_rate"}
    for name, kind in COLUMNS.items():
        if not frame[name].isna().all():
            assert str(frame[name].dtype) == kinds[kind], name
    for name, cells in ((name, [row[name] for row in flat_rows(records, homes)]) for name in COLUMNS):
        read = [None if cell is pandas.NA else cell for cell in frame[name]]
        assert read == [None if cell == "" else cell for cell in cells], name
    assert {name for name in COLUMNS if frame[name].isna().all()} - empty == {
        *(name for name in COLUMNS if name.endswith("top_k_accuracy")),
        *(f"{split}_{name}" for split in ("training", "fitted") for name in ("balanced_accuracy", "macro_f1")),
    }
    plain = pandas.read_csv(io.StringIO(text))  # without the option, too: numbers are numbers, words are words
    assert plain["learning_rate"].dtype == float
    assert plain.groupby("units")["test_accuracy"].count().to_dict() == {"[128]": 2}


def test_no_text_of_the_csv_is_a_formula(records):
    rows = list(csv.DictReader(io.StringIO(to_csv(records, {}))))
    assert rows[2]["data"] == """'=HYPERLINK("http://x","y")"""
    assert rows[2]["command"] == "' -1+cmd|'/C calc'!A0"
    assert rows[2]["notes"] == "'@SUM(1) two\nlines, and a comma"
    assert rows[1]["reason"] == "'+loss was not finite"
    for row in rows:
        for name, cell in row.items():
            if COLUMNS[name] is str:
                assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r"))


def test_names_for_other_programs_are_folder_names(records):
    assert run_name(records[0]) == f"linear-sgd-0.1-seed1-{records[0].identity[:8]}"
    architecture = replace(records[0].spec.architecture, name="../é/..\\x" + "y" * 100)
    name = run_name(replace(records[0], spec=replace(records[0].spec, architecture=architecture)))
    assert "/" not in name
    assert "\\" not in name
    assert not name.startswith(".")
    assert len(name) < 200


@pytest.mark.parametrize(
    ("module", "what", "package", "extra"),
    [
        ("pyarrow", "Parquet", "pyarrow", "parquet"),
        ("mlflow", "MLflow", "mlflow-skinny with sqlalchemy and alembic", "mlflow"),
        ("tensorboard", "TensorBoard", "tensorboard", "tensorboard"),
    ],
)
def test_a_missing_library_is_named_with_the_way_to_get_it(monkeypatch, tmp_path, module, what, package, extra):
    from classlab.studies.store.trackers import write_mlflow, write_tensorboard

    real = builtins.__import__

    def without(name, *rest):
        if name.partition(".")[0] in (module, "alembic"):
            raise ImportError(name)
        return real(name, *rest)

    calls = {
        "parquet": lambda: to_parquet([], {}),
        "mlflow": lambda: write_mlflow(tmp_path / "x", [], {}),
        "tensorboard": lambda: write_tensorboard(tmp_path / "x", [], {}),
    }
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ExportError) as refusal:
        calls[extra]()
    monkeypatch.undo()
    assert str(refusal.value) == (
        f"an export to {what} must have the package {package} to write it, but it is not installed. "
        f'Install it with `pip install "classlab[{extra}]"`.'
    )
    assert not (tmp_path / "x").exists()


def test_parquet_gives_the_table_back(records):
    parquet = pytest.importorskip("pyarrow.parquet")
    homes = {records[0].identity: Membership(study="rates", arm="sgd 0.1")}
    table = parquet.read_table(io.BytesIO(to_parquet(records, homes)))
    back = table.to_pylist()
    assert [repr(row) for row in back] == [repr(row) for row in flat_rows(records, homes)]
    kinds = {str: "string", int: "int64", float: "double", bool: "bool"}
    assert {field.name: str(field.type) for field in table.schema} == {
        name: kinds[kind] for name, kind in COLUMNS.items()
    }
    assert to_parquet([], {})[:4] == b"PAR1"


def test_tensorboard_reads_the_curves_back(records, tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    from tensorboard.plugins.hparams import plugin_data_pb2

    from classlab.studies.store.trackers import write_tensorboard

    homes = {records[0].identity: Membership(study="rates", arm="sgd 0.1")}
    assert write_tensorboard(tmp_path, records, homes) == 3
    assert write_tensorboard(tmp_path, records, homes) == 0
    assert sorted(place.name for place in tmp_path.iterdir()) == sorted(run_name(record) for record in records)
    events = accumulator.EventAccumulator(str(tmp_path / run_name(records[0])))
    events.Reload()
    for name, figures in records[0].history.items():
        found = events.Scalars(f"epoch/{name}")
        assert [event.step for event in found] == [1, 2, 3]
        assert [event.value for event in found] == pytest.approx(figures, rel=1e-6)
    assert events.Scalars("final/test_accuracy")[0].value == pytest.approx(records[0].test.accuracy, rel=1e-6)
    given = events.summary_metadata["_hparams_/session_start_info"].plugin_data.content
    hparams = plugin_data_pb2.HParamsPluginData.FromString(given).session_start_info.hparams
    assert (hparams["arm"].string_value, hparams["momentum"].number_value) == ("sgd 0.1", 0.9)
    assert (hparams["nesterov"].WhichOneof("kind"), "beta_1" in hparams) == ("bool_value", False)
    assert "hparams" in events.summary_metadata["_hparams_/session_start_info"].plugin_data.plugin_name


@pytest.mark.filterwarnings("ignore")  # of MLflow and what it builds on, about their own insides
def test_mlflow_reads_the_runs_back(records, tmp_path, monkeypatch):
    tracking = pytest.importorskip("mlflow.tracking")
    pytest.importorskip("alembic")
    pytest.importorskip("sqlalchemy")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    from classlab.studies.store.trackers import write_mlflow

    homes = {records[0].identity: Membership(study="rates", arm="sgd 0.1")}
    assert write_mlflow(tmp_path, records, homes) == 3
    client = tracking.MlflowClient(tracking_uri=f"sqlite:///{tmp_path / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("classlab").experiment_id
    runs = {run.data.tags["classlab.identity"]: run for run in client.search_runs([experiment])}
    good = runs[records[0].identity]
    row = flat_row(records[0], homes[records[0].identity])
    assert {"study", "arm", "momentum", "nesterov", "start"} <= good.data.params.keys()
    for name, text in good.data.params.items():  # a text that is the column's value again, None left out
        kind = COLUMNS[name]
        assert (text == "True" if kind is bool else kind(text)) == row[name], name
    assert not {"beta_1", "early_stopping"} & good.data.params.keys()
    assert good.data.metrics["test_accuracy"] == records[0].test.accuracy
    curve = client.get_metric_history(good.info.run_id, "val_loss")
    assert [point.value for point in sorted(curve, key=lambda point: point.step)] == list(
        records[0].history["val_loss"]
    )
    assert good.info.status == "FINISHED"
    assert runs[records[1].identity].info.status == "FAILED"
    client.update_run(good.info.run_id, status="RUNNING")  # as an export that was killed leaves it
    assert write_mlflow(tmp_path, records, homes) == 1
    assert len(client.search_runs([experiment])) == 3


@pytest.mark.filterwarnings("ignore")
def test_what_mlflow_refuses_is_said(records, tmp_path):
    pytest.importorskip("mlflow")
    pytest.importorskip("sqlalchemy")
    from classlab.studies.store.trackers import write_mlflow

    (tmp_path / "mlflow.db").write_bytes(b"no database" * 100)
    with pytest.raises(ExportError) as refusal:
        write_mlflow(tmp_path, records, {})
    assert str(refusal.value) == (
        f"{tmp_path / 'mlflow.db'} must be a database that MLflow takes runs into, but MLflow says: "
        "(sqlite3.DatabaseError) file is not a database. Choose another folder."
    )

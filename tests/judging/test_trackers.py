"""Exports of experiment trackers. Those of MLflow and TensorBoard below were written by their own programs."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from classlab.errors import DataError, MissingExtraError
from classlab.judging.names import split_seeds
from classlab.judging.results import ReadingOptions
from classlab.judging.sources import read_results

# `mlflow.search_runs(...).to_csv(...)` of MLflow 3.17.2; `mlflow experiments csv` writes the same without the index.
MLFLOW = """\
,run_id,experiment_id,status,artifact_uri,start_time,end_time,metrics.val_accuracy,metrics.accuracy,params.seed,params.optimizer,params.lr,tags.mlflow.user,tags.mlflow.source.type,tags.mlflow.source.name,tags.mlflow.runName
0,2bce4643ae3d,1,FAILED,/a/2b,2026-11-29 22:05:29.957+00:00,2026-11-29 22:05:30.013+00:00,0.1,,2,sgd,0.001,root,LOCAL,export.py,sgd-2
1,6a398ec7cf36,1,FINISHED,/a/6a,2026-11-29 22:05:29.846+00:00,2026-11-29 22:05:29.937+00:00,0.8975067023541871,0.99,1,sgd,0.001,root,LOCAL,export.py,sgd-1
2,7a398ec7cf36,1,FINISHED,/a/7a,2026-11-29 22:05:29.846+00:00,2026-11-29 22:05:29.937+00:00,0.9,0.99,0,sgd,0.001,root,LOCAL,export.py,sgd-0
3,8a398ec7cf36,1,FINISHED,/a/8a,2026-11-29 22:05:29.846+00:00,2026-11-29 22:05:29.937+00:00,0.92,0.99,1,adam,0.001,root,LOCAL,export.py,adam-1
4,9a398ec7cf36,1,FINISHED,/a/9a,2026-11-29 22:05:29.846+00:00,2026-11-29 22:05:29.937+00:00,0.93,0.99,0,adam,0.001,root,LOCAL,export.py,adam-0
"""  # noqa: E501  (as it was written)
# What the scalars page of TensorBoard 2.21 sends for a download.
SCALARS = "Wall time,Step,Value\r\n0.0,0,0.922576367855072\r\n1.0,1,{last}\r\n2.0,2,nan\r\n"
WANDB_RUNS = """\
"Name","State","Notes","User","Tags","Created","Runtime","Sweep","lr","optimizer","seed","val_acc"
"fancy-sun-1","finished","-","me","","2024-01-01T00:00:00.000Z","10","","0.001","adam","0","0.91"
"calm-sea-2","finished","-","me","","2024-01-01T00:00:00.000Z","10","","0.001","adam","1","0.92"
"true-pond-3","finished","-","me","","2024-01-01T00:00:00.000Z","10","","0.01","sgd","0","0.88"
"icy-dawn-4","crashed","-","me","","2024-01-01T00:00:00.000Z","10","","0.01","sgd","1","0.5"
"icy-fog-5","running","-","me","","2024-01-01T00:00:00.000Z","10","","0.01","sgd","2","0.6"
"""


def read(*paths, **options):
    return read_results([Path(path) for path in paths], ReadingOptions(**options))


def figures(results):
    return {(row.arm, row.seed): row.figure for row in results.rows}


def history(runs, rows, *, x="Step", group=""):
    columns = [f'"{group}{run} - val_acc{end}"' for run in runs for end in ("", "__MIN", "__MAX")]
    lines = [",".join([str(step), *(cell for cell in row for _ in range(3))]) for step, row in enumerate(rows)]
    return "\n".join([",".join([f'"{x}"', *columns]), *lines]) + "\n"


@pytest.mark.parametrize("text", [MLFLOW, "\n".join(line.partition(",")[2] for line in MLFLOW.splitlines())])
def test_mlflow_exports_are_read_as_they_come(write, text):
    results = read(write("runs.csv", text))
    assert figures(results) == {
        ("sgd", "2"): None,
        ("sgd", "1"): 0.8975067023541871,
        ("sgd", "0"): 0.9,
        ("adam", "1"): 0.92,
        ("adam", "0"): 0.93,
    }
    assert results.paired
    assert results.metric == "metrics.val_accuracy"


def test_a_table_of_runs_of_weights_and_biases_is_read(write):
    results = read(write("wandb_export.csv", WANDB_RUNS))
    assert figures(results) == {
        ("adam", "0"): 0.91, ("adam", "1"): 0.92, ("sgd", "0"): 0.88, ("sgd", "1"): None, ("sgd", "2"): None,
    }  # fmt: skip
    assert "2 runs of 5 did not end well by 'State' (1 crashed and 1 running)" in " ".join(results.notes)


def test_seeds_in_names_of_runs_count_where_no_column_has_them(write):
    text = '"Name","State","optimizer","val_acc"\n' + "".join(
        f'"{arm}-seed{seed}","finished","{arm}","0.9{seed}"\n' for arm in ("adam", "sgd") for seed in (0, 1)
    )
    results = read(write("wandb_export.csv", text))
    assert results.paired
    assert results.seeds == ("0", "1")


def test_curves_of_weights_and_biases_give_the_last_finite_step(write):
    runs = ["adam-seed0", "adam-seed1", "sgd-seed0", "sgd-seed1"]
    text = history(runs, [["0.1"] * 4, ["0.9", "0.91", "0.8", "0.7"], ["", "0.92", "NaN", "0.81"]])
    results = read(write("wandb_export.csv", text))
    assert figures(results) == {("adam", "0"): 0.9, ("adam", "1"): 0.92, ("sgd", "0"): 0.8, ("sgd", "1"): 0.81}
    assert results.metric == "val_acc"


def test_curves_over_another_axis_have_steps_beside_them(write):
    text = history(["a-s0", "b-s0"], [["0.1", "0.2"]], x="epoch").replace(
        "\n0,", ',"a-s0 - _step","a-s0 - _step__MIN","a-s0 - _step__MAX"\n0,', 1
    )
    text = text.rstrip("\n") + ",7,7,7\n"
    assert figures(read(write("wandb_export.csv", text))) == {("a", "0"): 0.1, ("b", "0"): 0.2}


def test_averages_of_groups_and_several_curves_are_refused(write):
    with pytest.raises(DataError) as refusal:
        read(write("g.csv", history(["a", "b"], [["0.1", "0.2"]], group="Group: ")))
    assert str(refusal.value) == (
        "g.csv must hold one curve per run, but 'Group: a - val_acc' is the average of a group. "
        "Switch grouping off in Weights & Biases and export again."
    )
    two = history(["a", "b"], [["0.1", "0.2"]]).replace("b - val_acc", "b - val_loss")
    with pytest.raises(DataError) as refusal:
        read(write("two.csv", two))
    assert str(refusal.value) == (
        "two.csv holds curves of 'val_acc' and 'val_loss', so --figure must name one. Name one."
    )
    with pytest.raises(DataError) as refusal:
        read(write("text.csv", history(["a", "b"], [["0.1", "x"]])))
    assert str(refusal.value) == ("'b - val_acc' must hold numbers, but line 2 of text.csv has 'x'. Export it again.")


def test_downloads_of_tensorboard_are_runs_by_their_names(write):
    files = [
        write(f"run-{arm}_seed{seed}_validation-tag-epoch_accuracy.csv", SCALARS.format(last=last))
        for (arm, seed), last in {("adam", 0): 0.93, ("adam", 1): 0.94, ("sgd", 0): 0.9, ("sgd", 1): 0.91}.items()
    ]
    results = read(*files)
    assert figures(results) == {("adam", "0"): 0.93, ("adam", "1"): 0.94, ("sgd", "0"): 0.9, ("sgd", "1"): 0.91}
    assert results.metric == "epoch_accuracy"
    training = write("run-adam_seed0_train-tag-epoch_accuracy.csv", SCALARS.format(last=1))
    assert figures(read(*files, training)) == figures(results)


def test_downloads_of_several_tags_are_refused_until_one_is_named(write):
    files = [write(f"run-{arm}-tag-{tag}.csv", SCALARS.format(last=0.5)) for arm in "ab" for tag in ("acc", "loss")]
    with pytest.raises(DataError) as refusal:
        read(*files)
    assert str(refusal.value) == (
        "all curves must be of one tag, but they are of 'acc', 'loss'. Name one of those with --figure."
    )
    with pytest.raises(DataError) as refusal:
        read(*files, figure="f1")
    assert str(refusal.value) == (
        "some curve must be of the tag 'f1', but they are of 'acc', 'loss'. Name one of those with --figure."
    )
    assert read(*files, figure="acc").arms == ("a", "b")
    with pytest.raises(DataError) as refusal:
        read(write("run-a-tag-acc.csv", SCALARS.format(last="x")), write("run-b-tag-acc.csv", SCALARS.format(last=1)))
    assert str(refusal.value) == (
        "'Step' and 'Value' must hold numbers, but line 3 of run-a-tag-acc.csv has '1' and 'x'. Download it again."
    )


def test_event_folders_are_read_by_tensorboard_itself(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.plugins.scalar.summary_v2 import scalar_pb
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    for arm, base in (("adam", 0.9), ("sgd", 0.8)):
        for seed in range(2):
            for split, figure in (("validation", base), ("train", 0.99)):
                writer = EventFileWriter(str(tmp_path / f"{arm}-seed{seed}" / split))
                for step in range(3):
                    summary = scalar_pb("epoch_accuracy", figure + 0.001 * step)
                    writer.add_event(Event(wall_time=step, step=step, summary=summary))
                writer.close()
    found = figures(read(tmp_path))
    assert found == pytest.approx(
        {(arm, seed): base for arm, base in (("adam", 0.902), ("sgd", 0.802)) for seed in "01"}
    )
    with pytest.raises(DataError) as refusal:
        read(tmp_path, figure="loss")
    assert str(refusal.value) == (
        f"the event files of {tmp_path} must hold the tag 'loss', but they hold 'epoch_accuracy'. "
        "Name one with --figure."
    )


def test_event_folders_without_tensorboard_are_refused(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    write("logs/a/events.out.tfevents.1", b"")
    with pytest.raises(MissingExtraError) as refusal:
        read("logs")
    assert str(refusal.value) == (
        "logs/a needs tensorboard, which is not installed. "
        'Install it with `pip install "classlab[tensorboard]"`, or download the curves as CSV.'
    )


def test_folders_without_events_and_folders_beside_files_are_refused(write):
    Path(write("plain/x.txt", "x")).parent.mkdir(exist_ok=True)
    with pytest.raises(DataError) as refusal:
        read("plain")
    assert str(refusal.value) == (
        "plain must be the folder of a run or hold event files of TensorBoard, but it holds neither. "
        "Give the files in it by name."
    )
    with pytest.raises(DataError) as refusal:
        read("plain", "plain/x.txt")
    assert str(refusal.value) == (
        "folders and files cannot be judged together, but plain is a folder and plain/x.txt a file. Give one kind."
    )


@pytest.mark.parametrize(
    ("names", "parted"),
    [
        (["adam(seed=3)", "sgd(seed=4)"], [("adam", "3"), ("sgd", "4")]),
        (["seed_3/mlp", "seed_4/mlp"], [("mlp", "3"), ("mlp", "4")]),
        (["cnn_random_state007"], [("cnn", "7")]),
        (["resnet-18", "resnet-50"], [("resnet-18", None), ("resnet-50", None)]),
        (["a-1", "a-2", "b-1"], [("a-1", None), ("a-2", None), ("b-1", None)]),
        (["seed1", "seed2"], [("seed1", None), ("seed2", None)]),
        (["lr-0.01", "lr-0.001"], [("lr-0.01", None), ("lr-0.001", None)]),
    ],
)
def test_seeds_are_found_in_names_and_sizes_are_no_seeds(names, parted):
    assert split_seeds(names) == parted


def test_more_event_folders_than_are_read_are_refused_and_not_cut_off(write, monkeypatch):
    monkeypatch.setattr("classlab.judging.curves._MOST_FOLDERS", 2)
    for number in range(3):
        write(f"logs/{number}/events.out.tfevents.1", b"")
    with pytest.raises(DataError) as refusal:
        read_results([Path("logs")], ReadingOptions())
    assert str(refusal.value) == (
        "a folder of TensorBoard's must hold at most 2 runs, but logs holds 3. Give the folders of fewer runs."
    )

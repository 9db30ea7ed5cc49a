from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pandas
import pytest

from classlab.errors import ClasslabError, DataError, MissingExtraError, SpecError, StorageError
from classlab.judging.front import judge
from classlab.judging.results import ReadingOptions
from classlab.judging.sources import read_results

PLAIN = "arm,seed,accuracy\nadam,0,0.9\nadam,1,0.92\nsgd,0,0.81\nsgd,1,0.82\n"
FIGURES = {("adam", "0"): 0.9, ("adam", "1"): 0.92, ("sgd", "0"): 0.81, ("sgd", "1"): 0.82}


def read(*paths, **options):
    return read_results([Path(path) for path in paths], ReadingOptions(**options))


def figures(results):
    return {(row.arm, row.seed): row.figure for row in results.rows}


WAYS = {
    "tabs": PLAIN.replace(",", "\t"),
    "semicolons with decimal commas": PLAIN.replace(",", ";").replace("0.", "0,").replace("\n", "\r\n"),
    "bars and empty lines": "\n" + PLAIN.replace(",", "|").replace("\n", "\n\n"),
    "byte order mark": b"\xef\xbb\xbf" + PLAIN.encode(),
    "UTF-16": PLAIN.encode("utf-16"),
    "quoted decimal commas": 'arm,seed,accuracy\nadam,0,"0,9"\nadam,1,"0,92"\nsgd,0,"0,81"\nsgd,1,"0,82"\n',
    "other names": "Optimizer,random_state,Val/Acc\nadam,0,0.9\nadam,1,0.92\nsgd,0,0.81\nsgd,1,0.82\n",
    "seeds with a gap, as floats": PLAIN.replace(",0,", ",0.0,").replace(",1,", ",1.0,"),
    "per cent signs": "arm,seed,acc\nadam,0,90 %\nadam,1,92%\nsgd,0,81.0 %\nsgd,1,82 %\n",
    "per cent": "arm,seed,acc\nadam,0,90\nadam,1,92\nsgd,0,81.0\nsgd,1,82\n",
}


@pytest.mark.parametrize("way", WAYS)
def test_a_table_is_read_however_it_is_written(write, way):
    results = read(write("runs.csv", WAYS[way]))
    assert figures(results) == pytest.approx(FIGURES)
    assert results.paired
    assert results.shares


def test_windows_letters_are_read(write):
    results = read(write("runs.csv", "arm,seed,acc\ngröße,0,0.9\nklein,0,0.8\n".encode("cp1252")))
    assert results.arms == ("größe", "klein")


def test_pandas_own_csv_and_json_are_read(write):
    frame = pandas.DataFrame([(*key, figure) for key, figure in FIGURES.items()], columns=["arm", "seed", "acc"])
    for name, text in {
        "index.csv": frame.to_csv(),
        "rows.json": frame.to_json(orient="records"),
        "lines.jsonl": frame.to_json(orient="records", lines=True),
    }.items():
        assert figures(read(write(name, text))) == FIGURES
    found = judge(frame)
    assert [estimate.mean for estimate in found.judgement.ranking.estimates] == pytest.approx([0.91, 0.815])
    assert found == replace(judge(frame.to_dict("list")), notes=found.notes)
    assert judge(frame.to_dict("records")).judgement == found.judgement


def test_nested_objects_become_columns(write):
    rows = [
        {"config": {"optimizer": arm}, "seed": int(seed), "metrics": {"val_acc": figure, "curve": [1, 2]}}
        for (arm, seed), figure in FIGURES.items()
    ]
    results = read(write("runs.json", json.dumps({"runs": rows})))
    assert figures(results) == FIGURES
    assert results.metric == "metrics.val_acc"


def test_columns_can_be_named_and_joined(write):
    text = "model,lr,rep,quality,acc\nmlp,0.1,1,0.5,0\nmlp,0.1,2,0.6,0\nmlp,0.2,1,0.7,0\nmlp,0.2,2,0.8,0\n"
    results = read(write("runs.csv", text), arm=("model", "lr"), seed=("rep",), figure="quality", images=50)
    assert results.arms == ("mlp 0.1", "mlp 0.2")
    assert results.seeds == ("1", "2")
    assert results.images == 50


def test_settings_that_vary_name_the_arm_and_no_more_of_them_than_needed(write):
    text = "model,optimizer,lr,seed,acc\nmlp,adam,1,0,0.5\nmlp,sgd,2,0,0.6\ncnn,adam,1,0,0.7\n"
    assert read(write("runs.csv", text)).arms == ("mlp adam", "mlp sgd", "cnn adam")


def test_images_come_from_the_column_of_the_figures_split(write):
    text = 'arm,seed,test_images,val_images,val_accuracy\na,0,10000,"6,000",0.5\nb,0,10000,6000,0.6\n'
    assert read(write("runs.csv", text)).images == 6000


def test_without_seeds_nothing_is_paired_and_the_rows_are_runs(write):
    results = read(write("runs.csv", "arm,acc\na,0.5\na,0.6\nb,0.7\nb,0.8\nb,0.9\n"))
    assert (results.paired, results.named) == (False, False)
    assert figures(results) == {("a", "1"): 0.5, ("a", "2"): 0.6, ("b", "1"): 0.7, ("b", "2"): 0.8, ("b", "3"): 0.9}
    assert results.notes == (
        "Read from runs.csv: the arm from 'arm', no seed, because no column names it, the figure from 'acc'.",
    )


def test_seeds_that_arms_do_not_share_are_no_pairs(write):
    results = read(write("runs.csv", "arm,seed,acc\na,0,0.5\na,1,0.6\nb,2,0.7\nb,3,0.8\n"))
    assert (results.paired, results.named) == (False, True)
    assert results.notes[-1] == "a and b share 0 seeds, too few for pairs: the arms are compared unpaired."


def test_folds_are_said_to_be_folds(write):
    results = read(write("runs.csv", "arm,fold,acc\na,0,0.5\na,1,0.6\nb,0,0.7\nb,1,0.8\n"))
    assert "folds of cross-validation: their training images overlap" in " ".join(results.notes)


@pytest.mark.parametrize(
    ("text", "paired"), [("seed,a,b\n0,0.5,0.7\n1,0.6,0.8\n", True), ("a,b\n0.5,0.7\n0.6,0.8\n,0.9\n", False)]
)
def test_a_wide_table_has_an_arm_per_column(write, text, paired):
    results = read(write("wide.csv", text), wide=True)
    assert results.arms == ("a", "b")
    assert results.paired is paired
    assert [row.figure for row in results.rows if row.arm == "a"] == [0.5, 0.6]


def test_a_dict_of_arms_is_a_wide_table():
    found = judge({"a": [0.5, 0.6], "b": [0.7, 0.8, 0.9]})
    assert (found.judgement.names, found.first, found.judgement.repeat) == (("a", "b"), "b", "run")
    assert [estimate.n for estimate in found.judgement.ranking.estimates] == [2, 3]


def test_several_files_without_an_arm_are_arms_by_their_names(write):
    files = [write("adam.csv", "seed,acc\n0,0.9\n1,0.92\n"), write("sgd.csv", "seed,acc\n0,0.81\n1,0.82\n")]
    assert figures(read(*files)) == FIGURES


def test_runs_that_did_not_end_well_have_no_figure(write):
    text = "arm,seed,status,acc\na,0,FINISHED,0.5\na,1,FAILED,0.9\nb,0,finished,0.7\nb,1,done,0.6\n"
    results = read(write("runs.csv", text))
    assert figures(results)["a", "1"] is None
    assert results.notes[1:] == (
        "1 run of 4 did not end well by 'status' (1 FAILED): counted as runs without a figure.",
        "a has no figure for 1 of its 2 runs; it is judged on the others, and comes after the arms whose every run has "
        "one.",
        "a and b share 1 seed, too few for pairs: the arms are compared unpaired.",
    )


def test_a_state_that_is_a_place_says_nothing_of_runs(write):
    assert figures(read(write("runs.csv", "arm,state,acc\na,Texas,0.5\nb,Ohio,0.7\n")))["a", "1"] == 0.5


def test_losses_are_better_when_lower_and_no_shares(write):
    results = read(write("runs.csv", "arm,seed,loss,val_loss\na,0,0.1,0.5\nb,0,0.2,1.7\n"))
    assert (results.metric, results.higher_is_better, results.shares) == ("val_loss", False, False)
    assert read(write("runs.csv", "arm,val_loss,test_acc,error\na,2,0.5,0.5\nb,3,0.6,0.4\n")).metric == "test_acc"
    errors = read(write("runs.csv", "arm,seed,val_loss,error\na,0,1,5\nb,0,2,7\n"))
    assert errors.metric == "error"
    assert (errors.higher_is_better, errors.shares, errors.rows[0].figure) == (False, True, 0.05)


def test_figures_of_training_images_are_said_to_be_that(write):
    path = write("runs.csv", "arm,seed,train_accuracy,train_val_accuracy\na,0,0.9,0.8\nb,0,0.8,0.7\n")
    assert read(path, figure="train_accuracy").notes[-1] == (
        "By their name 'train_accuracy' the figures are of training images, so they say nothing about new images."
    )
    assert all("training images" not in note for note in read(path, figure="train_val_accuracy").notes)


def test_one_dataset_can_be_chosen(write):
    path = write("runs.csv", "dataset,arm,seed,acc\nm,a,0,0.5\nm,b,0,0.7\nf,a,0,0.1\nf,b,0,0.2\n")
    with pytest.raises(DataError) as refusal:
        read(path)
    assert str(refusal.value) == (
        "figures must come from one dataset to be compared, but 'dataset' of runs.csv has 'm' and 'f'. Choose one with "
        "--only dataset=m, or name the arm's columns with --arm."
    )
    assert figures(read(path, only=(("dataset", "f"),))) == {("a", "0"): 0.1, ("b", "0"): 0.2}


REFUSALS = {
    "missing column": (
        PLAIN,
        {"arm": ("Arm",)},
        "runs.csv must have the column 'Arm', but it has 'arm', 'seed', 'accuracy'. Did you mean 'arm'?",
    ),
    "no spelling near": (
        PLAIN,
        {"figure": "xyz"},
        "runs.csv must have the column 'xyz', but it has 'arm', 'seed', 'accuracy'. Name one of those.",
    ),
    "no figures": (
        "foo,bar\n1,2\n",
        {},
        "runs.csv must have a column with figures, such as `accuracy` or `val_accuracy`, but it has 'foo', 'bar'. "
        "Name the column with --figure, or give --wide where each column is an arm.",
    ),
    "no arms": (
        "foo,acc\n1,0.2\n",
        {},
        "runs.csv must have a column that names the arm, such as `arm`, `model` or `optimizer`, but it has 'foo', "
        "'acc'. Name it with --arm, or give --wide where each column is an arm.",
    ),
    "text for a figure": (
        "arm,seed,acc\na,0,0.9\na,1,high\nb,0,0.8\n",
        {},
        "'acc' must hold numbers, but line 3 of runs.csv has 'high'. Write one number per run, or leave the cell empty "
        "where a run has none.",
    ),
    "text for images": (
        "arm,images,acc\na,many,0.9\nb,10,0.8\n",
        {},
        "'images' must hold whole numbers of images above zero, but line 2 of runs.csv has 'many'. "
        "Give the number with --images N.",
    ),
    "a seed twice": (
        "arm,lr,extra,seed,acc\na,0.1,u,0,0.9\na,0.2,v,0,0.8\nb,0.1,w,0,0.8\nb,0.2,x,0,0.7\n",
        {"arm": ("arm",)},
        "an arm must have each seed once, but 'a' has seed 0 in line 2 of runs.csv and in line 3 of runs.csv. "
        "These rows differ in 'lr': name those that make an arm with --arm.",
    ),
    "a row twice": (
        "arm,seed,acc\na,0,0.9\na,0,0.9\nb,0,0.8\n",
        {},
        "an arm must have each seed once, but 'a' has seed 0 in line 2 of runs.csv and in line 3 of runs.csv. "
        "Remove one of the two.",
    ),
    "a row without an arm": (
        "arm,seed,acc\na,0,0.9\n,0,0.9\nb,0,0.8\n",
        {},
        "every row must name its 'arm', but line 3 of runs.csv does not. Fill it in or remove the row.",
    ),
    "one arm": (
        "arm,seed,acc\na,0,0.9\na,1,0.9\n",
        {},
        "runs.csv must hold two arms or more, but 'arm' is 'a' throughout. "
        "Name the columns that tell the arms apart with --arm.",
    ),
    "one arm by name": (
        "arm,seed,acc\na,0,0.9\na,1,0.9\n",
        {"arm": ("arm",)},
        "there must be two arms or more to compare, but there is only 'a', with 2 runs. "
        "Add the results of another arm, or name the columns that tell the arms apart with --arm.",
    ),
    "an arm without figures": (
        "arm,seed,acc\na,0,0.9\nb,0,\n",
        {},
        "two arms or more must have figures, but only 'a' has; every run of the others failed, is not finished, or has "
        "an empty cell. Name another column with --figure, or add runs.",
    ),
    "nothing finished": (
        "arm,seed,state,acc\na,0,running,0.9\nb,0,crashed,0.8\n",
        {},
        "some run must have a finite figure, but none of 2 runs has: all failed, are not finished, or have an empty "
        "cell. Wait for them, or name another column with --figure.",
    ),
    "two scales": (
        "arm,seed,acc\na,0,0.9\nb,0,91\n",
        {},
        "all figures must be shares from 0 to 1 or all per cent, but line 2 of runs.csv has 0.9 and others are above "
        "1. Bring them to one scale, or give --per-cent if all of them are per cent.",
    ),
    "some per cent signs": (
        "arm,seed,acc\na,0,90%\nb,0,91\n",
        {},
        "all figures must be shares from 0 to 1 or all per cent, but only some of them carry a per cent sign. "
        "Bring them to one scale, or give --per-cent if all of them are per cent.",
    ),
    "beyond 100": (
        "arm,seed,acc\na,0,90\nb,0,910\n",
        {},
        "an accuracy must lie from 0 to 1, or from 0 to 100 per cent, but line 3 of runs.csv has 910. "
        "Name another column with --figure; for a loss give --lower-is-better.",
    ),
    "uneven lines": (
        "arm,seed,acc\na,0,0.9,1\n",
        {},
        "every line of runs.csv must have 3 cells, as its header has, but line 2 has 4. "
        "Put cells that hold a delimiter in quotes.",
    ),
    "a column twice": (
        "arm,acc,acc\na,0,0.9\n",
        {},
        "runs.csv must name each column once, but 'acc' stands twice. Rename one of the two.",
    ),
    "no rows": ("arm,acc\n", {}, "runs.csv must hold results below its header, but it has none. Export it again."),
    "an empty file": (" \n", {}, "runs.csv must hold results, but it is empty. Export it again."),
    "binary data": (
        b"PK\x03\x04\0\0",
        {},
        "runs.csv must be a table as text, but it holds binary data. Export it as CSV.",
    ),
    "a cell without end": (
        "arm,acc\n" + "a" * 200_000 + ",1\n",
        {},
        "runs.csv must be a table with quoted cells closed, but line 2 is not (field larger than field limit "
        "(131072)). Export it again.",
    ),
    "a row that is not there": (
        PLAIN,
        {"only": (("arm", "x"),)},
        "some row of runs.csv must have 'x' in 'arm', but that column holds 'adam' and 'sgd'. Choose one of those.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_judged_is_refused_in_a_sentence(write, case):
    content, options, sentence = REFUSALS[case]
    path = write("runs.csv", content)
    with pytest.raises(DataError) as refusal:
        read(path, **options)
    assert str(refusal.value) == sentence


def test_one_percent_among_per_cent_is_read_where_a_person_says_so(write):
    results = read(write("runs.csv", "arm,seed,acc\na,0,1.0\nb,0,91\n"), per_cent=True)
    assert [row.figure for row in results.rows] == [0.01, 0.91]


def test_seeds_for_some_files_only_are_refused(write):
    files = [write("a.csv", "seed,acc\n0,0.9\n"), write("b.csv", "acc\n0.9\n")]
    with pytest.raises(DataError) as refusal:
        read(*files)
    assert str(refusal.value) == (
        "either every run must name its seed or none, but line 2 of b.csv names none and others do. "
        "Name the seed's column with --seed, or fill it in."
    )


def test_files_of_several_figures_are_refused(write):
    files = [write("a.csv", "seed,acc\n0,0.9\n"), write("b.csv", "seed,test_acc\n0,0.9\n")]
    with pytest.raises(DataError) as refusal:
        read(*files)
    assert str(refusal.value) == (
        "all files must give the same figure, but they give 'acc' and 'test_acc'. Name it with --figure."
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            '{"arm":',
            "runs.json must be JSON or JSON Lines, but Expecting value: line 1 column 8 (char 7). Export it again.",
        ),
        ('{"a": 1}\n{"a":', "runs.json must be JSON or JSON Lines, but line 2 is no JSON. Export it again."),
        (
            "[1, 2]",
            "runs.json must hold a list of objects, one per run, as in "
            '[{"arm": "adam", "seed": 0, "accuracy": 0.92}], but it holds something else. Write it so.',
        ),
    ],
)
def test_json_that_is_no_table_is_refused(write, text, sentence):
    with pytest.raises(DataError) as refusal:
        read(write("runs.json", text))
    assert str(refusal.value) == sentence


def test_files_are_looked_at_before_they_are_read(write, tmp_path):
    with write("huge.csv", "arm,acc\n").open("r+b") as file:
        file.truncate(40 * 2**20)
    with pytest.raises(DataError) as refusal:
        read("huge.csv")
    assert str(refusal.value) == (
        "huge.csv must not be larger than 33,554,432 bytes, but it has 41,943,040. "
        "Keep one row per run and the columns that matter."
    )
    with pytest.raises(StorageError) as refusal:
        read("missing.csv")
    assert str(refusal.value) == (
        "missing.csv must be readable, but the system says: No such file or directory. "
        "Check the path and its permissions."
    )
    with pytest.raises(DataError) as refusal:
        read("/dev/null")
    assert str(refusal.value) == "/dev/null must be a regular file, but it is a device. Give the name of a file."


@pytest.mark.parametrize(
    ("table", "options", "sentence"),
    [
        (
            7,
            {},
            "a table must be a list of dicts, a dict of lists or a data frame with at least one row, but got int. Give "
            'one row per run, as in [{"arm": "adam", "seed": 0, "accuracy": 0.92}].',
        ),
        (
            {"arm": ["a", "b"], "acc": [0.5]},
            {},
            "every column of the table must have one cell per run, but 'arm' has 2, 'acc' has 1. Give as many to each.",
        ),
        ({"arm": "ab"}, {}, "every column of the table must be a list, but got str. Give one cell per run."),
        (
            {"a": [0.1], "b": [0.2]},
            {"images": 0},
            "`images` must be a whole number of at least 1, or a column's name, but got images=0. Count the images "
            "behind a figure.",
        ),
        (
            {"a": [0.1], "b": [0.2]},
            {"images": 2.5},
            "`images` must be a whole number of at least 1, or a column's name, but got images=2.5. Count the images "
            "behind a figure.",
        ),
        (
            {"a": [0.1], "b": [0.2]},
            {"images": True},
            "`images` must be a whole number of at least 1, or a column's name, but got images=True. Count the images "
            "behind a figure.",
        ),
        (
            {"a": [0.9, 0.8], "b": ["x"]},
            {},
            "'b' must hold numbers, but 'b' in row 1 of the table has 'x'. Write one number per run, or leave the cell "
            "empty where a run has none.",
        ),
        (
            {"a": [0.9, 0.8], "b": [0.7, "x"]},
            {},
            "'b' must hold numbers, but 'b' in row 2 of the table has 'x'. Write one number per run, or leave the cell "
            "empty where a run has none.",
        ),
        (
            {"a": [0.1], "b": [0.2]},
            {"pairs": "some"},
            "`pairs` must be 'all' or 'best', but got pairs='some'. 'best' is usual.",
        ),
    ],
)
def test_python_tables_that_make_no_sense_are_refused(table, options, sentence):
    with pytest.raises(ClasslabError) as refusal:
        judge(table, **options)
    assert str(refusal.value) == sentence


def test_parquet_without_pyarrow_is_refused(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = write("runs.parquet", b"PAR1")
    with pytest.raises(MissingExtraError) as refusal:
        read(path)
    assert str(refusal.value) == (
        "runs.parquet needs pyarrow, which is not installed. "
        'Install it with `pip install "classlab[parquet]"`, or export the table as CSV.'
    )


def test_parquet_is_read_and_what_is_none_is_refused(write):
    pytest.importorskip("pyarrow")
    path = write("runs.parquet", b"PAR1")
    with pytest.raises(DataError) as refusal:
        read(path)
    assert str(refusal.value) == "runs.parquet is no Parquet file, or it is damaged. Export it again."
    frame = pandas.DataFrame([(*key, figure) for key, figure in FIGURES.items()], columns=["arm", "seed", "acc"])
    frame.to_parquet(path)
    assert figures(read(path)) == FIGURES


def test_columns_cannot_be_chosen_where_there_are_none(write):
    with pytest.raises(SpecError) as refusal:
        read(write("x.npz", b""), arm=("a",), wide=True)
    assert str(refusal.value) == "arrays must be judged as they are, but got --arm, --wide. Leave it out."

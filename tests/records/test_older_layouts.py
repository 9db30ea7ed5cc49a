"""Stores and run folders of an earlier classlab still open, and their verdicts say what they hold for.

`fixtures/layout1.zip` was written by classlab at commit 0e8f3ff, the last one with layout 1:

    classlab sweep --data digits --model linear --optimizer adam,sgd --epochs 1 --seeds 2 --name before
    classlab train --data digits --model linear --epochs 1 --seed 0 -o run
"""

from __future__ import annotations

from pathlib import Path
from zipfile import ZipFile

import pytest

import classlab
from classlab.analysis import analyse
from classlab.cli.main import main
from classlab.records.run import SCHEMA_VERSION
from classlab.studies.store import open_store

NOTICE = (
    "The runs come from an older classlab and do not tell which images were recognised, so intervals and comparisons "
    "hold for other seeds only, on these very images. Train anew with --again."
)


@pytest.fixture
def layout_1(tmp_path: Path) -> Path:
    """A folder with the store `classlab-store` and the run folder `run`."""
    with ZipFile(Path(__file__).parent / "fixtures" / "layout1.zip") as archive:
        archive.extractall(tmp_path)
    return tmp_path


def test_a_study_is_read_and_judged_over_its_seeds(layout_1):
    with open_store(layout_1 / "classlab-store", write=False) as store:
        study = store.study("before")
    assert {(run.version, run.outcomes) for run in study.runs} == {(1, None)}
    found = analyse(study)
    assert NOTICE in found.notices
    assert found.ranking.comparison(0, 1).holds_for == "seeds"
    assert {found.arms[0].score.holds_for, found.arms[0].test.holds_for, found.arms[0].gap.holds_for} == {"seeds"}
    # Accuracies 0.1389 and 0.1597 against 0.1319 and 0.1458: 1.04 points, and t of one degree of freedom is
    # 12.7, divided by c4 of two seeds, 0.798.
    (verdict, *_) = found.sentences
    assert verdict.startswith("'adam' and 'sgd' cannot be told apart: ")
    assert "1.04 points (95 % interval \N{MINUS SIGN}4.49 to 6.57" in verdict
    assert "for other seeds on these very images" in verdict


def test_a_run_folder_is_read_and_still_predicts(layout_1):
    run = classlab.open_run(layout_1 / "run")
    assert (run.record.version, run.record.outcomes, run.record.test.images) == (1, None, 359)
    digits = classlab.load("digits")
    found = run.predict(digits.test.images).argmax(axis=1) == digits.test.labels
    assert found.mean() == pytest.approx(run.record.test.accuracy)


def test_the_commands_show_the_notice(layout_1, capsys):
    report, store = layout_1 / "report.html", str(layout_1 / "classlab-store")
    assert main(["report", "before", "--store", store, "-o", str(report)]) == 0
    text = report.read_text(encoding="utf-8")
    assert NOTICE in text
    assert "for other seeds on these very images" in text
    assert main(["runs", "--store", store]) == 0
    assert capsys.readouterr().out.count("finished") == 4


def test_more_seeds_are_added_to_the_old_ones_and_it_is_said_which_do_not_tell(layout_1):
    study = classlab.Study("before", data="digits", model="linear", optimizer=["adam", "sgd"], epochs=1, seeds=3)
    result = study.run(store=layout_1 / "classlab-store")
    assert sorted(run.version for run in result.record.runs) == [1, 1, 1, 1, SCHEMA_VERSION, SCHEMA_VERSION]
    found = analyse(result.record)
    assert NOTICE.replace("The runs", "4 of 6 runs") in found.notices
    assert found.ranking.pairs[0].comparison.holds_for == "seeds"

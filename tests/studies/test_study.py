from __future__ import annotations

import sys

import pytest

from classlab.errors import ClasslabError, SpecError, StorageError
from classlab.studies.store import open_store
from classlab.studies.study import Study

OPTIONS = {"data": "digits", "model": "linear", "epochs": 2, "seeds": 2}


def test_a_study_runs_in_memory():
    result = Study("s", **OPTIONS, learning_rate=[0.0001, 0.01]).run()
    assert result.best == "learning rate 0.01"
    assert [row["arm"] for row in result.table()] == ["learning rate 0.01", "learning rate 0.0001"]
    assert result.verdict == " ".join(result.analysis.sentences)
    assert result.verdict.startswith("'learning rate 0.01' ")
    assert result.candidates[0] == result.best
    assert result.notices == ()
    assert [(pair.first, pair.second) for pair in result.all_pairs()] == [(1, 0)]
    run = result.run("learning rate 0.01", 1)
    assert (run.record.spec.seed, run.record.spec.optimizer.learning_rate) == (1, 0.01)
    assert run.predictions is not None


def test_a_study_runs_into_a_store_and_its_runs_come_back(tmp_path, capsys):
    study = Study("s", **OPTIONS, question="Q?")
    result = study.run(tmp_path / "store", confirm=2, quiet=False)
    assert capsys.readouterr().out.splitlines()[0].startswith("0 of 2 runs kept, population 1 of 1, epoch 1/2")
    assert result.run("linear", 0).record == result.record.runs[0]
    assert "On 2 fresh seeds and the same validation images 'linear' reaches " in result.verdict
    with open_store(tmp_path / "store", write=False) as store:
        assert store.study("s") == result.record


def test_a_file_and_python_give_the_same_study(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(
        'name = "s"\ndata = "digits"\nmodel = "linear"\nepochs = 2\nseeds = 2\n[[arms]]\noptimizer = "sgd"\n'
        '[[arms]]\nname = "other"\nlearning_rate = [0.1, 0.2]\n'
    )
    arms = [{"optimizer": "sgd"}, {"name": "other", "learning_rate": (0.1, 0.2)}]
    assert Study.from_file(path).spec == Study("s", **OPTIONS, arms=arms).spec


def test_more_seeds_of_a_file_train_only_what_is_new(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text(
        'name = "s"\ndata = "digits"\nmodel = "linear"\nepochs = 2\nseeds = 2\noptimizer = ["sgd", "adam"]\n'
    )
    few = Study.from_file(path).run(tmp_path / "store")
    more = Study.from_file(path, seeds=3, question="Which?").run(tmp_path / "store")
    assert (more.record.spec.name, more.record.spec.question, more.record.spec.seeds) == ("s", "Which?", (0, 1, 2))
    assert [run.identity for run in more.record.runs_of(0)[:2]] == [run.identity for run in few.record.runs_of(0)]
    trained = [opening.runs for opening in more.record.openings if opening.purpose == "study"]
    assert trained == [4, 2]  # two arms with two seeds each, then with the third
    with open_store(tmp_path / "store", write=False) as store:
        assert len(store.runs()) == 6


def test_a_file_read_under_another_name_or_rule_has_the_same_arms(tmp_path):
    path = tmp_path / "s.toml"
    path.write_text('name = "s"\ndata = "digits"\nmodel = "linear"\nepochs = 2\n')
    other = Study.from_file(path, name="t", seeds=[4, 6], select="val_loss", margin=0.01, confidence=0.9)
    spec = other.spec
    assert (spec.name, spec.seeds, spec.select, spec.margin, spec.confidence) == ("t", (4, 6), "val_loss", 0.01, 0.9)
    assert spec.arms == Study.from_file(path).spec.arms
    with pytest.raises(SpecError) as refused:
        Study.from_file(path, seeds=-1)
    assert str(refused.value).startswith("Study.from_file: `seeds` must be a number of seeds, at least 1, or a list")


def test_a_result_shows_itself_with_its_notices_and_escapes_names():
    arms = [{"name": "<i>a"}, {"name": "b"}]
    result = Study("s", **OPTIONS | {"epochs": 1}, arms=arms, question="Is a < b?").run()
    text, html = repr(result), result._repr_html_()
    assert text.startswith("notice: The arms '<i>a' and 'b' are one and the same configuration")
    assert "<i>" not in html
    assert "&lt;i&gt;a" in html
    assert "<caption>Is a &lt; b?</caption>" in html
    assert html.count('<img src="data:image/svg+xml;base64,') == 1
    assert repr(Study("s", **OPTIONS)) == "<Study 's': 1 arm x 2 seeds, 2 runs on digits; run() trains them>"


@pytest.mark.needs("pandas")
def test_the_table_is_a_data_frame_where_one_is_asked_for(monkeypatch):
    result = Study("s", **OPTIONS | {"epochs": 1}).run()
    assert result.frame()["arm"].tolist() == [row["arm"] for row in result.table()]
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ClasslabError) as refused:
        result.frame()
    assert str(refused.value) == (
        'a data frame needs pandas, which is not installed. Install it with `pip install "classlab[pandas]"`, or take '
        "`result.table()`."
    )


@pytest.mark.parametrize(
    ("arm", "seed", "sentence"),
    [
        ("liner", 0, "`arm` must be one of the study's arms, but got arm='liner'. They are 'linear'."),
        ("linear", 7, "`seed` must be one of the study's seeds, but got seed=7. They are 0, 1."),
    ],
)
def test_a_run_that_is_not_in_the_study_is_refused(arm, seed, sentence):
    result = Study("s", **OPTIONS | {"epochs": 1}).run()
    with pytest.raises(SpecError) as refused:
        result.run(arm, seed)
    assert str(refused.value) == sentence


def test_a_store_that_was_removed_says_so(tmp_path):
    result = Study("s", **OPTIONS | {"epochs": 1}).run(tmp_path / "store")
    (tmp_path / "store" / "store.sqlite").rename(tmp_path / "gone")
    (tmp_path / "store").rename(tmp_path / "elsewhere")
    with pytest.raises(StorageError):
        result.run("linear", 0)


def test_a_result_tells_what_must_be_known_before_its_figures(tmp_path):
    options = {"data": "digits", "model": "linear", "epochs": 1, "seeds": 1}
    first = Study("s", learning_rate=[0.01, 0.1], **options).run(tmp_path)
    assert first.notices == first.analysis.notices
    (sentence,) = first.notices
    assert sentence.startswith("Every arm was trained from one seed only")
    second = Study("s", learning_rate=0.5, **options).run(tmp_path)
    assert second.notices[1:] == (
        "The store had a study 's' with 2 other arms; this study takes its place, and the runs of the earlier one are "
        "kept.",
    )

"""Class weights on their way from what a user gives to a run's specification and its name."""

from dataclasses import replace

import numpy as np
import pytest

from classlab.datasets import from_arrays
from classlab.errors import SpecError
from classlab.records import from_json, identity, to_json
from classlab.records.run import RunSpec
from classlab.studies.asked.built_study import build_study
from classlab.studies.asked.class_weights import weights_by_position
from classlab.studies.asked.study_file import draft_from_python, read_study
from classlab.studies.work.plan import plan_runs

NAMES = ("cat", "dog", "1")


@pytest.fixture
def pets():
    drawn = np.random.default_rng(0).integers(0, 256, (60, 4, 4), dtype=np.uint8)
    return from_arrays(drawn, np.arange(60) % 3, class_names=NAMES)


@pytest.mark.parametrize(
    ("chosen", "weights"),
    [
        (None, None),
        ("none", None),
        ("balanced", "balanced"),
        ([1.0, 1.0, 1.0], None),
        ([1.0, 2.0, 3.0], (1.0, 2.0, 3.0)),
        ({"dog": 5.0}, (1.0, 5.0, 1.0)),
        ({1: 5.0}, (1.0, 5.0, 1.0)),  # a number counts the classes, as in Keras
        ({"1": 5.0}, (1.0, 1.0, 5.0)),  # a text is a name where a class has it
        ({"0": 5.0}, (5.0, 1.0, 1.0)),
    ],
)
def test_classes_are_found_by_name_and_by_number(chosen, weights):
    assert weights_by_position(chosen, NAMES) == weights


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (
            {"fox": 1.0},
            "`class_weights` must name classes of the data, but got 'fox'. They are cat, dog, 1; a number counts them "
            "from 0.",
        ),
        (
            {"dog": 1.0, 1: 2.0},
            "`class_weights` must name each class once, but got 'dog' twice. Keep one.",
        ),
        (
            [1.0, 2.0],
            "`class_weights` must have one number for each of the 3 classes, but got 2. Give as many, or name classes "
            "as in cat:2.",
        ),
        (
            dict.fromkeys(NAMES, 0.0),
            "`class_weights` must leave a class with a weight above 0, but all are 0. Give larger ones.",
        ),
    ],
)
def test_what_does_not_fit_the_classes_is_refused(chosen, sentence):
    with pytest.raises(SpecError) as refusal:
        weights_by_position(chosen, NAMES)
    assert str(refusal.value) == sentence


def test_a_study_compares_weights_and_names_its_arms_by_them(pets):
    draft = draft_from_python(
        "w",
        data=pets,
        arms=(),
        settings={"seeds": 1},
        options={"model": "linear", "class_weights": ["none", "balanced", {"dog": 2}]},
    )
    study = build_study(draft, pets).spec
    assert [arm.name for arm in study.arms] == [
        "class weights none",
        "class weights balanced",
        "class weights 1,2,1",
    ]
    assert [arm.spec.class_weights for arm in study.arms] == [None, "balanced", (1.0, 2.0, 1.0)]
    assert len(plan_runs(study.arms, (0,))) == 3  # members of a population share their weights


@pytest.mark.parametrize(
    "line",
    ["class_weights = {dog = 2}", 'class_weights = "dog:2"', "class_weights = [1, 2, 1]", "[class_weights]\ndog = 2"],
)
def test_a_study_file_takes_a_table_a_text_or_a_list(tmp_path, pets, line):
    file = tmp_path / "w.toml"
    file.write_text(f'name = "w"\ndata = "d"\nmodel = "linear"\n{line}\n')
    (arm,) = build_study(replace(read_study(file), data=pets), pets).spec.arms
    assert arm.spec.class_weights == (1.0, 2.0, 1.0)


def test_a_run_without_class_weights_keeps_its_name_and_others_have_their_own(pets):
    draft = draft_from_python("w", data=pets, arms=(), settings={"seeds": 1}, options={"model": "linear"})
    spec = build_study(draft, pets).spec.arms[0].spec
    weighed = [replace(spec, class_weights=each) for each in ("balanced", (1.0, 2.0, 1.0))]
    assert len({identity(each) for each in (spec, *weighed)}) == 3
    for each in weighed:
        assert from_json(RunSpec, to_json(each), where="x") == each
    earlier = to_json(spec).replace(' "class_weights": null,\n', "")
    assert "class_weights" not in earlier
    assert from_json(RunSpec, earlier, where="x") == spec

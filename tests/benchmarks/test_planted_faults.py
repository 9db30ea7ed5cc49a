"""The planted faults themselves: enough of them, drawn the same every time, and graded as is said."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.planted_faults import PARTS, cases_of
from classlab.errors import DownloadError
from classlab.models.builtin import build
from classlab.records import Cause, Diagnosis, Finding
from classlab.records.layers import Dense, Dropout
from tests.planted_faults import networks, pictures
from tests.planted_faults.case import Case, Dial
from tests.planted_faults.further.images import MAKERS, images
from tests.planted_faults.grading import Grade, grade, is_right
from tests.planted_faults.grounds import ground
from tests.planted_faults.kept import kept
from tests.planted_faults.recipe import dialled
from tests.planted_faults.refusals import refusals
from tests.planted_faults.table import page_text

FAMILIES = {"linear", "mlp", "cnn"}
IMAGES = {"digits", "mnist5k", "fashion"}


def test_there_are_enough_faults_and_controls_on_every_kind_of_network_and_images():
    cases = cases_of("published", 0)
    kinds = Counter(case.kind for case in cases)
    assert kinds["fact"] + kinds["symptom"] >= 60
    assert kinds["healthy"] >= 40
    places = [case.ground.split(", ") for case in cases if case.kind != "refused"]
    assert {family for family, _ in places} >= FAMILIES
    assert {images for _, images in places} == IMAGES


def test_the_held_out_set_has_every_recipe_that_the_published_one_has_but_for_the_lab():
    published = {case.name for case in cases_of("published", 0) if case.kind in ("fact", "symptom")}
    held_out = {case.name for case in cases_of("held out", 0) if case.kind in ("fact", "symptom")}
    assert published - held_out == {"doubled scaling, not looked for in the input"}


def test_the_further_set_shares_no_fault_and_no_control_with_the_published_one():
    further = cases_of("further", 0)
    kinds = Counter(case.kind for case in further)
    assert kinds["fact"] + kinds["symptom"] >= 40
    assert kinds["healthy"] >= 30
    both = {case.name for case in further} & {case.name for case in cases_of("published", 0)}
    assert both == {"validation images are training images"}


def test_no_two_cases_are_the_same():
    for part in PARTS:
        named = Counter((case.name, case.ground) for case in cases_of(part, 0))
        assert named.most_common(1)[0][1] == 1


def test_draws_are_a_function_of_the_case_and_of_nothing_else():
    draws = [dialled("held out", 1, "name", "mlp digits")[0](1.0, 0.1, 10.0) for _ in range(2)]
    assert draws[0] == draws[1] != dialled("held out", 2, "name", "mlp digits")[0](1.0, 0.1, 10.0)
    assert dialled("published", 1, "name", "mlp digits")[0](1.0, 0.1, 10.0) == 1.0
    assert 0.1 <= draws[0] <= 10


@pytest.mark.parametrize("case", refusals(), ids=lambda case: case.name)
def test_what_is_refused_is_refused_by_its_words(case):
    assert grade(case).right


def test_a_healthy_run_learns_and_a_spoiled_one_does_not():
    from tests.planted_faults.setup import trained

    sound = ground("linear digits").setup(Dial())
    spoiled = sound.images(pictures.labels_shuffled(sound.dataset, np.random.default_rng(0)))
    accuracies = [record.validation.accuracy for record in (trained(sound)[0], trained(spoiled)[0])]
    assert accuracies[0] > 0.85
    assert accuracies[1] < 0.2


def test_images_and_labels_are_spoiled_as_is_said():
    digits = pictures.pictures("digits")
    few = pictures.imbalanced(digits, kept=3, favoured=2)
    counts = np.bincount(few.train.labels)
    assert counts[2] == np.bincount(digits.train.labels)[2]
    assert set(np.delete(counts, 2)) == {3}
    stray = pictures.test_in_train(digits, share=0.5)
    assert len(stray.train) - len(digits.train) == round(len(digits.test) / 2)
    assert pictures.test_divided_by_255(digits).test.images.max() == 1
    rolled = pictures.labels_off_by_one(digits).train.labels
    assert (rolled[1:] == digits.train.labels[:-1]).all()
    assert len({each.digest for each in (digits, few, stray)}) == 3


def test_layers_are_edited_as_is_said():
    layers = build("mlp", input_shape=(8, 8, 1), classes=3, units=(5, 4)).layers
    assert [layer.kind for layer in networks.scaled_first(1.0, 2.0)(layers)][:3] == [
        "Rescaling",
        "Rescaling",
        "Flatten",
    ]
    assert networks.head(units=7)(layers) == (*layers[:-1], Dense(units=7, activation="softmax"))
    assert Counter(type(layer) for layer in networks.dropped(0.5)(layers))[Dropout] == 2
    kinds = [layer.kind for layer in networks.normalised(layers)]
    assert kinds == ["Flatten", *["Dense", "BatchNormalization", "Activation"] * 2, "Dense"]


@pytest.mark.parametrize("name", [*MAKERS])
def test_images_of_the_further_set_are_whole_and_the_same_every_time(name):
    try:
        found, again = images(name), MAKERS[name]()
    except DownloadError:
        pytest.skip("its pictures come from Fashion-MNIST, which is neither in CLASSLAB_DATA nor within reach")
    assert found.digest == again.digest
    assert {split.images.dtype for split in (found.train, found.test)} == {np.dtype(np.uint8)}
    assert np.unique(found.train.labels).tolist() == list(range(len(found.class_names)))


def test_mean_pictures_tell_stripes_apart_poorly_and_a_network_well():
    from sklearn.neighbors import NearestCentroid

    found = images("stripes")
    flat = [split.images.reshape(len(split), -1) for split in (found.train, found.test)]
    nearest = NearestCentroid().fit(flat[0], found.train.labels).score(flat[1], found.test.labels)
    assert nearest < 0.6  # a wave and its mean picture agree in sign for half of the phases
    control = next(case for case in cases_of("further", 0) if case.name.startswith("directions of stripes"))
    assert control.make().validation.accuracy > 0.9


def test_a_kept_case_is_trained_once(tmp_path):
    made = []
    sound = next(
        case for case in cases_of("published", 0) if case.name == "standardised pixels" and "linear" in case.ground
    )

    def make():
        made.append(1)
        return sound.make()

    first, second = (kept(replace(sound, make=make), tmp_path, words="published").make() for _ in range(2))
    assert first == second
    assert len(made) == 1
    kept(replace(sound, make=make), tmp_path, words="held out").make()
    assert len(made) == 2


def case(kind="fact", *, mild=False) -> Case:
    return Case(name="x", ground="mlp, digits", kind=kind, expected=("A1",), make=lambda: None, mild=mild)


def diagnosis(*findings: tuple[str, str, str]) -> Diagnosis:
    return Diagnosis(
        subject="x",
        checked=(),
        findings=tuple(
            Finding(
                rule=rule,
                name="x",
                severity=severity,
                kind="fact",
                text="x",
                causes=(Cause(rule=cause, text="x", remedy="y"),),
            )
            for severity, rule, cause in findings
        ),
    )


@pytest.mark.parametrize(
    ("given", "said", "right"),
    [
        (case(), [("FAIL", "I1", "I2"), ("WARN", "A1", "A1")], True),
        (case(), [("INFO", "A1", "A1")], False),
        (case(mild=True), [("INFO", "A1", "A1")], True),
        (case("symptom"), [("FAIL", "I1", "A1")], True),
        (case("symptom"), [("FAIL", "I1", "I2"), ("FAIL", "A1", "A1")], False),
        (case("symptom"), [("INFO", "A1", "A1")], False),
        (case("symptom"), [], False),
        (case("healthy"), [("INFO", "I5", "I5")], True),
        (case("healthy"), [("WARN", "I5", "I5")], False),
        (case("refused"), [("FAIL", "A1", "A1")], False),
    ],
)
def test_grades_are_given_by_the_rule(given, said, right):
    assert is_right(diagnosis(*said), given) == right


def test_the_page_counts_and_names_every_miss():
    def graded(kind: str, *, right: bool) -> Grade:
        said = ("FAIL I1 <- A1",)
        return Grade(
            name=f"a {kind}",
            ground="mlp, digits",
            kind=kind,
            expected=("A1",),
            right=right,
            said=said,
            accuracy=0.1,
            seconds=1.0,
        )

    machine = {"processor": "a processor", "cores": 2, "python": "3.12", "measured": "2026-01-02T00:00:00"}
    grades = {
        "published": [graded("fact", right=True), graded("fact", right=False), graded("healthy", right=True)],
        "held out": [graded("fact", right=True)],
    }
    text = page_text(grades, machine)
    assert "| facts that must be found | 1 of 2 | 1 of 1 |" in text
    assert "| healthy controls that must get no finding above INFO | 1 of 1 | - |" in text
    assert "| a fact | A1 | mlp, digits; mlp, digits | FAIL I1 <- A1 | 1 of 2 |" in text
    assert "Missed in the published set:\n\n- a fact, mlp, digits: expected A1, said FAIL I1 <- A1" in text
    assert "No miss in the held out set." in text

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from classlab.datasets import read_picture
from classlab.datasets.preparation import prepared
from classlab.studies.runs.run import Run


def test_the_runs_own_test_images_give_its_own_figures(classlab, run_folder):
    test = Run.load(run_folder).record.test
    answer = classlab("evaluate", run_folder)
    shown = ["digits", "test", "359", f"{test.loss:.4f}", f"{test.accuracy:.4f}"]
    assert answer.out.splitlines()[1].split() == shown
    document = json.loads(classlab("evaluate", run_folder, "--json").out)
    assert document["accuracy"] == test.accuracy
    assert document["split"] == "test"


def test_top_k_accuracy_is_shown_where_it_was_asked_for(classlab, top_2_folder):
    test = Run.load(top_2_folder).record.test
    answer = classlab("evaluate", top_2_folder)
    assert answer.out.splitlines()[1].split()[-1] == f"{test.top_k_accuracy:.4f}"


@pytest.mark.parametrize(("split", "images"), [("validation", 144), ("training", 1294)])
def test_other_splits_are_those_of_the_training(classlab, run_folder, split, images):
    document = json.loads(classlab("evaluate", run_folder, "--split", split, "--json").out)
    assert document["images"] == images
    if split == "validation":
        assert document["accuracy"] == pytest.approx(Run.load(run_folder).record.validation.accuracy)


def npz(tmp_path, classes: int):
    labels = np.arange(40) % classes
    images = np.zeros((40, 8, 8), np.uint8)
    np.savez(tmp_path / "d.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    return tmp_path / "d.npz"


def test_other_data_of_the_same_classes_is_measured(classlab, run_folder, tmp_path):
    document = json.loads(classlab("evaluate", run_folder, "--data", npz(tmp_path, 10), "--json").out)
    assert document["images"] == 40
    assert document["accuracy"] == 0.1  # all images are alike, so one class in ten is right


def photos(tmp_path, names, *, size=(11, 9), test=False):
    """A folder with two pictures of each class."""
    for place, name in enumerate(names):
        for number in range(2):
            for part in ("train", "test") if test else (".",):
                file = tmp_path / "photos" / part / name / f"{number}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(np.full((*size, 3), 20 * place + number, np.uint8)).save(file)
    return tmp_path / "photos"


def test_classes_are_found_by_their_names(classlab, run_folder, tmp_path):
    words = ["Three", "one", "zero"]
    root = photos(tmp_path, words)
    answer = classlab("evaluate", run_folder, "--data", root, "--json")
    document = json.loads(answer.out)
    assert (document["split"], document["images"]) == ("all", 6)
    assert answer.err == (
        f"Reading pictures of 3 classes in {root}.\n"
        "Classes were matched by name: Three as 3, one as 1, zero as 0.\n"
        f"{root} has 3 of the 10 classes of the training ('Three', 'one', 'zero'): the figures are over its images, "
        "for which every class may be predicted.\n"
    )
    run = Run.load(run_folder)
    images = [
        prepared(read_picture(root / word / f"{number}.png"), run.preparation) for word in words for number in range(2)
    ]
    right = run.predict(np.stack(images)).argmax(axis=1) == [3, 3, 1, 1, 0, 0]
    assert document["accuracy"] == pytest.approx(right.mean())


def test_one_picture_of_one_class_can_be_measured(classlab, run_folder, tmp_path):
    root = photos(tmp_path, ["7"])
    (root / "7" / "1.png").unlink()
    answer = classlab("evaluate", run_folder, "--data", root, "--json")
    document = json.loads(answer.out)
    assert (document["split"], document["images"]) == ("all", 1)
    assert answer.err.startswith(f"Reading pictures of 1 class in {root}.\n")


def test_test_images_of_other_data_are_measured_alone(classlab, run_folder, tmp_path):
    root = photos(tmp_path, ["0", "1"], test=True)
    document = json.loads(classlab("evaluate", run_folder, "--data", root, "--json").out)
    assert (document["split"], document["images"]) == ("test", 4)


def test_other_names_are_refused_unless_the_order_is_to_count(classlab, run_folder, tmp_path):
    root = photos(tmp_path, ["1", "cat"])
    answer = classlab("evaluate", run_folder, "--data", root)
    names = ", ".join(f"'{digit}'" for digit in range(10))
    assert (answer.code, answer.err) == (
        3,
        f"Reading pictures of 2 classes in {root}.\n"
        f"classlab: the classes of {root} must be called as those that the run was trained on, but 'cat' is none of "
        f"them: the run has {names}, and {root} has '1', 'cat'. Rename the classes, or match them by their order with "
        "`--classes-by`, as in --classes-by order.\n",
    )
    answer = classlab("evaluate", run_folder, "--data", root, "--classes-by", "order", "--json")
    assert answer.code == 0
    assert f"The classes of {root} are matched with those of the training by their order.\n" in answer.err


def test_data_that_changed_since_the_training_is_said(classlab, run_folder, tmp_path, monkeypatch):
    from classlab.datasets import catalogue, from_arrays, load

    digits = load("digits")
    changed = from_arrays(
        digits.train.images,
        digits.train.labels,
        255 - digits.test.images,
        digits.test.labels,
        class_names=["Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine"],
        name="digits",
    )
    monkeypatch.setattr(catalogue, "load", lambda *_args, **_options: changed)
    answer = classlab("evaluate", run_folder)
    assert answer.code == 0
    assert answer.err == (
        "Classes were matched by name: Zero as 0, One as 1, Two as 2, Three as 3, Four as 4, Five as 5, Six as 6, "
        "Seven as 7, Eight as 8, Nine as 9.\n"
        "The images of digits are not those of the training any more; the figures will differ.\n"
    )
    assert classlab("evaluate", run_folder, "--quiet").err == ""

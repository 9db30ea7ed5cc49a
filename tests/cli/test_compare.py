from __future__ import annotations

import json

import numpy as np
import pytest

from classlab.datasets import load
from classlab.studies.fit import fit
from classlab.studies.runs.run import Run


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("compared")
    for seed in (0, 1):
        fit("digits", "linear", epochs=2, seed=seed, learning_rate=0.01, folder=folder / "linear" / f"seed-{seed}")
    return folder / "linear" / "seed-0", folder / "linear" / "seed-1"


def predicted(run):
    return Run.load(run).predictions


def test_two_runs_are_counted_image_by_image(classlab, runs):
    document = json.loads(classlab("compare", *runs, "--json", "--quiet").out)
    one, two = (predicted(run) for run in runs)
    right = [each.probabilities.argmax(axis=1) == each.labels for each in (one, two)]
    assert document["both_right"] == int((right[0] & right[1]).sum())
    assert document["first_only"] == int((right[0] & ~right[1]).sum())
    assert (document["first"], document["second"]) == ("linear-seed-0", "linear-seed-1")
    assert document["comparison"]["holds_for"] == "images"
    assert document["sentences"][-1].startswith("This is about these two trained networks, not about their arms")
    validation = json.loads(classlab("compare", *runs, "--json", "--quiet", "--split", "validation").out)
    assert validation["images"] == len(one.validation_labels)


@pytest.mark.parametrize("split", ["test", "validation"])
def test_the_page_shows_the_images(classlab, runs, tmp_path, split):
    answer = classlab("compare", *runs, "--split", split, "-o", tmp_path / "new" / "page.html")
    page = (tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    assert (answer.code, answer.err) == (0, f"The page is in {tmp_path / 'new' / 'page.html'}.\n")
    assert page.count("data:image/svg+xml;base64,") == 2
    assert "Only linear-seed-0 is right" in page
    assert answer.out.splitlines()[-1] in page


def test_files_with_predictions_are_compared_with_runs_and_with_each_other(classlab, runs, tmp_path):
    for number, run in enumerate(runs):
        found = predicted(run)
        np.savez(tmp_path / f"{number}.npz", y_true=found.labels, probabilities=found.probabilities)
        np.save(tmp_path / f"{number}.npy", found.probabilities.argmax(axis=1))
    expected = json.loads(classlab("compare", *runs, "--json", "--quiet").out)["comparison"]
    for pair in ((runs[0], "1.npz"), ("0.npz", "1.npz"), ("0.npz", "1.npy")):
        places = [place if place in runs else tmp_path / place for place in pair]
        assert json.loads(classlab("compare", *places, "--json", "--quiet").out)["comparison"] == expected
    bare = (tmp_path / "0.npy", tmp_path / "1.npy")
    answer = classlab("compare", *bare)
    assert (answer.code, answer.err) == (
        3,
        "classlab: one of the two must hold the true classes, but neither '0' nor '1' does. "
        "Save them beside the predictions, as `y_true`, or name the images with --data.\n",
    )
    named = classlab("compare", *bare, "--data", "digits", "-o", tmp_path / "page.html")
    assert named.code == 0
    assert (tmp_path / "page.html").read_text(encoding="utf-8").count("data:image/svg+xml;base64,") == 2


def test_what_was_seen_is_said(classlab, runs, tmp_path):
    found = predicted(runs[0])
    np.savez(tmp_path / "a.npz", y_true=found.labels, y_pred=found.labels)
    np.savez(tmp_path / "b.npz", y_true=found.labels, y_pred=found.labels)
    refused = classlab("compare", tmp_path / "a.npz", runs[0], "--split", "validation")
    assert (refused.code, refused.err) == (
        4,
        "classlab: `--split validation` must go with two run folders, but got a file. Leave it out.\n",
    )
    assert classlab("compare", tmp_path / "a.npz", tmp_path / "b.npz").err == (
        "No images are shown: name those that were predicted with --data.\n"
        "That both have predicted the same images is taken from their labels, which are equal.\n"
    )


def test_a_network_is_not_compared_with_itself(classlab, runs):
    answer = classlab("compare", runs[0], f"{runs[0]}/")
    assert (answer.code, answer.err) == (
        4,
        f"classlab: two networks must be named to be compared, but got {runs[0]} twice. Name another one.\n",
    )


def test_other_images_are_refused(classlab, runs, tmp_path):
    labels = load("digits").test.labels
    np.savez(tmp_path / "a.npz", y_true=labels[::-1].copy(), y_pred=labels)
    answer = classlab("compare", runs[0], tmp_path / "a.npz")
    assert answer.code == 3
    assert "labels are others" in answer.err
    other = fit("mnist5k", "linear", epochs=1, folder=tmp_path / "other")
    assert other.folder is not None
    answer = classlab("compare", runs[0], tmp_path / "other")
    assert (answer.code, answer.err) == (
        3,
        "classlab: both runs must have predicted the same images, but one was trained on digits and the other on "
        "mnist5k. Train both on the same data.\n",
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("-o", "x.pdf"), "the page must end in .html, but got x.pdf"),
        (("--split", "training"), "invalid choice: 'training'"),
    ],
)
def test_a_wrong_command_line_is_said(classlab, runs, words, said):
    answer = classlab("compare", *runs, *words)
    assert answer.code == 2
    assert said in answer.err


def test_runs_are_named_as_everywhere_by_study_or_identity(classlab, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = "sweep --name rates --data digits --model linear --learning-rate 0.001,0.01 --seeds 2 --epochs 2 --quiet"
    assert classlab(*words.split(), "--store", "store", "--json").code == 0
    runs = json.loads(classlab("runs", "--json", "--store", "store").out)["runs"]
    other = next(run["identity"] for run in runs if run["spec"]["optimizer"]["learning_rate"] == 0.001)
    answer = classlab("compare", "rates", other[:8], "--store", "store", "--json")
    found = json.loads(answer.out)
    assert found["comparison"]["verdict"] == "better"
    assert "Took 'learning rate 0.01', seed " in answer.err
    nobody = classlab("compare", "rates", "nobody", "--store", "store")
    assert (nobody.code, nobody.out) == (5, "")
    assert "classlab: there is no run 'nobody': no folder of that name, and in the store store no study " in nobody.err
    file = classlab("compare", "rates", "nobody.npz", "--store", "store")
    missing = (
        "nobody.npz must be readable, but the system says: No such file or directory. "
        "Check the path and its permissions."
    )
    assert (file.code, file.err.splitlines()[-1]) == (5, f"classlab: {missing}")

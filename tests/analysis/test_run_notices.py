from __future__ import annotations

from dataclasses import replace

import pytest
from made_studies import made_study

from classlab.analysis import analyse

OLD = "not tell which images were recognised"


def notices_of(accuracies, **options) -> tuple[str, ...]:
    return analyse(made_study(accuracies, **options)).notices


def test_a_sound_study_needs_no_notice():
    assert notices_of({"a": (0.9, 0.8), "b": (0.7, 0.8)}) == ()


@pytest.mark.parametrize(
    ("accuracies", "diverged", "sentence"),
    [
        (
            {"a": (0.9, 0.8), "b": (None, 0.9)},
            [],
            "1 of 4 runs did not end well: 'b' (1 failed). Its figures are left out, its seed is left out where its "
            "arm "
            "is compared, and its arm comes after those whose every run finished.",
        ),
        (
            {"a": (0.9, 0.8, 0.9), "b": (None, 0.9, 0.8)},
            [("b", 1)],
            "2 of 6 runs did not end well: 'b' (1 diverged, 1 failed). Their figures are left out, their seeds are "
            "left "
            "out where their arm is compared, and their arm comes after those whose every run finished.",
        ),
        (
            {"a": (0.9, 0.8), "b": (None, 0.9), "c": (0.9, None)},
            [],
            "2 of 6 runs did not end well: 'b' (1 failed); 'c' (1 failed). Their figures are left out, their seeds are "
            "left out where their arms are compared, and their arms come after those whose every run finished.",
        ),
        (
            {"a": (0.9, None), "b": (None, 0.9)},
            [],
            "2 of 4 runs did not end well: 'a' (1 failed); 'b' (1 failed). Their figures are left out, and their seeds "
            "are left out where their arms are compared.",
        ),
        ({"a": (0.9, None)}, [], "1 of 2 runs did not end well: 'a' (1 failed). Its figures are left out."),
        ({"a": (None, None)}, [], "2 of 2 runs did not end well: 'a' (2 failed). Their figures are left out."),
    ],
)
def test_runs_that_went_wrong_are_counted_by_arm(accuracies, diverged, sentence):
    assert notices_of(accuracies, diverged=diverged) == (sentence,)


def test_many_arms_are_counted():
    (sentence,) = notices_of({"good": (0.9,)} | {f"bad {place}": (None,) for place in range(8)})
    assert "'bad 4' (1 failed); 3 more arms. Their figures" in sentence


def test_a_run_without_a_figure_is_counted_though_it_finished():
    study = made_study({"a": (0.9, 0.8), "b": (0.9, 0.8)})
    odd = replace(study, runs=(*study.runs[:3], replace(study.runs[3], validation=None)))
    assert analyse(odd).notices[0].startswith("1 of 4 runs did not end well: 'b' (1 without a figure). Its figures")


@pytest.mark.parametrize(
    ("accuracies", "sentence"),
    [
        (
            {"a": (0.9, 0.8), "b": (0.9, 0.8)},
            f"The runs come from an older classlab and do {OLD}, so intervals and comparisons hold for other seeds "
            "only, "
            "on these very images. Train anew with --again.",
        ),
        (
            {"a": (0.9,), "b": (0.9,)},
            f"The runs come from an older classlab and do {OLD}, so arms of one seed each cannot be compared. Train "
            "anew "
            "with --again.",
        ),
    ],
)
def test_runs_that_do_not_tell_single_images_say_what_that_costs(accuracies, sentence):
    assert notices_of(accuracies, outcomes=False) == (sentence,)


def test_one_network_needs_no_single_images():
    assert notices_of({"a": (0.9,)}, outcomes=False) == ()


@pytest.mark.parametrize(
    ("old", "words"),
    [
        (1, f"1 of 4 runs comes from an older classlab and does {OLD}"),
        (2, f"2 of 4 runs come from an older classlab and do {OLD}"),
    ],
)
def test_some_older_runs_are_counted(old, words):
    study = made_study({"a": (0.9, 0.8), "b": (0.9, 0.8)})
    runs = [replace(run, outcomes=None) for run in study.runs[:old]]
    (sentence,) = analyse(replace(study, runs=(*runs, *study.runs[old:]))).notices
    assert sentence.startswith(words)

"""Step 3: the gap's sentences are the report's, and averaging is blamed only for what it does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from classlab.analysis import analyse
from classlab.analysis.sentences.gap import gap_sentence, gap_summary
from classlab.lab.steps import generalization
from classlab.lab.steps.generalization import RunningAverage


def test_the_gaps_are_those_of_the_studies_reports(small_lab):
    analysis = analyse(small_lab.studies["optimizers"])
    expected = (gap_sentence(analysis.first), gap_summary([analysis.arms[place] for place in analysis.order]))
    assert generalization.gap_sentences(analysis) == expected
    (answers,) = (report.answers for step, report in small_lab.written if step.number == 3)
    assert answers[:2] == tuple(f"After 2 epochs: {sentence}" for sentence in expected)


def test_the_running_average_is_counted_in_the_published_figures():
    assert generalization.published_average_sentence() == (
        "In 5 of the hand-in's 7 arms the published test accuracy is above the training accuracy, which is there the "
        "running average over the last epoch. The figures above are measured after it."
    )


def average(arm, running, fitted, test):
    return RunningAverage(arm=arm, average=running, fitted=fitted, test=test)


LAGS = average("A", 0.90, 0.93, 0.92)  # the final weights do better than the average says
EASIER = average("B", 0.90, 0.91, 0.92)  # the test images are the easier ones, whatever is averaged
BELOW = average("C", 0.95, 0.96, 0.92)


@pytest.mark.parametrize(
    ("averages", "sentence"),
    [
        (
            [LAGS, BELOW],
            "In our runs the test accuracy lies above the running average in 1 of 2 arms, and above the accuracy of "
            "the final weights in none of these: averaging explains it. The final weights are right for up to 3.00 "
            "points more of the training images than the average says ('A').",
        ),
        (
            [LAGS, EASIER, BELOW],
            "In our runs the test accuracy lies above the running average in 2 of 3 arms, and above the accuracy of "
            "the final weights in 1 of these: averaging explains only the other 1. The final weights are right for "
            "up to 3.00 points more of the training images than the average says ('A').",
        ),
        (
            [EASIER],
            "In our runs the test accuracy lies above the running average in 1 of 1 arm, and above the accuracy of the "
            "final weights in the same ones: averaging does not explain it.",
        ),
        ([BELOW], "In our runs the test accuracy lies above the running average in none of 1 arm."),
        (
            [average("D", 0.9, 0.9, 0.9)],
            "In our runs the test accuracy lies above the running average in none of 1 arm.",
        ),
        ([], "No run here has all three figures, so it is not known what averaging does to the training accuracy."),
    ],
)
def test_averaging_explains_only_what_the_final_weights_undo(averages, sentence):
    assert generalization.average_sentence(averages) == sentence


def test_averages_are_taken_over_the_seeds_that_have_all_figures(small_lab):
    study = small_lab.studies["optimizers"]
    runs = (replace(study.runs[0], state="diverged"), *study.runs[1:])
    found = generalization.running_averages(replace(study, runs=runs))[0]
    assert (found.arm, found.average, found.fitted, found.test) == (
        "SGD 0.001",
        study.runs[1].training.accuracy,
        study.runs[1].fitted.accuracy,
        study.runs[1].test.accuracy,
    )
    nothing = replace(study, runs=tuple(replace(run, state="failed") for run in study.runs))
    assert generalization.running_averages(nothing) == ()

"""Curves and rankings on a user's own axes, and what cannot be drawn."""

from __future__ import annotations

from dataclasses import replace

import pytest
from matplotlib.figure import Figure as Canvas

import classlab
from classlab.errors import SpecError

pytestmark = pytest.mark.light


def test_a_study_is_drawn_as_curves_and_as_a_ranking_also_on_axes_of_ones_own(plain_study):
    own = Canvas()
    left, right = own.subplots(1, 2)
    assert classlab.plot_curves(plain_study, metric="loss", ax=left) is own
    assert classlab.plot_ranking(plain_study, ax=right) is own
    assert left.get_ylabel().startswith("loss per image")
    assert right.get_xlabel() == "validation accuracy"
    names = [arm.name for arm in plain_study.spec.arms]
    drawn = [text.get_text() for text in left.get_legend().get_texts()]
    assert sorted(drawn) == sorted([*names, "validation", "training"])
    assert isinstance(classlab.plot_curves(plain_study.runs[0]), Canvas)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (
            lambda study: classlab.plot_curves(study, metric="f1"),
            "`metric` must be accuracy or loss, but got metric='f1'. Choose one.",
        ),
        (
            lambda study: classlab.plot_curves(study.spec.name),
            "`subject` must be a run, a study's result, or the record of either, but got str. Give what classlab.fit "
            "or Study.run returned.",
        ),
        (
            lambda study: classlab.plot_curves(replace(study.runs[0], history={})),
            "a run must have completed an epoch to show its curves, but none did. Train it anew.",
        ),
        (
            lambda study: classlab.plot_ranking(study.runs[0]),
            "`result` must be a study's, but got that of a run. Give what Study.run returned.",
        ),
        (
            lambda study: classlab.plot_gradient_norms(study),
            "`subject` must be a run, but got a study. Give one of its runs: result.run(arm, seed).",
        ),
        (
            lambda study: classlab.plot_first_layer(study),
            "`weights` must be what run.inside.first_layer() gives, but got StudyRecord. Give its result.",
        ),
        (
            lambda study: classlab.plot_activations(study),
            "`activations` must be what run.inside.activations(image) gives, but got StudyRecord. Give its result.",
        ),
        (
            lambda study: classlab.plot_occlusion(study),
            "`occlusion` must be what run.inside.occlusion(image) gives, but got StudyRecord. Give its result.",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(plain_study, call, sentence):
    with pytest.raises(SpecError) as refused:
        call(plain_study)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("ax", "sentence"),
    [
        (
            Canvas().subplots(1, 2),
            "`ax` must be one pair of axes, but got an array of 2. Give one of them, as in ax[0].",
        ),
        (Canvas(), "`ax` must be axes of matplotlib, but got Figure. Leave it out for a new figure."),
    ],
)
@pytest.mark.parametrize("draw", [classlab.plot_curves, classlab.plot_ranking])
def test_what_is_no_pair_of_axes_is_refused(plain_study, draw, ax, sentence):
    with pytest.raises(SpecError) as refused:
        draw(plain_study, ax=ax)
    assert str(refused.value) == sentence


def test_curves_of_one_metric_share_axes_and_those_of_the_other_do_not(plain_study):
    ax = Canvas().subplots()
    for run in plain_study.runs[:2]:
        classlab.plot_curves(run, ax=ax)
    with pytest.raises(SpecError) as refused:
        classlab.plot_curves(plain_study, metric="loss", ax=ax)
    assert str(refused.value) == "`ax` must not show accuracy already where the metric is loss. Give other axes."
    own = Canvas().subplots()
    own.yaxis.set_major_formatter(lambda value, _: f"{value} of 1")  # of axes that showed something else
    classlab.plot_curves(plain_study, metric="loss", ax=own)


def test_a_study_without_a_figure_cannot_be_ranked(make_study):
    with pytest.raises(SpecError) as refused:
        classlab.plot_ranking(make_study({"a": [None, None], "b": [None, None]}))
    assert str(refused.value) == (
        "a study must have an arm with a figure to be ranked, but none has. See what became of its runs."
    )

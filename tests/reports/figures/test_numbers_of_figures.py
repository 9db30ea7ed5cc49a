"""The numbers behind the figures, before anything is drawn."""

from __future__ import annotations

import numpy as np
import pytest

from classlab.analysis import analyse
from classlab.errors import SpecError
from classlab.records import to_plain
from classlab.reports.figures import ranking_plot
from classlab.reports.figures.confusion_matrix import mixed_up
from classlab.reports.figures.curves import curves, curves_figure, logarithmic
from classlab.reports.figures.drawing import plain_numbers
from classlab.reports.figures.gap_plot import gap_numbers
from classlab.reports.figures.prediction import (
    bar_colours,
    caption_colour,
    described,
    grid_of,
    random_grid,
    seen_prediction,
)
from classlab.reports.figures.ranking_plot import cut_axis, ranking_figure, ranking_numbers
from classlab.reports.figures.tile import tile
from classlab.statistics import confusion

NAMES = ("ankle boot", "bag", "coat")
BLUE, RED, GREY = "#1557b0", "#c62828", "#b4bac6"


def test_a_band_spans_the_seeds_and_leaves_out_what_is_not_finite():
    histories = {"a": [{"loss": (3.0, 1.0)}, {"loss": (1.0, float("nan"), 5.0)}, {"loss": (2.0,)}]}
    (band,) = curves(histories, "loss").bands
    assert (band.arm, band.split) == ("a", "training")
    assert (band.mean, band.low, band.high, band.seeds) == (
        (2.0, 1.0, 5.0),
        (1.0, 1.0, 5.0),
        (3.0, 1.0, 5.0),
        (3, 1, 1),
    )


def test_a_band_ends_where_no_seed_has_a_finite_figure():
    (band,) = curves({"a": [{"val_accuracy": (0.5, float("inf"), 0.7)}]}, "accuracy").bands
    assert (band.split, band.mean) == ("validation", (0.5,))
    assert curves({"a": [{}]}, "loss").bands == ()


GOOD = {"loss": (2.3, 0.5, 0.0), "val_loss": (2.2, 0.5, 0.2)}
DIVERGED = {"loss": (100.0, 1e10, 1e20), "val_loss": (1e4, 1e9, 5.5e19)}


def test_a_loss_that_diverges_leaves_the_other_curves_their_room():
    found = curves_figure(curves({"good": [GOOD], "bad": [DIVERGED]}, "loss"))
    assert found.caption.endswith(" The axis ends at 10,000; beyond it: bad, up to 1.00e20.")
    assert "validation 5.50e19" in found.alternative


def test_where_every_loss_diverges_the_axis_shows_them_all():
    numbers = curves({"bad": [DIVERGED]}, "loss")
    assert logarithmic(numbers)
    assert curves_figure(numbers).caption.endswith("taken at its end.")


def test_large_ticks_are_powers_of_ten():
    assert [plain_numbers(value) for value in (0.01, 1000, 1e6, 1e10)] == ["0.01", "1,000", "1e6", "1e10"]


def test_a_right_prediction_is_blue_and_captioned_as_the_lab_does():
    seen = seen_prediction(7, np.array([0.02, 0.97, 0.01], np.float32), 1, NAMES)
    assert (seen.caption, seen.right) == ("bag 97% (bag)", True)
    assert (caption_colour(seen), bar_colours(seen)) == (BLUE, [GREY, BLUE, GREY])
    assert described(seen) == "Test image 7, true class bag, was predicted as bag with probability 97.0 %: right."


def test_a_wrong_prediction_has_the_predicted_class_red_and_the_true_one_blue():
    seen = seen_prediction(0, np.array([0.5, 0.3, 0.2], np.float32), 2, NAMES)
    assert (seen.caption, seen.right) == ("ankle boot 50% (coat)", False)
    assert (caption_colour(seen), bar_colours(seen)) == (RED, [RED, GREY, BLUE])


def test_of_many_classes_the_most_probable_are_shown_and_always_the_true_one():
    shares = np.linspace(0.001, 0.1, 30, dtype=np.float32)
    seen = seen_prediction(0, shares, 0, [f"c{place}" for place in range(30)])
    assert len(seen.classes) == 12
    assert seen.classes[0] == "c29"
    assert seen.classes[-1] == "c0"


def test_a_grid_has_the_rows_and_columns_asked_for_and_no_image_twice():
    shares, labels = np.full((40, 3), 1 / 3, np.float32), np.zeros(40, np.int64)
    grid = random_grid(shares, labels, NAMES, rows=4, columns=2, seed=3)
    assert (len(grid.seen), grid.columns) == (8, 2)
    assert len({each.position for each in grid.seen}) == 8
    assert grid == random_grid(shares, labels, NAMES, rows=4, columns=2, seed=3)
    assert grid != random_grid(shares, labels, NAMES, rows=4, columns=2, seed=4)
    assert len(random_grid(shares[:5], labels[:5], NAMES, rows=4, columns=2).seen) == 5
    assert [each.position for each in grid_of([9, 1], shares, labels, NAMES).seen] == [9, 1]


@pytest.mark.parametrize(("rows", "columns"), [(0, 5), (3, 0), (-1, -1), (100, 100)])
def test_an_impossible_grid_is_refused(rows, columns):
    with pytest.raises(SpecError) as refusal:
        random_grid(np.full((9, 3), 1 / 3, np.float32), np.zeros(9, np.int64), NAMES, rows=rows, columns=columns)
    assert str(refusal.value) == (
        f"`rows` and `columns` must be at least 1 and give at most 400 images, but got rows={rows}, columns={columns}. "
        "3 and 5 are usual."
    )


def test_a_tile_shows_images_with_their_own_labels():
    labels = np.arange(30) % 3
    shown = tile(labels, NAMES, seed=1)
    assert len(set(shown.positions)) == 25
    assert shown.names == tuple(NAMES[labels[place]] for place in shown.positions)
    assert len(tile(labels[:7], NAMES).positions) == 7


def test_the_ranking_plot_marks_the_arms_tied_with_the_best(make_study):
    arms = {"a": (0.90, 0.91, 0.92), "b": (0.905, 0.905, 0.925), "c": (0.5, 0.52, 0.51), "d": (None, 0.2, None)}
    numbers = ranking_numbers(analyse(make_study(arms)), most=3)
    assert [(arm.name, arm.tied) for arm in numbers.arms] == [("b", True), ("a", True), ("c", False)]
    assert numbers.left_out == 1
    assert to_plain(numbers)["arms"][2]["seeds"] == [0.5, 0.52, 0.51]


def test_one_arm_far_behind_does_not_stretch_the_axis(make_study):
    arms = {"a": (0.930, 0.931, 0.932), "b": (0.931, 0.930, 0.929), "c": (0.10, 0.11, 0.12)}
    numbers = ranking_numbers(analyse(make_study(arms)))
    assert numbers.cut is not None
    assert 0.9 < numbers.cut < 0.929
    assert [numbers.beyond(arm.estimate.mean) for arm in numbers.arms] == [False, False, True]
    caption = ranking_figure(numbers).caption
    assert caption.endswith(
        f" The axis begins at {100 * numbers.cut:.2f} %, because what lies below would stretch it; an arrow there "
        "stands for seeds, a line or a mean that goes beyond, the mean in figures."
    )
    close = ranking_numbers(analyse(make_study({"a": (0.93, 0.94, 0.95), "b": (0.91, 0.92, 0.93)})))
    assert close.cut is None
    assert "The axis" not in ranking_figure(close).caption


def test_a_huge_loss_stretches_the_axis_of_losses_neither_way(make_study, monkeypatch):
    losses = {
        "a": (0.30, 0.50, 0.70),
        "b": (2.30, 2.31, 2.32),
        "c": (2.1, 2.2, 4.5),  # its interval goes below 0 and beyond the axis
        "d": (1.0, 2.0, 90_000.0),  # and that of this one from -100,000 on
    }
    study = make_study(dict.fromkeys(losses, (0.5, 0.5, 0.5)), losses=losses, select="val_loss")
    numbers = ranking_numbers(analyse(study))
    assert [arm.name for arm in numbers.arms] == ["a", "b", "c", "d"]
    assert [numbers.beyond(arm.estimate.mean) for arm in numbers.arms] == [False, False, False, True]
    drawn = {}
    monkeypatch.setattr(ranking_plot, "svg", lambda canvas: drawn.update(axes=canvas.axes[0]) or "<svg/>")
    caption = ranking_figure(numbers).caption
    low, high = drawn["axes"].get_xlim()
    assert high == numbers.cut
    assert 2.6 < high < 4.5
    assert -0.04 * high < low < 0.3
    lines = [line for line in drawn["axes"].lines if line.get_linestyle() == "-" and len(set(line.get_xdata())) == 2]
    assert min(min(line.get_xdata()) for line in lines) == 0.0
    arrows = [int(line.get_ydata()[0]) for line in drawn["axes"].lines if line.get_marker() == ">"]
    assert arrows == [2, 2, 3]  # a line and a seed of "c", the mean of "d"
    assert caption.endswith(
        f" The axis ends at {numbers.cut:.4f}, because what lies above would stretch it; an arrow there stands for "
        "seeds, a line or a mean that goes beyond, the mean in figures."
    )


def test_arms_beyond_the_limit_of_the_ranking_plot_are_counted_in_its_caption(make_study):
    arms = {f"arm {n}": (0.9 - 0.001 * n, 0.91 - 0.001 * n) for n in range(42)}
    numbers = ranking_numbers(analyse(make_study(arms)))
    assert (len(numbers.arms), numbers.left_out) == (40, 2)
    assert ranking_figure(numbers).caption.endswith("2 more arms follow: see the table.")


@pytest.mark.parametrize(
    ("means", "leading", "higher", "expected"),
    [
        ([0.93, 0.92, 0.10], 1, True, 0.92 - 0.005),  # the second of three is near, tied or not
        ([0.93, 0.92, 0.10], 3, True, 0.92 - 0.005),  # nor does a tie bring the third near
        ([0.93, 0.92, 0.80, 0.79, 0.10, 0.10], 3, True, 0.80 - 0.065),
        ([0.20, 0.25, 9.0], 2, False, 0.25 + 0.025),
        ([0.93, 0.92, 0.91], 1, True, None),
        ([0.93], 1, True, None),
        ([0.93, 0.93, 0.93], 3, True, None),
    ],
)
def test_the_axis_ends_where_the_near_arms_end(means, leading, higher, expected):
    found = cut_axis(means, [[mean] for mean in means], leading=leading, higher_is_better=higher)
    assert found == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(("sign", "higher"), [(1, True), (-1, False)])
def test_the_interval_of_the_first_arm_is_never_cut(sign, higher):
    means = [sign * mean for mean in (0.93, 0.92, 0.10)]
    figures = [[sign * end for end in ends] for ends in ((0.90, 0.96), (0.70, 0.94), (0.10, 0.11))]
    assert cut_axis(means, figures, leading=2, higher_is_better=higher) == pytest.approx(sign * 0.90)


def test_the_gap_plot_has_the_arms_in_ranking_order(make_study):
    numbers = gap_numbers(analyse(make_study({"a": (0.5, 0.6), "b": (0.9, 0.8), "c": (None, None)})))
    assert [(arm.name, round(arm.gap.gap or 0, 6)) for arm in numbers.arms] == [("b", 0.04), ("a", 0.04)]
    assert to_plain(numbers)["arms"][0]["gap"]["n"] == 2


def test_mixed_up_classes_are_named_in_both_directions():
    found = mixed_up(confusion(np.array([0, 0, 1, 2]), np.array([1, 1, 0, 2]), classes=3), NAMES)
    assert [(found.words(pair), pair.count) for pair in found.pairs] == [
        ("ankle boot taken for bag", 2),
        ("bag taken for ankle boot", 1),
    ]

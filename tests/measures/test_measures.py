"""What each figure of a measured network means, at values known beforehand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from classlab.measures.layers import MeasuredLayer, OutputSums, function_behind, norm, relative_change, unit_spread
from classlab.measures.network import MEASURE, Point, Sums, for_record
from classlab.measures.plan import due, evenly, probe_positions
from classlab.measures.splits import nearest_centroid_accuracy, overlaps, split_facts
from classlab.records.codec import from_plain, to_plain
from classlab.records.diagnostics import Probe

LIBRARIES = [np.asarray, torch.tensor]


@pytest.mark.parametrize("made", LIBRARIES)
def test_a_change_is_a_share_of_the_norm_before_it(made):
    before = made([[3.0, 4.0], [0.0, 0.0], [0.0, 0.0], [1e-30, 0.0]])
    now = made([[3.0, 5.0], [0.0, 2.0], [0.0, 0.0], [1e-30, 1e20]])
    found = relative_change(now, before)
    assert found[:3] == [pytest.approx(0.2), 1.0, 0.0]  # a kernel of zeros is moved by all of itself, or not at all
    assert found[3] == pytest.approx(1e50, rel=1e-5)


@pytest.mark.parametrize("made", LIBRARIES)
def test_a_norm_is_taken_over_all_arrays_in_double_precision(made):
    assert norm([made([[3.0]]), made([[[0.0, 4.0]]])]).tolist() == [5.0]
    assert norm([made([[1e30, 1e30]])]).tolist() == [pytest.approx(2**0.5 * 1e30)]


@pytest.mark.parametrize("made", LIBRARIES)
def test_the_spread_across_units_does_not_depend_on_where_their_axis_stands(made):
    kernel = np.random.default_rng(0).normal(size=(2, 3, 4, 5))
    first = np.moveaxis(kernel, 3, 1).copy()
    expected = np.sqrt(kernel.var(axis=3).mean(axis=(1, 2)) / (kernel**2).mean(axis=(1, 2, 3)))
    for array, units in ((kernel, -1), (kernel, 3), (first, 1)):
        assert unit_spread(made(array), units=units).tolist() == pytest.approx(expected.tolist())


@pytest.mark.parametrize("made", LIBRARIES)
def test_outputs_add_up_to_those_of_one_batch(made):
    values = np.random.default_rng(1).normal(size=(2, 30, 3, 7)).astype(np.float32)
    values[:, :, :, 2] = np.minimum(values[:, :, :, 2], 0)
    values[1, :, :, 4] = -1
    sums = OutputSums("relu", members=2, like=made(values))
    for start in (0, 11, 22):
        for member in range(2):
            sums.add(made(values[member : member + 1, start : start + 11]), slice(member, member + 1))
    figures = sums.figures()
    assert figures["dead_share"] == [pytest.approx(1 / 7), pytest.approx(2 / 7)]
    assert figures["output_spread"] == pytest.approx(np.sqrt(values.var(axis=(1, 2)).mean(axis=1)).tolist(), rel=1e-5)
    assert "saturated_share" not in figures


@pytest.mark.parametrize(("function", "share"), [("sigmoid", 3 / 6), ("tanh", 1 / 6)])
def test_values_near_a_bound_are_saturated(function, share):
    values = np.array([[[0.0, 0.04, 0.5, 0.94, -0.94, 0.951]]], np.float32)
    values = np.abs(values) if function == "sigmoid" else values
    sums = OutputSums(function, members=1, like=values)
    sums.add(values, slice(None))
    assert sums.figures()["saturated_share"] == [pytest.approx(share)]


def test_a_probe_counts_answers_and_keeps_members_apart():
    labels = np.array([0, 0, 1, 2])
    named = np.array([[0, 0, 0, 0], [0, 1, 1, 3]])
    sums = Sums({5: Point(1, "relu")}, [2, 1, 1], members=2, like=np.empty(0))
    sums.answer(slice(0, 2), named, labels, np.array([[1.0, 2, 3, 4], [0, 0, 0, 1]]))
    sums.note(slice(0, 2), 4, np.ones((2, 4, 3)))  # no place where a layer is measured
    kernel = np.ones((2, 3, 4))
    one, other = sums.probes(
        [MeasuredLayer(position=1, kind="Dense", activation="relu", kernel=kernel, units=-1)], [0.5, 0], epoch=3
    )
    assert (one.loss, one.accuracy, one.penalty, one.predicted, one.right) == (2.5, 0.5, 0.5, (4, 0, 0), (2, 0, 0))
    assert (other.loss, other.accuracy, other.predicted, other.right) == (0.25, 0.5, (1, 2, 0), (1, 1, 0))
    assert (one.epoch, one.images, one.present, one.measure) == (3, 4, (2, 1, 1), MEASURE)
    (layer,) = one.layers
    assert (layer.weight_norm, layer.update_ratio, layer.output_spread) == (pytest.approx(12**0.5), None, None)
    assert for_record(one) is None  # no gradient was computed, which JSON has no number for


def test_a_record_of_an_earlier_version_says_that_it_was_measured_otherwise():
    probe = Probe(
        epoch=0, images=4, loss=1.23456789, accuracy=0.5, penalty=0.0, predicted=(4,), layers=(), measure=MEASURE
    )
    kept = for_record(probe)
    assert (kept.loss, kept.measure) == (1.2346, MEASURE)
    plain = to_plain(kept)
    assert from_plain(Probe, plain) == kept
    del plain["measure"]
    assert from_plain(Probe, plain).measure == 1


@pytest.mark.parametrize(
    ("own", "following", "found"),
    [
        ("relu", [], ("relu", 0)),
        ("linear", [("Flatten", "linear"), ("ReLU", "relu")], ("linear", 0)),
        ("linear", [("MaxPooling2D", "linear"), ("ReLU", "relu"), ("MaxPooling2D", "linear")], ("relu", 3)),
        ("tanh", [("MaxPooling2D", "linear")], ("tanh", 0)),
        ("linear", [("BatchNormalization", "linear"), ("Dense", "relu")], ("linear", 0)),
        ("linear", [("Activation", "linear"), ("ReLU", "relu")], ("linear", 0)),
        ("softmax", [("MaxPooling2D", "linear")], ("softmax", 0)),
    ],
)
def test_the_function_behind_a_layer_is_found_across_what_may_stand_between(own, following, found):
    assert function_behind(own, following) == found


def test_without_a_planned_end_the_schedule_goes_on_doubling():
    assert [epoch for epoch in range(60) if due(epoch, epochs=None)] == [0, 1, 2, 3, 6, 12, 24, 48]
    assert due(5, epochs=5)


def test_evenly_spaced_positions_are_all_of_few_images():
    assert evenly(3, 10).tolist() == [0, 1, 2]
    assert evenly(0, 10).tolist() == []
    assert probe_positions(np.zeros(5, np.int64), most=3, leading=2).tolist() == [0, 1, 3]


def test_copies_are_found_across_kinds_of_numbers_and_not_across_sizes():
    whole = np.arange(48, dtype=np.uint8).reshape(3, 4, 4)
    assert overlaps({"train": whole, "test": whole[1:].astype(np.float64)}) == {"train/test": 2}
    assert overlaps({"train": whole, "test": whole[:, :3]}) == {"train/test": 0}
    spoilt = np.where(whole == 17, np.nan, whole.astype(np.float32))
    assert overlaps({"train": spoilt, "test": spoilt.copy()}) == {"train/test": 3}  # the same bytes, number or not


def test_a_split_is_seen_as_it_enters_and_in_parts(monkeypatch):
    monkeypatch.setattr("classlab.measures.splits._TOGETHER", 40)
    images = np.random.default_rng(2).normal(3, 2, (90, 5, 5))
    facts = split_facts(images, np.arange(90) % 4, enter=lambda some: some * 2, classes=3)
    assert (facts.minimum, facts.maximum) == (2 * images.min(), 2 * images.max())
    assert (facts.mean, facts.deviation) == (pytest.approx(2 * images.mean()), pytest.approx(2 * images.std()))
    assert (facts.images, facts.class_counts) == (90, (23, 23, 22))
    assert split_facts(images, None, enter=lambda some: some, classes=3).class_counts == ()


def test_classes_without_training_images_are_never_the_nearest():
    images = np.array([[0.0], [1.0], [10.0], [11.0]])
    asked = np.array([[0.0], [5.0], [20.0], [7.0]])
    found = nearest_centroid_accuracy(images, np.array([1, 1, 4, 4]), asked, np.array([1, 0, 4, 4]))
    assert found == 0.75

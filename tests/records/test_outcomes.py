"""What a run made of each image: kept in little room, and refused where it is damaged."""

from __future__ import annotations

import base64
import json
import re
import time
import tracemalloc
import zlib
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from classlab.errors import RecordError, SpecError
from classlab.records import from_json, to_json
from classlab.records.outcomes import Outcomes, RunOutcomes, outcomes_of


def answers(images: int, *, classes: int = 10, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities `(images, classes)` and labels, mostly right."""
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, classes, images)
    scores = draw.normal(size=(images, classes)) + 3 * np.eye(classes)[labels]
    return np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True), labels


def packed(raw: bytes) -> str:
    return base64.b64encode(zlib.compress(raw)).decode()


@pytest.mark.parametrize("images", [0, 1, 7, 8, 9, 1000, 1001])
def test_right_and_wrong_make_the_trip(images):
    probabilities, labels = answers(images)
    found = from_json(Outcomes, to_json(outcomes_of(probabilities, labels, losses=False)), where="run.json")
    np.testing.assert_array_equal(found.right(), probabilities.argmax(axis=1) == labels)
    assert (found.images, found.image_losses()) == (images, None)
    if images:
        assert found.right().mean() == pytest.approx(accuracy_score(labels, probabilities.argmax(axis=1)))


def test_losses_make_the_trip_within_a_part_of_their_root():
    probabilities, labels = answers(2000)
    exact = -np.log(probabilities[np.arange(2000), labels])
    found = from_json(Outcomes, to_json(outcomes_of(probabilities, labels, losses=True)), where="run.json")
    # Half a step of 255 in the root of the loss over 16.1: 2 * sqrt(16.1 loss) / 510, and its square.
    assert (np.abs(found.image_losses() - exact) <= 0.016 * np.sqrt(exact) + 0.0001).all()
    assert found.image_losses().mean() == pytest.approx(exact.mean(), rel=0.002)


@pytest.mark.parametrize("chance", [0.0, float("nan"), 1e-30])
def test_an_image_that_was_held_for_impossible_costs_what_keras_lets_it_cost(chance):
    found = outcomes_of(np.array([[chance, 1.0]]), np.array([0]), losses=True)
    assert found.image_losses() == pytest.approx(-np.log(1e-7))


def test_a_certain_image_costs_nothing():
    assert outcomes_of(np.array([[1.0, 0.0]]), np.array([0]), losses=True).image_losses().tolist() == [0.0]


@pytest.mark.parametrize("classes", [2, 10, 300])
def test_classes_and_answers_make_the_trip(classes):
    probabilities, labels = answers(500, classes=classes)
    found = from_json(
        Outcomes, to_json(outcomes_of(probabilities, labels, losses=False, classes=True)), where="run.json"
    )
    np.testing.assert_array_equal(found.true_classes(), labels)
    np.testing.assert_array_equal(found.answers(), probabilities.argmax(axis=1))


def test_outcomes_without_classes_say_so():
    found = outcomes_of(*answers(20), losses=False)
    assert (found.true_classes(), found.answers()) == (None, None)


def test_damaged_classes_are_refused():
    whole = outcomes_of(*answers(100), losses=False, classes=True)
    for damaged in (replace(whole, labels=packed(b"12")), replace(whole, mistaken=packed(b"1"))):
        with pytest.raises(RecordError) as refusal:
            damaged.answers()
        assert str(refusal.value) == SENTENCE


def test_both_splits_make_the_trip():
    validation, test = (outcomes_of(*answers(images), losses=True) for images in (50, 80))
    both = RunOutcomes(validation=validation, test=test)
    assert from_json(RunOutcomes, to_json(both), where="run.json") == both


def test_ten_thousand_images_take_little_room():
    text = to_json(outcomes_of(*answers(10_000), losses=False))
    assert len(text) < 2000


WHOLE = outcomes_of(*answers(100), losses=True)
SENTENCE = "the outcomes of 100 images in a run's record are damaged. Restore the record or train the run again."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no base 64!",
        "äöü",
        base64.b64encode(b"not compressed").decode(),
        WHOLE.correct[:-8],  # the end is missing
        packed(b""),
        packed(bytes(12)),  # 96 images
        packed(bytes(14)),  # 112 images
    ],
    ids=["nothing", "no text", "no ascii", "not compressed", "truncated", "empty", "too few", "too many"],
)
def test_damaged_outcomes_are_refused(text):
    with pytest.raises(RecordError, match=f"^{re.escape(SENTENCE)}$"):
        replace(WHOLE, correct=text).right()


@pytest.mark.parametrize("text", ["no base 64!", WHOLE.losses[:-8], packed(bytes(99)), packed(bytes(101))])
def test_damaged_losses_are_refused(text):
    with pytest.raises(RecordError, match=f"^{re.escape(SENTENCE)}$"):
        replace(WHOLE, losses=text).image_losses()


def test_a_small_text_that_holds_a_quarter_of_a_gigabyte_is_refused_without_reading_it():
    block, compressor = bytes(1 << 20), zlib.compressobj()
    bomb = b"".join(compressor.compress(block) for _ in range(256)) + compressor.flush()
    text = base64.b64encode(bomb).decode()
    assert len(text) < 400_000
    began = time.perf_counter()
    tracemalloc.start()
    for read in (replace(WHOLE, correct=text).right, replace(WHOLE, losses=text).image_losses):
        with pytest.raises(RecordError, match=f"^{re.escape(SENTENCE)}$"):
            read()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 16_000_000
    assert time.perf_counter() - began < 1


@pytest.mark.parametrize("images", [-1, 10**12])
def test_a_number_of_images_that_cannot_be_is_refused(images):
    with pytest.raises(SpecError) as refusal:
        replace(WHOLE, images=images)
    assert str(refusal.value) == f"outcomes must be of 0 to 100,000,000 images, but got images={images}. Count anew."


def test_a_record_that_asks_for_the_memory_of_a_thousand_million_images_is_refused():
    text = json.dumps({"images": 10**12, "correct": WHOLE.correct, "losses": ""})
    with pytest.raises(RecordError) as refusal:
        from_json(Outcomes, text, where="run.json")
    assert str(refusal.value) == (
        "run.json is damaged at the top level: outcomes must be of 0 to 100,000,000 images, but got "
        "images=1000000000000. Count anew. Restore the file."
    )

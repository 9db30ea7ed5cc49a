from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from classlab.datasets import from_arrays
from classlab.errors import SpecError
from classlab.models import build
from classlab.records import EarlyStopping, RunRecord, identity
from classlab.studies.asked.assignment import Assignment, assign
from classlab.studies.asked.model_choice import ModelChoice, choose_model
from classlab.studies.work.train import train
from classlab.training import predict
from classlab.training.process.processor import on_processor

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class StopAfter:
    """Watches a training and interrupts it after an epoch, as Ctrl-C would."""

    def __init__(self, epoch: int) -> None:
        self.epoch = epoch

    def epoch_finished(self, report) -> None:
        if report.epoch == self.epoch:
            raise KeyboardInterrupt


def assignment(digits, *, folder=None, seeds=(0,), model="linear", **options) -> Assignment:
    options = {"epochs": 3, **options}
    return assign(
        digits, choose_model(model, digits), seeds=seeds, options=options, folder=folder, command="the command"
    )


def without_times(record: RunRecord) -> RunRecord:
    return replace(record, seconds=0.0, created="")


def test_a_record_holds_what_happened(digits):
    asked = assignment(digits, top_k=3)
    record = train(asked, now=NOW).runs[0].record
    assert record.identity == identity(asked.specs[0])
    assert record.state == "finished"
    assert record.epochs_done == 3
    assert record.parameters == 64 * 10 + 10
    assert record.created == "2026-01-02T03:04:05+00:00"
    assert record.command == "the command"
    assert record.path == "engine"
    assert record.environment.packages["numpy"].startswith("2.")
    assert record.training.images == 1294
    assert record.training.accuracy == record.history["accuracy"][-1]
    assert record.training.top_k_accuracy == record.history["top_3_accuracy"][-1]
    assert record.validation.images == 144
    assert record.validation.accuracy == pytest.approx(record.history["val_accuracy"][-1])
    assert record.test.images == len(digits.test)
    assert record.notes == digits.notes


def test_the_test_figures_are_those_of_the_stored_predictions(digits):
    run = train(assignment(digits)).runs[0]
    said, labels = run.predictions.probabilities, run.predictions.labels
    assert run.record.test.accuracy == pytest.approx(np.mean(said.argmax(1) == labels))
    assert run.record.test.loss == pytest.approx(-np.log(said[np.arange(len(labels)), labels]).mean(), rel=1e-5)


def test_validation_on_the_test_images_is_noted(digits):
    record = train(assignment(digits, validation="test")).runs[0].record
    assert record.validation == record.test
    assert record.notes[-1] == (
        "The validation images are the test images, so the test figures were selected on the test set."
    )


def test_restored_weights_are_noted(digits):
    rule = EarlyStopping(patience=0, monitor="val_loss", min_delta=100.0)
    record = train(assignment(digits, early_stopping=rule)).runs[0].record
    assert record.state == "stopped_early"
    assert record.notes[-1] == (
        "Training figures are those of the last epoch, validation and test figures of the best one."
    )


def test_given_weights_are_where_training_starts_and_part_of_the_identity(digits):
    trained = train(assignment(digits, epochs=1)).runs[0]
    start = {name: array.copy() for name, array in trained.weights.items()}
    choice = ModelChoice(architecture=trained.record.spec.architecture, weights=start, start="given")
    options = {"epochs": 1, "learning_rate": 1e-12}
    further = assign(digits, choice, seeds=[0], options=options)
    run = train(further).runs[0]
    np.testing.assert_allclose(run.weights["1.kernel"], start["1.kernel"], atol=1e-9)
    assert run.record.notes[-1] == "Training started from given weights, not from weights drawn by the seed."
    fresh = assignment(digits, **options)
    assert identity(fresh.specs[0]) != run.record.identity


@pytest.mark.parametrize("seeds", [(0,), (3, 4)])
def test_an_interrupted_training_resumes_to_the_very_same_runs(digits, tmp_path, seeds):
    model = build("mlp", input_shape=(8, 8, 1), classes=10, units=(16,), dropout=0.2)
    straight = train(assignment(digits, seeds=seeds, model=model)).runs
    for epoch in (1, 2, 3):
        folder = tmp_path / str(epoch)
        asked = assignment(digits, seeds=seeds, model=model, folder=folder)
        with pytest.raises(KeyboardInterrupt):
            train(asked, observer=StopAfter(epoch))
        resumed = train(asked, resume=True).runs
        for one, other in zip(straight, resumed, strict=True):
            assert without_times(one.record) == without_times(other.record)
            assert all(one.weights[name].tobytes() == other.weights[name].tobytes() for name in one.weights)
        left = {entry.name for entry in folder.iterdir() if not entry.name.startswith(".")}
        assert left.isdisjoint({"checkpoint.safetensors", "spec.json"})


def test_an_unfinished_training_is_not_continued_by_accident(digits, tmp_path):
    asked = assignment(digits, folder=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train(asked, observer=StopAfter(1))
    with pytest.raises(SpecError) as refusal:
        train(asked)
    assert str(refusal.value) == (
        f"{tmp_path} must be resumed or replaced on purpose, but it holds this training unfinished. "
        "Give resume=True to continue it, or again=True to start it anew."
    )


def test_starting_anew_forgets_the_checkpoint(digits, tmp_path):
    asked = assignment(digits, folder=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        train(asked, observer=StopAfter(2))
    seen = []

    class Watch:
        def epoch_finished(self, report) -> None:
            seen.append(report.epoch)

    train(asked, again=True, observer=Watch())
    assert seen == [1, 2, 3]


def test_a_finished_run_is_not_trained_twice_unless_asked(digits, tmp_path):
    asked = assignment(digits, folder=tmp_path)
    first = train(asked, now=NOW)
    second = train(asked, observer=StopAfter(1))
    assert not first.trained_before
    assert second.trained_before
    assert second.runs[0].record == first.runs[0].record
    third = train(asked, again=True)
    assert not third.trained_before
    assert third.runs[0].record.created != first.runs[0].record.created


def test_an_interrupted_repetition_keeps_the_first_run_readable(digits, tmp_path):
    from classlab.studies.runs.run import Run

    asked = assignment(digits, folder=tmp_path)
    train(asked, now=NOW)
    with pytest.raises(KeyboardInterrupt):
        train(asked, again=True, observer=StopAfter(1))
    assert Run.load(tmp_path).record.created == NOW.isoformat()


def test_a_training_that_is_refused_leaves_no_folder(digits, tmp_path):
    with pytest.raises(SpecError) as refusal:
        train(assignment(digits, folder=tmp_path / "run", top_k=11))
    assert str(refusal.value) == "`top_k` must be at most the 10 classes, but got top_k=11. Give less."
    if not on_processor("auto"):
        return
    with pytest.raises(SpecError, match="`device` cuda needs a CUDA GPU"):
        train(replace(assignment(digits, folder=tmp_path / "run"), device="cuda"))
    assert list(tmp_path.iterdir()) == []


def test_a_training_that_stops_before_its_first_epoch_leaves_nothing_to_resume(digits, tmp_path, monkeypatch):
    from classlab import training

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training, "train_population", stop)
        with pytest.raises(KeyboardInterrupt):
            train(assignment(digits, folder=tmp_path))
    assert train(assignment(digits, folder=tmp_path)).runs[0].record.state == "finished"


def test_a_diverged_run_is_a_result_like_any_other(digits, tmp_path):
    from classlab.studies.runs.run import Run

    asked = assignment(digits, folder=tmp_path, model="mlp", optimizer="sgd", learning_rate=1e30)
    run = train(asked).runs[0]
    assert run.record.state == "diverged"
    assert run.record.reason
    assert run.record.test is None
    assert Run.load(tmp_path).record == run.record
    with pytest.raises(SpecError) as refusal:
        run.predict(digits.test.images)
    assert str(refusal.value) == (
        "a run must have weights to predict with, but this one ended as 'diverged' before its first epoch was done. "
        "Train it anew, for example with a smaller learning rate."
    )


def test_raw_scores_become_probabilities(digits):
    from classlab.records import Architecture
    from classlab.records.layers import Dense, Flatten

    scores = Architecture(name="scores", input_shape=(8, 8, 1), layers=(Flatten(), Dense(units=10)))
    run = train(assignment(digits, model=scores)).runs[0]
    assert run.record.spec.loss.from_logits
    np.testing.assert_allclose(run.predictions.probabilities.sum(1), 1, rtol=1e-5)
    raw = predict(scores, run.weights, digits.test.images, input_layer=run.record.input_layer)
    expected = np.exp(raw) / np.exp(raw).sum(1, keepdims=True)
    np.testing.assert_allclose(run.predictions.probabilities, expected, rtol=1e-4, atol=1e-6)


def test_a_model_for_other_images_is_refused(digits):
    with pytest.raises(SpecError) as refusal:
        train(assignment(digits, model=build("linear", input_shape=(28, 28, 1), classes=10)))
    assert str(refusal.value) == (
        "the model 'linear' must take the images of digits, which have (height, width, channels) = (8, 8, 1), but it "
        "takes (28, 28, 1). Build it for these images."
    )


def test_a_model_for_other_classes_is_refused(digits):
    with pytest.raises(SpecError) as refusal:
        train(assignment(digits, model=build("linear", input_shape=(8, 8, 1), classes=11)))
    assert str(refusal.value) == (
        "the model 'linear' must end in one unit per class of digits, which has 10, but it ends in 11. "
        "Change its last layer."
    )


def test_a_bright_border_is_remembered():
    images = np.full((20, 4, 4, 1), 255, np.uint8)
    images[:, 1:3, 1:3] = 0
    labels = np.arange(20) % 2
    dataset = from_arrays(images, labels, images, labels)
    run = train(assignment(dataset, epochs=1)).runs[0]
    assert run.border == 1.0

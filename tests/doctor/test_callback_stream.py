"""What a doctor without arrays sees of the batches that pass on PyTorch."""

from __future__ import annotations

import numpy as np
import pytest

import classlab
from classlab.models.keras_runtime import keras

DRAWN = np.random.default_rng(3)
LABELS = DRAWN.integers(0, 4, 360)
IMAGES = (np.eye(4)[LABELS] + DRAWN.normal(0, 0.2, (360, 4))).astype("float32").reshape(360, 2, 2, 1)
SEEN = (IMAGES[300:], LABELS[300:])
SPARSE = "sparse_categorical_crossentropy"


def network(*, loss=SPARSE, metrics=("accuracy",), units=4):
    layers, made = keras().layers, keras()
    made.utils.set_random_seed(1)
    model = made.Sequential(
        [made.Input((2, 2, 1)), layers.Flatten(), layers.Dense(8, "relu"), layers.Dense(units, "softmax")]
    )
    model.compile(made.optimizers.Adam(0.01), loss, metrics=list(metrics))
    return model


def told(model, x, y, *, validation=SEEN, epochs=2, **options):
    """Rules above INFO with the first cause of each; the model is left as it was found."""
    doctor = classlab.Doctor(quiet=True)
    model.fit(x, y, batch_size=12, epochs=epochs, validation_data=validation, verbose=0, callbacks=[doctor], **options)
    assert doctor.gave_up == ""
    assert "compute_loss" not in vars(model)
    findings = [finding for finding in doctor.diagnosis.findings if finding.severity != "INFO"]
    return {finding.rule: finding.causes[0].rule if finding.causes else "" for finding in findings}


def test_a_sound_training_is_told_nothing():
    assert told(network(), IMAGES[:300], LABELS[:300], epochs=4) == {}


def test_labels_beyond_the_head_are_told_before_the_loss_refuses_them(capsys):
    model, doctor = network(), classlab.Doctor()
    with pytest.raises(IndexError):
        model.fit(IMAGES, LABELS + 1, verbose=0, callbacks=[doctor])
    said = "doctor: FAIL A5 label-range: The labels go up to 4, but the last layer has 4 units, one for each"
    assert said in capsys.readouterr().out
    doctor.on_train_begin()
    doctor.on_train_end()
    assert "compute_loss" not in vars(model)


def test_labels_without_signal_are_told():
    shuffled = np.random.default_rng(1).permutation(LABELS[:300])
    found = told(network(), IMAGES[:300], shuffled, validation=(IMAGES, LABELS))
    assert next(iter(found.items())) == ("A6", "A6")


def test_classes_that_only_validation_has_are_told():
    last = LABELS == 3
    found = told(network(), IMAGES[~last], LABELS[~last], validation=(IMAGES[last], LABELS[last]))
    assert found["A7"] == "A7"
    assert "A6" not in found


def test_rare_classes_that_are_not_recognised_are_told():
    chosen = np.concatenate([np.flatnonzero(LABELS[:300] == label)[: 60 if label else 2] for label in range(4)])
    found = told(network(), IMAGES[chosen], LABELS[chosen])
    assert found.get("A7") == "A7"


def test_validation_images_of_another_scale_are_told():
    assert told(network(), IMAGES[:300], LABELS[:300], validation=(255 * SEEN[0], SEEN[1]))["A3"] == "A3"


def test_batches_that_augmentation_made_unlike_are_told():
    class Erased(keras().utils.PyDataset):
        def __len__(self):
            return 20

        def __getitem__(self, place):
            rows = slice(15 * place, 15 * place + 15)
            return IMAGES[rows] + (1.0 if place % 4 == 0 else 0.0), LABELS[rows]

    doctor = classlab.Doctor(quiet=True)
    network().fit(Erased(), epochs=2, validation_data=SEEN, verbose=0, callbacks=[doctor])
    assert [finding.name for finding in doctor.diagnosis.findings if finding.rule == "A3"] == ["odd-batches"]


def of_sums(wanted, said):
    return keras().ops.sum(keras().losses.sparse_categorical_crossentropy(wanted, said))


def of_images(wanted, said):
    return keras().losses.sparse_categorical_crossentropy(wanted, said)


@pytest.mark.parametrize(("loss", "rules"), [(of_sums, {"B9"}), (of_images, set())])
def test_a_loss_that_grows_with_the_batch_is_told(loss, rules):
    model = network(loss=loss)
    doctor = classlab.Doctor(IMAGES, LABELS, quiet=True)
    model.fit(IMAGES, LABELS, epochs=1, verbose=0, callbacks=[doctor])
    assert {finding.rule for finding in doctor.diagnosis.findings if finding.severity != "INFO"} == rules


def metrics():
    kinds = keras().metrics
    return [
        ("acc", None),
        ("sparse_categorical_accuracy", None),
        (kinds.SparseCategoricalAccuracy(name="right"), None),
        ("categorical_accuracy", "categorical_accuracy"),
        (kinds.BinaryAccuracy(name="accuracy"), "binary_accuracy"),
        (kinds.binary_accuracy, "binary_accuracy"),
    ]


@pytest.mark.parametrize("place", range(6))
def test_a_metric_that_counts_something_else_is_known_by_any_name(place):
    metric, named = metrics()[place]
    one_hot = named == "binary_accuracy"
    model = network(loss="categorical_crossentropy" if one_hot else SPARSE, metrics=[metric])
    labels = np.eye(4)[LABELS] if one_hot else LABELS
    doctor = classlab.Doctor(IMAGES, labels, quiet=True)
    model.fit(IMAGES, labels, epochs=1, verbose=0, callbacks=[doctor])
    found = [finding.text for finding in doctor.diagnosis.findings if finding.rule == "B6"]
    said = f"What is reported as {named} is not the share of images whose most probable class is right."
    assert found == ([] if named is None else [said])

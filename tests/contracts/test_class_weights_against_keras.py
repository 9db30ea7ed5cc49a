"""Class weights in the kernels (fused and chains) and on PyTorch give what Keras's `fit(class_weight=...)` gives."""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from classlab.datasets.dataset import Division
from classlab.errors import SpecError
from classlab.records.architecture import Architecture
from classlab.records.layers import Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from classlab.records.optimizers import SGD, Adam
from classlab.records.run import Loss
from classlab.training import train_population
from classlab.training.loop.initial_weights import initial_weights
from tests.contracts.conftest import assert_agree, division, every_way
from tests.contracts.in_keras import UNIT, keras_run

SHAPE = (6, 6, 1)
GIVEN = (2.0, 0.5, 0.0, 1.0, 1.0, 1.0, 7.0, 1.0, 1.0, 0.1)
LOSSES = [
    (Loss(), "softmax"),
    (Loss(name="categorical_crossentropy"), "softmax"),
    (Loss(from_logits=True), "linear"),
    (Loss(), "sigmoid"),
    (Loss(name="mean_squared_error"), "softmax"),
]


def network(*hidden, head="softmax"):
    return Architecture(
        name="weighed", input_shape=SHAPE, layers=(*hidden, Flatten(), Dense(units=10, activation=head))
    )


NETWORKS = {
    "linear": (),
    "dense": (Flatten(), Dense(units=12, activation="tanh")),
    "convolution": (Conv2D(filters=8, kernel_size=(3, 3), activation="tanh"), MaxPooling2D(pool_size=(2, 2))),
}


def check(spec, data, class_weight):
    expected = keras_run(spec, data, initial_weights(spec.architecture, spec.seed), class_weight=class_weight)
    for (outcome,) in every_way([spec], data):
        assert_agree(outcome, expected)


@pytest.mark.parametrize(("loss", "head"), LOSSES, ids=str)
@pytest.mark.parametrize("hidden", NETWORKS.values(), ids=list(NETWORKS))
def test_fifty_steps_with_given_weights_give_keras_weights_and_figures(oracle, hidden, loss, head):
    spec = replace(oracle.spec(network(*hidden, head=head), loss=loss, optimizer=Adam()), class_weights=GIVEN)
    # Keras counts a class that is not named as 1; a partial batch is divided by its own number of images.
    check(spec, division(SHAPE, extra=7), {place: weight for place, weight in enumerate(GIVEN) if weight != 1})


@pytest.mark.parametrize("hidden", NETWORKS.values(), ids=list(NETWORKS))
def test_balanced_weights_are_scikit_learns(oracle, hidden):
    spec = replace(oracle.spec(network(*hidden), optimizer=SGD(learning_rate=0.05)), class_weights="balanced")
    whole = division(SHAPE)
    rare = (whole.train.labels != 3) | (np.arange(len(whole.train)) % 9 == 0)
    data = Division(train=replace_rows(whole.train, rare), validation=whole.validation, test=whole.test)
    labels = data.train.labels
    weights = compute_class_weight("balanced", classes=np.arange(10), y=labels)
    assert weights[3] > 2 * weights[2]
    check(spec, data, dict(enumerate(weights.tolist())))


def replace_rows(split, chosen):
    return type(split)(images=split.images[chosen], labels=split.labels[chosen])


def test_weights_of_one_leave_the_bits_of_unweighted_training(oracle):
    hidden = (Flatten(), Dense(units=12, activation="relu"), Dropout(rate=0.2))
    plain = oracle.spec(network(*hidden))
    data = division(SHAPE)
    for (one,), (other,) in zip(
        every_way([plain], data), every_way([replace(plain, class_weights=(1.0,) * 10)], data), strict=True
    ):
        assert all(np.array_equal(one.weights[key], other.weights[key]) for key in one.weights)
        assert one.history == other.history


def test_weights_that_leave_a_class_out_are_refused(oracle):
    spec = replace(oracle.spec(network()), class_weights=(1.0, 2.0))
    with pytest.raises(SpecError) as refusal:
        train_population([spec], division(SHAPE), input_layer=UNIT)
    assert str(refusal.value) == (
        "`class_weights` must have one number for each of the 10 classes, but got 2. Give as many."
    )

from itertools import product

import pytest

from classlab.records.architecture import Architecture
from classlab.records.layers import Dense, Flatten
from classlab.records.optimizers import SGD, Adagrad, Adam, AdamW, Nadam, Optimizer, RMSprop
from classlab.records.run import Loss

SHAPE = (6, 6, 1)

OPTIMIZERS: list[Optimizer] = [
    SGD(learning_rate=0.05),
    SGD(learning_rate=0.02, momentum=0.9),
    SGD(learning_rate=0.02, momentum=0.9, nesterov=True),
    Adam(),
    Adam(learning_rate=0.01, beta_1=0.8, beta_2=0.95, epsilon=1e-4),
    AdamW(learning_rate=0.003, weight_decay=0.1),
    RMSprop(),
    RMSprop(momentum=0.5, centered=True, rho=0.8, epsilon=1e-4),
    Adagrad(learning_rate=0.05),
    Nadam(),
]
LOSSES = [
    Loss(),
    Loss(name="categorical_crossentropy"),
    Loss(from_logits=True),
    Loss(name="mean_squared_error"),
]


def mlp(head: str) -> Architecture:
    return Architecture(
        name="mlp",
        input_shape=SHAPE,
        layers=(Flatten(), Dense(units=12, activation="tanh"), Dense(units=10, activation=head)),
    )


def name(value: object) -> str:
    return str(getattr(value, "kind", getattr(value, "name", value)))


@pytest.mark.parametrize(("optimizer", "loss"), list(product(OPTIMIZERS, LOSSES)), ids=name)
def test_fifty_steps_of_each_optimizer_and_loss_give_keras_weights(oracle, optimizer, loss):
    oracle.check(mlp("linear" if loss.from_logits else "softmax"), optimizer=optimizer, loss=loss)


@pytest.mark.parametrize(
    "optimizer",
    [
        SGD(learning_rate=0.05, clipnorm=0.1),
        SGD(learning_rate=0.05, clipvalue=0.01),
        SGD(learning_rate=0.05, global_clipnorm=0.2),
        SGD(learning_rate=0.05, weight_decay=0.1, momentum=0.9),
        RMSprop(weight_decay=0.1),
        Adam(weight_decay=0.1, clipnorm=0.1),
        Nadam(weight_decay=0.1),
        Adagrad(weight_decay=0.1),
    ],
    ids=repr,
)
def test_clipping_and_weight_decay_are_keras_own(oracle, optimizer):
    oracle.check(mlp("softmax"), optimizer=optimizer)


@pytest.mark.parametrize("head", ["sigmoid", "softplus"])
def test_cross_entropy_of_outputs_that_are_no_softmax_is_normalised_as_in_keras(oracle, head):
    oracle.check(mlp(head))


def test_softmax_taken_for_logits_is_softmaxed_again_as_in_keras(oracle):
    oracle.check(mlp("softmax"), loss=Loss(from_logits=True))


def test_the_last_partial_batch_of_an_epoch_counts_as_in_keras(oracle):
    oracle.check(mlp("softmax"), extra=5)


@pytest.mark.parametrize("loss", LOSSES[:2], ids=name)
def test_top_k_accuracy_is_keras_own(oracle, loss):
    oracle.check(mlp("softmax"), loss=loss, top_k=3)


def test_members_with_different_optimizers_and_seeds_train_as_if_alone(oracle):
    mixed = [(optimizer, seed) for seed in (0, 7) for optimizer in (SGD(), Adam(), RMSprop(clipnorm=0.1), Nadam())]
    oracle.check_population(mlp("softmax"), mixed)

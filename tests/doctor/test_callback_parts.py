"""What the callback reads out of Keras: compile settings, layers, inputs, activations, gradients."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from classlab.doctor.keras_data import HandedSplit, class_numbers, label_facts, nearest_centroid_accuracy
from classlab.doctor.keras_head import known_layers, shown_activation
from classlab.doctor.keras_input import entrance, split_facts
from classlab.doctor.keras_setup import keras_setup
from classlab.doctor.keras_subject import keras_subject
from classlab.doctor.keras_watch import WeightTrack
from classlab.measures.keras_gradients import outputs_and_gradients
from classlab.measures.keras_layers import keras_layers
from classlab.measures.keras_probe import keras_probe
from classlab.measures.layers import unit_spread
from classlab.measures.splits import overlaps
from classlab.models.keras_runtime import keras

RNG = np.random.default_rng(5)
IMAGES = RNG.random((40, 6, 6, 1), dtype=np.float32)
LABELS = np.arange(40) % 4


def chain(*layers):
    return keras().Sequential([keras().Input((6, 6, 1)), *layers])


def compiled(loss, *, metrics=None, optimizer="adam"):
    layers = keras().layers
    made = chain(layers.Flatten(), layers.Dense(4, activation="softmax"))
    made.compile(optimizer, loss, metrics=metrics)
    return made


def losses():
    names = keras().losses
    return [
        ("mse", "mean_squared_error", False),
        ("SparseCategoricalCrossentropy", "sparse_categorical_crossentropy", False),
        (names.SparseCategoricalCrossentropy(from_logits=True), "sparse_categorical_crossentropy", True),
        (names.categorical_crossentropy, "categorical_crossentropy", False),
        (functools.partial(names.categorical_crossentropy, from_logits=True), "categorical_crossentropy", True),
        ([names.Huber()], "huber", False),
        (lambda truth, said: truth - said, "", False),
    ]


@pytest.mark.parametrize("place", range(7))
def test_a_loss_is_known_by_one_name_however_it_was_given(place):
    given, name, from_logits = losses()[place]
    setup = keras_setup(compiled(given))
    assert (setup.loss, setup.from_logits) == (name, from_logits)
    assert setup.loss_function is not None


def test_the_optimizer_is_read_as_it_stands():
    k = keras()
    rate = k.optimizers.schedules.ExponentialDecay(0.1, 10, 0.5)
    setup = keras_setup(compiled("mse", optimizer=k.optimizers.SGD(rate, momentum=0.9)))
    assert (setup.optimizer, setup.momentum, setup.steps_taken) == ("sgd", 0.9, 0)
    assert setup.learning_rate == pytest.approx(0.1)
    wrapped = k.optimizers.LossScaleOptimizer(k.optimizers.RMSprop(0.01))
    assert keras_setup(compiled("mse", optimizer=wrapped)).optimizer == "rmsprop"


@pytest.mark.parametrize(
    ("metrics", "found"),
    [
        (None, ("", "")),
        (["mae"], ("", "")),
        (["mae", "acc"], ("accuracy", "acc")),
        ([["accuracy"]], ("accuracy", "accuracy")),
        (["binary_accuracy"], ("binary_accuracy", "binary_accuracy")),
        (["sparse_top_k_categorical_accuracy"], ("", "")),
    ],
)
def test_the_accuracy_is_found_among_the_metrics(metrics, found):
    assert keras_setup(compiled("mse", metrics=metrics)).metric == found


def test_an_accuracy_under_another_name_is_still_found():
    metric = keras().metrics.BinaryAccuracy(name="accuracy")
    assert keras_setup(compiled("mse", metrics=[metric])).metric == ("binary_accuracy", "accuracy")


def test_layers_know_the_function_behind_them():
    layers = keras().layers
    found = keras_layers(
        chain(
            layers.Conv2D(3, 3),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Flatten(),
            layers.Dense(5, activation=keras().ops.sin),
            layers.Dense(4),
        )
    )
    assert [(each.kind, each.activation) for each in found if each.kernel is not None] == [
        ("Conv2D", "relu"),
        ("Dense", "sin"),
        ("Dense", "linear"),
    ]


def test_a_frozen_layer_has_no_kernel_to_watch_and_an_inner_model_is_opened():
    layers = keras().layers
    base = chain(layers.Conv2D(3, 3))
    base.trainable = False
    found = keras_layers(chain(base, layers.Flatten(), layers.Dense(4)))
    assert [each.kind for each in found] == ["Conv2D", "Flatten", "Dense"]
    assert [each.kind for each in found if each.kernel is not None] == ["Dense"]


def reads_around_an_operation(last):
    k = keras()
    given = k.Input((6, 6, 1))
    hidden = k.ops.relu(k.layers.Dense(8)(k.layers.Flatten()(given)))
    return k.Model(given, last(k.layers.Dense(4)(hidden)))


def test_functions_that_are_no_layers_are_not_taken_for_missing_ones():
    model = reads_around_an_operation(keras().layers.Softmax())
    facts = known_layers(model, keras_layers(model), width=4, predictions=None)
    dense = [layer.activation for layer in facts if layer.kind == "Dense"]
    assert dense == ["unknown", "linear"]  # the last one is followed by layers up to the output
    assert facts[-1].activation == "softmax"


def test_a_head_behind_an_operation_is_judged_by_what_it_says():
    model = reads_around_an_operation(keras().ops.softmax)
    assert known_layers(model, keras_layers(model), width=4, predictions=None) == ()
    said = np.asarray(keras().ops.convert_to_numpy(model(IMAGES)))
    (head,) = known_layers(model, keras_layers(model), width=4, predictions=said)
    assert (head.kind, head.width, head.activation) == ("Dense", 4, "softmax")


@pytest.mark.parametrize(
    ("said", "function"),
    [
        ([[0.2, 0.9], [0.5, 0.1]], "sigmoid"),
        ([[0.2, 0.8]], "softmax"),
        ([[0.0, 0.0]], "linear"),
        ([[0.5, 1.5]], "linear"),
        ([[np.nan, 0.5]], "linear"),
        ([[0.4], [0.6]], "sigmoid"),
    ],
)
def test_the_last_function_shows_in_the_predictions(said, function):
    assert shown_activation(np.array(said)) == function


def test_the_entrance_is_what_the_first_layer_with_weights_meets():
    layers = keras().layers
    base = chain(layers.Rescaling(1 / 5), layers.Conv2D(3, 3), layers.ReLU())
    model = chain(layers.Rescaling(2.0, offset=1.0), base, layers.Flatten(), layers.Dense(4))
    assert entrance(model)(IMAGES) == pytest.approx((IMAGES * 2 + 1) / 5, rel=1e-6)
    split = HandedSplit(images=IMAGES, labels=LABELS)
    facts = split_facts(split, entrance(model), classes=4)
    assert facts.mean == pytest.approx(float(((IMAGES * 2 + 1) / 5).mean()), rel=1e-5)
    assert facts.class_counts == (10, 10, 10, 10)


def test_layers_that_also_stand_in_another_model_are_followed_in_turn():
    layers = keras().layers
    inner = [layers.Flatten(), layers.Dense(4)]
    chain(*inner)
    model = chain(layers.Rescaling(0.5), *inner)
    assert entrance(model)(IMAGES) == pytest.approx((IMAGES * 0.5).reshape(40, -1), rel=1e-6)


def test_gradients_are_those_of_a_finite_difference_and_leave_no_trace():
    k = keras()
    model = chain(k.layers.Flatten(), k.layers.Dense(5, activation="tanh"), k.layers.Dense(4, activation="softmax"))
    loss = k.losses.SparseCategoricalCrossentropy()

    def value() -> float:
        return float(k.ops.convert_to_numpy(loss(LABELS, model(IMAGES, training=False))))

    _, gradients = outputs_and_gradients(model, IMAGES, lambda said: loss(LABELS, said))
    assert all(weight.value.grad is None for weight in model.trainable_weights)
    for weight, gradient in zip(model.trainable_weights, gradients, strict=True):
        direction = gradient / np.linalg.norm(gradient)
        start, width = weight.numpy(), 1e-2
        figures = []
        for sign in (1, -1):
            weight.assign(start + sign * width * direction)
            figures.append(value())
        weight.assign(start)
        slope = (figures[0] - figures[1]) / (2 * width)
        assert slope == pytest.approx(np.linalg.norm(gradient), rel=2e-2)


def test_a_probe_counts_dead_units_and_agrees_with_a_hand_computation():
    k = keras()
    hidden = k.layers.Dense(6, activation="relu")
    model = chain(k.layers.Flatten(), hidden, k.layers.Dense(4, activation="softmax", kernel_regularizer="l2"))
    model.compile("adam", "sparse_categorical_crossentropy")
    kernel, bias = hidden.get_weights()
    bias[:2] = -1000.0  # two of six units say 0 to every image
    hidden.set_weights([kernel, bias])
    split = HandedSplit(images=IMAGES, labels=LABELS)
    layers, setup = keras_layers(model), keras_setup(model)
    probe = keras_probe(model, layers, setup, split=split, numbers=LABELS, classes=4)
    seen = probe.at(epoch=0, step={}, since={1: 0.25})

    values = np.maximum(IMAGES.reshape(40, -1) @ kernel + bias, 0)
    outer, last = model.layers[-1].get_weights()
    scores = values @ outer + last
    shares = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    assert seen.loss == pytest.approx(-np.log(shares[np.arange(40), LABELS]).mean(), rel=1e-4)
    assert seen.accuracy == (shares.argmax(axis=1) == LABELS).mean()
    assert seen.penalty == pytest.approx(0.01 * (outer**2).sum(), rel=1e-5)
    first = seen.layers[0]
    assert first.dead_share == (values == 0).all(axis=0).mean() >= 2 / 6
    assert first.epoch_change == 0.25
    assert first.output_spread == pytest.approx(np.sqrt(values.var(axis=0).mean()), rel=1e-4)
    assert first.weight_norm == pytest.approx(np.linalg.norm(kernel), rel=1e-6)
    assert sum(seen.predicted) == sum(seen.present) == 40


def test_weights_are_compared_with_what_they_were():
    k = keras()
    model = chain(k.layers.Flatten(), k.layers.Dense(4, use_bias=False))
    (found,) = [each for each in keras_layers(model) if each.kernel is not None]
    track = WeightTrack(layers=[found])
    (start,) = model.get_weights()
    track.note_epoch()
    model.set_weights([start * 2])
    track.note_step()
    model.set_weights([start * 3])
    step, epoch = track.changes()
    assert step == {found.position: pytest.approx(0.5)}
    assert epoch == {found.position: pytest.approx(2.0)}
    assert track.changes() == ({}, {})


def test_equal_units_have_no_spread_and_random_ones_have_about_one():
    assert unit_spread(np.ones((1, 5, 7)), units=-1) == 0
    assert unit_spread(np.zeros((1, 5, 7)), units=-1) == 0
    assert unit_spread(RNG.normal(size=(1, 500, 70)), units=-1) == pytest.approx(1, rel=0.05)


def test_copies_are_counted_in_the_later_split():
    assert overlaps({"train": IMAGES[:30], "test": IMAGES[[1, 1, 35, 36]]}) == {"train/test": 2}


@pytest.mark.parametrize(
    ("labels", "numbers"),
    [
        (np.array([0.0, 2.0]), [0, 2]),
        (np.array([[1], [0]]), [1, 0]),
        (np.eye(3)[[2, 0]], [2, 0]),
        (np.array([0.5, 1.0]), None),
        (np.array([-1, 1]), None),
    ],
)
def test_labels_are_read_in_every_form(labels, numbers):
    found = class_numbers(labels)
    assert (None if found is None else found.tolist()) == numbers


def test_rows_that_are_no_shares_are_noticed():
    assert label_facts(np.eye(3)).rows_sum_to_one
    assert not label_facts(np.eye(3) / 255).rows_sum_to_one


def test_the_nearest_mean_image_agrees_with_scikit_learn():
    from sklearn.neighbors import NearestCentroid

    images = RNG.normal(size=(300, 5, 5)) + np.arange(300)[:, None, None] % 3
    labels = np.arange(300) % 3
    train, held = slice(0, 200), slice(200, 300)
    oracle = NearestCentroid().fit(images[train].reshape(200, -1), labels[train])
    expected = oracle.score(images[held].reshape(100, -1), labels[held])
    split = HandedSplit(images=images[train], labels=labels[train])
    other = HandedSplit(images=images[held], labels=labels[held])
    assert nearest_centroid_accuracy(split, other) == pytest.approx(expected)
    assert 1 / 3 < nearest_centroid_accuracy(split, None) <= 1


@pytest.mark.parametrize(
    ("loss", "labels", "classes"),
    [
        ("sparse_categorical_crossentropy", LABELS, 4),
        ("sparse_categorical_crossentropy", LABELS + 2, 6),
        ("categorical_crossentropy", np.eye(4)[LABELS], 4),
        ("mse", np.eye(4)[LABELS], 4),
        ("mse", RNG.normal(size=(40, 4)), None),
        ("binary_crossentropy", np.eye(4)[LABELS], 4),
        ("binary_crossentropy", np.eye(4)[LABELS] + np.eye(4)[(LABELS + 1) % 4], None),
    ],
)
def test_only_models_that_name_one_class_are_judged_as_such(loss, labels, classes):
    split = HandedSplit(images=IMAGES, labels=labels)
    subject = keras_subject(compiled(loss), {"train": split}, label="", continued=False)
    assert (subject.classes if subject.names_classes else None) == classes


def test_one_hot_labels_for_a_sparse_loss_are_a_fact_before_keras_refuses_them():
    from classlab.doctor.keras_case import Course, diagnosis_of

    split = HandedSplit(images=IMAGES, labels=np.eye(4)[LABELS])
    model = compiled("sparse_categorical_crossentropy", metrics=["accuracy"])
    subject = keras_subject(model, {"train": split}, label="", continued=False)
    found = diagnosis_of(subject, Course(epochs=1))
    assert [finding.rule for finding in found.findings if finding.severity == "FAIL"] == ["B5"]


def test_words_are_no_pixels_and_their_size_says_nothing():
    layers = keras().layers
    model = keras().Sequential([keras().Input((6,)), layers.Embedding(90, 3), layers.Flatten(), layers.Dense(4)])
    model.compile("adam", "sparse_categorical_crossentropy")
    words = RNG.integers(0, 90, (40, 6))
    subject = keras_subject(model, {"train": HandedSplit(images=words, labels=LABELS)}, label="", continued=False)
    reason = "the first layer with weights looks up numbers in a table, so their size says nothing"
    assert {subject.blind[rule] for rule in ("A1", "A2", "A3", "A6")} == {reason}
    assert subject.probe.at(epoch=0, step={}, since={}).layers[0].output_spread is None


@pytest.mark.parametrize("spoilt", [np.nan, np.inf])
def test_one_number_that_is_none_is_a_fact_before_the_first_step(spoilt):
    from classlab.doctor.keras_case import Course, diagnosis_of

    images = IMAGES.copy()
    images[7, 3, 3] = spoilt
    model = compiled("sparse_categorical_crossentropy", metrics=["accuracy"])
    subject = keras_subject(model, {"train": HandedSplit(images=images, labels=LABELS)}, label="", continued=False)
    (finding,) = [each for each in diagnosis_of(subject, Course(epochs=1)).findings if each.severity != "INFO"]
    assert (finding.rule, finding.name, finding.severity) == ("I4", "non-finite-images", "FAIL")
    assert [cause.text for cause in finding.causes] == ["The images hold values that are no numbers."]
    assert subject.blind["A2"] == "the images that were handed over hold values that are not finite"


def test_layers_that_are_no_neighbours_are_not_compared_with_each_other():
    k = keras()
    given = k.Input((6, 6, 1))
    flat = k.layers.Flatten()(given)
    one, other = k.layers.Dense(8, activation="relu")(flat), k.layers.Dense(8, activation="tanh")(flat)
    head = k.layers.Dense(4, activation="softmax")(k.layers.Concatenate()([one, other]))
    model = k.Model(given, head)
    model.compile("adam", "sparse_categorical_crossentropy")
    split = HandedSplit(images=IMAGES, labels=LABELS)
    probe = keras_probe(model, keras_layers(model), keras_setup(model), split=split, numbers=LABELS, classes=4)
    spreads = [layer.output_spread for layer in probe.at(epoch=0, step={}, since={}).layers]
    assert [spread is None for spread in spreads] == [False, True, False]


@pytest.mark.parametrize(("images", "classes"), [(200, 3), (40, 4)])
def test_units_to_spare_are_told_from_classes_that_are_missing_by_chance(images, classes):
    pictures = RNG.random((images, 6, 6, 1), dtype=np.float32)
    split = HandedSplit(images=pictures, labels=np.arange(images) % 3)
    subject = keras_subject(compiled("sparse_categorical_crossentropy"), {"train": split}, label="", continued=False)
    assert subject.classes == classes


def test_a_penalty_that_has_no_value_yet_is_read_from_the_weights():
    from classlab.measures.keras_probe import penalty_of

    class Symbols:
        losses = ("no number",)

        def __init__(self, model):
            self.trainable_weights = model.trainable_weights

    layers = keras().layers
    model = chain(layers.Flatten(), layers.Dense(4, kernel_regularizer=keras().regularizers.L2(0.5)))
    kernel, _ = model.get_weights()
    assert penalty_of(Symbols(model)) == pytest.approx(0.5 * (kernel**2).sum(), rel=1e-6)


def test_a_model_that_grew_layer_by_layer_is_read_like_one_that_was_given_whole():
    layers, made = keras().layers, keras()

    def inner():
        return [layers.Conv2D(3, 2), layers.Activation("sigmoid"), layers.MaxPooling2D(1), layers.Flatten()]

    def head():
        return [layers.Dense(5), layers.BatchNormalization(), layers.Activation("relu"), layers.Dense(2, "softmax")]

    whole = made.Sequential([made.Input((4, 4, 1)), *inner(), *head()])
    grown = made.Sequential()
    grown.add(made.Input((4, 4, 1)))
    for layer in (*inner(), *head()):
        grown.add(layer)
    expected = ["sigmoid", "relu", "softmax"]
    for model in (whole, grown):
        assert [found.activation for found in keras_layers(model) if found.kernel is not None] == expected

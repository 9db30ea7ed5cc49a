"""Steps of Keras's layers that are taken here, beside those that Keras's own `fit` takes on the same batches."""

from dataclasses import replace

import numpy as np
import pytest

from classlab.errors import SpecError
from classlab.models.keras_import import from_keras
from classlab.models.keras_runtime import keras
from classlab.records.optimizers import SGD, Adagrad, Adam, AdamW, Nadam, RMSprop
from classlab.records.run import EarlyStopping, Loss
from classlab.records.schedules import Cosine
from classlab.training import evaluate, predict
from classlab.training.backend import TrainingRequest
from classlab.training.keras import backend
from classlab.training.keras.backend import KerasBackend
from classlab.training.keras.fitted import FittedPopulation
from classlab.training.keras.model import keras_model
from classlab.training.keras.stepped import SteppedPopulation, is_stepped
from tests.training.keras.networks import fitted, network, passing_layer

RULES = [
    SGD(learning_rate=0.05),
    SGD(learning_rate=0.02, momentum=0.9, nesterov=True, weight_decay=0.01),
    SGD(learning_rate=0.05, clipnorm=0.1),
    Adam(learning_rate=0.003),
    Adam(learning_rate=0.003, clipvalue=0.01, weight_decay=0.1),
    AdamW(learning_rate=0.003),
    RMSprop(learning_rate=0.002),
    RMSprop(learning_rate=0.001, momentum=0.5, centered=True),
    Adagrad(learning_rate=0.02, global_clipnorm=0.2),
    Nadam(learning_rate=0.003),
]
LOSSES = [
    (Loss(), "softmax"),
    (Loss(), "sigmoid"),  # what is not a distribution is made one
    (Loss(from_logits=True), None),
    (Loss(name="categorical_crossentropy"), "softmax"),
    (Loss(name="categorical_crossentropy", from_logits=True), None),
    (Loss(name="mean_squared_error"), "softmax"),
]


@pytest.fixture(scope="module")
def gated():
    return network()


def agree(outcome, expected):
    weights, figures = expected
    for place, array in enumerate(weights):
        np.testing.assert_allclose(outcome.weights[str(place)], array, atol=1e-5, rtol=1e-5, err_msg=str(place))
    for name, values in figures.items():
        assert outcome.history[name] == pytest.approx(values, rel=1e-5), name


# Keras's own `fit` warns of a weight that nothing uses.
pytestmark = pytest.mark.filterwarnings("ignore:Gradients do not exist for variables")


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_every_rule_leads_where_keras_leads(bench, gated, rule):
    spec = bench.spec(architecture=gated.architecture, optimizer=rule, epochs=2)
    (outcome,) = bench.train(spec, initial_weights=[gated.weights])
    agree(outcome, fitted(bench, spec, gated.weights, epochs=2))


@pytest.mark.parametrize(("loss", "end"), LOSSES, ids=repr)
@pytest.mark.parametrize("outputs", [10, 13])
def test_every_loss_leads_where_keras_leads(bench, loss, end, outputs):
    found = network(outputs=outputs, end=end)
    spec = bench.spec(architecture=found.architecture, loss=loss, optimizer=Adam(learning_rate=0.003), epochs=2)
    (outcome,) = bench.train(spec, initial_weights=[found.weights])
    agree(outcome, fitted(bench, spec, found.weights, epochs=2))


@pytest.mark.parametrize(("loss", "end"), LOSSES, ids=repr)
def test_class_weights_lead_where_keras_leads(bench, loss, end):
    found = network(end=end)
    spec = bench.spec(
        architecture=found.architecture, loss=loss, optimizer=Adam(learning_rate=0.003), epochs=2,
        class_weights=(2.0, 0.0, *[1.0] * 7, 0.25),
    )  # fmt: skip
    (outcome,) = bench.train(spec, initial_weights=[found.weights])
    agree(outcome, fitted(bench, spec, found.weights, epochs=2, class_weight={0: 2.0, 1: 0.0, 9: 0.25}))


def test_fit_itself_is_given_the_class_weights(bench, gated):
    spec = bench.spec(architecture=gated.architecture, optimizer=SGD(learning_rate=0.05), class_weights="balanced")
    by_fit, ours = populations(bench, spec, gated.weights)
    expected, found = by_fit.epoch(0, probed=False), ours.epoch(0, probed=False)
    assert found.training.loss == pytest.approx(expected.training.loss, rel=1e-5)
    assert found.validation.loss == pytest.approx(expected.validation.loss, rel=1e-5)
    for key, array in by_fit.member_weights(0).items():
        np.testing.assert_allclose(ours.member_weights(0)[key], array, atol=1e-5, rtol=1e-5)


def test_a_weight_that_nothing_uses_stays_and_a_constraint_holds(bench, gated):
    spec = bench.spec(architecture=gated.architecture, optimizer=AdamW(learning_rate=0.1), epochs=2)
    (outcome,) = bench.train(spec, initial_weights=[gated.weights])
    scale, unused = outcome.weights["5"], outcome.weights["6"]
    assert unused.tolist() == [1, 1]
    assert scale.min() >= 0
    assert scale.min() != scale.max()


def test_the_rate_follows_the_schedule_step_by_step(bench, gated):
    rule = SGD(learning_rate=0.1)
    spec = bench.spec(architecture=gated.architecture, optimizer=rule, schedule=Cosine(), epochs=2)
    steps = 2 * -(-len(bench.division.train) // spec.batch_size)
    rate = keras().optimizers.schedules.CosineDecay(0.1, steps)
    (outcome,) = bench.train(spec, initial_weights=[gated.weights])
    agree(outcome, fitted(bench, spec, gated.weights, epochs=2, rate=rate))


def test_frozen_layers_keep_their_weights(bench):
    k = keras()
    still = k.layers.Conv2D(4, 3, trainable=False)
    found = network(middle=[still, k.layers.BatchNormalization(trainable=False)])
    spec = bench.spec(architecture=replace(found.architecture, kept_weights=None), epochs=2)
    (outcome,) = bench.train(spec, initial_weights=[found.weights])
    assert found.kept
    for place in found.kept:
        assert np.array_equal(outcome.weights[place], found.weights[place])
    agree(outcome, fitted(bench, spec, found.weights, epochs=2))


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_training_that_fit_began_goes_on(bench, gated, rule):
    """Checkpoints of earlier versions hold the variables of Keras's own optimizers."""
    spec = bench.spec(architecture=gated.architecture, optimizer=rule, epochs=3)
    first, ours = populations(bench, spec, gated.weights)
    first.epoch(0, probed=False)
    ours.load_state(first.state())
    expected, found = (population.epoch(1, probed=False) for population in (first, ours))
    assert found.training.loss == pytest.approx(expected.training.loss, rel=1e-5)
    assert found.training.accuracy == pytest.approx(expected.training.accuracy)
    for key, array in first.member_weights(0).items():
        np.testing.assert_allclose(ours.member_weights(0)[key], array, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_a_state_holds_all_that_the_next_epoch_depends_on(bench, rule):
    k = keras()
    found = network(middle=[k.layers.GaussianNoise(0.3), k.layers.SpatialDropout2D(0.4), k.layers.AlphaDropout(0.2)])
    spec = bench.spec(architecture=found.architecture, optimizer=rule, epochs=3)
    (straight,), (later,) = ([populations(bench, spec, found.weights)[1]] for _ in range(2))
    straight.epoch(0, probed=False)
    later.load_state(straight.state())
    expected, again = (population.epoch(1, probed=True) for population in (straight, later))
    assert again.training == expected.training
    assert again.validation == expected.validation
    for key, array in straight.member_weights(0).items():
        assert later.member_weights(0)[key].tobytes() == array.tobytes()


def populations(bench, spec, weights):
    """One that Keras's `fit` trains, and one that is stepped here."""
    model = keras_model(spec.architecture, weights, input_layer=bench.unit, seed=spec.seed)
    stepped = KerasBackend(request(bench, spec)).populate([spec], [weights])
    assert isinstance(stepped, SteppedPopulation)
    fitted = FittedPopulation(spec, model, division=bench.division, probed=None, input_layer=bench.unit)
    return fitted, stepped


def request(bench, spec):
    return TrainingRequest(
        specs=[spec],
        division=bench.division,
        input_layer=bench.unit,
        initial_weights=None,
        checkpoint=None,
        resume=False,
        observer=None,
        diagnostics=True,
        device="cpu",
    )


def test_figures_of_a_trained_model_have_its_penalties_as_its_history_has(bench, gated):
    spec = bench.spec(architecture=gated.architecture, top_k=3, epochs=1)
    (outcome,) = bench.train(spec)
    figures = evaluate(
        spec.architecture, outcome.weights, bench.division.validation, input_layer=bench.unit, loss=spec.loss, top_k=3
    )
    assert figures.loss == outcome.history["val_loss"][-1]
    assert figures.accuracy == outcome.history["val_accuracy"][-1]
    assert figures.top_k_accuracy == outcome.history["val_top_3_accuracy"][-1]


def test_batches_of_the_last_step_may_be_smaller_than_the_others_or_the_only_ones(bench, gated):
    for size in (7, 400, 1000):
        spec = bench.spec(architecture=gated.architecture, batch_size=size, epochs=1, optimizer=SGD(learning_rate=0.05))
        (outcome,) = bench.train(spec, initial_weights=[gated.weights])
        agree(outcome, fitted(bench, spec, gated.weights, epochs=1))


def test_a_model_whose_weights_are_not_float32_is_left_to_fit(bench):
    k = keras()
    layers = [k.layers.Flatten(), k.layers.LeakyReLU(), k.layers.Dense(10, activation="softmax", dtype="float64")]
    found = from_keras(k.Sequential([k.Input((6, 6, 1)), *layers]))
    model = keras_model(found.architecture, found.weights, input_layer=bench.unit, seed=0)
    assert not is_stepped(model)
    (outcome,) = bench.train(bench.spec(architecture=found.architecture, epochs=4))
    assert outcome.history["val_accuracy"][-1] > 0.5


def test_a_model_that_masks_its_output_is_left_to_fit(bench):
    k = keras()

    @k.saving.register_keras_serializable(package="classlab_tests")
    class Marking(k.layers.Layer):
        supports_masking = True

        def call(self, inputs, mask=None):
            return 1.0 * inputs

        def compute_mask(self, inputs, previous_mask=None):
            return k.ops.any(inputs > 0, axis=-1)

    layers = [k.layers.Flatten(), k.layers.Dense(10, activation="softmax")]
    for last, stepped in ((Marking(), False), (passing_layer()(), True)):
        found = from_keras(k.Sequential([k.Input((6, 6, 1)), *layers, last]))
        model = keras_model(found.architecture, found.weights, input_layer=bench.unit, seed=0)
        assert is_stepped(model) == stepped


def test_keras_on_another_backend_trains_and_measures_by_itself(bench, monkeypatch):
    found = network(gate=False, middle=[passing_layer()()])
    spec = bench.spec(architecture=found.architecture, top_k=2, epochs=2)

    def trained_and_measured():
        (outcome,) = bench.train(spec, initial_weights=[found.weights])
        split = bench.division.test
        figures = evaluate(spec.architecture, outcome.weights, split, input_layer=bench.unit, loss=spec.loss, top_k=2)
        return outcome, figures, predict(spec.architecture, outcome.weights, split.images, input_layer=bench.unit)

    ours, figures, scores = trained_and_measured()
    monkeypatch.setattr(backend, "_on_pytorch", lambda: False)
    theirs, expected, expected_scores = trained_and_measured()
    agree(ours, ([theirs.weights[str(place)] for place in range(len(theirs.weights))], theirs.history))
    assert ours.history != theirs.history  # the figures of `fit` are float32
    np.testing.assert_allclose(scores, expected_scores, atol=1e-5)
    assert (figures.accuracy, figures.top_k_accuracy) == (expected.accuracy, expected.top_k_accuracy)
    with pytest.raises(SpecError) as refusal:
        bench.train(replace(spec, precision="bfloat16"))
    assert str(refusal.value) == (
        "the model 'gated' trains through Keras's layers, which compute in float32 here, but got "
        "precision='bfloat16'. Use precision='float32'."
    )


def test_float64_is_refused(bench, gated):
    with pytest.raises(SpecError) as refusal:
        bench.train(bench.spec(architecture=gated.architecture, precision="float64"))
    assert str(refusal.value) == (
        "the model 'gated' trains through Keras's layers, which compute in float32 or bfloat16 here, but got "
        "precision='float64'. Use precision='float32'."
    )


def test_stopping_early_gives_the_best_weights_back(bench, gated):
    rule = EarlyStopping(monitor="val_loss", patience=1)
    spec = bench.spec(architecture=gated.architecture, epochs=40, early_stopping=rule, optimizer=SGD(learning_rate=1.0))
    (stopped,) = bench.train(spec)
    figures = evaluate(
        spec.architecture, stopped.weights, bench.division.validation, input_layer=bench.unit, loss=spec.loss
    )
    assert figures.loss == min(stopped.history["val_loss"])

from __future__ import annotations

import pytest

from classlab.models.keras_runtime import keras as load_keras
from classlab.records import Loss
from classlab.studies.asked.assignment import assign
from classlab.studies.asked.built_study import build_study
from classlab.studies.asked.model_choice import choose_model
from classlab.studies.asked.study_file import draft_from_python

keras = load_keras()
READ_OFF = (
    "The network ends in a layer without an activation, so the loss takes its output as raw scores (from_logits=True)."
)
OF_PROBABILITIES = (
    "The model was compiled with a loss of probabilities (from_logits=False), but it ends in a layer without an "
    "activation, which gives raw scores; it trains as it was compiled. Compile it with from_logits=True, or let it end "
    "in softmax."
)
OF_SCORES = (
    "The model was compiled with a loss of raw scores (from_logits=True), but it ends in softmax, which gives "
    "probabilities; it trains as it was compiled. Compile it without from_logits, or let it end in a layer without an "
    "activation."
)
SCORES = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
NAMED = "sparse_categorical_crossentropy"


def network(last: str | None, compiled: object, hidden: str = "relu") -> keras.Model:
    layers = [keras.layers.Flatten(), keras.layers.Dense(4, hidden), keras.layers.Dense(10, last)]
    model = keras.Sequential([keras.Input((8, 8, 1)), *layers])
    if compiled is not None:
        model.compile(loss=compiled)
    return model


@pytest.mark.parametrize("hidden", ["relu", "relu6"])  # the engine, and the general path
@pytest.mark.parametrize(
    ("last", "compiled", "asked", "from_logits", "said"),
    [
        (None, None, None, True, READ_OFF),
        (None, None, "mean_squared_error", False, None),
        (None, None, Loss(from_logits=True), True, None),
        (None, SCORES, None, True, None),
        (None, SCORES, NAMED, True, READ_OFF),
        (None, NAMED, None, False, OF_PROBABILITIES),
        ("softmax", NAMED, None, False, None),
        ("softmax", None, None, False, None),
        ("softmax", SCORES, None, True, OF_SCORES),
    ],
)
def test_what_the_loss_takes_is_said_where_the_model_does_not_say_it(
    digits, hidden, last, compiled, asked, from_logits, said
):
    choice = choose_model(network(last, compiled, hidden), digits)
    found = assign(digits, choice, seeds=[0], options={} if asked is None else {"loss": asked})
    assert found.specs[0].loss.from_logits is from_logits
    notes = set(found.notes) & {READ_OFF, OF_PROBABILITIES, OF_SCORES}
    assert notes == (set() if said is None else {said})


def test_a_study_says_it_of_the_arm(digits):
    arms = [{"name": "scores", "model": network(None, NAMED)}, {"name": "built in", "model": "linear"}]
    study = build_study(draft_from_python("s", data=digits, arms=arms, settings={}, options={}), digits)
    assert OF_PROBABILITIES in study.notes["scores"]
    assert "built in" not in study.notes

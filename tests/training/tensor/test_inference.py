import numpy as np
import pytest

from classlab.models.keras_build import to_keras
from classlab.records.layers import Normalization, Rescaling
from classlab.records.run import Loss
from classlab.training import evaluate, predict


@pytest.mark.parametrize(
    "layer",
    [
        Rescaling(scale=1 / 255),
        Rescaling(scale=1 / 127.5, offset=-1.0),
        Normalization(mean=(120.0,), variance=(3000.0,)),
    ],
    ids=["unit", "symmetric", "standardize"],
)
@pytest.mark.parametrize("name", ["mlp", "moody"])
def test_predictions_of_raw_pixels_are_keras_own(bench, layer, name):
    architecture = getattr(bench, name)
    (outcome,) = bench.train(bench.spec(architecture=architecture))
    images = bench.division.test.images
    expected = to_keras(architecture, outcome.weights, input_layer=layer).predict(images, verbose=0)
    assert np.abs(predict(architecture, outcome.weights, images, input_layer=layer) - expected).max() < 1e-5


def test_figures_are_those_of_the_history(bench):
    (outcome,) = bench.train(bench.spec(top_k=3))
    figures = evaluate(
        bench.mlp, outcome.weights, bench.division.validation, input_layer=bench.unit, loss=Loss(), top_k=3
    )
    assert figures.loss == pytest.approx(outcome.history["val_loss"][-1], rel=1e-6)
    assert figures.accuracy == outcome.history["val_accuracy"][-1]
    assert figures.top_k_accuracy == outcome.history["val_top_3_accuracy"][-1]


def test_predicting_leaves_the_images_alone(bench):
    (outcome,) = bench.train(bench.spec(epochs=1))
    images = bench.division.test.images.copy()
    predict(bench.mlp, outcome.weights, images, input_layer=bench.unit)
    assert (images == bench.division.test.images).all()

from __future__ import annotations

import pytest
import torch

from classlab.records.architecture import Architecture
from classlab.records.layers import Conv2D, Dense, Flatten, Rescaling
from classlab.training import measure, predict
from classlab.training.process.settings import plain_float32
from classlab.training.tensor.network import Network

SHAPE = (6, 6, 1)
NETWORK = Architecture(
    name="convolution", input_shape=SHAPE, layers=(Conv2D(filters=4), Flatten(), Dense(units=10, activation="softmax"))
)


def settings():
    return torch.backends.cudnn.allow_tf32, torch.backends.cudnn.deterministic, torch.backends.cuda.matmul.allow_tf32


@pytest.fixture
def during(monkeypatch):
    """The settings while networks compute."""
    seen = []
    original = Network.forward

    def noted(*arguments, **options):
        seen.append(settings())
        return original(*arguments, **options)

    monkeypatch.setattr(Network, "forward", noted)
    return seen


def test_training_predicting_and_measuring_keep_all_digits_and_put_the_settings_back(bench, during):
    before = settings()
    assert before[0]  # PyTorch's own choice is the shorter format, or there would be nothing to see here
    (trained,) = bench.train(bench.spec(architecture=NETWORK, epochs=1))
    assert during
    split, scale = bench.division.test, Rescaling(scale=1 / 255)
    predict(NETWORK, trained.weights, split.images, input_layer=scale)
    measure(NETWORK, [trained.weights], split, input_layer=scale, loss=bench.spec().loss)
    assert set(during) == {(False, True, False)}
    assert settings() == before


def test_the_settings_are_put_back_after_an_error():
    before = settings()
    with pytest.raises(ZeroDivisionError), plain_float32():
        raise ZeroDivisionError
    assert settings() == before

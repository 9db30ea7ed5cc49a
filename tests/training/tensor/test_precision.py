import numpy as np
import pytest
import torch

from classlab.records.architecture import Architecture
from classlab.records.layers import BatchNormalization, Conv2D, Dense, Flatten, MaxPooling2D, ReLU
from classlab.training import environment_facts
from classlab.training.process import processor
from classlab.training.tensor import device

CNN = Architecture(
    name="cnn",
    input_shape=(6, 6, 1),
    layers=(
        Conv2D(filters=8),
        BatchNormalization(),
        ReLU(),
        MaxPooling2D(),
        Flatten(),
        Dense(units=10, activation="softmax"),
    ),
)


def test_bfloat16_learns_like_float32_and_keeps_float32_weights(bench):
    exact, rounded = (
        bench.train(bench.spec(architecture=CNN, precision=precision, epochs=6))[0]
        for precision in ("float32", "bfloat16")
    )
    assert rounded.weights["0.kernel"].dtype == np.float32
    assert exact.history["loss"] != rounded.history["loss"]
    assert rounded.history["loss"][-1] == pytest.approx(exact.history["loss"][-1], rel=0.1)


@pytest.mark.parametrize(
    ("flags", "expected"),
    [({"avx2"}, torch.float32), ({"avx2", "amx_bf16"}, torch.bfloat16), ({"avx512_bf16"}, torch.bfloat16)],
)
def test_auto_takes_bfloat16_only_where_the_processor_multiplies_it(monkeypatch, flags, expected):
    monkeypatch.setattr(processor, "_flags", lambda: flags)
    assert device.pick_dtype("auto", torch.device("cpu")) == expected
    assert device.pick_dtype("float32", torch.device("cpu")) == torch.float32


def test_environment_facts_name_the_processor():
    facts = environment_facts()
    assert facts.device in {"cpu", *([torch.cuda.get_device_name(0)] if torch.cuda.is_available() else [])}
    assert facts.threads == torch.get_num_threads()
    assert facts.processor
    assert facts.precision == "float32"

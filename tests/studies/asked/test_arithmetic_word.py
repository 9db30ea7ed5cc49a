import pytest

from classlab.models.builtin import build
from classlab.records.architecture import Architecture
from classlab.records.layers import LSTM, Conv2D, Dense, Flatten, Reshape
from classlab.records.run import DataSpec, RunSpec
from classlab.studies.asked import arithmetic_word as module
from classlab.studies.asked.arithmetic_word import arithmetic_word

HEAD = (Flatten(), Dense(units=10))
NETWORKS = {
    "convolutions": (Conv2D(filters=2), *HEAD),
    "recurrent layers": (Reshape(target_shape=(8, 8)), LSTM(units=4), *HEAD),
}
NETWORKS["convolutions and recurrent layers"] = (
    Conv2D(filters=1, padding="same"),
    *NETWORKS["recurrent layers"],
)


def specs(layers, precision):
    network = Architecture(name="net", input_shape=(8, 8, 1), layers=layers)
    return [RunSpec(data=DataSpec(name="digits"), architecture=network, precision=precision)]


@pytest.fixture
def units(monkeypatch):
    """A processor with units for bfloat16."""
    monkeypatch.setattr(module, "auto_is_bfloat16", lambda: True)


@pytest.mark.usefixtures("units")
@pytest.mark.parametrize(("named", "layers"), NETWORKS.items(), ids=list(NETWORKS))
def test_the_sentence_names_the_layers_that_compute_in_bfloat16(named, layers):
    assert arithmetic_word(specs(layers, "auto"), "cpu") == (
        f"{named.capitalize()} are computed in bfloat16, which this processor multiplies natively."
    )
    assert arithmetic_word(specs(layers, "float32"), "cpu") == (
        f"This processor multiplies bfloat16 natively: `precision` auto computes {named} in it."
    )
    assert arithmetic_word(specs(layers, "bfloat16"), "cpu") is None  # it was asked for


def test_nothing_is_said_where_there_is_nothing_to_gain(monkeypatch):
    monkeypatch.setattr(module, "auto_is_bfloat16", lambda: False)
    assert arithmetic_word(specs(NETWORKS["convolutions"], "auto"), "cpu") is None
    monkeypatch.setattr(module, "auto_is_bfloat16", lambda: True)
    dense = build("mlp", input_shape=(8, 8, 1), classes=10)
    assert arithmetic_word(specs(dense.layers, "float32"), "cpu") is None

"""Pictures from inside a network: what they show, what they say, and the user's own axes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure as Canvas

import classlab
from classlab.errors import SpecError
from classlab.measures.activations import Activations, LayerActivation
from classlab.measures.first_layer import FirstLayer
from classlab.measures.occlusion import Occlusion
from classlab.reports.figures.activation_pictures import activations_figure
from classlab.reports.figures.drawing import rising_colours, signed_colours
from classlab.reports.figures.gradient_norms import gradient_norms_figure
from classlab.reports.figures.occlusion_map import occlusion_figure, occlusion_sentence
from classlab.reports.figures.weight_pictures import first_layer_figure

pytestmark = pytest.mark.light
RNG = np.random.default_rng(0)


def first(kind="class", pictures=3, channels=1):
    names = ("cat", "dog", "owl") if kind == "class" else tuple(f"{kind} {place}" for place in range(pictures))
    values = RNG.normal(size=(pictures, 4, 5, channels)).astype(np.float32)
    return FirstLayer(layer=1, kind=kind, names=names, pictures=values)


def activations():
    layers = (
        LayerActivation(layer=0, kind="Conv2D", values=np.maximum(RNG.normal(size=(6, 6, 20)), 0).astype(np.float32)),
        LayerActivation(layer=2, kind="Dense", values=np.zeros(70, np.float32)),
        LayerActivation(layer=3, kind="LSTM", values=RNG.normal(size=(5, 8)).astype(np.float32)),
    )
    return Activations(image=np.zeros((8, 8, 1), np.uint8), layers=layers)


def occluded(falls):
    places = np.arange(0, 3, 2)
    return Occlusion(
        image=np.zeros((4, 4, 1), np.uint8),
        label=0,
        name="cat",
        score=0.9,
        side=2,
        fill=0,
        rows=places,
        columns=places,
        falls=np.array(falls, np.float32),
    )


def test_colours_tell_the_sign():
    red, white, blue = signed_colours(np.array([[1.0, 0.0, -1.0]], np.float32), most=1.0)[0].astype(int)
    assert red[0] > red[2] + 50
    assert blue[2] > blue[0] + 50
    assert white.min() > 240
    dark, bright = rising_colours(np.array([[0.0, 2.0]], np.float32), low=0, high=2)[0].astype(int).sum(axis=1)
    assert bright > dark


@pytest.mark.parametrize("made", [first(), first("unit", 70), first("filter", 9, 3), first("filter", 1, 2)])
def test_weights_are_drawn_with_their_numbers(made):
    figure = first_layer_figure(made)
    shown = min(64, len(made.names))
    assert len(figure.numbers[0].rows) == shown
    assert figure.image.startswith(b"<?xml")
    assert f"{shown} pictures of the 4 x 5 weights of layer 1." in figure.alternative


def test_activations_are_told_layer_by_layer():
    figure = activations_figure(activations())
    assert [row[0] for row in figure.numbers[0].rows] == ["0 Conv2D", "2 Dense", "3 LSTM"]
    assert "layer 2, Dense: 70: 70 of 70 units zero all over" in figure.alternative


def test_an_occlusion_says_where_the_score_rests():
    found = occluded([[0.1, 0.8], [0.0, -0.1]])
    sentence = "Covering 2 x 2 pixels from row 0 and column 2 on lowers the score of cat most: from 0.900 to 0.100."
    assert occlusion_sentence(found) == occlusion_figure(found).alternative == sentence
    assert occlusion_figure(found).numbers[0].rows[0] == ("row 0, column 2", "0.1000", "+0.8000")
    nowhere = "Covering 2 x 2 pixels lowers the score of cat, 0.900, nowhere."
    assert occlusion_sentence(occluded([[0, 0], [0, 0]])) == nowhere


@pytest.mark.parametrize(
    ("draw", "numbers"),
    [
        (classlab.plot_first_layer, first()),
        (classlab.plot_activations, activations()),
        (classlab.plot_occlusion, occluded([[0.1, 0.8], [0.0, -0.1]])),
    ],
)
def test_pictures_are_drawn_on_the_users_axes_or_on_new_ones(draw, numbers):
    assert isinstance(draw(numbers), Canvas)
    own = Canvas()
    axes = own.subplots(1, 2)
    assert draw(numbers, ax=axes[1]) is own
    assert axes[1].images
    assert not axes[0].images


@pytest.fixture
def record():
    return classlab.fit("digits", "mlp", units=(8,), epochs=2).record


def test_gradients_are_those_of_the_probes(record):
    figure = gradient_norms_figure(record)
    table = figure.numbers[0]
    assert table.header == ("epoch", "layer 1, Dense", "layer 2, Dense")
    for row, probe in zip(table.rows, record.diagnostics.probes, strict=True):
        assert row == (str(probe.epoch), *(f"{layer.gradient_norm:.3g}" for layer in probe.layers))
    own = Canvas()
    axes = own.subplots()
    assert classlab.plot_gradient_norms(record, ax=axes) is own
    np.testing.assert_allclose(
        axes.lines[0].get_ydata(), [probe.layers[0].gradient_norm for probe in record.diagnostics.probes]
    )


def test_a_run_without_diagnostics_has_no_gradients_to_show(record):
    bare = replace(record, diagnostics=None)
    assert gradient_norms_figure(bare) is None
    with pytest.raises(SpecError) as refusal:
        classlab.plot_gradient_norms(bare)
    assert str(refusal.value) == (
        "a run must have gradients on record to show their sizes, but this one was trained without diagnostics. "
        "Train it anew."
    )

"""The numbers behind the heat map and the rate plot, and whether their words say what is drawn."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest
from matplotlib import colormaps

from classlab.analysis import analyse
from classlab.records import to_plain
from classlab.reports.document import Gallery, Paragraph
from classlab.reports.figures.heat_map import heat_map_figure, luminance, readable_on
from classlab.reports.figures.heat_map_numbers import heat_map
from classlab.reports.figures.rate_sensitivity import rate_sensitivity, rate_sensitivity_figure
from classlab.reports.figures.varied_settings import SettledArm, varied
from classlab.reports.sections.settings_effect import edge_sentence, settings_effect_section

MODELS, OPTIMIZERS, RATES = ("linear", "cnn"), ("sgd", "adam", "lion"), (0.1, 0.001, 0.01)


def arm(mean: float | None, *, candidate: bool = False, failed: int = 0, **settings) -> SettledArm:
    name = ", ".join(str(value) for value in settings.values())
    seeds = (None,) * failed + (mean,) * (2 - failed)
    return SettledArm(name=name, settings=settings, seeds=seeds, mean=mean, candidate=candidate)


def whole_grid(**more) -> list[SettledArm]:
    """Every model with every optimizer and rate; each mean is a number of its own."""
    every = product(MODELS, OPTIMIZERS, RATES)
    return [
        arm(0.1 + 0.01 * place, model=model, optimizer=optimizer, learning_rate=rate, **more)
        for place, (model, optimizer, rate) in enumerate(every)
    ]


def test_settings_that_vary_have_numbers_in_order_and_words_as_they_came():
    arms = [*whole_grid(epochs=5), arm(0.5, model="mlp", optimizer="sgd", learning_rate=1, epochs=5, momentum=0.9)]
    assert varied(arms) == {
        "model": ("linear", "cnn", "mlp"),
        "optimizer": OPTIMIZERS,
        "learning_rate": (0.001, 0.01, 0.1, 1),
    }
    assert varied([]) == {}


def test_a_heat_map_is_a_pivot_table_with_a_panel_per_value_of_the_third_setting():
    arms = whole_grid()
    found = heat_map(arms, "val_accuracy")
    assert found is not None
    assert (found.row, found.column, found.panel) == ("optimizer", "learning_rate", "model")
    frame = pd.DataFrame([{**each.settings, "mean": each.mean} for each in arms])
    for panel in found.panels:
        here = frame[frame["model"] == panel.value].pivot_table(
            index="optimizer", columns="learning_rate", values="mean"
        )
        expected = here.loc[list(found.rows), list(found.columns)].to_numpy()
        means = [[cell.arm.mean for cell in row] for row in panel.cells]
        assert np.array_equal(means, expected)
    assert to_plain(found)["panels"][1]["value"] == "cnn"


def test_a_fourth_setting_leaves_the_best_and_the_caption_says_so():
    arms = [*whole_grid(epochs=3), *(arm(0.9, **{**each.settings, "epochs": 5}) for each in whole_grid(epochs=3)[:1])]
    found = heat_map(arms, "val_accuracy")
    assert found is not None
    assert (found.panel, found.rest, found.beside) == ("model", ("epochs",), ())
    first = found.panels[0].cells[0][2]
    assert (first.of, first.arm.mean, first.arm.settings["epochs"]) == (2, 0.9, 5)
    figure = heat_map_figure(found)
    assert "Where arms of a cell differ in epochs, it shows the best of them, which flatters." in figure.caption
    assert figure.numbers[0].header[-1] == "best of arms"
    by_loss = heat_map(arms, "val_loss")
    assert by_loss is not None
    assert by_loss.panels[0].cells[0][2].arm.mean == 0.1


def test_a_setting_that_goes_with_another_is_named():
    arms = [arm(0.5, units=units, batch_size=size, epochs=size // 8) for units in (8, 16) for size in (16, 32)]
    found = heat_map(arms, "val_accuracy")
    assert found is not None
    assert (found.row, found.column, found.panel, found.beside) == ("batch_size", "units", None, ("epochs",))
    assert "The cells also differ in epochs." in heat_map_figure(found).caption


def test_cells_without_a_figure_are_marked_and_the_words_say_how():
    arms = [
        arm(0.9, candidate=True, optimizer="sgd", learning_rate=0.1),
        arm(0.8, failed=1, optimizer="sgd", learning_rate=0.2),
        arm(None, failed=2, optimizer="adam", learning_rate=0.1),
    ]
    found = heat_map(arms, "val_accuracy")
    assert found is not None
    figure = heat_map_figure(found)
    assert figure.caption == (
        "Each cell is the mean over the seeds, in per cent. Framed arms cannot be told apart from the best. "
        "* Some runs did not end well; the mean is of the others. Hatched: no run ended well. A dash: not part of the "
        "study."
    )
    assert figure.alternative == (
        "Mean validation accuracy for 2 values of optimizer and 2 of learning rate. All arms: best sgd, 0.1 with "
        "90.00 %, worst sgd, 0.2 with 80.00 %."
    )
    assert [row[3:] for row in figure.numbers[0].rows] == [
        ("90.00 %", "2", "yes"),
        ("80.00 %", "1", "no"),
        ("\u2013", "0", "no"),
    ]


@pytest.mark.parametrize(
    "arms",
    [
        [],
        [arm(0.5, learning_rate=rate) for rate in RATES],
        [arm(0.5, units=n, learning_rate=0.1 * n) for n in range(1, 6)],  # a diagonal: more holes than cells
        [arm(None, failed=2, units=n, learning_rate=rate) for n in (1, 2) for rate in RATES],
        [arm(0.5, units=n, learning_rate=0.01 * rate) for n in range(40) for rate in range(1, 40)],
    ],
)
def test_where_no_two_settings_make_a_map_there_is_none(arms):
    assert heat_map(arms, "val_accuracy") is None


@pytest.mark.parametrize("name", ["cividis", "cividis_r"])
def test_numbers_can_be_read_on_every_shade(name):
    for red, green, blue, _ in colormaps[name](np.linspace(0, 1, 256)):
        shade = (float(red), float(green), float(blue))
        light, ink = luminance(shade), 0.0 if readable_on(shade) == "black" else 1.0
        assert (max(light, ink) + 0.05) / (min(light, ink) + 0.05) >= 4.5


def test_luminance_is_that_of_the_guidelines():
    # Published examples: #777777 on white has a contrast of 4.48, #0072B2 (Okabe and Ito) 5.19.
    for shade, contrast in (((0x77, 0x77, 0x77), 4.48), ((0x00, 0x72, 0xB2), 5.19)):
        red, green, blue = (value / 255 for value in shade)
        assert round(1.05 / (luminance((red, green, blue)) + 0.05), 2) == contrast


def test_each_combination_is_a_line_over_its_rates_the_best_first():
    found = rate_sensitivity(whole_grid(), "val_accuracy")
    assert found is not None
    assert [line.name for line in found.lines][:2] == ["cnn, lion", "cnn, adam"]
    assert {line.rates for line in found.lines} == {(0.001, 0.01, 0.1)}
    assert (len(found.lines), found.shown) == (6, 6)
    fewer = rate_sensitivity(whole_grid(), "val_loss", most=2)
    assert fewer is not None
    assert [line.name for line in fewer.lines][:2] == ["linear, sgd", "linear, adam"]
    figure = rate_sensitivity_figure(fewer)
    assert "The 2 combinations with the best means are drawn; 4 more are in the numbers." in figure.caption
    assert figure.alternative == (
        "Mean validation loss per image by learning rate. linear, sgd: best 0.1000 at 0.1; linear, adam: best 0.1300 "
        "at 0.1."
    )
    assert len(figure.numbers[0].rows) == 18


def test_numbers_that_tell_lines_apart_have_their_setting_beside_them():
    arms = [arm(0.5, units=n, nesterov=n > 8, learning_rate=rate) for n in (8, 16) for rate in RATES]
    found = rate_sensitivity(arms, "val_accuracy")
    assert found is not None
    assert [line.name for line in found.lines] == ["units 8, nesterov false", "units 16, nesterov true"]


@pytest.mark.parametrize(
    "arms",
    [
        [arm(0.5, learning_rate=rate, units=units) for rate, units in ((0.1, 1), (0.2, 1), (0.3, 2))],
        [arm(0.5, learning_rate=rate) for rate in (0.0, 0.1, 0.2)],
        [arm(None, failed=2, learning_rate=rate) for rate in RATES],
        [arm(0.5, units=units) for units in (1, 2, 3)],
    ],
)
def test_fewer_than_three_rates_are_no_plot(arms):
    assert rate_sensitivity(arms, "val_accuracy") is None


def test_a_best_rate_at_an_end_of_those_tried_is_pointed_out():
    found = rate_sensitivity(whole_grid(), "val_accuracy")  # means grow in the order 0.1, 0.001, 0.01
    assert found is not None
    assert edge_sentence(found) is None
    low = rate_sensitivity(whole_grid(), "val_loss")
    assert low is not None
    assert edge_sentence(low) == (
        "6 of 6 combinations have the best mean at an end of the learning rates tried, 0.001 to 0.1: 6 at the highest. "
        "A rate beyond may do better."
    )


def test_the_section_shows_what_applies(make_study):
    study = make_study({"a": (0.7, 0.72), "b": (0.9, 0.91), "c": (0.8, 0.81)})
    section = settings_effect_section(analyse(study))
    assert section is not None
    gallery = section.blocks[-1]
    assert isinstance(gallery, Gallery)
    assert [figure.name for figure in gallery.figures] == ["rate-sensitivity"]
    assert sum(isinstance(block, Paragraph) for block in section.blocks) == 1
    assert settings_effect_section(analyse(make_study({"a": (0.7, 0.72), "b": (0.9, 0.91)}))) is None

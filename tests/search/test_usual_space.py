"""What is searched where nobody says it."""

import pytest

from classlab.search.search_file import checked_search
from classlab.search.usual_space import usual_space


def names(given):
    document = {"name": "s", "data": "digits", **usual_space(given)}
    return list(checked_search(document, place="the command line").space.dimensions)


def test_an_mlp_has_layers_widths_and_a_rate_for_each_optimizer():
    assert names({}) == [
        *("arm", "layers", "units_1", "units_2", "units_3", "activation", "dropout", "adam: learning_rate"),
        *("batch_size", "sgd: learning_rate", "sgd: momentum"),
    ]


def test_a_cnn_has_blocks():
    assert {"blocks", "filters_3", "kernel", "batch_norm", "dense"} <= set(names({"model": "cnn"}))


@pytest.mark.parametrize(
    ("given", "absent"),
    [
        ({"units": [64]}, "layers"),
        ({"learning_rate": 0.01}, "arm"),
        ({"optimizer": "adam"}, "arm"),
        ({"batch_size": 32}, "batch_size"),
        ({"model": "cnn", "kernel": 3}, "kernel"),
    ],
)
def test_what_is_given_is_not_searched(given, absent):
    assert absent not in names(given)


def test_a_number_of_layers_keeps_the_usual_widths():
    assert "units_2" in names({"layers": 2})

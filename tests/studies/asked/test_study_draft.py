from __future__ import annotations

import pytest

from classlab.studies.asked.study_draft import combinations

WEIGHTS = {"backbone": "vgg16", "backbone_weights": "none"}
TUNED = {**WEIGHTS, "fine_tune": 2, "fine_tune_epochs": 1}


@pytest.mark.parametrize(
    ("grid", "arms"),
    [
        ({"backbone": ["none", "vgg16"], "backbone_weights": ["none"]}, [{"backbone": "none"}, WEIGHTS]),
        (
            {"backbone": ["none", "vgg16"], "backbone_weights": ["none"], "fine_tune": [2], "fine_tune_epochs": [1]},
            [{"backbone": "none"}, TUNED],
        ),
        (
            {"units": [8, 9], "backbone": ["vgg16", "none"], "backbone_weights": ["none"]},
            [{"units": units, **own} for units in (8, 9) for own in (WEIGHTS, {"backbone": "none"})],
        ),
        # With one backbone, or none, what is given stays, to be refused where it has no effect.
        ({"backbone": ["none"], "backbone_weights": ["none"]}, [{"backbone": "none", "backbone_weights": "none"}]),
        ({"backbone_weights": ["none", "file"]}, [{"backbone_weights": "none"}, {"backbone_weights": "file"}]),
        ({"momentum": [0.0, 0.9], "nesterov": [True]}, [{"momentum": 0.0}, {"momentum": 0.9, "nesterov": True}]),
        ({"seed": [1, 1]}, [{"seed": 1}, {"seed": 1}]),  # what is given twice is somebody else's to say
    ],
)
def test_what_belongs_to_an_option_at_rest_is_left_out_of_that_arm(grid, arms):
    assert combinations(grid) == arms

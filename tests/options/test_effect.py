"""Every option in every company: it changes the run, or it is refused because it would not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from classlab.datasets import Dataset, from_arrays
from classlab.datasets.leave_out import Suspect, write_leave_out
from classlab.errors import SpecError
from classlab.models import build
from classlab.models.keras_runtime import keras as load_keras
from classlab.options import OPTIONS
from classlab.options.words import MODEL_NAMES
from classlab.records import EarlyStopping, RunSpec
from classlab.records.optimizers import OPTIMIZERS
from classlab.records.schedules import SCHEDULES
from classlab.studies.asked.built_study import build_study
from classlab.studies.asked.study_file import draft_from_python
from classlab.studies.fit import fit

# A value of each option that is not its default.
OTHER: dict[str, Any] = {
    "model": "cnn-small",
    "start": "given",
    "backbone": "trained.keras",
    "backbone_weights": "none",
    "fine_tune": 2,
    "fine_tune_epochs": 3,
    "fine_tune_rate": 0.3,
    "units": (9, 5),
    "activation": "tanh",
    "dropout": 0.25,
    "optimizer": "nadam",
    "learning_rate": 0.3,
    "momentum": 0.7,
    "nesterov": True,
    "weight_decay": 0.3,
    "clipnorm": 2.0,
    "clipvalue": 2.0,
    "global_clipnorm": 2.0,
    "schedule": "cosine",
    "step_epochs": 3,
    "step_factor": 0.7,
    "warmup_epochs": 2,
    "loss": "mean_squared_error",
    "class_weights": "balanced",
    "top_k": 2,
    "early_stopping": 7,
    "monitor": "accuracy",
    "epochs": 3,
    "batch_size": 17,
    "validation": 0.3,
    "limit": 50,
    "leave_out": "LIST",
    "preprocessing": "symmetric",
    "shift": 0.1,
    "rotate": 0.1,
    "zoom": 0.1,
    "flip": "vertical",
    "cutout": 0.3,
    "brightness": 0.3,
    "precision": "bfloat16",
}
COMPANY: list[dict[str, Any]] = [
    {},
    *({"optimizer": name} for name in OPTIMIZERS),
    {"optimizer": "sgd", "momentum": 0.4},
    *({"optimizer": kind()} for kind in OPTIMIZERS.values()),
    *({"schedule": name} for name in SCHEDULES),
    *({"schedule": kind()} for kind in SCHEDULES.values()),
    *({"model": name} for name in MODEL_NAMES),
    {"model": build("cnn-small", input_shape=(28, 28, 1), classes=3)},
    {"early_stopping": 3},
    {"early_stopping": EarlyStopping(patience=3)},
]


@pytest.fixture(scope="module")
def images() -> Dataset:
    drawn = np.random.default_rng(0).integers(0, 256, (90, 28, 28), dtype=np.uint8)
    return from_arrays(drawn, np.arange(90) % 3)


@pytest.fixture(autouse=True, scope="module")
def trained(images, tmp_path_factory):
    """A network for the option that needs a file, and a cache to keep it in."""
    place = tmp_path_factory.mktemp("trained")
    fit(images, "mlp", units=(4,), epochs=1).to_keras(place / "trained.keras")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(OTHER, "backbone", str(place / "trained.keras"))
        patch.setenv("CLASSLAB_CACHE", str(place))
        yield


@pytest.fixture(scope="module")
def others(images, tmp_path_factory) -> dict[str, Any]:
    """The other values, the list of images to leave out as a file."""
    path = tmp_path_factory.mktemp("list") / "list.csv"
    path.write_bytes(write_leave_out([Suspect(index=3, file="", given="0", suggested="1", probability=0.9)], images))
    return OTHER | {"leave_out": str(path)}


def spec_of(images: Dataset, options: dict[str, Any]) -> RunSpec:
    draft = draft_from_python("s", data=images, arms=(), settings={"seeds": 1}, options=options)
    return build_study(draft, images).spec.arms[0].spec


def test_every_option_has_another_value():
    assert set(OTHER) == set(OPTIONS)


@pytest.mark.parametrize("company", COMPANY, ids=str)
@pytest.mark.parametrize("name", list(OPTIONS))
def test_an_option_changes_the_run_or_is_refused(images, others, name, company):
    if name in company:
        return  # it is the company's own
    plain = spec_of(images, company)
    try:
        changed = spec_of(images, {**company, name: others[name]})
    except SpecError as refused:
        said = str(refused)
        assert f"`{name}` has no effect " in said or f"`{name}` must be left out " in said
        assert any(word in said for word in ("optimizer", "schedule", "model", "without", "ready", "convolution"))
    else:
        assert changed != plain


@pytest.mark.parametrize("name", ["units", "activation", "dropout"])
def test_shapes_of_built_in_models_are_refused_for_a_keras_model_and_file(images, name, tmp_path):
    keras = load_keras()
    layers = [keras.Input((28, 28, 1)), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    model = keras.Sequential(layers)
    model.save(tmp_path / "net.keras")
    for given in (model, str(tmp_path / "net.keras"), lambda: model):
        with pytest.raises(SpecError, match=f"`{name}` must be left out for a model that is given with its layers"):
            spec_of(images, {"model": given, name: OTHER[name]})

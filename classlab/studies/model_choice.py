"""From what a user calls a model to an architecture: a name, a file, an architecture, or a Keras model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.records import Architecture, KerasArchitecture

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.datasets.dataset import Dataset
    from classlab.training.outcome import Weights


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelChoice:
    """A network, and what it brings along.

    Args:
        architecture: its layers.
        weights: what training starts from, or None where the seed draws the weights.
        compiled: the Keras model whose optimizer and loss count where the user gives none, or None.
        notes: what was read differently from how Keras would, each a sentence.
    """

    architecture: Architecture | KerasArchitecture
    weights: Weights | None = None
    compiled: Any = None
    notes: tuple[str, ...] = ()


def choose_model(
    model: Any,
    dataset: Dataset,
    *,
    units: Sequence[int] | None = None,
    activation: str | None = None,
    dropout: float | None = None,
) -> ModelChoice:
    """Takes a model in any of its forms.

    Args:
        model: a built-in name, the path of a `.keras` file, an architecture, or a `keras.Model`.
        dataset: gives a built-in model its input shape and number of classes.
        units: widths of the hidden layers, for `mlp`.
        activation: of the hidden layers, for built-in models.
        dropout: share of values to drop, for built-in models.

    Raises:
        SpecError: the name is unknown, the file is not acceptable, or an option does not belong to the model.
        StorageError: the file cannot be read.
    """
    shape = {"units": units, "activation": activation, "dropout": dropout}
    given = {name: value for name, value in shape.items() if value is not None}
    if isinstance(model, str) and not model.endswith(".keras"):
        return ModelChoice(architecture=_built_in(model, dataset, given))
    if given:
        name, value = next(iter(given.items()))
        raise SpecError(
            f"`{name}` must be left out for a model that is given with its layers, but got {name}={value!r}. "
            "Change the layers themselves."
        )
    if isinstance(model, Architecture | KerasArchitecture):
        return ModelChoice(architecture=model)
    if isinstance(model, str | Path):
        from classlab.models import load_keras_file

        read = load_keras_file(Path(model), image_shape=dataset.image_shape)
        return ModelChoice(architecture=read.architecture, weights=read.weights, notes=read.notes)
    from classlab.models import from_keras

    imported = from_keras(model, image_shape=dataset.image_shape)
    return ModelChoice(
        architecture=imported.architecture, weights=imported.weights, compiled=model, notes=imported.notes
    )


def _built_in(name: str, dataset: Dataset, given: dict[str, Any]) -> Architecture:
    from classlab.models.builtin import MODEL_NAMES, build

    takes_no = {"units": [known for known in MODEL_NAMES if known != "mlp"], "activation": ["linear"]}
    for option, names in takes_no.items():
        if option in given and name in names:
            raise SpecError(
                f"`{option}` must be left out for the model {name!r}, which has nothing it could change, but got "
                f"{option}={given[option]!r}. It belongs to the model 'mlp'."
            )
    return build(name, input_shape=dataset.image_shape, classes=len(dataset.class_names), **given)

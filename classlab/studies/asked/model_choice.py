"""From what a user calls a model to an architecture: a name, a file, an architecture, a Keras model or its builder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from classlab.errors import SpecError, shown_value
from classlab.files.tensor_file import digest
from classlab.options import check, refuse_idle
from classlab.options.option import joined
from classlab.options.words import HEAD_NAMES, MODEL_NAMES, NO_BACKBONE
from classlab.records import Architecture, KerasArchitecture

if TYPE_CHECKING:
    from collections.abc import Callable

    from classlab.datasets.dataset import Dataset
    from classlab.models import ImportedModel
    from classlab.options.table import NetworkOptions
    from classlab.options.words import Start
    from classlab.records.backbone import Backbone
    from classlab.training import Weights

_OTHER_FILES = (".h5", ".hdf5", ".json", ".pb", ".pt", ".pth", ".onnx", ".tflite")  # of models or weights, not opened


@dataclass(frozen=True, kw_only=True, eq=False)
class ModelChoice:
    """A network, and what it brings along.

    Args:
        architecture: its layers.
        weights: what training starts from: all weights, or those that the architecture keeps, or None where the seed
            draws every one.
        start: whether all weights are given.
        compiled: the Keras model whose optimizer and loss count where the user gives none, or None.
        notes: what was read differently from how Keras would, each a sentence.
        through_keras: gives the same for a training through Keras, told the reason; None where there is no Keras model.
        file: where the network was read from, or None.
        backbone: what makes the features that the network takes; None where it takes the images.
    """

    architecture: Architecture | KerasArchitecture
    weights: Weights | None = None
    start: Start = "fresh"
    compiled: Any = None
    notes: tuple[str, ...] = ()
    through_keras: Callable[[str], ModelChoice] | None = None
    file: Path | None = None
    backbone: Backbone | None = None

    @property
    def label(self) -> str:
        """What to call the network before people: its name, of a file whose model was given none the file's stem.

        A run is what it is whatever its file is called, so the stem is no part of the architecture.
        """
        from classlab.models.keras_names import is_made_up

        name = self.architecture.name
        return self.file.stem if self.file is not None and is_made_up(name) else name


def choose_model(
    model: Any,
    dataset: Dataset,
    *,
    usual: Start = "fresh",
    **options: Unpack[NetworkOptions],
) -> ModelChoice:
    """Takes a model in any of its forms.

    A Keras model has weights. With a fresh start it is only a description: every seed draws weights of its own by the
    layers' initialisers. What training does not move stays: frozen layers, statistics of Normalization layers.

    Args:
        model: a built-in name, the path of a `.keras` file, an architecture, a `keras.Model`, or a function that builds
            one.
        dataset: gives a built-in model its input shape and number of classes, and a Sequential without Input its shape.
        usual: what `start` is for a Keras model or file where it is not given.
        **options: of the network, as in the table of options.

    Raises:
        SpecError: the name is unknown, the file is not acceptable, or an option does not belong to the model.
        StorageError: the file cannot be read.
    """
    given = {name: check(name, value) for name, value in options.items() if value is not None}
    start = given.pop("start", None)
    backbone, own = given.pop("backbone", NO_BACKBONE), given.pop("backbone_weights", None)
    refuse_idle({"backbone": backbone, "backbone_weights": own})
    if backbone != NO_BACKBONE:
        _refuse_start(start, f"the head of the backbone {backbone!r}")
        return _head(model, dataset, given, backbone=backbone, weights=own)
    if isinstance(model, str) and not model.endswith(".keras"):
        architecture = _built_in(model, dataset, given)
        _refuse_start(start, f"the built-in model {model!r}")
        return ModelChoice(architecture=architecture)
    if given:
        name, value = next(iter(given.items()))
        raise _of_layers(name, value)
    if isinstance(model, Architecture | KerasArchitecture):
        _refuse_start(start, f"the architecture {model.name!r}")
        return ModelChoice(architecture=model)
    if isinstance(model, str | Path):
        from classlab.models import load_keras_file

        def read(reason: str = "") -> ModelChoice:
            found = load_keras_file(Path(model), image_shape=dataset.image_shape, through_keras=reason)
            return replace(_chosen(found, start=start, usual=usual), file=Path(model))

        return replace(read(), through_keras=read)
    return _keras_model(model, dataset, start=start, usual=usual)


def _built_in(name: str, dataset: Dataset, given: dict[str, Any]) -> Architecture:
    from classlab.models.builtin import build

    if Path(name).suffix.lower() in _OTHER_FILES:
        raise SpecError(
            f"`model` must be a built-in name or a .keras file, but got model={name!r}. Save the whole model in "
            "Keras's own format, as in model.save('model.keras')."
        )
    if name in MODEL_NAMES:
        refuse_idle({"model": name, **given})
    return build(name, input_shape=dataset.image_shape, classes=len(dataset.class_names), **given)


def _head(model: Any, dataset: Dataset, given: dict[str, Any], *, backbone: str, weights: str | None) -> ModelChoice:
    """A head on the features of a backbone."""
    from classlab.models.builtin import build
    from classlab.studies.transfer.chosen import chosen_backbone

    ready = isinstance(model, Architecture)
    if not ready and model not in HEAD_NAMES:
        raise SpecError(
            f"`backbone` must be left out for a model that takes pixels, but got backbone={backbone!r} with "
            f"model={shown_value(model)}. It goes with {joined(HEAD_NAMES)}, and with an architecture for its features."
        )
    if ready and given:
        raise _of_layers(*next(iter(given.items())))
    refuse_idle({"model": model, **given})
    chosen = chosen_backbone(backbone, image_shape=dataset.image_shape, weights=weights)
    shape = (1, 1, chosen.record.features)
    if ready and model.input_shape != shape:
        raise SpecError(
            f"`backbone` must be left out for the model {model.name!r}, which takes {model.input_shape}, but got "
            f"backbone={backbone!r}, which makes {shape[2]} features. Build the model for {shape}."
        )
    head = model if ready else build(model, input_shape=shape, classes=len(dataset.class_names), **given)
    return ModelChoice(architecture=head, notes=chosen.notes, backbone=chosen.record)


def _of_layers(name: str, value: Any) -> SpecError:
    return SpecError(
        f"`{name}` must be left out for a model that is given with its layers, but got {name}={value!r}. "
        "Change the layers themselves."
    )


def _refuse_start(start: Start | None, what: str) -> None:
    if start is not None:
        raise SpecError(
            f"`start` must be left out for {what}, which has no weights before its training, but got start={start!r}. "
            "It belongs to Keras models and .keras files."
        )


def _keras_model(model: Any, dataset: Dataset, *, start: Start | None, usual: Start) -> ModelChoice:
    """A Keras model, or a function that builds one, whose model is a description unless its weights are asked for."""
    from classlab.models import from_keras
    from classlab.models.keras_builders import built_copy, call_builder, is_builder, is_unbuilt

    name = None
    if is_builder(model):
        model, name = call_builder(model)
        start = start or "fresh"
    compiled = model
    if is_unbuilt(model):
        _refuse_missing_weights(model, dataset, start=start, usual=usual)
        model, start = built_copy(model, dataset.image_shape), "fresh"

    def read(reason: str = "") -> ModelChoice:
        imported = from_keras(model, image_shape=dataset.image_shape, through_keras=reason)
        if name is not None:
            imported = replace(imported, architecture=replace(imported.architecture, name=name))
        return replace(_chosen(imported, start=start, usual=usual), compiled=compiled)

    return replace(read(), through_keras=read)


def _refuse_missing_weights(model: Any, dataset: Dataset, *, start: Start | None, usual: Start) -> None:
    """A Sequential without Input has no weights to start from, or those of some layers only."""
    begun = any(weight.trainable for layer in model.layers if layer.built for weight in layer.weights)
    if start == "given" or (start is None and usual == "given" and begun):
        shape = ", ".join(str(length) for length in dataset.image_shape)
        raise SpecError(
            f"the Keras model {model.name!r} must be built to start from its weights, but it has no Input, and so "
            f"layers without weights. Call model.build((None, {shape})) first, or give start='fresh' to draw all."
        )


def _chosen(imported: ImportedModel, *, start: Start | None, usual: Start) -> ModelChoice:
    """What remains of a Keras model's weights: all for a given start, else those that no training moves."""
    architecture, notes = imported.architecture, imported.notes
    kept = {key: imported.weights[key] for key in imported.kept}
    if kept and isinstance(architecture, KerasArchitecture):
        architecture = replace(architecture, kept_weights=digest(kept))
    if (start or usual) == "given" and imported.weights:
        return ModelChoice(architecture=architecture, weights=imported.weights, start="given", notes=notes)
    if start is None:
        notes = (*notes, _description(architecture.name))
    if kept:
        notes = (
            *notes,
            f"Frozen layers and statistics of Normalization layers in {architecture.name!r} keep the values they came "
            "with; the seed draws the other weights.",
        )
    return ModelChoice(architecture=architecture, weights=kept or None, notes=notes)


def _description(name: str) -> str:
    return (
        f"The weights that the Keras model {name!r} came with are not used: every seed draws its own. "
        "`start` = given keeps them."
    )

"""The list of what a Keras model's description may name: Keras makes whatever stands in one, so it is read before.

A description (`KerasArchitecture.config`) lies in run folders, which may come from anyone. Keras's own layers that
compute on their input alone are on the list. A class or function of the user's is taken where this process has
registered it with Keras: what runs then is code that the user imported.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from classlab.errors import SpecError
from classlab.models.keras_unlisted import unlisted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.records.architecture import KerasArchitecture

_WIDTHS = ("units", "filters", "input_dim", "output_dim")  # each is the length of an array of weights
_RESTORE = "Restore the run's folder, or train anew."
_DEEPEST = 100  # objects within objects; a model of models of models has about 20
_MOST = 1_000_000  # objects in all
_LAYERS = frozenset({
    "ActivityRegularization", "Activation", "Add", "AdditiveAttention", "AlphaDropout", "Attention", "Average",
    "AveragePooling1D", "AveragePooling2D", "BatchNormalization", "Bidirectional", "CategoryEncoding", "CenterCrop",
    "Concatenate", "Conv1D", "Conv1DTranspose", "Conv2D", "Conv2DTranspose", "ConvLSTM2D", "Cropping1D",
    "Cropping2D", "Dense", "DepthwiseConv1D", "DepthwiseConv2D", "Discretization", "Dot", "Dropout", "ELU",
    "EinsumDense", "Embedding", "Flatten", "GRU", "GaussianDropout", "GaussianNoise", "GlobalAveragePooling1D",
    "GlobalAveragePooling2D", "GlobalMaxPooling1D", "GlobalMaxPooling2D", "GroupNormalization",
    "GroupQueryAttention", "Identity", "InputLayer", "LSTM", "Lambda", "LayerNormalization", "LeakyReLU", "Masking",
    "MaxPooling1D", "MaxPooling2D", "Maximum", "Minimum", "MultiHeadAttention", "Multiply", "Normalization",
    "PReLU", "Permute", "RMSNormalization", "RandomBrightness", "RandomContrast", "RandomCrop", "RandomFlip",
    "RandomGrayscale", "RandomHue", "RandomInvert", "RandomPosterization", "RandomRotation", "RandomSaturation",
    "RandomSharpness", "RandomShear", "RandomTranslation", "RandomZoom", "ReLU", "RepeatVector", "Rescaling",
    "Reshape", "Resizing", "SeparableConv1D", "SeparableConv2D", "SimpleRNN", "Softmax", "Solarization",
    "SpatialDropout1D", "SpatialDropout2D", "SpectralNormalization", "Subtract", "TimeDistributed",
    "UnitNormalization", "UpSampling1D", "UpSampling2D", "ZeroPadding1D", "ZeroPadding2D",
})  # fmt: skip
# Lambda layers stand on the list for functions that are registered; one that carries code is named `__lambda__`.
_MODELS = ("keras", "keras.models", "keras.src.models.functional", "keras.src.models.sequential")
_VALUES = ("keras.initializers", "keras.regularizers", "keras.constraints", "keras.dtype_policies", "keras.activations")
_OPERATIONS = "keras.src.ops."
_MARKS = ("__keras_tensor__", "__tuple__", "__ellipsis__", "__numpy__", "__tensor__", "__slice__")


def check_description(architecture: KerasArchitecture, *, weights: int = 0) -> None:
    """Refuses a description that is no model at all, before anyone walks through it.

    Args:
        architecture: the model's description.
        weights: how many values its weights have; 0 where that is not known.

    Raises:
        SpecError: an object in it lacks its options, it is nested deeper than models are, or a layer is wider than its
            weights could be.
    """
    for part, _ in _objects(architecture):
        options = part.get("config")
        widths = {name: options.get(name) for name in _WIDTHS} if isinstance(options, dict) and weights else {}
        for name, width in widths.items():
            if isinstance(width, int) and width > weights:
                why = f"its {name}={width} need more than the {weights:,} weights it has"
                raise cannot_be_made(architecture, why, _RESTORE)
        if not isinstance(part.get("config", {}), dict) and part["class_name"] != "function":
            why = f"the options of its {str(part['class_name'])[:80]} are no mapping"
            raise cannot_be_made(architecture, why, _RESTORE)


def check_listed(architecture: KerasArchitecture) -> None:
    """Refuses a description that names what is not on the list; Keras is not needed, nor imported, for that.

    Raises:
        SpecError: it does.
    """
    check_description(architecture)
    for part, layer in _objects(architecture):
        if not _is_listed(part):
            raise cannot_be_made(architecture, *unlisted(part, layer))


def _is_listed(part: dict[str, Any]) -> bool:
    module, name, registered = part.get("module"), part["class_name"], part.get("registered_name")
    if not isinstance(name, str):
        return False
    if name == "function":
        known = str(part.get("config")) in _registered()
        return known or (module == "builtins" and _is_activation(part.get("config")))
    if name in _MARKS and module is None:
        return True
    if module == "keras.layers":
        return name in _LAYERS
    if module in _MODELS:
        return name in ("Sequential", "Functional", "Model", "Variable", "DTypePolicy")
    if module in _VALUES:
        return name.isidentifier()
    if isinstance(module, str) and module.startswith(_OPERATIONS):
        return name.isidentifier()
    return registered in _registered()


def _is_activation(name: Any) -> bool:
    from typing import get_args

    from classlab.options.words import ActivationName

    return name in get_args(ActivationName)


def _registered() -> Any:
    """What this process has registered with Keras, by the names under which it is written down."""
    found = sys.modules.get("keras")
    return {} if found is None else found.saving.get_custom_objects()


def _objects(architecture: KerasArchitecture) -> Iterator[tuple[dict[str, Any], str]]:
    """Every object within a description that names a class, with the name of its layer, the model itself first."""
    waiting: list[tuple[Any, int, str]] = [(architecture.config, 0, architecture.name)]
    seen = 0
    while waiting:
        part, depth, layer = waiting.pop()
        seen += 1
        if depth > _DEEPEST or seen > _MOST:
            raise cannot_be_made(architecture, "it is nested deeper, or has more parts, than a model has", _RESTORE)
        if isinstance(part, dict):
            config = part.get("config")
            layer = str(config["name"]) if isinstance(config, dict) and "name" in config else layer
            if "class_name" in part:
                yield part, layer
            waiting += [(value, depth + 1, layer) for value in part.values() if isinstance(value, dict | list)]
        elif isinstance(part, list):
            waiting += [(value, depth + 1, layer) for value in part if isinstance(value, dict | list)]


def cannot_be_made(architecture: KerasArchitecture, why: str, step: str) -> SpecError:
    """The error for a description of which no model can be made.

    Args:
        architecture: the description.
        why: as a clause.
        step: what the user can do, as a sentence.
    """
    name = architecture.name[:80]
    return SpecError(f"the Keras model {name!r} cannot be made again from its description ({why}). {step}")

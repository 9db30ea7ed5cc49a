"""The networks of `keras.applications` as backbones: their words, their preprocessing and their weights."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from classlab.errors import SpecError, shown
from classlab.models.backbones.entrance import Entrance, entrance
from classlab.models.backbones.joined import applied
from classlab.models.backbones.network import BackboneNetwork, backbone_network
from classlab.models.keras_config import layer_config
from classlab.models.keras_runtime import keras
from classlab.options.words import BACKBONE_NAMES
from classlab.records.layers import Normalization, Rescaling

if TYPE_CHECKING:
    from classlab.records.architecture import ImageShape

_FOLDER = "~/.keras/models"  # where Keras keeps the weights that it has fetched


class Application(NamedTuple):
    """A network of `keras.applications`.

    Args:
        maker: the function's name there.
        mode: its documented preprocessing, by the name that `imagenet_utils.preprocess_input` has for it; `own` where
            the layers are inside.
        least: fewest rows and columns that it takes.
    """

    maker: str
    mode: Literal["tf", "caffe", "torch", "own"]
    least: int = 32


_KINDS: dict[str, tuple[str, Literal["tf", "caffe", "torch", "own"], int]] = {
    "mobilenet_v2": ("MobileNetV2", "tf", 32),
    "mobilenet_v3_small": ("MobileNetV3Small", "own", 32),
    "mobilenet_v3_large": ("MobileNetV3Large", "own", 32),
    "mobilenet": ("MobileNet", "tf", 32),
    "inception_v3": ("InceptionV3", "tf", 75),
    "inception_resnet_v2": ("InceptionResNetV2", "tf", 75),
    "xception": ("Xception", "tf", 71),
    **{f"resnet{depth}_v2": (f"ResNet{depth}V2", "tf", 32) for depth in (50, 101, 152)},
    **{f"resnet{depth}": (f"ResNet{depth}", "caffe", 32) for depth in (50, 101, 152)},
    **{f"vgg{depth}": (f"VGG{depth}", "caffe", 32) for depth in (16, 19)},
    **{f"densenet{depth}": (f"DenseNet{depth}", "torch", 32) for depth in (121, 169, 201)},
    **{f"efficientnet_b{size}": (f"EfficientNetB{size}", "own", 32) for size in range(8)},
    **{f"efficientnet_v2_{size}": (f"EfficientNetV2{size.upper()}", "own", 32)
       for size in ("b0", "b1", "b2", "b3", "s", "m", "l")},
}  # fmt: skip
APPLICATIONS = {name: Application(*_KINDS[name]) for name in BACKBONE_NAMES}
# `keras.applications.imagenet_utils.preprocess_input`: channels red, green, blue.
_SCALINGS: dict[str, Rescaling | Normalization] = {
    "tf": Rescaling(scale=1 / 127.5, offset=-1.0),
    "torch": Normalization(
        mean=tuple(255 * mean for mean in (0.485, 0.456, 0.406)),
        variance=tuple((255 * deviation) ** 2 for deviation in (0.229, 0.224, 0.225)),
    ),
    # It turns the channels to blue, green, red besides; here the first kernel's channels are turned instead.
    "caffe": Normalization(mean=(123.68, 116.779, 103.939), variance=(1.0, 1.0, 1.0)),
}


def from_application(name: str, *, image_shape: ImageShape, weights: str) -> BackboneNetwork:
    """Builds a network of `keras.applications` without its head, with its preprocessing in front.

    Args:
        name: one of `BACKBONE_NAMES`.
        image_shape: `(height, width, channels)` of the pictures; smaller ones than it takes are enlarged.
        weights: `imagenet`, `none` for random ones, or the path of a weights file of this network.

    Raises:
        SpecError: the weights are not to be had, or do not fit.
        MissingExtraError: Keras is not installed.
    """
    from classlab.models.keras_import import from_keras

    k, application = keras(f"the backbone {name!r}"), APPLICATIONS[name]
    grow = max(1, -(-application.least // min(image_shape[:2])))
    front = entrance(image_shape, (grow * image_shape[0], grow * image_shape[1], 3))
    base = _built(k, name, shape=(grow * image_shape[0], grow * image_shape[1], 3), weights=weights)
    scaling = _SCALINGS.get(application.mode)
    if application.mode == "caffe":
        _turn_channels(base)
    model = _whole(k, base, front, scaling, image_shape=image_shape, name=name)
    found = from_keras(model)
    scaled_by = Rescaling.kind if scaling is None else scaling.kind
    return backbone_network(
        name,
        found.architecture,
        found.weights,
        features=int(model.output_shape[-1]),
        drawn=weights,
        scaled_by=scaled_by,
        notes=_notes(name, front, base.count_params(), weights),
    )


def _whole(
    k: Any,
    base: Any,
    front: Entrance,
    scaling: Rescaling | Normalization | None,
    *,
    image_shape: ImageShape,
    name: str,
) -> Any:
    pictures = k.Input(shape=image_shape)
    values = pictures
    if front.architecture is not None:
        values = applied(front.architecture, front.weights, values)
    if scaling is not None:
        values = k.layers.deserialize(layer_config(scaling, "preprocessing"))(values)
    return k.Model(pictures, base(values), name=name)


def _built(k: Any, name: str, *, shape: tuple[int, int, int], weights: str) -> Any:
    maker = getattr(k.applications, APPLICATIONS[name].maker)
    given: Any = {"imagenet": "imagenet", "none": None}.get(weights, weights)
    if given not in ("imagenet", None) and not Path(given).is_file():
        raise SpecError(
            f"`backbone_weights` must be imagenet, none or a file of weights, but there is no file {shown(weights)}. "
            "Give the path of a .weights.h5 file of this network."
        )
    if given is None:
        k.utils.set_random_seed(0)  # the same random network every time
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # of sizes that the weights were not made at
            return maker(include_top=False, weights=given, pooling="avg", input_shape=shape)
    except Exception as problem:
        if given is None:
            raise
        raise _without_weights(name, weights, problem) from None


def _without_weights(name: str, weights: str, problem: Exception) -> SpecError:
    """Says which weights could not be had; Keras reports a failed fetch, and files that do not fit, in many classes."""
    said = " ".join(str(problem).split()).rstrip(".")
    if weights != "imagenet":
        return SpecError(
            f"{shown(weights)} must hold weights of {name!r} without its head, but Keras says: {said[:300]}. "
            "Give the weights of this network."
        )
    address = re.search(r"https?://\S*?/([^/\s:]+\.h5)", said)
    file = address.group(1) if address else "file of its weights"
    return SpecError(
        f"the backbone {name!r} needs its ImageNet weights, but {file} is not in {_FOLDER} and could not be fetched. "
        "Put it there, name a file of weights as backbone_weights, or take random ones with backbone_weights='none'."
    )


def _turn_channels(base: Any) -> None:
    """Lets the first convolution take red, green, blue where it was trained on blue, green, red."""
    first = next(layer for layer in base.layers if layer.get_weights())
    kernel, *rest = first.get_weights()
    first.set_weights([kernel[:, :, ::-1], *rest])


def _notes(name: str, front: Entrance, count: int, weights: str) -> tuple[str, ...]:
    drawn = {"imagenet": "trained on ImageNet", "none": "random, untrained"}.get(weights, f"from {weights}")
    frozen = f"The backbone {name} was frozen while the head trained ({count:,} weights, {drawn})."
    return (frozen, *((front.note,) if front.note else ()))

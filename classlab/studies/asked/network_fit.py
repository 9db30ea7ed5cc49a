"""Whether a network and a dataset fit together, asked before anything is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.errors import OptionError, SpecError
from classlab.records import Architecture

if TYPE_CHECKING:
    from classlab.datasets.dataset import Dataset
    from classlab.records import RunSpec
    from classlab.records.backbone import Backbone


def check_fit(spec: RunSpec, dataset: Dataset) -> None:
    """Refuses a network that does not take these images, scales them twice, or scores other classes than theirs.

    Raises:
        SpecError: one of these.
    """
    from classlab.models.arithmetic import gains_from_half_precision
    from classlab.models.preprocessing import check_scaled_once
    from classlab.models.weights import class_count

    architecture, backbone = spec.architecture, spec.data.backbone
    if spec.image_shape != dataset.image_shape:
        raise SpecError(
            f"the model {architecture.name!r} must take the images of {dataset.name}, which have (height, width, "
            f"channels) = {dataset.image_shape}, but it takes {spec.image_shape}. Build it for these images."
        )
    check_scaled_once(architecture, spec.data.preprocessing)
    if backbone is not None:
        _check_head(spec, backbone)
    classes = len(dataset.class_names)
    if isinstance(architecture, Architecture) and class_count(architecture) != classes:
        raise SpecError(
            f"the model {architecture.name!r} must end in one unit per class of {dataset.name}, which has "
            f"{classes}, but it ends in {class_count(architecture)}. Change its last layer."
        )
    if spec.top_k is not None and spec.top_k > classes:
        raise SpecError(f"`top_k` must be at most the {classes} classes, but got top_k={spec.top_k}. Give less.")
    if spec.precision == "bfloat16" and not gains_from_half_precision(architecture):
        raise OptionError(
            f"`precision` has no effect on {architecture.name!r}, which has neither a convolution nor a recurrent "
            "layer, but got precision='bfloat16'. Leave it out, or give auto, which never harms."
        )


def _check_head(spec: RunSpec, backbone: Backbone) -> None:
    architecture = spec.architecture
    if architecture.input_shape != (1, 1, backbone.features):
        raise SpecError(
            f"the head {architecture.name!r} must take the {backbone.features} features of the backbone "
            f"{backbone.name!r}, but it takes {architecture.input_shape}. Build it for (1, 1, {backbone.features})."
        )
    if spec.augmentation is not None:
        name, value = next(iter(spec.augmentation.changes.items()))
        raise OptionError(
            f"`{name}` has no effect with the backbone {backbone.name!r}, which computes the features of every picture "
            f"once, but got {name}={value!r}. Leave it out."
        )
    if backbone.scaled_by and spec.data.preprocessing != "none":
        raise SpecError(
            f"`preprocessing` must be none for the backbone {backbone.name!r}, whose own {backbone.scaled_by} layer "
            f"scales the images already, but got preprocessing={spec.data.preprocessing!r}: they would be scaled "
            "twice. Give preprocessing='none'."
        )

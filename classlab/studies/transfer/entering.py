"""What enters a network: images and their scaling, or the features of a backbone as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from classlab.records.layers import Rescaling

if TYPE_CHECKING:
    from classlab.datasets.dataset import Dataset, Division
    from classlab.options.words import DeviceName
    from classlab.records import DataSpec, RunSpec
    from classlab.records.layers import Normalization

AS_THEY_ARE = Rescaling(scale=1.0)
"""A head's input layer: features are not scaled again."""


Scaling: TypeAlias = "Rescaling | Normalization"


def takes_features(spec: RunSpec) -> bool:
    """Whether a run's finished network takes a backbone's features: a fine-tuned one takes the images again."""
    return spec.data.backbone is not None and spec.fine_tuning is None


def scaled_images(dataset: Dataset, data: DataSpec) -> tuple[Division, Scaling]:
    """The images of a run, divided, and their scaling.

    Args:
        dataset: the images.
        data: how they are divided and scaled.

    Raises:
        DataError: the images cannot be divided so.
    """
    from classlab.models.preprocessing import input_layer

    division = dataset.divided_as(data)
    return division, input_layer(data.preprocessing, division.train.images)


def entering(
    dataset: Dataset, data: DataSpec, images: tuple[Division, Scaling], *, device: DeviceName = "auto"
) -> tuple[Division, Scaling]:
    """What enters the network: the images and their scaling, or the features of its backbone, scaled no more.

    Args:
        dataset: the images.
        data: how they are divided and scaled, and the backbone.
        images: see `scaled_images`.
        device: where a backbone computes.

    Raises:
        DataError: the images cannot be divided so.
        StorageError: the backbone is not there, or the cache cannot be read or written.
    """
    if data.backbone is None:
        return images
    from classlab.studies.transfer.features import feature_division

    return feature_division(dataset, data, input_layer=images[1], device=device), AS_THEY_ARE

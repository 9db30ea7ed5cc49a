"""What enters a network: images and their scaling, or the features of a backbone as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from classlab.records.layers import Rescaling

if TYPE_CHECKING:
    from classlab.datasets.dataset import Dataset, Division
    from classlab.options.words import DeviceName
    from classlab.records import DataSpec
    from classlab.records.layers import Normalization

AS_THEY_ARE = Rescaling(scale=1.0)
"""A head's input layer: features are not scaled again."""


def entering(
    dataset: Dataset, data: DataSpec, *, device: DeviceName = "auto"
) -> tuple[Division, Rescaling | Normalization]:
    """The images of a run, divided, and their scaling; or the features of its backbone, which are scaled no more.

    Args:
        dataset: the images.
        data: how they are divided and scaled, and the backbone.
        device: where a backbone computes.

    Raises:
        DataError: the images cannot be divided so.
        StorageError: the backbone is not there, or the cache cannot be read or written.
    """
    from classlab.models.preprocessing import input_layer

    division = dataset.divided_as(data)
    scaling = input_layer(data.preprocessing, division.train.images)
    if data.backbone is None:
        return division, scaling
    from classlab.studies.transfer.features import feature_division

    return feature_division(dataset, data, input_layer=scaling, device=device), AS_THEY_ARE

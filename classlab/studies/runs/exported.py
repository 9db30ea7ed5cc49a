"""What an exported run takes along beside its network: the images that prove the file, and where it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.records import to_plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from classlab.records import RunRecord

_PROBES = 64  # random images on which an exported file must agree with the run


def proof_images(record: RunRecord) -> tuple[list[NDArray[np.uint8]], NDArray[np.uint8]]:
    """Random images, and where the run prepares pictures, the pictures of several sizes that they come from.

    Of these sizes no resized value lies near where it is rounded: they prove the file on every backend of Keras.

    Args:
        record: the run's.

    Returns:
        Batches of pictures, each `(pictures, height, width, channels)`, none where nothing is prepared; and the images,
        `(images, height, width, channels)`.
    """
    import numpy as np

    from classlab.datasets.preparation import prepared

    height, width, channels = record.spec.image_shape
    done, rng = record.preparation, np.random.default_rng(0)
    if done is None:
        return [], rng.integers(0, 256, (_PROBES, height, width, channels), np.uint8)
    sizes = [(height, width), (2 * height, 2 * width), (height, 2 * width), (2 * height, width)]
    pictures = [rng.integers(0, 256, (_PROBES // len(sizes), *size, channels), np.uint8) for size in sizes]
    return pictures, np.stack([prepared(picture, done) for batch in pictures for picture in batch])


def provenance(record: RunRecord) -> dict[str, Any]:
    """Which run an exported file is of, and how it was trained.

    Args:
        record: the run's.
    """
    plain = to_plain(record)
    return {
        "identity": record.identity,
        "created": record.created,
        "command": record.command,
        "data": plain["spec"]["data"],
        "seed": record.spec.seed,
        "test": plain["test"],
        "classlab": record.environment.classlab,
    }

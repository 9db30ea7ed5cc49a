"""A record cannot be made with values that contradict themselves; each refusal is a whole sentence."""

import re
from collections.abc import Callable

import pytest

from classlab.errors import SpecError
from classlab.records import Architecture, DataSpec, EarlyStopping, RunSpec
from classlab.records.layers import (
    AveragePooling2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPooling2D,
    Normalization,
    Regularizer,
)
from classlab.records.optimizers import SGD, Adam
from classlab.records.schedules import Constant, Cosine, Step

DATA = DataSpec(name="digits")
NET = Architecture(name="net", input_shape=(8, 8, 1), layers=(Flatten(), Dense(units=2)))
NAN = float("nan")
ONE_CLIP = "at most one way of gradient clipping may be given, but got "

REFUSALS: list[tuple[Callable[[], object], str]] = [
    (
        lambda: Architecture(name="net", input_shape=(8, 8, 1), layers=()),
        "an architecture needs at least one layer, but 'net' has none. Add layers.",
    ),
    (
        lambda: Dense(units=0),
        "Dense's `units` must be a whole number from 1 to 2**31 - 1, but got units=0. Try units=128.",
    ),
    (
        lambda: Conv2D(filters=0),
        "Conv2D's `filters` must be a whole number from 1 to 2**31 - 1, but got filters=0. Try filters=32.",
    ),
    (
        lambda: Conv2D(filters=1, kernel_size=(3, 0)),
        "Conv2D's `kernel_size` must be two whole numbers from 1 to 2**31 - 1, but got kernel_size=(3, "
        "0). Try kernel_size=(3, 3).",
    ),
    (
        lambda: Conv2D(filters=1, strides=(-1, 1)),
        "Conv2D's `strides` must be two whole numbers from 1 to 2**31 - 1, but got strides=(-1, 1). Try "
        "strides=(3, 3).",
    ),
    (
        lambda: MaxPooling2D(pool_size=(0, 2)),
        "MaxPooling2D's `pool_size` must be two whole numbers from 1 to 2**31 - 1, but got pool_size=(0, "
        "2). Try pool_size=(3, 3).",
    ),
    (
        lambda: AveragePooling2D(strides=(2, 0)),
        "AveragePooling2D's `strides` must be two whole numbers from 1 to 2**31 - 1, but got strides=(2, "
        "0). Try strides=(3, 3).",
    ),
    *(
        (
            lambda rate=rate: Dropout(rate=rate),  # type: ignore[misc]
            f"Dropout's `rate` must be a share from 0 to below 1, but got rate={rate}. Give the share of "
            f"values to drop.",
        )
        for rate in (-0.1, 1.0, NAN)
    ),
    (
        lambda: Regularizer(l1=-1.0),
        "a regularizer's `l1` must be a finite number that is not negative, but got l1=-1.0. Give zero or "
        "a positive factor.",
    ),
    (
        lambda: Normalization(mean=(1.0, 2.0), variance=(1.0,)),
        "Normalization needs one mean and one variance per channel, but got 2 means and 1 variances. "
        "Give both with the same length.",
    ),
    (
        lambda: Normalization(mean=(), variance=()),
        "Normalization needs one mean and one variance per channel, but got 0 means and 0 variances. "
        "Give both with the same length.",
    ),
    *(
        (
            lambda rate=rate: SGD(learning_rate=rate),  # type: ignore[misc]
            f"`learning_rate` must be a positive, finite number, but got learning_rate={rate}. "
            "Values between 0.0001 and 0.1 are usual.",
        )
        for rate in (0.0, -1.0, float("inf"), NAN)
    ),
    (lambda: Adam(clipnorm=1.0, clipvalue=1.0), f"{ONE_CLIP}clipnorm and clipvalue. Keep one."),
    (
        lambda: Adam(clipnorm=1.0, clipvalue=1.0, global_clipnorm=1.0),
        f"{ONE_CLIP}clipnorm and clipvalue and global_clipnorm. Keep one.",
    ),
    (
        lambda: Adam(clipvalue=0.0),
        "`clipvalue` must be a positive, finite number, but got clipvalue=0.0. Leave it out.",
    ),
    (
        lambda: Constant(warmup_epochs=-1.0),
        "`warmup_epochs` must be a finite number that is not negative, but got warmup_epochs=-1.0. Give 0 for none.",
    ),
    (
        lambda: Cosine(warmup_epochs=NAN),
        "`warmup_epochs` must be a finite number that is not negative, but got warmup_epochs=nan. Give 0 for none.",
    ),
    (
        lambda: Step(every_epochs=0.0),
        "`every_epochs` must be a positive, finite number, but got every_epochs=0.0. Try every_epochs=10.0.",
    ),
    (
        lambda: Step(warmup_epochs=-1.0),
        "`warmup_epochs` must be a finite number that is not negative, but got warmup_epochs=-1.0. Give 0 for none.",
    ),
    *(
        (
            lambda share=share: DataSpec(name="x", validation=share),  # type: ignore[misc]
            "`validation` must be a share between 0 and 1, or the word test, but got "
            f"validation={share}. 0.1 sets every tenth training image aside.",
        )
        for share in (0.0, 1.0, 2, NAN)
    ),
    (
        lambda: DataSpec(name="x", limit=1),
        "`limit` must be a whole number of at least 2 images, but got limit=1. Leave it out for all.",
    ),
    (
        lambda: EarlyStopping(patience=-1),
        "early stopping's `patience` must be a number of epochs, a whole one from 0, but got patience=-1. "
        "Try patience=5.",
    ),
    (
        lambda: RunSpec(data=DATA, architecture=NET, epochs=0),
        "`epochs` must be a whole number from 1 to 10,000,000, but got epochs=0. Try epochs=10.",
    ),
    (
        lambda: RunSpec(data=DATA, architecture=NET, batch_size=0),
        "`batch_size` must be a whole number from 1 to 10,000,000, but got batch_size=0. Try batch_size=128.",
    ),
    (
        lambda: RunSpec(data=DATA, architecture=NET, seed=-1),
        "`seed` must be a whole number from 0 to 2**63 - 1, but got seed=-1. Try 0.",
    ),
    (
        lambda: RunSpec(data=DATA, architecture=NET, seed=2**63),
        f"`seed` must be a whole number from 0 to 2**63 - 1, but got seed={2**63}. Try 0.",
    ),
    (
        lambda: RunSpec(data=DATA, architecture=NET, top_k=0),
        "`top_k` must be a whole number from 1 to 10,000,000, but got top_k=0. Try top_k=3.",
    ),
]


@pytest.mark.parametrize(("make", "sentence"), REFUSALS)
def test_a_contradiction_is_refused_by_a_sentence(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        make()

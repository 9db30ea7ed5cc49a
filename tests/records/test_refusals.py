"""A record cannot be made with values that contradict themselves; each refusal is a whole sentence."""

import re
from collections.abc import Callable

import pytest

from classlab.errors import SpecError
from classlab.records import Architecture, DataSpec, EarlyStopping, RunSpec
from classlab.records.architecture import IMAGES
from classlab.records.layers import (
    LSTM,
    Add,
    AveragePooling2D,
    Conv2D,
    Cropping2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    Layer,
    MaxPooling2D,
    Normalization,
    Regularizer,
    ReLU,
    Reshape,
    SeparableConv2D,
    SpatialDropout2D,
    UpSampling2D,
    ZeroPadding2D,
)
from classlab.records.optimizers import SGD, Adam
from classlab.records.schedules import Constant, Cosine, Step

DATA = DataSpec(name="digits")
NET = Architecture(name="net", input_shape=(8, 8, 1), layers=(Flatten(), Dense(units=2)))
NAN = float("nan")
ONE_CLIP = "at most one way of gradient clipping may be given, but got "
POSITIVE = "a positive number"
WHOLE = "a whole number of at least 1"
WARMUP = "`warmup_epochs` must be a number of epochs that is not negative"


def graph(layers: tuple[Layer, ...], inputs: tuple[tuple[int, ...], ...]) -> Architecture:
    return Architecture(name="net", input_shape=(8, 8, 1), layers=layers, inputs=inputs)


REFUSALS: list[tuple[Callable[[], object], str]] = [
    (
        lambda: Architecture(name="net", input_shape=(8, 8, 1), layers=()),
        "an architecture needs at least one layer, but 'net' has none. Add layers.",
    ),
    (
        lambda: Dense(units=0),
        "Dense's `units` must be a whole number from 1 to 2**31 - 1, but got units=0. Write for example units=128.",
    ),
    (
        lambda: Conv2D(filters=0),
        "Conv2D's `filters` must be a whole number from 1 to 2**31 - 1, but got filters=0. Write for "
        "example filters=32.",
    ),
    (
        lambda: Conv2D(filters=1, kernel_size=(3, 0)),
        "Conv2D's `kernel_size` must be two whole numbers from 1 to 2**31 - 1, "
        "but got kernel_size=(3, 0). Write for example kernel_size=(3, 3).",
    ),
    (
        lambda: Conv2D(filters=1, strides=(-1, 1)),
        "Conv2D's `strides` must be two whole numbers from 1 to 2**31 - 1, "
        "but got strides=(-1, 1). Write for example strides=(3, 3).",
    ),
    (
        lambda: MaxPooling2D(pool_size=(0, 2)),
        "MaxPooling2D's `pool_size` must be two whole numbers from 1 to 2**31 - 1, "
        "but got pool_size=(0, 2). Write for example pool_size=(3, 3).",
    ),
    (
        lambda: AveragePooling2D(strides=(2, 0)),
        "AveragePooling2D's `strides` must be two whole numbers from 1 to 2**31 - 1, "
        "but got strides=(2, 0). Write for example strides=(3, 3).",
    ),
    *(
        (
            lambda rate=rate: Dropout(rate=rate),  # type: ignore[misc]
            f"Dropout's `rate` must be a number from 0 to below 1, but got rate={rate}. Write for example rate=0.2.",
        )
        for rate in (-0.1, 1.0, NAN)
    ),
    (
        lambda: Regularizer(l1=-1.0),
        "a regularizer's `l1` must be a finite number that is not negative, but got l1=-1.0. Write for "
        "example l1=0.0001.",
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
    (
        lambda: DepthwiseConv2D(kernel_size=(3, 3), depth_multiplier=0),
        "DepthwiseConv2D's `depth_multiplier` must be a whole number from 1 to 2**31 - 1, but got depth_multiplier=0. "
        "Write for example depth_multiplier=1.",
    ),
    (
        lambda: SeparableConv2D(filters=2, kernel_size=(3,)),  # type: ignore[arg-type]
        "SeparableConv2D's `kernel_size` must be two whole numbers from 1 to 2**31 - 1, but got kernel_size=(3,). "
        "Write for example kernel_size=(3, 3).",
    ),
    (
        lambda: SpatialDropout2D(rate=1.0),
        "SpatialDropout2D's `rate` must be a number from 0 to below 1, but got rate=1.0. Write for example rate=0.2.",
    ),
    (
        lambda: ZeroPadding2D(padding=((1, 1), (1, -1))),
        "ZeroPadding2D's `padding` must be two pairs of whole numbers from 0 on, but got padding=((1, 1), (1, -1)). "
        "Write for example padding=((1, 1), (1, 1)).",
    ),
    (
        lambda: Cropping2D(cropping=(1, 1)),  # type: ignore[arg-type]
        "Cropping2D's `cropping` must be two pairs of whole numbers from 0 on, but got cropping=(1, 1). "
        "Write for example cropping=((1, 1), (1, 1)).",
    ),
    (
        lambda: UpSampling2D(size=(0, 2)),
        "UpSampling2D's `size` must be two whole numbers from 1 to 2**31 - 1, but got size=(0, 2). Write for example "
        "size=(3, 3).",
    ),
    (
        lambda: Reshape(target_shape=(4, -1)),
        "Reshape's `target_shape` must be whole numbers, each from 1 to 2**31 - 1, but got target_shape=(4, -1). "
        "Write for example target_shape=(28, 28).",
    ),
    (
        lambda: Reshape(target_shape=()),
        "Reshape's `target_shape` must have an axis, but got (). Give for example (28, 28).",
    ),
    (
        lambda: LSTM(units=0),
        "LSTM's `units` must be a whole number from 1 to 2**31 - 1, but got units=0. Write for example units=64.",
    ),
    (
        lambda: graph((Flatten(), Add()), ((IMAGES,),)),
        "`inputs` must name what enters each of the 2 layers of 'net', but it has 1 entries. Give one entry per layer.",
    ),
    (
        lambda: graph((Flatten(), Add()), ((IMAGES,), (0, 1))),
        "`inputs` must name layers before layer 1 of 'net', but got (0, 1). Give positions from -1 (the images) to 0.",
    ),
    (
        lambda: graph((Flatten(), Add()), ((IMAGES,), (0,))),
        "layer 1 of 'net' (Add) must take several values, but got inputs=(0,). Connect it so.",
    ),
    (
        lambda: graph((Flatten(), ReLU()), ((IMAGES,), (0, 0))),
        "layer 1 of 'net' (ReLU) must take one value, but got inputs=(0, 0). Connect it so.",
    ),
    (
        lambda: graph((ReLU(), Flatten(), Dense(units=2)), ((IMAGES,), (IMAGES,), (1,))),
        "layer 0 of 'net' (ReLU) must lead to the last layer, but no layer takes its values. Connect it or leave it "
        "out.",
    ),
    *(
        (
            lambda rate=rate: SGD(learning_rate=rate),  # type: ignore[misc]
            f"`learning_rate` must be {POSITIVE}, but got learning_rate={rate}. Write for example learning_rate=0.001.",
        )
        for rate in (0.0, -1.0, float("inf"), NAN)
    ),
    (lambda: Adam(clipnorm=1.0, clipvalue=1.0), f"{ONE_CLIP}`clipnorm` and `clipvalue`. Keep one."),
    (
        lambda: Adam(clipnorm=1.0, clipvalue=1.0, global_clipnorm=1.0),
        f"{ONE_CLIP}`clipnorm` and `clipvalue` and `global_clipnorm`. Keep one.",
    ),
    (
        lambda: Adam(clipvalue=0.0),
        f"`clipvalue` must be {POSITIVE}, but got clipvalue=0.0. Write for example clipvalue=1.0.",
    ),
    (
        lambda: Constant(warmup_epochs=-1.0),
        f"{WARMUP}, but got warmup_epochs=-1.0. Write for example warmup_epochs=1.",
    ),
    (lambda: Cosine(warmup_epochs=NAN), f"{WARMUP}, but got warmup_epochs=nan. Write for example warmup_epochs=1."),
    (
        lambda: Step(every_epochs=0.0),
        "`every_epochs` must be a positive number of epochs, but got every_epochs=0.0. Write for example "
        "every_epochs=10.",
    ),
    (
        lambda: Step(factor=-0.5),
        f"`factor` must be {POSITIVE}, but got factor=-0.5. Write for example factor=0.1.",
    ),
    (
        lambda: Step(warmup_epochs=-1.0),
        f"{WARMUP}, but got warmup_epochs=-1.0. Write for example warmup_epochs=1.",
    ),
    *(
        (
            lambda share=share: DataSpec(name="x", validation=share),  # type: ignore[misc]
            "`validation` must be a share between 0 and 1, or the word test or own, but got "
            f"validation={share}. Write for example validation=0.1.",
        )
        for share in (0.0, 1.0, 2, NAN)
    ),
    (
        lambda: DataSpec(name="x", limit=1),
        "`limit` must be a whole number of at least 2 images, but got limit=1. Write for example limit=10000.",
    ),
    (
        lambda: EarlyStopping(patience=-1),
        "`patience` must be a patience in epochs, a whole number from 0, but got patience=-1. Write for example "
        "patience=5.",
    ),
    (
        lambda: EarlyStopping(min_delta=NAN),
        "`min_delta` must be a finite number that is not negative, but got min_delta=nan. Write for "
        "example min_delta=0.001.",
    ),
    (
        lambda: EarlyStopping(monitor="val_los"),  # type: ignore[arg-type]
        "`monitor` must be one of val_loss, val_accuracy, val_balanced_accuracy, val_macro_f1, loss, accuracy, but got "
        "monitor='val_los'. "
        "Did you mean 'val_loss'?",
    ),
    (
        lambda: SGD(nesterov=1),  # type: ignore[arg-type]
        "`nesterov` must be true or false, but got nesterov=1. Write for example nesterov=True.",
    ),
    (
        lambda: RunSpec(data=DATA, architecture=NET, epochs=1.5),  # type: ignore[arg-type]
        f"`epochs` must be {WHOLE}, but got epochs=1.5. Write for example epochs=5.",
    ),
    (
        lambda: RunSpec(data=DATA, architecture=NET, epochs=0),
        f"`epochs` must be {WHOLE}, but got epochs=0. Write for example epochs=5.",
    ),
    (
        lambda: RunSpec(data=DATA, architecture=NET, batch_size=0),
        f"`batch_size` must be {WHOLE}, but got batch_size=0. Write for example batch_size=128.",
    ),
    (
        lambda: RunSpec(data=DATA, architecture=NET, seed=-1),
        "`seed` must be a whole number from 0 to 2**63 - 1, but got seed=-1. Write for example seed=0.",
    ),
    (
        lambda: RunSpec(data=DATA, architecture=NET, seed=2**63),
        f"`seed` must be a whole number from 0 to 2**63 - 1, but got seed={2**63}. Write for example seed=0.",
    ),
    (
        lambda: RunSpec(data=DATA, architecture=NET, top_k=0),
        f"`top_k` must be {WHOLE}, but got top_k=0. Write for example top_k=3.",
    ),
]


@pytest.mark.parametrize(("make", "sentence"), REFUSALS)
def test_a_contradiction_is_refused_by_a_sentence(make: Callable[[], object], sentence: str) -> None:
    with pytest.raises(SpecError, match=f"^{re.escape(sentence)}$"):
        make()

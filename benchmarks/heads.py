"""A hundred heads on the features of a frozen backbone, against the same heads one by one in Keras.

    python -m benchmarks.heads [--images 5000] [--heads 100] [--epochs 10] [--page docs/evidence/transfer.md]

Pictures are those of Fashion-MNIST, enlarged and in three channels; the backbone is MobileNetV2 with random weights.
The heads are linear classifiers: two optimizers, ten rates, and as many seeds as it takes. Measured in one process,
after each tool has trained one small thing: classlab's study from pictures to verdict with an empty cache; Keras on the
frozen network, a few heads times their number; Keras's features once, and then heads one by one, a few times their
number.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

import classlab
from benchmarks.machine import describe_machine, provenance, warn_if_busy
from benchmarks.page import replace_between, table
from classlab.models.keras_runtime import keras
from classlab.training import environment_facts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

BATCH = 128
RATES = 10
OPTIMIZERS = ("adam", "sgd")
TEST = 1000


def pictures(count: int, side: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """So many enlarged pictures of clothes, `(count, side, side, 3)`, with their labels."""
    split = classlab.load("fashion_mnist").train
    chosen = np.random.default_rng(0).permutation(len(split))[:count]
    large = np.empty((count, side, side, 3), np.uint8)
    for place, image in enumerate(split.images[chosen]):
        small = Image.fromarray(image[..., 0])
        large[place] = np.asarray(small.resize((side, side), Image.Resampling.BILINEAR))[..., None]
    return large, split.labels[chosen]


def heads_in_classlab(dataset: Any, *, heads: int, epochs: int) -> float:
    """Seconds of a whole study: backbone, features, heads, measurements."""
    seeds = max(1, heads // (RATES * len(OPTIMIZERS)))
    rates = np.geomspace(1e-4, 1e-1, max(1, heads // (seeds * len(OPTIMIZERS)))).tolist()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CLASSLAB_CACHE"] = folder
        began = time.perf_counter()
        study = classlab.Study(
            "heads",
            data=dataset,
            backbone="mobilenet_v2",
            backbone_weights="none",
            model="linear",
            optimizer=list(OPTIMIZERS),
            learning_rate=rates,
            epochs=epochs,
            batch_size=BATCH,
            seeds=seeds,
        )
        record = study.run().record
        took = time.perf_counter() - began
    if len(record.runs) != heads:
        message = f"{len(record.runs)} heads were trained in place of {heads}; take a multiple of {len(OPTIMIZERS)}."
        raise SystemExit(message)
    return took


def frozen(k: Any, shape: tuple[int, ...]) -> Any:
    """The backbone from pixels to features, as a tutorial has it."""
    base = k.applications.MobileNetV2(include_top=False, weights=None, pooling="avg", input_shape=shape)
    base.trainable = False
    images = k.Input(shape)
    return k.Model(images, base(k.layers.Rescaling(1 / 127.5, offset=-1.0)(images), training=False))


def seconds_of_heads(k: Any, entrance: Callable[[], Any], data: Sequence[Any], *, heads: int, epochs: int) -> float:
    """Seconds of so many heads in Keras, one by one, each measured on the test images.

    Args:
        k: Keras.
        entrance: makes the layers before a head; a list.
        data: training and test images or features, with their labels.
        heads: how many.
        epochs: of each.
    """
    x, y, x_test, y_test = data
    began = time.perf_counter()
    for number in range(heads):
        k.utils.set_random_seed(number)
        model = k.Sequential([*entrance(), k.layers.Dense(10, activation="softmax")])
        optimizer = k.optimizers.Adam(1e-3) if number % 2 else k.optimizers.SGD(1e-2)
        model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
        held = len(x) // 10
        model.fit(x[held:], y[held:], validation_data=(x[:held], y[:held]), epochs=epochs, batch_size=BATCH, verbose=0)
        model.evaluate(x_test, y_test, verbose=0)
    return time.perf_counter() - began


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=5000, help="training images (5000)")
    parser.add_argument("--side", type=int, default=96, help="pixels of a side (96)")
    parser.add_argument("--heads", type=int, default=100, help="how many heads (100)")
    parser.add_argument("--epochs", type=int, default=10, help="of each head (10)")
    parser.add_argument("--timed", type=int, default=1, help="heads that Keras trains on the frozen network (1)")
    parser.add_argument("--timed-on-features", type=int, default=10, help="and on its own features (10)")
    parser.add_argument("--page", type=Path, help="Markdown page whose part between the markers is replaced")
    options = parser.parse_args(arguments)
    machine = describe_machine(environment_facts("cpu").threads)
    warn_if_busy(machine)
    images, labels = pictures(options.images + min(TEST, options.images), options.side)
    data = (images[: options.images], labels[: options.images], images[options.images :], labels[options.images :])
    dataset = classlab.from_arrays(*data, name=f"clothes of {options.side} x {options.side}")
    _warm_up(options.side)

    ours = heads_in_classlab(dataset, heads=options.heads, epochs=options.epochs)
    _say(f"classlab: {ours:.1f} s")
    k, shape = keras(), images.shape[1:]
    timed = min(options.timed, options.heads)
    network = frozen(k, shape)
    whole = seconds_of_heads(k, lambda: [k.Input(shape), network], data, heads=timed, epochs=options.epochs)
    _say(f"Keras on the frozen network, {timed}: {whole:.1f} s")
    began = time.perf_counter()
    train, test = (network.predict(each, batch_size=BATCH, verbose=0) for each in (data[0], data[2]))
    once = time.perf_counter() - began
    some = min(options.timed_on_features, options.heads)
    on_features = seconds_of_heads(
        k,
        lambda: [k.Input(train.shape[1:])],
        (train, data[1], test, data[3]),
        heads=some,
        epochs=options.epochs,
    )
    _say(f"Keras on features: {once:.1f} s for them, {on_features:.1f} s for {some} heads")
    rows = [
        _row("classlab, one study", f"{options.heads}", ours, ours),
        _row("Keras on the frozen network", f"{timed}, times {options.heads / timed:g}",
             whole * options.heads / timed, ours),
        _row("Keras on its own cached features", f"{some}, times {options.heads / some:g}, features once",
             once + on_features * options.heads / some, ours),
    ]  # fmt: skip
    packages = {name: version(name) for name in ("keras", "numpy", "torch")}
    made = (
        f"{options.heads} heads, {options.epochs} epochs on {options.images:,} images of "
        f"{options.side} x {options.side} "
        f"(a tenth validates), batches of {BATCH}, Keras on {k.backend.backend()}. "
        + provenance({"machine": machine, "measurements": [{"versions": packages}]})
    )
    found = table(["trained by", "heads timed", "seconds", "times classlab's"], rows) + f"\n\n{made}"
    print(found)
    if options.page:
        replace_between(options.page, "heads", found)


def _warm_up(side: int) -> None:
    """What only the first training of a process costs either tool: imports, and memory that stays."""
    images, labels = pictures(200, side)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CLASSLAB_CACHE"] = folder
        options: dict[str, Any] = {"backbone": "mobilenet_v2", "backbone_weights": "none", "epochs": 1}
        classlab.fit((images, labels), "linear", **options)
    k = keras()
    seconds_of_heads(
        k, lambda: [k.Input((4,))], (np.zeros((200, 4)), labels, np.zeros((9, 4)), labels[:9]), heads=1, epochs=1
    )


def _row(name: str, timed: str, seconds: float, ours: float) -> list[str]:
    return [name, timed, f"{seconds:,.1f}", f"{seconds / ours:,.1f}"]


def _say(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr)


if __name__ == "__main__":
    main()

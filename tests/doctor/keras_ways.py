"""Every way in which people call Keras's `fit`, each as a function of the callbacks that it is given."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

L = keras.layers
BACKEND = keras.backend.backend()
RNG = np.random.default_rng(11)
CENTRES = RNG.random((4, 6, 6, 1), dtype="float32")
LABELS = np.arange(240) % 4
IMAGES = (0.7 * CENTRES[LABELS] + 0.3 * RNG.random((240, 6, 6, 1), dtype="float32")).astype("float32")
HELD, HELD_LABELS = IMAGES[192:], LABELS[192:]
X, Y = IMAGES[:192], LABELS[:192]
SPARSE = "sparse_categorical_crossentropy"
HANDED = {"x": X, "y": Y, "validation_data": (HELD, HELD_LABELS)}
Watched = list[Any]  # callbacks: a Doctor or none
Way = Callable[[Watched], Any]
WAYS: dict[str, Way] = {}
ELSEWHERE: dict[str, tuple[str, ...]] = {}  # backends on which Keras itself has no such way
UNSEEN: dict[str, dict[str, Any]] = {}  # what is handed to the doctor where it is not HANDED


def way(*, on: tuple[str, ...] = ("torch", "jax", "tensorflow"), handed: dict[str, Any] | None = None) -> Any:
    def noted(function: Way) -> Way:
        WAYS[function.__name__], ELSEWHERE[function.__name__] = function, on
        UNSEEN[function.__name__] = HANDED if handed is None else handed
        return function

    return noted


def chain(*inner: Any, shape: tuple[int, ...] = (6, 6, 1), units: int = 4, head: str = "softmax") -> Any:
    inner = inner or (L.Flatten(), L.Dense(8, activation="relu"))
    return keras.Sequential([keras.Input(shape), *inner, L.Dense(units, activation=head)])


def compiled(model: Any, *, optimizer: Any = "adam", loss: Any = SPARSE, **options: Any) -> Any:
    options.setdefault("metrics", ["accuracy"])
    model.compile(optimizer=optimizer, loss=loss, **options)
    return model


def fitted(model: Any, callbacks: Watched, *given: Any, **options: Any) -> Any:
    options.setdefault("verbose", 0)
    options.setdefault("epochs", 2)
    model.fit(*(given or (X, Y)), callbacks=callbacks, **options)
    return model


@way()
def with_validation_data(watched: Watched) -> Any:
    return fitted(compiled(chain()), watched, validation_data=(HELD, HELD_LABELS), epochs=4)


@way()
def with_validation_split(watched: Watched) -> Any:
    return fitted(compiled(chain()), watched, validation_split=0.2, validation_freq=2, epochs=3)


@way()
def with_a_progress_bar(watched: Watched) -> Any:
    return fitted(compiled(chain()), watched, verbose=1, epochs=1)


@way()
def with_a_line_per_epoch(watched: Watched) -> Any:
    return fitted(compiled(chain()), watched, verbose=2)


@way()
def a_chain_without_an_input(watched: Watched) -> Any:
    model = keras.Sequential([L.Flatten(), L.Dense(8, activation="relu"), L.Dense(4, activation="softmax")])
    return fitted(compiled(model), watched)


@way()
def a_graph(watched: Watched) -> Any:
    given = keras.Input((6, 6, 1))
    hidden = L.Dense(8, activation="relu")(L.Flatten()(given))
    joined = L.Concatenate()([hidden, L.Dense(4)(hidden)])
    return fitted(compiled(keras.Model(given, L.Dense(4, activation="softmax")(joined))), watched)


class Own(keras.Model):
    """A subclassed model with dropout and a step of its own counting."""

    def __init__(self) -> None:
        super().__init__()
        self.flat, self.hidden, self.drop = L.Flatten(), L.Dense(8, activation="relu"), L.Dropout(0.3, seed=5)
        self.head = L.Dense(4, activation="softmax")

    def call(self, images: Any, training: bool = False) -> Any:
        return self.head(self.drop(self.hidden(self.flat(images)), training=training))


@way()
def a_subclass(watched: Watched) -> Any:
    return fitted(compiled(Own()), watched, epochs=3)


@way(handed={})
def a_subclass_unseen(watched: Watched) -> Any:
    return fitted(compiled(Own()), watched, epochs=3)


@way()
def dropout_noise_augmentation_and_normalisation(watched: Watched) -> Any:
    model = chain(
        L.RandomFlip("horizontal", seed=1),
        L.GaussianNoise(0.1, seed=2),
        L.Conv2D(4, 3),
        L.BatchNormalization(),
        L.ReLU(),
        L.SpatialDropout2D(0.2, seed=3),
        L.Flatten(),
        L.Dropout(0.2),
    )
    return fitted(compiled(model), watched, epochs=3)


@way()
def penalties_on_weights_and_activity(watched: Watched) -> Any:
    hidden = L.Dense(8, activation="relu", kernel_regularizer="l2", activity_regularizer="l1")
    return fitted(compiled(chain(L.Flatten(), hidden)), watched, epochs=3)


@way(handed={})
def penalties_unseen(watched: Watched) -> Any:
    return penalties_on_weights_and_activity(watched)


@way()
def batches_from_a_generator(watched: Watched) -> Any:
    def batches() -> Any:
        while True:
            for start in range(0, 192, 32):
                yield X[start : start + 32], Y[start : start + 32]

    return fitted(compiled(chain()), watched, batches(), steps_per_epoch=6)


class Batches(keras.utils.PyDataset):
    """A stream of batches as Keras has it."""

    def __len__(self) -> int:
        return 6

    def __getitem__(self, place: int) -> Any:
        return X[place * 32 : place * 32 + 32], Y[place * 32 : place * 32 + 32]


@way()
def batches_from_a_dataset_of_keras(watched: Watched) -> Any:
    return fitted(compiled(chain()), watched, Batches(), validation_data=Batches())


@way(on=("tensorflow", "jax"))
def batches_from_tensorflow(watched: Watched) -> Any:
    import tensorflow as tf

    stream = tf.data.Dataset.from_tensor_slices((X, Y)).shuffle(192, seed=1).batch(32)
    held = tf.data.Dataset.from_tensor_slices((HELD, HELD_LABELS)).batch(32)
    return fitted(compiled(chain()), watched, stream.repeat(), validation_data=held, steps_per_epoch=6)


@way()
def batches_from_pytorch(watched: Watched) -> Any:
    import torch

    rows = torch.utils.data.TensorDataset(torch.tensor(X), torch.tensor(Y))
    return fitted(compiled(chain()), watched, torch.utils.data.DataLoader(rows, batch_size=32))


@way()
def classes_with_weights(watched: Watched) -> Any:
    return fitted(compiled(chain()), watched, class_weight={0: 2.0, 1: 1.0, 2: 1.0, 3: 0.5})


@way()
def images_with_weights(watched: Watched) -> Any:
    model = compiled(chain(), metrics=[], weighted_metrics=["accuracy"])
    return fitted(model, watched, sample_weight=np.linspace(0.1, 1, 192))


@way(on=("tensorflow", "jax"))
def several_steps_at_once(watched: Watched) -> Any:
    return fitted(compiled(chain(), steps_per_execution=4), watched, epochs=3)


@way(on=("tensorflow", "jax"))
def compiled_ahead(watched: Watched) -> Any:
    return fitted(compiled(chain(), jit_compile=True), watched)


@way()
def step_by_step(watched: Watched) -> Any:
    return fitted(compiled(chain(), run_eagerly=True), watched)


@way()
def half_precision(watched: Watched) -> Any:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16" if BACKEND == "torch" else "mixed_float16")
    try:
        model = chain(L.Flatten(), L.Dense(8, activation="relu"), L.Dense(8))
        return fitted(compiled(model), watched)
    finally:
        keras.config.set_dtype_policy(before)


@way()
def twice_in_a_row(watched: Watched) -> Any:
    model = fitted(compiled(chain()), watched)
    return fitted(model, watched, initial_epoch=2, epochs=4)


@way()
def two_models_one_after_the_other(watched: Watched) -> Any:
    fitted(compiled(chain()), watched)
    return fitted(compiled(chain(), optimizer=keras.optimizers.SGD(0.1, momentum=0.9)), watched)


class Interrupts(keras.callbacks.Callback):
    """A hand on Ctrl-C in the second epoch."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.steps = getattr(self, "steps", 0) + 1
        if self.steps == 9:
            raise KeyboardInterrupt


@way()
def interrupted_and_begun_again(watched: Watched) -> Any:
    model = compiled(chain())
    try:
        fitted(model, [*watched, Interrupts()])
    except KeyboardInterrupt:
        return fitted(model, watched)
    raise AssertionError("nobody pressed Ctrl-C")


@way()
def beside_other_callbacks(watched: Watched) -> Any:
    stop = keras.callbacks.EarlyStopping("loss", patience=0, min_delta=10, restore_best_weights=True)
    falls = keras.callbacks.ReduceLROnPlateau("loss", patience=0)
    with tempfile.TemporaryDirectory() as folder:
        keeps = keras.callbacks.ModelCheckpoint(Path(folder) / "best.keras", monitor="loss")
        return fitted(compiled(chain()), [stop, *watched, falls, keeps, keras.callbacks.TerminateOnNaN()], epochs=5)


@way()
def stopped_before_its_first_step(watched: Watched) -> Any:
    return fitted(compiled(chain()), watched, epochs=0)


@way(handed={"x": X, "y": np.eye(4)[Y]})
def one_hot_labels(watched: Watched) -> Any:
    model = compiled(chain(head="linear"), loss=keras.losses.CategoricalCrossentropy(from_logits=True))
    return fitted(model, watched, X, np.eye(4)[Y])


@way()
def a_column_of_labels(watched: Watched) -> Any:
    return fitted(compiled(chain()), watched, X, Y[:, None].astype("float32"))


@way(handed={"x": (X * 255).astype("uint8"), "y": Y})
def bytes_for_pixels(watched: Watched) -> Any:
    model = compiled(chain(L.Rescaling(1 / 255), L.Flatten()))
    return fitted(model, watched, (X * 255).astype("uint8"), Y)


@way()
def inputs_by_name(watched: Watched) -> Any:
    one, other = keras.Input((6, 6, 1), name="one"), keras.Input((3,), name="other")
    joined = L.Concatenate()([L.Flatten()(one), other])
    model = compiled(keras.Model({"one": one, "other": other}, L.Dense(4, activation="softmax")(joined)))
    return fitted(model, watched, {"one": X, "other": np.ones((192, 3))}, Y)


@way(handed={})
def outputs_by_name(watched: Watched) -> Any:
    given = keras.Input((6, 6, 1))
    flat = L.Flatten()(given)
    outputs = {"kind": L.Dense(4, activation="softmax", name="kind")(flat), "size": L.Dense(1, name="size")(flat)}
    model = compiled(keras.Model(given, outputs), loss={"kind": SPARSE, "size": "mse"}, metrics={"kind": "accuracy"})
    return fitted(model, watched, X, {"kind": Y, "size": Y / 4.0})


@way(handed={})
def a_loss_added_by_a_layer(watched: Watched) -> Any:
    class Penalised(L.Layer):
        def call(self, values: Any) -> Any:
            self.add_loss(keras.ops.mean(values**2))
            return values

    given = keras.Input((6, 6, 1))
    model = keras.Model(given, Penalised()(L.Dense(3)(L.Flatten()(given))))
    return fitted(compiled(model, loss=None, metrics=None), watched, X)


@way(handed={})
def words_instead_of_pictures(watched: Watched) -> Any:
    words = np.random.default_rng(3).integers(0, 500, (192, 12))
    model = chain(L.Embedding(500, 8), L.LSTM(6), shape=(12,), units=2)
    return fitted(compiled(model), watched, words, (words[:, 0] > 250).astype("int64"))


@way()
def a_loss_of_ones_own(watched: Watched) -> Any:
    def distance(truth: Any, said: Any) -> Any:
        return keras.ops.mean(keras.ops.square(keras.ops.one_hot(keras.ops.reshape(truth, (-1,)), 4) - said))

    return fitted(compiled(chain(), loss=distance, metrics=["accuracy", lambda _, said: said]), watched)


@way()
def gradients_gathered_over_steps(watched: Watched) -> Any:
    rate = keras.optimizers.schedules.ExponentialDecay(0.01, 5, 0.9)
    optimizer = keras.optimizers.Adam(rate, gradient_accumulation_steps=2, clipnorm=1.0, use_ema=True, ema_momentum=0.9)
    return fitted(compiled(chain(), optimizer=optimizer), watched, epochs=3)


@way()
def part_of_a_network_frozen(watched: Watched) -> Any:
    base = keras.Sequential([keras.Input((6, 6, 1)), L.Conv2D(4, 3), L.BatchNormalization(), L.ReLU()])
    base.trainable = False
    return fitted(compiled(chain(base, L.Flatten())), watched)


@way()
def weights_shared_between_places(watched: Watched) -> Any:
    shared, given = L.Dense(36, activation="relu"), keras.Input((6, 6, 1))
    flat = L.Flatten()(given)
    return fitted(compiled(keras.Model(given, L.Dense(4, activation="softmax")(shared(shared(flat))))), watched)

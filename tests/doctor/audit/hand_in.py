"""A course hand-in as a notebook of plain Keras code: it follows the lab, and has three errors.

The images are divided by 255 once for the linear classifiers and once more before the convolutional network; the
20-epoch "RMSprop" arms are built with Adam; and the best arm is picked by its accuracy on the test images.
"""

from __future__ import annotations

import json

CELLS: tuple[tuple[str, str], ...] = (
    ("markdown", "# Lab 1: classifying digits"),
    (
        "code",
        """\
%matplotlib inline
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from tensorflow import keras
from tensorflow.keras.layers import Conv2D, Dense, Flatten, MaxPooling2D
from tensorflow.keras.models import Sequential

tf.random.set_seed(1)
""",
    ),
    (
        "code",
        """\
(train_images, train_labels), (test_images, test_labels) = keras.datasets.mnist.load_data()
print(train_images.shape, train_images.dtype, test_images.shape)
print("labels", np.unique(train_labels))
""",
    ),
    ("code", "train_images = train_images / 255.0\ntest_images = test_images / 255.0\n"),
    (
        "code",
        """\
plt.imshow(train_images[25], cmap="gray")
plt.title(f"label {train_labels[25]}")
plt.show()
fig, axes = plt.subplots(5, 5)
for axis, index in zip(axes.flat, np.random.choice(len(train_images), 25)):
    axis.imshow(train_images[index])
    axis.set_title(train_labels[index])
plt.show()
""",
    ),
    ("markdown", "## The linear classifier, seven arms, 5 epochs"),
    (
        "code",
        """\
def linear_model():
    model = Sequential()
    model.add(Flatten(input_shape=(28, 28)))
    model.add(Dense(10, activation="softmax"))
    return model


def run(optimizer, epochs):
    model = linear_model()
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    hist = model.fit(train_images, train_labels, epochs=epochs, batch_size=128, verbose=0)
    test_loss, test_acc = model.evaluate(test_images, test_labels, verbose=0)
    return hist, test_acc
""",
    ),
    (
        "code",
        """\
results = {}
for rate in [0.001, 0.01, 0.1]:
    hist, acc = run(keras.optimizers.SGD(learning_rate=rate), 5)
    results[f"SGD {rate}"] = acc
    plt.plot(hist.history["accuracy"], label=f"SGD {rate}")
for rate in [0.001, 0.01]:
    hist, acc = run(keras.optimizers.Adam(learning_rate=rate), 5)
    results[f"Adam {rate}"] = acc
    plt.plot(hist.history["accuracy"], label=f"Adam {rate}")
for rate in [0.001, 0.01]:
    hist, acc = run(keras.optimizers.RMSprop(learning_rate=rate), 5)
    results[f"RMSprop {rate}"] = acc
    plt.plot(hist.history["accuracy"], label=f"RMSprop {rate}")
plt.legend()
plt.show()
""",
    ),
    ("markdown", "## Which is best?"),
    ("code", 'best = max(results, key=results.get)\nprint("best arm:", best, results[best])\n'),
    ("markdown", "## 20 epochs"),
    (
        "code",
        """\
adam_20, adam_20_acc = run(keras.optimizers.Adam(learning_rate=0.001), 20)
rmsprop_20, rmsprop_20_acc = run(keras.optimizers.Adam(learning_rate=0.001), 20)
plt.plot(adam_20.history["accuracy"], label="Adam, 20 epochs")
plt.plot(rmsprop_20.history["accuracy"], label="RMSprop, 20 epochs")
plt.legend()
plt.show()
print("Adam", adam_20_acc, "RMSprop", rmsprop_20_acc)
""",
    ),
    ("markdown", "## Perceptrons"),
    (
        "code",
        """\
for activation in ["relu", "sigmoid"]:
    for optimizer in ["adam", "sgd"]:
        model = Sequential([
            Flatten(input_shape=(28, 28)),
            Dense(128, activation=activation),
            Dense(64, activation=activation),
            Dense(10, activation="softmax"),
        ])
        model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(train_images, train_labels, epochs=10, batch_size=128, verbose=0)
        print(activation, optimizer, model.evaluate(test_images, test_labels, verbose=0)[1])
""",
    ),
    ("markdown", "## The convolutional network"),
    (
        "code",
        """\
x_train = train_images.reshape((60000, 28, 28, 1)).astype("float32") / 255
x_test = test_images.reshape((10000, 28, 28, 1)).astype("float32") / 255
""",
    ),
    (
        "code",
        """\
cnn = Sequential([
    Conv2D(32, (3, 3), activation="relu", input_shape=(28, 28, 1)),
    Conv2D(64, (3, 3), activation="relu"),
    MaxPooling2D((2, 2)),
    Conv2D(64, (3, 3), activation="relu"),
    MaxPooling2D((2, 2)),
    Conv2D(128, (3, 3), activation="relu"),
    Flatten(),
    Dense(64, activation="relu"),
    Dense(10, activation="softmax"),
])
cnn.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
history = cnn.fit(x_train, train_labels, epochs=20, batch_size=128)
print(cnn.evaluate(x_test, test_labels))
""",
    ),
)


def notebook(cells: tuple[tuple[str, str], ...] = CELLS) -> bytes:
    """The cells as a notebook file."""
    plain = [
        {"cell_type": kind, "id": f"c{place}", "metadata": {}, "source": text.splitlines(keepends=True)}
        | ({"execution_count": None, "outputs": []} if kind == "code" else {})
        for place, (kind, text) in enumerate(cells)
    ]
    return json.dumps({"cells": plain, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()

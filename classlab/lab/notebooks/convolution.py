"""Step 7 as a notebook."""

from __future__ import annotations

from classlab.lab.notebooks.cells import Cell, code, text
from classlab.lab.notebooks.opening import NotebookImages, division, opening


def cells(images: NotebookImages) -> list[Cell]:
    """A convolutional network with pixels scaled once, and with pixels scaled twice."""
    purpose = (
        "A network that looks at neighbouring pixels together. It is trained twice: with pixels from 0 to 1, and with "
        "pixels that were divided by 255 a second time by mistake."
    )
    return [
        *opening("7. A convolutional network", purpose, images, epochs=20),
        *division(),
        text("## Images with a channel\n\nA convolution wants images as (height, width, channels)."),
        code(_CHANNEL),
        text("## The network"),
        code(_MODEL),
        text("## Trained with both scalings"),
        code(_TRAIN),
        text(
            "## What is left of the relus?\n\nA channel that is zero for every image passes nothing on, and no "
            "gradient comes back to it: it is dead. A network that always says the same has the loss ln 10 = 2.3026."
        ),
        code(_DEAD),
    ]


_CHANNEL = """
x_train, x_validation, x_test = x_train[..., None], x_validation[..., None], x_test[..., None]
print(x_train.shape)
"""

_MODEL = """
def network():
    keras.utils.set_random_seed(SEED)
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input(x_train.shape[1:]),
            layers.Conv2D(32, 3, activation="relu"),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(128, 3, activation="relu"),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


network().summary()
"""

_TRAIN = """
trained = {}
for title, divisor in (("scaled once", 1), ("scaled twice", 255)):
    model = network()
    model.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        x_train / divisor,  # classlab: ignore[A1] the second scaling is what this step shows
        y_train,
        validation_data=(x_validation / divisor, y_validation),
        batch_size=128,
        epochs=EPOCHS,
        verbose=0,
    )
    loss, accuracy = model.evaluate(x_test / divisor, y_test, verbose=0)
    trained[title] = (model, divisor)
    training_loss = history.history["loss"][-1]
    print(f"{title:13} training loss {training_loss:.4f} test loss {loss:.4f} test accuracy {accuracy:.4f}")
print(f"always saying the same: loss {np.log(10):.4f}")
"""

_DEAD = """
for title, (model, divisor) in trained.items():
    print(title)
    outputs = keras.Model(model.inputs, [layer.output for layer in model.layers]).predict(
        x_validation[:200] / divisor, verbose=0
    )
    for layer, values in zip(model.layers, outputs):
        if layer.name.startswith(("conv", "dense")) and layer is not model.layers[-1]:
            dead = (values.reshape(-1, values.shape[-1]) <= 0).all(axis=0).mean()
            print(f"  {layer.name:12} {100 * dead:5.1f} % of {values.shape[-1]} channels are dead")
"""

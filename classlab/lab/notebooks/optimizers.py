"""Step 2 as a notebook."""

from __future__ import annotations

from classlab.lab.notebooks.cells import Cell, code, text
from classlab.lab.notebooks.opening import NotebookImages, division, opening


def cells(images: NotebookImages) -> list[Cell]:
    """Seven arms of a linear classifier, several seeds each."""
    purpose = (
        "A linear classifier: one weight for every pixel and class. Which optimizer suits it, with which learning "
        "rate, and do more epochs help?"
    )
    return [
        *opening("2. A linear classifier and its optimizer", purpose, images, epochs=5),
        *division(),
        text("## The model\n\nEvery seed draws other initial weights and another order of images."),
        code(_MODEL),
        text(
            "## Seven arms\n\nOne run per arm would not do: two runs of the same arm differ as well. Each arm is "
            "trained with several seeds."
        ),
        code(_ARMS),
        text(
            "## Can the best two be told apart?\n\nRuns with the same seed start from the same weights, so their "
            "difference is taken seed by seed. Its mean divided by its standard error is Student's t; with three "
            "seeds, a value beyond 4.3 happens by chance in one case of twenty. That speaks of other seeds on these "
            "very validation images; other images would move the difference, too."
        ),
        code(_PAIRED),
        text("## More epochs\n\nThe Adam and RMSprop arms again, for four times as long."),
        code(_LONGER),
        text("## At the end, the test images\n\nOnly the arm that the validation images chose is measured on them."),
        code(_TEST),
        text("What would you answer? Which optimizer would you choose, and how sure are you?"),
    ]


_MODEL = """
def linear_classifier(optimizer, seed):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [keras.Input(x_train.shape[1:]), keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    )
    model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def train(optimizer, seed, epochs):
    model = linear_classifier(optimizer, seed)
    history = model.fit(
        x_train, y_train, validation_data=(x_validation, y_validation), batch_size=128, epochs=epochs, verbose=0
    )
    return model, history.history
"""

_ARMS = """
SEEDS = (0, 1, 2)
OPTIMIZERS = {"SGD": keras.optimizers.SGD, "Adam": keras.optimizers.Adam, "RMSprop": keras.optimizers.RMSprop}
ARMS = [
    ("SGD", 0.001), ("SGD", 0.01), ("SGD", 0.1), ("Adam", 0.001), ("Adam", 0.01), ("RMSprop", 0.001), ("RMSprop", 0.01)
]

accuracy, models = {}, {}
for name, rate in ARMS:
    for seed in SEEDS:
        model, history = train(OPTIMIZERS[name](learning_rate=rate), seed, EPOCHS)
        models[name, rate, seed] = model
        accuracy[name, rate, seed] = history["val_accuracy"][-1]
    found = [accuracy[name, rate, seed] for seed in SEEDS]
    print(f"{name:8} {rate:<6} validation accuracy {np.mean(found):.4f}, from {min(found):.4f} to {max(found):.4f}")
"""

_PAIRED = """
def mean_accuracy(arm):
    return np.mean([accuracy[(*arm, seed)] for seed in SEEDS])


ranked = sorted(ARMS, key=mean_accuracy, reverse=True)
best, second = ranked[:2]
difference = np.array([accuracy[(*best, seed)] - accuracy[(*second, seed)] for seed in SEEDS])
error = difference.std(ddof=1) / np.sqrt(len(SEEDS))
print(f"{best} minus {second}: {difference.mean():.4f}, standard error {error:.4f}")
print("by seed:", np.round(difference, 4))
"""

_LONGER = """
for name, rate in ARMS[3:]:
    _, history = train(OPTIMIZERS[name](learning_rate=rate), SEEDS[0], 4 * EPOCHS)
    plt.plot(range(1, 4 * EPOCHS + 1), history["val_accuracy"], label=f"{name} {rate}")
plt.xlabel("epoch")
plt.ylabel("validation accuracy")
plt.legend()
plt.show()
"""

_TEST = """
for seed in SEEDS:
    loss, test_accuracy = models[(*best, seed)].evaluate(x_test, y_test, verbose=0)
    print(f"{best}, seed {seed}: test accuracy {test_accuracy:.4f}")
"""

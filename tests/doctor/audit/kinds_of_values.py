"""Values that were cut off, and figures under a wrong name or as a range: as in `kinds`, each beside a sound script."""


# ruff: noqa: E501  (scripts are written as their authors write them)

from __future__ import annotations

from tests.doctor.audit.faults import COMPILE, DATA, FIT, MODEL, SCALED

ARMS = SCALED + (
    "scores = {}\nfor units in (32, 64, 128):\n    model = keras.Sequential([layers.Flatten(), layers.Dense(units, activation='relu'), layers.Dense(10, activation='softmax')])\n"
    "    model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])\n    model.fit(x_train, y_train)\n    scores[units] = model.evaluate(x_test, y_test)[1]\n"
)
NOISE = "x_train = x_train + 0.2 * np.random.normal(size=x_train.shape)\n"

VALUE_KINDS: dict[str, tuple[str, str]] = {
    # --- C11: scores under a wrong name ---------------------------------------------------------------------------------
    **{
        f"C11 {name}": (SCALED + MODEL + COMPILE + FIT + faulty + "  # !C11\n", SCALED + MODEL + COMPILE + FIT + sound + "\n")
        for name, faulty, sound in (
            ("a variable", "loss, test_acc = model.evaluate(x_train, y_train)", "test_loss, test_acc = model.evaluate(x_test, y_test)"),
            ("a text with the figure", "print(f'Test: {model.evaluate(x_train, y_train)[1]:.3f}')", "print(f'Train: {model.evaluate(x_train, y_train)[1]:.3f}')"),
            ("a curve", "import matplotlib.pyplot as plt; plt.plot(history.history['accuracy'], label='validation')", "import matplotlib.pyplot as plt; plt.plot(history.history['val_accuracy'], label='test'); plt.plot(history.history['loss'], label='test 1')"),
            ("the other way round", "train_accuracy = model.evaluate(x_test, y_test)[1]", "print('accuracy after training', model.evaluate(x_test, y_test)[1])"),
            ("both together", "scores = model.evaluate(x_train, y_train); print('Test loss', scores[0])", "print('train', model.evaluate(x_train, y_train)[1], 'test', model.evaluate(x_test, y_test)[1])"),
        )
    },
    # --- ranges --------------------------------------------------------------------------------------------------------
    "C4 the best beside the worst": (
        ARMS + "print('best', max(scores, key=scores.get), 'worst', min(scores, key=scores.get))  # !C4\n",
        ARMS + "found = list(scores.values())\nprint(f'accuracy {np.mean(found)}, {min(found)} to {max(found)}')\nfound = np.array(found)\nprint(found.min(),\n      found.max())\n",
    ),
    "C4 the smallest error": (
        ARMS + "print(min(1 - each for each in scores.values()))  # !C4\n",
        ARMS + "print('worst of all', min(scores.values()), min(scores, key=scores.get), np.argmin(list(scores.values())))\n",
    ),
    # --- values that were cut off --------------------------------------------------------------------------------------
    "A1 noise, cut off, divided": (
        DATA + NOISE + "x_train = np.clip(x_train, 0, 1)\nx_train = x_train / 255  # !A1\n" + MODEL + COMPILE + FIT,
        DATA + "x_train = x_train / 255\n" + NOISE + "x_train = np.clip(x_train, 0, 1)\n" + MODEL + COMPILE + FIT,
    ),
    "A1 a threshold, divided": (
        DATA + "x_train = np.where(x_train > 99, 1, 0)\nx_train = x_train / 255  # !A1\n" + MODEL + COMPILE + FIT,
        DATA + "x_train = np.where(x_train > 99, 255, 0)\nx_train = x_train / 255\n" + MODEL + COMPILE + FIT,
    ),
    "A1 a mask as a picture, divided": (
        DATA + "x_train = (x_train >= 100).astype('float32')\nx_train /= 255  # !A1\n" + MODEL + COMPILE + FIT,
        DATA + "kept = x_train.reshape(-1, 784).sum(axis=1) > 10\nx_train = (x_train >= 100) * 1.0\nx_train, y_train = x_train[kept], y_train[kept]\n" + MODEL + COMPILE + FIT,
    ),
    "A10 pixels cut off at 1": (
        DATA + "x_train = np.clip(x_train, 0.0, 1.0)  # !A10\n" + MODEL + COMPILE + FIT,
        DATA + "x_train = x_train.clip(0, 255) / 255\nx_train = x_train.clip(min=0, max=1)\n" + MODEL + COMPILE + FIT,
    ),
}  # fmt: skip

"""Kinds of mistakes, each beside a script that looks alike and is sound; `# !A8` marks the line that is to be named."""


# ruff: noqa: E501  (scripts are written as their authors write them)

from __future__ import annotations

from tests.doctor.audit.faults import COMPILE, DATA, FIT, MODEL, SCALED

ONE_HOT = SCALED + "y_train = keras.utils.to_categorical(y_train, 10)\n" + MODEL


def measured(metric: str, loss: str = "categorical_crossentropy") -> str:
    """A script whose model is compiled with a metric."""
    return (
        (ONE_HOT if loss[0] == "c" else SCALED + MODEL)
        + f"model.compile('adam', '{loss}', metrics={metric})  # !B6\n"
        + FIT
    )


LOADED = "import keras\nfrom keras import layers\nfrom ours_out_of_sight import load\nkeras.utils.set_random_seed(0)\n(x_train, y_train), (x_test, y_test) = load()\n"
TABLE = "import keras\nimport pandas as pd\nfrom keras import layers\nkeras.utils.set_random_seed(0)\ntable = pd.read_csv('digits.csv')\ny_train = table['label']\n"
ARCHIVE = "import keras\nimport numpy as np\nfrom keras import layers\nkeras.utils.set_random_seed(0)\nx_train, y_train = np.load('x.npy'), np.load('y.npy')\n"
WATCHED = (
    MODEL
    + COMPILE
    + "model.fit(x_train, y_train, epochs=9, validation_data=({}), callbacks=[keras.callbacks.EarlyStopping()])\n"
)

ARMS = SCALED + (
    "scores = {}\nfor units in (32, 64, 128):\n    model = keras.Sequential([layers.Flatten(), layers.Dense(units, activation='relu'), layers.Dense(10, activation='softmax')])\n"
    "    model.compile('adam', 'sparse_categorical_crossentropy', metrics=['accuracy'])\n    model.fit(x_train, y_train)\n    scores[units] = model.evaluate(x_test, y_test)[1]\n"
)
NOISE = "x_train = x_train + 0.2 * np.random.normal(size=x_train.shape)\n"

KINDS: dict[str, tuple[str, str]] = {
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
    # --- sources out of sight ------------------------------------------------------------------------------------------
    "A1 a table": (
        TABLE + "x_train = table.drop('label', axis=1).values.reshape(-1, 28, 28) / 255\nx_train /= 255  # !A1\n" + MODEL + COMPILE + FIT,
        TABLE + "x_train = table.drop('label', axis=1).values.reshape(-1, 28, 28)\nx_train = x_train / 255\n" + MODEL + COMPILE + FIT,
    ),
    "A1 an array in a file": (ARCHIVE + "x_train = x_train / 255 / 255  # !A1\n" + MODEL + COMPILE + FIT, ARCHIVE + "x_train = x_train / 65535\n" + MODEL + COMPILE + FIT),
    "A3 a loader": (
        LOADED + "x_train = x_train / 255\n" + MODEL + COMPILE + FIT + "model.evaluate(x_test, y_test)  # !A3\n",
        LOADED + "x_train, x_test = x_train / 255, x_test / 255\n" + MODEL + COMPILE + FIT + "model.evaluate(x_test, y_test)\n",
    ),
    "A5 a pickle": (
        "import pickle\n" + ARCHIVE + "x_train, y_train = pickle.load(open('a.pkl', 'rb'))\nx_train, y_train = x_train / 255, y_train / 255  # !A5\n" + MODEL + COMPILE + FIT,
        "import pickle\n" + ARCHIVE + "x_train, y_train = pickle.load(open('a.pkl', 'rb'))\nmodel = keras.Sequential([layers.Conv2D(1, 3, activation='sigmoid')])\nmodel.compile('adam', 'binary_crossentropy')\nmodel.fit(x_train / 255, y_train / 255)\n",
    ),
    "A6 a table": (
        "import numpy as np\n" + TABLE + "x_train = table.drop('label', axis=1).values / 255\norder = np.random.permutation(len(table))\nx_train = x_train[order]\n" + MODEL + COMPILE + FIT.replace("\n", "  # !A6\n"),
        "import numpy as np\n" + TABLE + "x_train = table.drop('label', axis=1).values / 255\norder = np.random.permutation(len(table))\nx_train, y_train = x_train[order], y_train.values[order]\n" + MODEL + COMPILE + FIT,
    ),
    "C4 a loader": (LOADED + WATCHED.format("x_test, y_test").replace("EarlyStopping()])", "EarlyStopping()])  # !C4 # !C3"), LOADED + WATCHED.format("x_train[:99], y_train[:99]").replace("fit(x_train, y_train", "fit(x_train[99:], y_train[99:]")),
    # --- B3, B6 -------------------------------------------------------------------------------------------------------
    "B3 one sigmoid unit for ten classes": (
        SCALED + "model = keras.Sequential([layers.Flatten(), layers.Dense(1, activation='sigmoid')])  # !B3\nmodel.compile('adam', 'binary_crossentropy')\n" + FIT,
        SCALED + "y_train = (y_train == 5).astype('float32')\nmodel = keras.Sequential([layers.Flatten(), layers.Dense(1, activation='sigmoid')])\nmodel.compile('adam', 'binary_crossentropy')\n" + FIT,
    ),
    **{
        f"B6 {metric}": (measured(metric), measured(sound))
        for metric, sound in (
            ("['BinaryAccuracy']", "['Accuracy']"), ("keras.metrics.binary_accuracy", "'acc'"),
            ("[[{'class_name': 'BinaryAccuracy', 'config': {}}]]", "{'out': ['categorical_accuracy']}"),
            ("[keras.metrics.Accuracy()]", "[keras.metrics.CategoricalAccuracy(name='accuracy')]"),
            ("[keras.metrics.Precision()]", "['accuracy', keras.metrics.Precision(), keras.metrics.Recall()]"),
            ("[keras.metrics.Recall()]", "[keras.metrics.Recall(class_id=3)]"),
        )
    },
    "B6 exact accuracy of numbers": (measured("[keras.metrics.Accuracy()]", "sparse_categorical_crossentropy"), measured("['Accuracy']", "sparse_categorical_crossentropy")),
}  # fmt: skip

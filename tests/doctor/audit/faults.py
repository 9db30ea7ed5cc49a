"""Small scripts with one fault each; the comment `# !A1` marks the line that the audit must name.

They are kept apart from the tests so that the variants (other imports, other names) can be made of them.
"""


# ruff: noqa: E501  (scripts and cells are written as their authors write them)

from __future__ import annotations

DATA = """\
import keras
import numpy as np
from keras import layers

keras.utils.set_random_seed(0)
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
"""
SCALED = DATA + "x_train, x_test = x_train / 255, x_test / 255\n"
HELD_OUT = (
    SCALED + "x_val, y_val = x_train[50000:], y_train[50000:]\nx_train, y_train = x_train[:50000], y_train[:50000]\n"
)
MODEL = """\
model = keras.Sequential([layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")])
"""
COMPILE = 'model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])\n'
FIT = "history = model.fit(x_train, y_train, epochs=5, validation_split=0.1)\n"
BUILD = """\
def build():
    return keras.Sequential([layers.Flatten(), layers.Dense(32, activation="relu"), layers.Dense(10, activation="softmax")])


"""
REST = MODEL + COMPILE + FIT
CNN = """\
model = keras.Sequential([layers.Conv2D(8, 3, activation="relu"), layers.Flatten(), layers.Dense(10, activation="softmax")])
"""


def head(last: str, loss: str) -> str:
    """A script whose model ends in some layers and is trained with some loss."""
    return (
        SCALED
        + f"model = keras.Sequential([layers.Flatten(), layers.Dense(32, activation='relu'),\n{last}])\n"
        + f"model.compile('adam', {loss}, metrics=['accuracy'])\n"
        + FIT
    )


SPARSE = '"sparse_categorical_crossentropy"'

FAULTS: dict[str, str] = {
    # --- A1 -----------------------------------------------------------------------------------------------------------
    "A1 two cells": SCALED + "x_train = x_train.astype('float32') / 255.0  # !A1\nx_test = x_test / 255.0\n" + REST,
    "A1 in place": SCALED + "x_train /= 255  # !A1\nx_test /= 255\n" + REST,
    "A1 a Rescaling layer besides": SCALED
    + "model = keras.Sequential()\nmodel.add(layers.Rescaling(1.0 / 255))  # !A1\nmodel.add(layers.Flatten())\n"
    + "model.add(layers.Dense(10, activation='softmax'))\n" + COMPILE + FIT,
    "A1 a function that scales": DATA
    + "def prepare(images):\n    return images.reshape(-1, 784) / 255.0  # !A1\n\n"
    + "x_train = prepare(prepare(x_train))\nx_test = prepare(prepare(x_test))\n" + REST,
    "A1 numpy multiply": SCALED + "x_train = np.multiply(x_train, 1 / 255)  # !A1\nx_test = np.multiply(x_test, 1 / 255)\n" + REST,
    "A1 a generator": SCALED
    + "from keras.preprocessing.image import ImageDataGenerator\n"
    + "flow = ImageDataGenerator(rescale=1 / 255)  # !A1\n" + CNN + COMPILE
    + "model.fit(flow.flow(x_train[..., None], y_train, batch_size=64), epochs=3)\n",
    "A1 a pipeline": SCALED
    + "import tensorflow as tf\n"
    + "ds = tf.data.Dataset.from_tensor_slices((x_train, y_train)).batch(32)\n"
    + "ds = ds.map(lambda image, label: (tf.cast(image, tf.float32) / 255.0, label))  # !A1\n"
    + MODEL + COMPILE + "model.fit(ds, epochs=2)\n",
    "A1 preprocess_input after a division": DATA.replace("mnist", "cifar10")
    + "from keras.applications.mobilenet_v2 import MobileNetV2, preprocess_input\n"
    + "x_train = x_train / 255.0\nx_train = preprocess_input(x_train)  # !A1\n"
    + "base = MobileNetV2(include_top=False, pooling='avg', input_shape=(32, 32, 3))\n"
    + "model = keras.Sequential([base, layers.Dense(10, activation='softmax')])\n" + COMPILE + FIT,
    "A1 standardised, then divided": DATA
    + "x_train = (x_train - x_train.mean()) / x_train.std()\nx_train = x_train / 255.0  # !A1\n" + REST,
    "A1 a loop over both splits, twice": DATA
    + "data = {'train': x_train, 'test': x_test}\nfor _ in range(2):\n    for name in data:\n"
    + "        data[name] = data[name] / 255.0  # !A1\n" + MODEL + COMPILE + "model.fit(data['train'], y_train, epochs=2)\n",
    # --- A2, A3, A4 ---------------------------------------------------------------------------------------------------
    "A2 nothing scales": DATA + MODEL + COMPILE + "model.fit(x_train, y_train, epochs=5, validation_split=0.1)  # !A2\n",
    "A2 only cast": DATA + "x_train = x_train.astype('float32')\n" + MODEL + COMPILE + "model.fit(x_train, y_train)  # !A2\n",
    "A3 test not scaled": DATA + "x_train = x_train / 255\n" + REST + "model.evaluate(x_test, y_test)  # !A3\n",
    "A3 validation scaled otherwise": HELD_OUT + "x_val = x_val * 2 - 1\n" + MODEL + COMPILE
    + "model.fit(x_train, y_train, epochs=3, validation_data=(x_val, y_val))  # !A3\n",
    "A3 test scaled twice": SCALED + "x_test = x_test / 255\n" + REST + "model.predict(x_test)  # !A3\n",
    "A3 only the training images standardised": SCALED
    + "mean, deviation = x_train.mean(), x_train.std()\nx_train = (x_train - mean) / deviation\n"
    + REST + "model.evaluate(x_test, y_test)  # !A3\n",
    "A4 the test's own mean": DATA
    + "x_train = (x_train - x_train.mean()) / x_train.std()\n"
    + "x_test = (x_test - x_test.mean()) / x_test.std()  # !A4\n" + REST + "model.evaluate(x_test, y_test)\n",
    "A4 everything together": DATA
    + "both = np.concatenate([x_train, x_test])\nmean = both.mean()  # !A4\ndeviation = both.std()\n"
    + "x_train, x_test = (x_train - mean) / deviation, (x_test - mean) / deviation\n" + REST,
    "A4 a scaler before the split": "import keras\nfrom keras import layers\nfrom sklearn.datasets import load_digits\n"
    + "from sklearn.model_selection import train_test_split\nfrom sklearn.preprocessing import StandardScaler\n\n"
    + "data, labels = load_digits(return_X_y=True)\ndata = StandardScaler().fit_transform(data)  # !A4\n"
    + "a, b, c, d = train_test_split(data, labels, random_state=0)\n"
    + MODEL + COMPILE + "model.fit(a, c, epochs=3)\nmodel.evaluate(b, d)\n",
    "A4 fit_transform on the test images": DATA
    + "from sklearn.preprocessing import StandardScaler\n\nscaler = StandardScaler()\n"
    + "x_train = scaler.fit_transform(x_train.reshape(-1, 784))\n"
    + "x_test = scaler.fit_transform(x_test.reshape(-1, 784))  # !A4\n" + REST + "model.evaluate(x_test, y_test)\n",
    # --- A5, A6, A9, B3 -----------------------------------------------------------------------------------------------
    "A5 labels divided": SCALED + "y_train = y_train / 255  # !A5\n" + REST,
    "A5 labels divided together with the images": DATA
    + "x_train, y_train = [array / 255.0 for array in (x_train, y_train)]  # !A5\n" + REST,
    "A5 five units for ten classes": head("layers.Dense(5, activation='softmax')  # !A5\n", SPARSE),
    "A5 labels from 1": SCALED + "y_train = y_train + 1\n"
    + MODEL.replace("layers.Dense(10", "\n  layers.Dense(10").replace(")])", ")])  # !A5") + COMPILE + FIT,
    "A6 images shuffled alone": SCALED + "np.random.shuffle(x_train)\n" + MODEL + COMPILE
    + "model.fit(x_train, y_train, epochs=3)  # !A6\n",
    "A6 two permutations": SCALED
    + "x_train = x_train[np.random.permutation(60000)]\ny_train = y_train[np.random.permutation(60000)]\n"
    + MODEL + COMPILE + "model.fit(x_train, y_train, epochs=3)  # !A6\n",
    "A6 labels of the other split": SCALED + REST + "model.evaluate(x_test, y_train)  # !A6\n",
    "A6 other rows": SCALED + MODEL + COMPILE + "model.fit(x_train[:10000], y_train[10000:20000])  # !A6\n",
    "A9 channels first by reshape": DATA.replace("mnist", "cifar10")
    + "x_train = x_train.reshape(-1, 3, 32, 32) / 255.0  # !A9\n" + CNN + COMPILE + "model.fit(x_train, y_train)\n",
    "A9 rows at the end": SCALED + "x_train = np.reshape(x_train, (28, 28, 60000))  # !A9\n" + MODEL + COMPILE + "model.fit(x_train, y_train)\n",
    "B3 one unit with softmax": head("layers.Dense(1, activation='softmax')  # !B3\n", SPARSE),
    "B3 twelve units": head("layers.Dense(12, activation='softmax')  # !B3\n", SPARSE),
    "A10 cut off at 1": DATA + "x_train = np.clip(x_train, 0, 1)  # !A10\n" + REST,
    # --- B1, B2, B4, B5, B6 -------------------------------------------------------------------------------------------
    "B1 no activation": SCALED + MODEL.replace(', activation="softmax"', "")
    + 'model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")  # !B1\n' + FIT,
    "B1 functional": SCALED
    + "inputs = keras.Input((28, 28))\nx = layers.Flatten()(inputs)\nmodel = keras.Model(inputs, layers.Dense(10)(x))\n"
    + "model.compile('adam', keras.losses.SparseCategoricalCrossentropy(), ['accuracy'])  # !B1\n" + FIT,
    "B1 subclassed": SCALED
    + "class Net(keras.Model):\n    def __init__(self):\n        super().__init__()\n        self.flat = layers.Flatten()\n"
    + "        self.out = layers.Dense(10)\n\n    def call(self, x):\n        return self.out(self.flat(x))\n\n\nmodel = Net()\n"
    + "model.compile('adam', loss='sparse_categorical_crossentropy')  # !B1\n" + FIT,
    "B1 in a loop of one's own": SCALED
    + "model = keras.Sequential([layers.Flatten(), layers.Dense(10)])\nlosses = keras.losses.SparseCategoricalCrossentropy()\n"
    + "for step in range(100):\n    logits = model(x_train[:32])\n    value = losses(y_train[:32], logits)  # !B1\n",
    "B2 two layers": head("layers.Dense(10, activation='softmax'),\nlayers.Softmax()  # !B2\n", SPARSE),
    "B2 from_logits": head("layers.Dense(10, 'softmax')\n", "keras.losses.SparseCategoricalCrossentropy(from_logits=True)").replace(
        "metrics=['accuracy'])", "metrics=['accuracy'])  # !B2"
    ),
    "B2 an Activation layer": head("layers.Dense(10, activation='softmax'),\nlayers.Activation('softmax')  # !B2\n", SPARSE),
    "B4 relu at the end": head("layers.Dense(10, activation='relu')  # !B4\n", SPARSE),
    "B4 tanh at the end": head("layers.Dense(10, activation='tanh')  # !B4\n", SPARSE),
    "B4 squared errors": SCALED + "y_train = keras.utils.to_categorical(y_train, 10)\n"
    + MODEL.replace("layers.Dense(10", "\n  layers.Dense(10").replace(")])", ")])  # !B4")
    + "model.compile('adam', loss='mse', metrics=['accuracy'])\n" + FIT,
    "B4 yes and no": SCALED + "y_train = keras.utils.to_categorical(y_train)\n"
    + MODEL.replace("layers.Dense(10", "\n  layers.Dense(10").replace(")])", ")])  # !B4")
    + "model.compile('adam', loss='binary_crossentropy')\n" + FIT,
    "B5 one-hot labels, sparse loss": SCALED + "y_train = keras.utils.to_categorical(y_train, 10)\n" + MODEL
    + 'model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")  # !B5\n' + FIT,
    "B5 numbers, categorical loss": SCALED + MODEL + 'model.compile(optimizer="adam", loss="categorical_crossentropy")  # !B5\n' + FIT,
    "B6 binary accuracy": SCALED + "y_train = keras.utils.to_categorical(y_train, 10)\n" + MODEL
    + "model.compile('adam', loss='categorical_crossentropy', metrics=['binary_accuracy'])  # !B6\n" + FIT,
    "B6 categorical accuracy of numbers": SCALED + MODEL
    + "model.compile('adam', loss='sparse_categorical_crossentropy', metrics=[keras.metrics.CategoricalAccuracy()])  # !B6\n" + FIT,
    # --- C1, C2 -------------------------------------------------------------------------------------------------------
    "C1 a variable": SCALED + MODEL + "rmsprop = keras.optimizers.Adam(0.001)  # !C1\nmodel.compile(rmsprop, loss='sparse_categorical_crossentropy')\n" + FIT,
    "C1 a dictionary": SCALED + BUILD
    + "optimizers = {\n    'Adam': keras.optimizers.Adam,\n    'RMSprop': keras.optimizers.Adam,  # !C1\n}\nscores = {}\n"
    + "for name, kind in optimizers.items():\n    model = build()\n"
    + "    model.compile(kind(0.01), loss='sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    + "    scores[name] = model.fit(x_train, y_train, epochs=5, validation_split=0.1).history['val_accuracy'][-1]\n",
    "C1 the label of a curve": SCALED + "import matplotlib.pyplot as plt\n" + MODEL
    + 'model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])  # !C1\n' + FIT
    + "plt.plot(history.history['val_accuracy'], label='RMSprop, 20 epochs')\n",
    "C1 a loop and an f-string": SCALED + BUILD
    + "for name in ('SGD', 'Adam'):\n    model = build()\n"
    + "    model.compile(optimizer='sgd', loss='sparse_categorical_crossentropy', metrics=['accuracy'])  # !C1\n"
    + "    model.fit(x_train, y_train, epochs=5)\n"
    + "    print(f'{name}: {model.evaluate(x_train, y_train)[1]:.3f}')\n",
    "C1 an argument": SCALED + BUILD
    + "def train(title, optimizer):\n    model = build()\n    model.compile(optimizer, loss='sparse_categorical_crossentropy')\n"
    + "    return model.fit(x_train, y_train, epochs=20)\n\n\na = train('RMSprop 0.001', keras.optimizers.Adam(0.001))  # !C1\n",
    "C1 the history": SCALED + MODEL + 'model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")  # !C1\n'
    + "history_rms_20 = model.fit(x_train, y_train, epochs=20)\n",
    "C1 the legend": SCALED + "import matplotlib.pyplot as plt\n" + BUILD
    + "for kind in (keras.optimizers.SGD, keras.optimizers.SGD):  \n    model = build()\n"
    + "    model.compile(kind(0.1), loss='sparse_categorical_crossentropy', metrics=['accuracy'])  # !C1\n"
    + "    h = model.fit(x_train, y_train, epochs=2, validation_split=0.1)\n    plt.plot(h.history['accuracy'])\n"
    + "plt.legend(['SGD', 'Nadam'])\n",
    "C1 the file": SCALED + MODEL + 'model.compile("adam", loss="sparse_categorical_crossentropy")  # !C1\n' + FIT + "model.save('mnist_sgd.keras')\n",
    "C1 the function": SCALED + MODEL
    + "def train_with_sgd():\n    model.compile('adam', loss='sparse_categorical_crossentropy')  # !C1\n"
    + "    return model.fit(x_train, y_train, epochs=2)\n\n\ntrain_with_sgd()\n",
    "C2 an activation that is not passed on": SCALED
    + "def net(activation):\n    keras.utils.set_random_seed(1)\n"
    + "    return keras.Sequential([layers.Flatten(), layers.Dense(32, activation='relu'), layers.Dense(10, activation='softmax')])\n\n\n"
    + "accuracy = {}\nfor activation in ('relu', 'sigmoid'):\n    model = net(activation)\n    " + COMPILE + "    "
    + FIT + "    accuracy[activation] = history.history['val_accuracy'][-1]  # !C2\n",
    "C2 a rate that is not passed on": SCALED + BUILD + "accuracy = {}\nfor rate in (0.1, 0.01):\n    model = build()\n"
    + "    model.compile('sgd', 'sparse_categorical_crossentropy', metrics=['accuracy'])\n    " + FIT
    + "    accuracy[rate] = history.history['val_accuracy'][-1]  # !C2\n",
    # --- C3 to C10 ----------------------------------------------------------------------------------------------------
    "C3 validation on test": SCALED + MODEL + COMPILE
    + "model.fit(x_train, y_train, epochs=5, validation_data=(x_test, y_test))  # !C3\n",
    "C4 max over test scores": SCALED + BUILD + "scores = {}\nfor rate in (0.1, 0.01):\n    model = build()\n"
    + "    model.compile(keras.optimizers.SGD(rate), 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    + "    model.fit(x_train, y_train, epochs=5)\n    scores[rate] = model.evaluate(x_test, y_test)[1]\n"
    + "best = max(scores, key=scores.get)  # !C4\n",
    "C4 if better": SCALED + BUILD + "best, kept = 0, None\nfor rate in (0.1, 0.01, 0.001):\n    model = build()\n"
    + "    model.compile(keras.optimizers.SGD(rate), 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    + "    model.fit(x_train, y_train, epochs=5)\n    loss, accuracy = model.evaluate(x_test, y_test)\n"
    + "    if accuracy > best:  # !C4\n        best, kept = accuracy, model\n",
    "C4 sorted rows": SCALED + BUILD + "rows = []\nfor rate in (0.1, 0.01, 0.001):\n    model = build()\n"
    + "    model.compile(keras.optimizers.SGD(rate), 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    + "    model.fit(x_train, y_train, epochs=5)\n"
    + "    rows.append((rate, model.evaluate(x_train, y_train)[1], model.evaluate(x_test, y_test)[1]))\n"
    + "rows.sort(key=lambda row: row[2])  # !C4\n",
    "C4 argmax": SCALED + BUILD + "found = []\nfor units in (0.1, 0.2):\n    model = build()\n"
    + "    model.compile(keras.optimizers.Adam(units), 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    + "    model.fit(x_train, y_train, epochs=5)\n    found.append(model.evaluate(x_test, y_test)[1])\n"
    + "print('best:', np.argmax(found))  # !C4\n",
    "C4 early stopping": SCALED + MODEL + COMPILE + "stop = keras.callbacks.EarlyStopping(monitor='val_loss', patience=3)  # !C4\n"
    + "model.fit(x_train, y_train, epochs=50, validation_data=(x_test, y_test), callbacks=[stop])  # !C3\n",
    "C4 predictions": SCALED + BUILD + "from sklearn.metrics import accuracy_score\n\nscores = []\nfor rate in (0.1, 0.01):\n"
    + "    model = build()\n    model.compile(keras.optimizers.Adam(rate), 'sparse_categorical_crossentropy')\n"
    + "    model.fit(x_train, y_train, epochs=5)\n    guess = np.argmax(model.predict(x_test), axis=1)\n"
    + "    scores.append((accuracy_score(y_test, guess), rate))\nprint(sorted(scores)[-1])  # !C4\n",
    "C4 a table": SCALED + BUILD + "import pandas as pd\n\nrows = []\nfor rate in (0.1, 0.01):\n"
    + "    model = build()\n    model.compile(keras.optimizers.Adam(rate), 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    + "    model.fit(x_train, y_train, epochs=5)\n    rows.append({'rate': rate, 'test': model.evaluate(x_test, y_test)[1]})\n"
    + "table = pd.DataFrame(rows)\nprint(table.sort_values('test').iloc[-1])  # !C4\n",
    "C5 the first rows": SCALED + MODEL + COMPILE
    + "model.fit(x_train, y_train, epochs=5, validation_data=(x_train[:5000], y_train[:5000]))  # !C5\n",
    "C5 slices that meet": SCALED + "a, b = x_train[:55000], y_train[:55000]\nc, d = x_train[50000:], y_train[50000:]\n"
    + MODEL + COMPILE + "model.fit(a, b, validation_data=(c, d))  # !C5\n",
    "C7 unequal epochs": SCALED + BUILD + "curves = {}\nfor name, epochs in (('adam', 5), ('rmsprop', 20)):\n    model = build()\n"
    + "    model.compile(name, 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    + "    h = model.fit(x_train, y_train, epochs=epochs, validation_split=0.1)  # !C7\n    curves[name] = h.history['val_accuracy'][-1]\n",
    "C8 compiled again in a loop": SCALED + MODEL + "for name in ('sgd', 'adam'):\n"
    + "    model.compile(name, 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    + "    model.fit(x_train, y_train, epochs=5, validation_split=0.1)  # !C8\n",
    "C8 a list of layers": SCALED + "stack = [layers.Flatten(), layers.Dense(10, activation='softmax')]\n"
    + "for name in ('sgd', 'adam'):\n    model = keras.Sequential(stack)\n"
    + "    model.compile(name, 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
    + "    model.fit(x_train, y_train, epochs=5, validation_split=0.1)  # !C8\n",
    "C8 folds": SCALED + "from sklearn.model_selection import KFold\n\n" + MODEL + COMPILE
    + "for fit_rows, check_rows in KFold(5).split(x_train):\n"
    + "    model.fit(x_train[fit_rows], y_train[fit_rows], epochs=2)  # !C8\n"
    + "    print(model.evaluate(x_train[check_rows], y_train[check_rows]))\n",
    "C8 one optimizer": SCALED + BUILD + "shared = keras.optimizers.Adam()\nfor _ in range(2):\n    model = build()\n"
    + "    model.compile(shared, 'sparse_categorical_crossentropy')\n    model.fit(x_train, y_train, epochs=2)  # !C8\n",
    "C9 the best epoch": SCALED + REST.replace('loss="sparse', 'loss="sparse')
    + "print('accuracy', max(history.history['val_accuracy']))  # !C9\n",
    "C11 the score of the training images": SCALED + REST + "print('test accuracy:', model.evaluate(x_train, y_train)[1])  # !C11\n",
    "C10 no seed": SCALED.replace("keras.utils.set_random_seed(0)\n", "") + MODEL + COMPILE
    + "model.fit(x_train, y_train, epochs=5)  # !C10\n",
    # --- I ------------------------------------------------------------------------------------------------------------
    "I6 sigmoids under SGD": SCALED + "model = keras.Sequential([layers.Flatten()])\n"
    + "model.add(layers.Dense(64, activation='sigmoid'))  # !I6\nmodel.add(layers.Dense(64, activation='sigmoid'))\n"
    + "model.add(layers.Dense(64, activation='sigmoid'))\nmodel.add(layers.Dense(10, activation='softmax'))\n"
    + "model.compile('sgd', 'sparse_categorical_crossentropy')\n" + FIT,
    "I7 zeros": head("layers.Dense(16, activation='relu', kernel_initializer='zeros'),  # !I7\nlayers.Dense(10, activation='softmax')\n", SPARSE),
    "I7 a wide start": head(
        "layers.Dense(16, activation='relu', kernel_initializer=keras.initializers.RandomNormal(stddev=1.0)),  # !I7\n"
        "layers.Dense(10, activation='softmax')\n", SPARSE),
    "I10 dropout": head("layers.Dropout(0.9),  # !I10\nlayers.Dense(10, activation='softmax')\n", SPARSE),
    "I10 no activation": head("layers.Dense(64),  # !I10\nlayers.Dense(10, activation='softmax')\n", SPARSE),
    # --- N ------------------------------------------------------------------------------------------------------------
    "N1 a model under another name": SCALED + REST + "print(classifier.evaluate(x_test, y_test))  # !N1\n",
}  # fmt: skip

"""Kinds of mistakes, each beside a script that looks alike and is sound; `# !A8` marks the line that is to be named."""


# ruff: noqa: E501  (scripts are written as their authors write them)

from __future__ import annotations

from tests.doctor.audit.faults import COMPILE, DATA, FIT, HELD_OUT, MODEL, SCALED

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

START = "import keras\nimport numpy as np\nfrom keras import layers\nfrom keras.preprocessing.image import ImageDataGenerator\nfrom sklearn.metrics import confusion_matrix, accuracy_score\nkeras.utils.set_random_seed(0)\n"
FLOW = "{0} = ImageDataGenerator({1}).flow_from_directory('{2}', class_mode='sparse'{3})\n"
TRAINED_FLOW = MODEL + COMPILE + "model.fit(train, epochs=3)\n"
FOLDER = "train = keras.utils.image_dataset_from_directory('p', validation_split=0.2, subset='training', seed=1)\nheld = keras.utils.image_dataset_from_directory('p', validation_split=0.2, subset='validation', seed={})\n"
SCALING_MODEL = MODEL.replace("[", "[layers.Rescaling(1 / 255), ", 1)
BY_CLASS = "x_train = np.concatenate([x_train[y_train == k] for k in range(10)])\ny_train = np.concatenate([y_train[y_train == k] for k in range(10)])\n"
READ_CLASSES = (
    START
    + "from PIL import Image\nimport glob\nimages, labels = [], []\nfor number, name in enumerate(['ant', 'bee']):\n    for path in glob.glob(name + '/*.png'):\n        images.append(np.array(Image.open(path)))\n        labels.append(number)\nx_train, y_train = np.array(images) / 255, np.array(labels)\n"
)
GENERATED = "gen = ImageDataGenerator(rescale=1 / 255, {0}validation_split=0.2)\ntrain = gen.flow_from_directory('p', subset='training', class_mode='sparse')\nheld = {1}.flow_from_directory('p', subset='validation', class_mode='sparse')\n"
PREDICTED = SCALED + MODEL + COMPILE + FIT + "scores = model.predict(x_test)\n"

KINDS: dict[str, tuple[str, str]] = {
    # --- A3, A11: random changes ----------------------------------------------------------------------------------------
    "A3 one generator for both": (
        START + GENERATED.format("rotation_range=20, ", "gen") + MODEL + COMPILE + "model.fit(train, validation_data=held)  # !A3\n",
        START + GENERATED.format("rotation_range=20, ", "ImageDataGenerator(rescale=1 / 255, validation_split=0.2)") + MODEL + COMPILE + "model.fit(train, validation_data=held)\n",
    ),
    "A3 flips on the way to both": (
        START + "flips = layers.RandomFlip('horizontal')\n" + FOLDER.format(1) + "train, held = (each.map(lambda x, y: (flips(x), y)) for each in (train, held))\n" + SCALING_MODEL + COMPILE + "model.fit(train, validation_data=held)  # !A3\n",
        START + "flips = layers.RandomFlip('horizontal')\n" + FOLDER.format(1) + "train = train.map(lambda x, y: (flips(x), y))\n" + SCALING_MODEL + COMPILE + "model.fit(train, validation_data=held)\n",
    ),
    "A11 mirrored digits": (
        SCALED + MODEL.replace("[", "[layers.RandomFlip('horizontal'), ", 1).replace("\n", "  # !A11\n") + COMPILE + FIT,
        SCALED.replace("mnist", "fashion_mnist") + MODEL.replace("[", "[layers.RandomFlip('horizontal'), layers.RandomRotation(0.1), ", 1) + COMPILE + FIT,
    ),
    "A11 turned digits": (
        SCALED + MODEL.replace("[", "[layers.RandomRotation(0.5), ", 1).replace("\n", "  # !A11\n") + COMPILE + FIT,
        SCALED + MODEL.replace("[", "[layers.RandomRotation(0.05), layers.RandomZoom(0.1), ", 1) + COMPILE + FIT,
    ),
    **{
        f"A3 an own picture, {name}": (
            SCALED + MODEL + COMPILE + FIT + f"{imported}\npicture = {read}\nmodel.predict(np.array(picture).reshape(1, 28, 28))  # !A3\n",
            SCALED + MODEL + COMPILE + FIT + f"{imported}\npicture = {read}\nmodel.predict(np.array(picture).reshape(1, 28, 28) / {scale})\n",
        )
        for name, imported, read, scale in (
            ("OpenCV", "import cv2", "cv2.resize(cv2.imread('7.png', 0), (28, 28))", "255"),
            ("PIL", "from PIL import Image, ImageOps", "ImageOps.invert(Image.open('7.png').convert('L').resize((28, 28)))", "255.0"),
            ("Keras", "from keras.utils import load_img, img_to_array", "img_to_array(load_img('7.png', color_mode='grayscale'))", "np.max(picture)"),
        )
    },
    "A2 pictures from a list": (
        READ_CLASSES.replace("/ 255", "") + "order = np.random.permutation(len(x_train))\nx_train, y_train = x_train[order], y_train[order]\n" + MODEL + COMPILE + FIT.replace("\n", "  # !A2\n"),
        READ_CLASSES + "order = np.random.permutation(len(x_train))\nx_train, y_train = x_train[order], y_train[order]\n" + MODEL + COMPILE + FIT,
    ),
    # --- A6: predictions and labels -------------------------------------------------------------------------------------
    "A6 a shuffled generator": (
        START + FLOW.format("train", "rescale=1 / 255", "p/train", "") + FLOW.format("held", "rescale=1 / 255", "p/test", "") + TRAINED_FLOW + "guess = np.argmax(model.predict(held), axis=1)\nprint(confusion_matrix(held.classes, guess))  # !A6\n",
        START + FLOW.format("train", "rescale=1 / 255", "p/train", "") + FLOW.format("held", "rescale=1 / 255", "p/test", ", shuffle=False") + TRAINED_FLOW + "guess = np.argmax(model.predict(held), axis=1)\nprint(confusion_matrix(held.classes, guess))\n",
    ),
    "A6 two passes over a stream": (
        START + FOLDER.format(1) + SCALING_MODEL + COMPILE + "model.fit(train, epochs=3)\ny = np.concatenate([y for _, y in held])\nprint(np.mean(np.argmax(model.predict(held), axis=1) == y))  # !A6\n",
        START + FOLDER.format("1, shuffle=False") + SCALING_MODEL + COMPILE + "model.fit(train, epochs=3)\ny = np.concatenate([y for _, y in held])\nprint(np.mean(np.argmax(model.predict(held), axis=1) == y))\n",
    ),
    "A6 predictions of other rows": (
        PREDICTED + "print(accuracy_score(y_train, scores.argmax(axis=1)))  # !A6\n".replace("accuracy_score", "sklearn.metrics.accuracy_score").replace("print", "import sklearn.metrics; print"),
        PREDICTED + "import sklearn.metrics; print(sklearn.metrics.accuracy_score(y_test, scores.argmax(axis=1)))\n",
    ),
    # --- A8, C5: rows ---------------------------------------------------------------------------------------------------
    "A8 joined before the training": (
        DATA + "x, y = np.concatenate([x_train, x_test]) / 255, np.concatenate([y_train, y_test])\n" + MODEL + COMPILE + "model.fit(x, y, epochs=5)  # !A8\nmodel.evaluate(x_test / 255, y_test)\n",
        DATA + "x, y = np.concatenate([x_train, x_test]) / 255, np.concatenate([y_train, y_test])\n" + MODEL + COMPILE + "model.fit(x[:60000], y[:60000], epochs=5)\nmodel.fit(x, y)\n",
    ),
    "A8 batch by batch": (
        SCALED + MODEL + COMPILE + "for i in range(0, 10000, 100):\n    model.train_on_batch(x_test[i:i + 100], y_test[i:i + 100])  # !A8\nmodel.evaluate(x_test, y_test)\n",
        SCALED + MODEL + COMPILE + "for i in range(0, 10000, 100):\n    model.train_on_batch(x_train[i:i + 100], y_train[i:i + 100])\nmodel.evaluate(x_test, y_test)\n",
    ),
    "C5 subsets with two seeds": (
        START + FOLDER.format(2) + SCALING_MODEL + COMPILE + "model.fit(train, validation_data=held)  # !C5\n",
        START + FOLDER.format(1) + SCALING_MODEL + COMPILE + "model.fit(train, validation_data=held)\n",
    ),
    "C5 splits with two seeds": (
        SCALED + "from sklearn.model_selection import train_test_split\nx, _, y, _ = train_test_split(x_train, y_train, random_state=1)\n_, v, _, w = train_test_split(x_train, y_train, random_state=2)\n" + MODEL + COMPILE + "model.fit(x, y, validation_data=(v, w))  # !C5\n",
        SCALED + "from sklearn.model_selection import train_test_split\nx, v = train_test_split(x_train, random_state=1)\ny, w = train_test_split(y_train, random_state=1)\n" + MODEL + COMPILE + "model.fit(x, y, validation_data=(v, w))\n",
    ),
    # --- C10: class numbers ---------------------------------------------------------------------------------------------
    **{
        f"C10 {name}": (
            ARCHIVE + f"import os\nwords = np.load('words.npy')\nnames = {names}{mark}\n{numbers}\n" + MODEL + COMPILE + "model.fit(x_train / 255, y, epochs=3)\nmodel.save('m.keras')\n",
            ARCHIVE + f"import os\nwords = np.load('words.npy')\nnames = {sound}\n{numbers}\n" + MODEL + COMPILE + "model.fit(x_train / 255, y, epochs=3)\nmodel.save('m.keras')\n",
        )
        for name, names, mark, sound, numbers in (
            ("a set", "list(set(words))", "  # !C10", "sorted(set(words))", "y = np.array([names.index(w) for w in words])"),
            ("a set as a table", "list(set(words))", "  # !C10", "sorted(set(words))", "number = {w: n for n, w in enumerate(names)}\ny = np.array([number[w] for w in words])"),
            ("a listing", "os.listdir('p')", "  # !C10", "sorted(os.listdir('p'))", "y = []\nfor n, name in enumerate(names):\n    for file in os.listdir('p/' + name):\n        y.append(n)\ny = np.array(y)"),
            ("a listing that is kept", "os.listdir('p')", "  # !C10", "os.listdir('p')\nimport json\njson.dump(names, open('names.json', 'w'))", "y = keras.utils.to_categorical(np.array([names.index(w) for w in words]))\ny = np.argmax(y, axis=1)"),
        )
    },
    # --- E1: without effect ---------------------------------------------------------------------------------------------
    **{
        f"E1 {name}": (SCALED + MODEL + COMPILE + before + "model.fit(x_train, y_train, epochs=20, " + faulty + ")\n", SCALED + MODEL + COMPILE + before.replace("  # !E1", "") + "model.fit(x_train, y_train, epochs=20, " + sound + ")\n")
        for name, before, faulty, sound in (
            ("a callback", "stop = keras.callbacks.EarlyStopping(patience=3)  # !E1\n", "validation_split=0.1", "validation_split=0.1, callbacks=[stop]"),
            ("a list of callbacks", "stop = keras.callbacks.EarlyStopping(patience=3)  # !E1\nlist_of = []\nlist_of.append(stop)\n", "validation_split=0.1", "validation_split=0.1, callbacks=list_of"),
            ("an own callback", "class Mine(keras.callbacks.Callback):\n    pass\n\n\nmine = Mine()  # !E1\n", "validation_split=0.1", "validation_split=0.1, callbacks=[mine]"),
            ("class weights", "class_weight = {k: 1.0 for k in range(10)}  # !E1\n", "validation_split=0.1", "validation_split=0.1, class_weight=class_weight"),
            ("a generator", "from keras.preprocessing.image import ImageDataGenerator\naugment = ImageDataGenerator(zoom_range=0.1)  # !E1\naugment.fit(x_train)\n", "shuffle=True", "shuffle=True)\nmodel.fit(augment.flow(x_train, y_train)"),
            ("a figure that does not exist", "stop = keras.callbacks.EarlyStopping('val_accuracy')  # !E1\n", "callbacks=[stop]", "callbacks=[stop], validation_split=0.1"),
            ("the longer patience", "lower = keras.callbacks.ReduceLROnPlateau()  # !E1\nstop = keras.callbacks.EarlyStopping(patience=5)\n", "validation_split=0.1, callbacks=[stop, lower]", "validation_split=0.1, callbacks=[lower])\nmodel.fit(x_train, y_train, epochs=20, validation_split=0.1, callbacks=[stop]"),
            ("a patience beyond the epochs", "stop = keras.callbacks.EarlyStopping(patience=20)  # !E1\n", "validation_split=0.1, callbacks=[stop]", "initial_epoch=-10, validation_split=0.1, callbacks=[stop]"),
        )
    },
    "E1 a share beside validation data": (
        HELD_OUT + MODEL + COMPILE + "model.fit(x_train, y_train, validation_split=0.1, validation_data=(x_val, y_val))  # !E1\n",
        HELD_OUT + MODEL + COMPILE + "model.fit(x_train, y_train, validation_split=0.0, validation_data=(x_val, y_val))\n",
    ),
    "E1 a schedule": (
        SCALED + MODEL + "rate = keras.optimizers.schedules.CosineDecay(0.01, 500)  # !E1\n" + COMPILE + FIT,
        SCALED + MODEL + "rate = keras.optimizers.schedules.CosineDecay(0.01, 500)\n" + COMPILE.replace('"adam"', "keras.optimizers.Adam(rate)") + FIT,
    ),
    "E1 a layer in passing": (
        SCALED + "model = keras.Sequential()\nmodel.add(layers.Flatten())\nlayers.Dropout(0.5)  # !E1\nmodel.add(layers.Dense(10, activation='softmax'))\n" + COMPILE + FIT,
        SCALED + "model = keras.Sequential()\nmodel.add(layers.Flatten())\nmodel.add(layers.Dropout(0.5))\nmodel.add(layers.Dense(10, activation='softmax'))\n" + COMPILE + FIT,
    ),
    "E1 an output that leads nowhere": (
        SCALED + "def build():\n    a = keras.Input((28, 28))\n    x = layers.Flatten()(a)\n    b = layers.BatchNormalization()(x)  # !E1\n    print(b.shape)\n    x = layers.Dense(10, activation='softmax')(x)\n    return keras.Model(a, x)\n\n\nmodel = build()\n" + COMPILE + FIT,
        SCALED + "def build():\n    a = keras.Input((28, 28))\n    x = layers.Flatten()(a)\n    b = layers.BatchNormalization()(x)\n    x = layers.Dense(10, activation='softmax')(layers.add([x, b]))\n    return keras.Model(a, x)\n\n\nmodel = build()\n" + COMPILE + FIT,
    ),
    # --- I15: sorted rows -----------------------------------------------------------------------------------------------
    "I15 class by class": (
        SCALED + BY_CLASS + MODEL + COMPILE + FIT.replace("\n", "  # !I15\n"),
        SCALED + BY_CLASS + "order = np.random.permutation(60000)\nx_train, y_train = x_train[order], y_train[order]\n" + MODEL + COMPILE + FIT,
    ),
    "I15 in the order of the labels": (
        SCALED + "order = np.argsort(y_train)\nx_train, y_train = x_train[order], y_train[order]\n" + MODEL + COMPILE + "model.fit(x_train[:50000], y_train[:50000], validation_data=(x_train[50000:], y_train[50000:]))  # !I15\n",
        SCALED + "x_train, y_train = x_train[::-1], y_train[::-1]\n" + MODEL + COMPILE + "model.fit(x_train[:50000], y_train[:50000], validation_data=(x_train[50000:], y_train[50000:]))\n",
    ),
    "I15 folder by folder": (
        READ_CLASSES + MODEL + COMPILE + FIT.replace("\n", "  # !I15\n"),
        READ_CLASSES + "from sklearn.utils import shuffle\nx_train, y_train = shuffle(x_train, y_train)\n" + MODEL + COMPILE + FIT,
    ),
    # --- B6: rounded scores ---------------------------------------------------------------------------------------------
    **{
        f"B6 {read}": (PREDICTED + f"guess = {read}  # !B6\nprint(np.mean({score}))\n", PREDICTED + f"guess = {sound}\nprint(np.mean({score}))\n")
        for read, sound, score in (
            ("np.argmax(np.round(scores), axis=1)", "np.argmax(np.round(scores, 3), axis=1)", "guess == y_test"),
            ("np.rint(scores)", "scores", "np.argmax(guess, axis=1) == y_test"),
            ("(scores > 0.5).astype(int)", "scores.max(axis=1) > 0.5", "guess == keras.utils.to_categorical(y_test)"),
        )
    },
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

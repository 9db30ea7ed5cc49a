"""Rows, axes and results of arrays that go astray: as in `kinds`, each beside a script that looks alike and is sound."""


# ruff: noqa: E501  (scripts are written as their authors write them)

from __future__ import annotations

from tests.doctor.audit.faults import COMPILE, DATA, FIT, MODEL, SCALED

NET = MODEL + COMPILE
MEASURED = NET + FIT + "loss, accuracy = model.evaluate(x_test, y_test)\n"
PREDICTED = SCALED + NET + FIT + "scores = model.predict(x_test)\n"
STREAMS = SCALED + (
    "import tensorflow as tf\nfirst = tf.data.Dataset.from_tensor_slices((x_train[:30000], y_train[:30000]))\n"
    "second = tf.data.Dataset.from_tensor_slices(({0}, {1}))\nmodel_input = first.concatenate(second).batch(64)\n"
) + NET + "model.fit(model_input, epochs=3)  # !A8\nmodel.evaluate(x_test, y_test)\n"  # fmt: skip
BOTH = SCALED + "x_both, y_both = np.concatenate([x_train, x_test]), np.concatenate([y_train, y_test])\n" + (
    "from sklearn.model_selection import train_test_split\n"
    "x_tr, x_te, y_tr, y_te = train_test_split(x_both, y_both, test_size=0.2, random_state=3)\n"
) + NET  # fmt: skip
COLORS = DATA.replace("mnist", "cifar10")
CONVOLUTION = "model = keras.Sequential([layers.Conv2D(8, 3, activation='relu'), layers.Flatten(), layers.Dense(10, activation='softmax')])  # !A9\n" + COMPILE + FIT  # fmt: skip

TABLE_OF_PIXELS = "import keras\nimport pandas as pd\nfrom keras import layers\nkeras.utils.set_random_seed(0)\ntable = pd.read_csv('digits.csv')\npixels = table.drop(columns='label')\n"
ARM = "def trained(optimizer, epochs):\n    net = keras.Sequential([layers.Flatten(), layers.Dense(10, activation='softmax')])\n    net.compile(optimizer, 'sparse_categorical_crossentropy', metrics=['accuracy'])\n"
COPIES = (
    SCALED
    + "from sklearn.model_selection import train_test_split\nrare = y_train == 7\nx_all, y_all = np.concatenate([x_train, x_train[rare]]), np.concatenate([y_train, y_train[rare]])\n"
)
PHOTOS = (
    "import keras\nfrom keras import layers\nkeras.utils.set_random_seed(0)\nphotos = keras.utils.image_dataset_from_directory('photos'){1}\nbase = keras.applications.{0}(include_top=False, pooling='avg')\nmodel = keras.Sequential([base, layers.Dense(4, activation='softmax')])\n"
    + COMPILE
)

UNSEEN = (
    SCALED
    + "from networks import build\nmodel = build(10)\nmodel.compile(optimizer='adam', loss='sparse_categorical_crossentropy')\nstop = keras.callbacks.EarlyStopping(monitor='val_loss', patience=3, restore_best_weights=True)%s\n"
)
ARRAY_KINDS: dict[str, tuple[str, str]] = {
    # --- C4: a choice whose model is built in another file ------------------------------------------------------------
    "C4 a model from out of sight": (
        UNSEEN % "  # !C4" + "model.fit(x_train, y_train, validation_data=(x_test, y_test), epochs=50, callbacks=[stop])  # !C3\n",
        UNSEEN % "" + "model.fit(x_train, y_train, validation_split=0.1, epochs=50, callbacks=[stop])\nmodel.evaluate(x_test, y_test)\n",
    ),
    # --- A8: test rows among the trained ones --------------------------------------------------------------------------
    "A8 appended": (
        SCALED + "x_more, y_more = np.append(x_train, x_test, axis=0), np.append(y_train, y_test)\n" + NET + "model.fit(x_more, y_more, epochs=3)  # !A8\nmodel.evaluate(x_test, y_test)\n",
        SCALED + "x_more, y_more = np.append(x_train[:900], x_train[5000:], axis=0), np.append(y_train[:900], y_train[5000:])\n" + NET + "model.fit(x_more, y_more, epochs=3)\nmodel.evaluate(x_test, y_test)\n",
    ),
    "A8 one pipeline after another": (
        STREAMS.format("x_test", "y_test"),
        STREAMS.format("x_train[30000:]", "y_train[30000:]"),
    ),
    "A8 all rows of both, and a share of them for the end": (
        BOTH + "model.fit(x_both, y_both, epochs=3)  # !A8\nmodel.evaluate(x_te, y_te)\n",
        BOTH + "model.fit(x_tr, y_tr, epochs=3)\nmodel.evaluate(x_te, y_te)\n",
    ),
    # --- A6: rows that are drawn twice ---------------------------------------------------------------------------------
    **{
        f"A6 {name} twice": (
            SCALED + f"{start}x_few, y_few = x_train[{draw}], y_train[{draw}]\n" + NET + "model.fit(x_few, y_few, epochs=3)  # !A6\n",
            SCALED + f"{start}some = {draw}\nx_few, y_few = x_train[some], y_train[some]\n" + NET + "model.fit(x_few, y_few, epochs=3)\n",
        )
        for name, start, draw in (
            ("choice", "", "np.random.choice(60000, 1000, replace=False)"),
            ("randint", "", "np.random.randint(0, len(x_train), size=1000)"),
            ("a generator's integers", "rng = np.random.default_rng()\n", "rng.integers(0, 60000, 1000)"),
        )
    },
    "A6 a table that is shuffled for the images alone": (
        TABLE_OF_PIXELS + NET + "model.fit(pixels.sample(frac=1).values / 255, table['label'].values)  # !A6\n",
        TABLE_OF_PIXELS.replace("pd.read_csv('digits.csv')", "pd.read_csv('digits.csv').sample(frac=1)") + NET + "model.fit(pixels.values / 255, table['label'].values)\n",
    ),
    "A6 a table that is shuffled twice with other seeds": (
        TABLE_OF_PIXELS + NET + "model.fit(pixels.sample(frac=1, random_state=1) / 255, table['label'].sample(frac=1, random_state=2))  # !A6\n",
        TABLE_OF_PIXELS + NET + "model.fit(pixels.sample(frac=1, random_state=1) / 255, table['label'].sample(frac=1, random_state=1))\n",
    ),
    "I15 sorted by a method": (
        SCALED + "order = y_train.argsort()\nx_train, y_train = x_train[order], y_train[order]\n" + NET + FIT.rstrip() + "  # !I15\n",
        SCALED + "order = y_train.argsort()\nx_train, y_train = x_train[order], y_train[order]\norder = np.random.permutation(60000)\nx_train, y_train = x_train[order], y_train[order]\n" + NET + FIT,
    ),
    # --- E1: made, or worked out, for nothing --------------------------------------------------------------------------
    "E1 an optimizer": (
        SCALED + "fast = keras.optimizers.SGD(0.1)  # !E1\n" + NET + FIT,
        SCALED + "fast = keras.optimizers.SGD(0.1)\n" + NET.replace("'adam'", "fast").replace('"adam"', "fast") + FIT,
    ),
    "E1 a loss": (
        SCALED + "raw = keras.losses.SparseCategoricalCrossentropy(from_logits=True)  # !E1\n" + NET + FIT,
        SCALED + "own = keras.losses.SparseCategoricalCrossentropy()\n" + MODEL + "model.compile('adam', loss=own, metrics=['accuracy'])\n" + FIT,
    ),
    **{
        f"E1 no result: {line}": (SCALED + line + "  # !E1\n" + NET + FIT, SCALED + "x_other = " + line + "\nprint(x_other)\n" + NET + FIT)
        for line in ("x_train * 2", "x_train.astype('float32')", "np.expand_dims(x_train, -1)", "keras.utils.to_categorical(y_train, 10)")
    },
    "E1 no result, for something with a place to write": (
        DATA + "x_train = x_train.astype('float32')\nnp.divide(x_train, 255)  # !E1\nx_train, x_test = x_train / 255, x_test / 255\n" + NET + FIT,
        DATA + "x_train = x_train.astype('float32')\nnp.divide(x_train, 255, out=x_train)\nx_test = x_test / 255\n" + NET + FIT,
    ),
    "E1 no result, and what people look at": (
        TABLE_OF_PIXELS + "pixels / 255  # !E1\n" + NET + "model.fit(pixels / 255, table['label'])\n",
        TABLE_OF_PIXELS + "pixels.head()\ntable.sample(5)\ntable.describe()\n" + NET + "model.fit(pixels / 255, table['label'])\n",
    ),
    # --- C11: figures under a wrong name -------------------------------------------------------------------------------
    "C11 a training curve as test accuracy": (
        SCALED + NET + FIT + "print('Test accuracy:', history.history['accuracy'][-1])  # !C11\n",
        SCALED + NET + FIT + "print('Training accuracy:', history.history['accuracy'][-1])\n",
    ),
    "C11 the loss first": (
        SCALED + NET + FIT + "accuracy, cost = model.evaluate(x_test, y_test)  # !C11\n",
        SCALED + MEASURED,
    ),
    "C11 the loss alone": (
        SCALED + MODEL + "model.compile('adam', 'sparse_categorical_crossentropy')\n" + FIT + "accuracy = model.evaluate(x_test, y_test)  # !C11\n",
        SCALED + MODEL + "model.compile('adam', 'sparse_categorical_crossentropy')\n" + FIT + "test_loss = model.evaluate(x_test, y_test)\n",
    ),
    "C11 a curve of the loss": (
        SCALED + NET + FIT + "import matplotlib.pyplot as plt; plt.plot(history.history['loss'], label='accuracy')  # !C11\n",
        SCALED + NET + FIT + "import matplotlib.pyplot as plt; plt.plot(history.history['loss'], label='loss'); plt.plot(history.history['accuracy'], label='accuracy')\n",
    ),
    # --- B6: read along the images, or as a distance -------------------------------------------------------------------
    "B6 along the images": (
        PREDICTED + "answers = np.argmax(scores, axis=0)  # !B6\n",
        PREDICTED + "answers = np.argmax(scores, axis=1)\nfirst = np.argmax(scores[0], axis=0)\nfirst = np.argmax(np.squeeze(model.predict(x_test[:1])), axis=0)\n",
    ),
    "B6 a distance between class numbers": (
        SCALED + MODEL + "model.compile('adam', 'sparse_categorical_crossentropy', metrics=['mae'])  # !B6\n" + FIT,
        SCALED + "y_train = keras.utils.to_categorical(y_train, 10)\n" + MODEL + "model.compile('adam', 'categorical_crossentropy', metrics=['mae', 'accuracy'])\n" + FIT,
    ),
    # --- A9, A10: axes and fractions -----------------------------------------------------------------------------------
    **{
        f"A9 {name}": (
            COLORS + f"x_train = {first} / 255\n" + CONVOLUTION,
            COLORS + f"x_train = {first} / 255\nx_train = {back}\n" + CONVOLUTION,
        )
        for name, first, back in (
            ("transposed", "np.transpose(x_train, (0, 3, 1, 2))", "np.transpose(x_train, (0, 2, 3, 1))"),
            ("transposed by a method", "x_train.transpose(0, 3, 1, 2)", "x_train.transpose(0, 2, 3, 1)"),
            ("moved", "np.moveaxis(x_train, -1, 1)", "np.moveaxis(x_train, 1, -1)"),
        )
    },
    "A10 whole numbers of fractions": (
        DATA + "x_train = (x_train / 255).astype('uint8')  # !A10\n" + NET + FIT,
        DATA + "x_train = x_train.astype('uint8') / 255\n" + NET + FIT,
    ),
    "A10 divided without a rest": (
        DATA + "x_train = x_train // 255  # !A10\n" + NET + FIT,
        DATA + "x_train = x_train // 128\n" + NET + FIT,
    ),
    # --- what is done twice, or to the wrong share ----------------------------------------------------------------------
    "B5 one-hot twice": (
        SCALED + "y_train = keras.utils.to_categorical(y_train, 10)\ny_train = keras.utils.to_categorical(y_train, 10)  # !B5\n" + NET.replace("sparse_", "") + FIT,
        SCALED + "numbers = y_train\ny_train = keras.utils.to_categorical(numbers, 10)\ny_train = keras.utils.to_categorical(numbers, 10)\n" + NET.replace("sparse_", "") + FIT,
    ),
    "A6 a shuffled list of numbers": (
        SCALED + "import random\nplaces = list(range(len(x_train)))\nrandom.shuffle(places)\nx_train = x_train[places]\n" + NET + FIT.rstrip() + "  # !A6\n",
        SCALED + "import random\nplaces = list(range(len(x_train)))\nrandom.shuffle(places)\nx_train, y_train = x_train[places], y_train[places]\n" + NET + FIT,
    ),
    "E1 class weights that are changed and not handed on": (
        SCALED + "class_weights = dict.fromkeys(range(10), 1.0)  # !E1\nclass_weights[8] = 4.0\n" + NET + FIT,
        SCALED + "class_weights = dict.fromkeys(range(10), 1.0)\nclass_weights[8] = 4.0\n" + NET + FIT.replace("epochs=5", "epochs=5, class_weight=class_weights"),
    ),
    "C7 arms in a dictionary": (
        SCALED + ARM + "    return net.fit(x_train, y_train, epochs=epochs, validation_split=0.1)  # !C7\narms = {'sgd': trained('sgd', 4), 'adam': trained('adam', 20)}\n",
        SCALED + ARM + "    return net.fit(x_train, y_train, epochs=epochs, validation_split=0.1)\narms = {'sgd': trained('sgd', 20), 'adam': trained('adam', 20)}\n",
    ),
    "C5 copies are divided": (
        COPIES + "a, b, c, d = train_test_split(x_all, y_all)  # !C5\n" + NET + "model.fit(a, c, epochs=3, validation_data=(b, d))\n",
        COPIES.replace("x_train, x_train[rare]", "x_train").replace("y_train, y_train[rare]", "y_train") + "a, b, c, d = train_test_split(x_all, y_all)\n" + NET + "model.fit(a, c, epochs=3, validation_data=(b, d))\n",
    ),
    **{
        f"A2 raw pixels into {name}": (
            PHOTOS.format(name, "") + "model.fit(photos, epochs=2)  # !A2\n",
            PHOTOS.format(name, "\nphotos = photos.map(lambda x, y: (x / 127.5 - 1, y))") + "model.fit(photos, epochs=2)\n",
        )
        for name in ("MobileNetV2", "Xception", "ResNet50V2")
    },
}  # fmt: skip

"""Images scaled twice, in many ways; the mark `# !A1` stands at the line that the finding names."""


# ruff: noqa: E501  (scripts and cells are written as their authors write them)

from __future__ import annotations

HEAD = """\
import keras, numpy as np, pandas as pd, matplotlib.pyplot as plt
import tensorflow as tf
from keras import layers
from keras.optimizers import SGD, Adam, RMSprop
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
"""

CNN = """\
cnn = keras.Sequential([layers.Conv2D(8, 3, activation="relu"), layers.Flatten(), layers.Dense(10, activation="softmax")])
cnn.compile("rmsprop", "sparse_categorical_crossentropy", metrics=["accuracy"])
"""

SCALED_TWICE: dict[str, str] = {
    "reassign": HEAD
    + CNN
    + """\
x_train, x_test = x_train/255., x_test/255.
x_train_cnn = np.expand_dims(x_train, -1) / 255.0  # !A1
cnn.fit(x_train_cnn, y_train, epochs=3)
""",
    "tf expand": HEAD
    + CNN
    + """\
x_train = x_train/255.
x_train_cnn = tf.expand_dims(x_train / 255., -1)  # !A1
cnn.fit(x_train_cnn, y_train, epochs=3)
""",
    "none idx aug": HEAD
    + CNN
    + """\
x_train = x_train.astype('float32')/255.
x_c = x_train[:, :, :, None]
x_c /= 255  # !A1
cnn.fit(x_c, y_train, epochs=3)
""",
    "mult": HEAD
    + CNN
    + """\
x_train = x_train * (1/255)
x_train = x_train.reshape(-1,28,28,1) * (1./255)  # !A1
cnn.fit(x_train, y_train, epochs=3)
""",
    "lambda layer": HEAD
    + CNN
    + """\
x_train = x_train/255
cnn = keras.Sequential([layers.Lambda(lambda im: im/255.0),  # !A1
layers.Flatten(), layers.Dense(10, activation='softmax')])
cnn.compile('adam','sparse_categorical_crossentropy')
cnn.fit(x_train, y_train, epochs=3)
""",
    "func global": HEAD
    + CNN
    + """\
def norm():
    global x_train, x_test
    x_train = x_train / 255.0  # !A1
    x_test = x_test / 255.0
norm()
norm()
cnn.fit(x_train, y_train, epochs=3)
""",
    "loop dict": HEAD
    + CNN
    + """\
sets = {'tr': x_train, 'te': x_test}
sets = {k: v/255. for k, v in sets.items()}
for k, v in sets.items():
    sets[k] = v.reshape(-1,28,28,1)/255.  # !A1
cnn.fit(sets['tr'], y_train, epochs=3)
""",
    "max": HEAD
    + CNN
    + """\
x_train = x_train / x_train.max()
x_train = x_train.reshape(-1,28,28,1) / 255  # !A1
cnn.fit(x_train, y_train, epochs=3)
""",
    "const": HEAD
    + CNN
    + """\
PIX = 255.0
SCALE = 1 / PIX
x_train = x_train * SCALE
x_train = x_train / PIX  # !A1
cnn.fit(x_train, y_train, epochs=3)
""",
    "tf cast": HEAD
    + CNN
    + """\
x_train = tf.cast(x_train, tf.float32) / 255.0
x_train = tf.reshape(x_train, (-1, 28, 28, 1))
x_train = tf.math.divide(x_train, 255.)  # !A1
cnn.fit(x_train, y_train, epochs=3)
""",
    "tuple func": HEAD
    + CNN
    + """\
def scale(a, b):
    return a / 255.0, b / 255.0  # !A1
x_train, x_test = scale(x_train, x_test)
x_train, x_test = scale(x_train, x_test)
cnn.fit(x_train, y_train, epochs=3)
""",
    "list of arrays": HEAD
    + CNN
    + """\
imgs = [x_train, x_test]
imgs = [i / 255 for i in imgs]
imgs = list(map(lambda i: i.astype('float32') / 255, imgs))  # !A1
cnn.fit(imgs[0], y_train, epochs=3)
""",
    "astype uint8 between": HEAD
    + CNN
    + """\
x_train = (x_train/255.).astype('float32')
x_train = np.divide(x_train, 255, dtype='float32')  # !A1
cnn.fit(x_train, y_train, epochs=3)
""",
    "stack": HEAD
    + CNN
    + """\
x_train = np.stack([x_train/255.0]*3, axis=-1)
x_train = x_train / 255.0  # !A1
cnn.fit(x_train, y_train, epochs=3)
""",
    "interp": HEAD
    + CNN
    + """\
x_train = np.interp(x_train, [0, 255], [0, 1])
x_train = x_train / 255.0  # !A1
cnn.fit(x_train, y_train, epochs=3)
""",
    "preprocessing layer applied": HEAD
    + CNN
    + """\
x_train = x_train / 255.0
resc = layers.Rescaling(1./255)  # !A1
x_train = resc(x_train)
cnn.fit(x_train, y_train, epochs=3)
""",
    "model in model": HEAD
    + CNN
    + """\
x_train = x_train / 255.0
pre = keras.Sequential([layers.Rescaling(1./255)])  # !A1
cnn = keras.Sequential([pre, layers.Flatten(), layers.Dense(10, activation='softmax')])
cnn.compile('adam','sparse_categorical_crossentropy')
cnn.fit(x_train, y_train, epochs=3)
""",
    "call divide": HEAD
    + CNN
    + """\
class Net(keras.Model):
    def __init__(self):
        super().__init__()
        self.f = layers.Flatten()
        self.d = layers.Dense(10, activation='softmax')
    def call(self, x):
        x = x / 255.0  # !A1
        return self.d(self.f(x))
x_train = x_train / 255.0
cnn = Net()
cnn.compile('adam','sparse_categorical_crossentropy')
cnn.fit(x_train, y_train, epochs=3)
""",
    "slice": HEAD
    + CNN
    + """\
x_train = x_train / 255.0
small = x_train[:10000] / 255.0  # !A1
cnn.fit(small, y_train[:10000])
""",
    "split": HEAD
    + CNN
    + """\
x_train = x_train / 255.0
from sklearn.model_selection import train_test_split
a, b, c, d = train_test_split(x_train, y_train, test_size=0.1)
a = a / 255.0  # !A1
cnn.fit(a, c)
""",
    "if flag": HEAD
    + CNN
    + """\
NORMALIZE = True
if NORMALIZE:
    x_train = x_train / 255.0
x_train = x_train[..., np.newaxis] / 255.0  # !A1
cnn.fit(x_train, y_train, epochs=3)
""",
    "minmax formula": HEAD
    + CNN
    + """\
x_train = (x_train - x_train.min()) / (x_train.max() - x_train.min())
x_train = x_train / 255.0  # !A1
cnn.fit(x_train, y_train, epochs=3)
""",
    "scaler": HEAD
    + CNN
    + """\
from sklearn.preprocessing import MinMaxScaler
x_train = MinMaxScaler().fit_transform(x_train.reshape(-1, 784))
x_train = x_train / 255.0  # !A1
cnn = keras.Sequential([layers.Dense(10, activation='softmax')])
cnn.compile('adam','sparse_categorical_crossentropy')
cnn.fit(x_train, y_train, epochs=3)
""",
}

"""An arm under the name of another optimizer, in many ways; `# !C1` stands at the line that the finding names."""


# ruff: noqa: E501  (scripts and cells are written as their authors write them)

from __future__ import annotations

HEAD = """\
import keras, numpy as np, pandas as pd, matplotlib.pyplot as plt
import tensorflow as tf
from keras import layers
from keras.optimizers import SGD, Adam, RMSprop
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
"""

ARMS = """\
x_train, x_test = x_train/255., x_test/255.
def build():
    return keras.Sequential([layers.Flatten(), layers.Dense(10, activation="softmax")])
def run(opt, epochs=5):
    m = build()
    m.compile(optimizer=opt, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    h = m.fit(x_train, y_train, epochs=epochs, batch_size=128, verbose=0)
    return m, h
"""

MISNAMED: dict[str, str] = {
    "legend in the other branch": HEAD
    + ARMS
    + """\
m, h = run(Adam(0.001), 20)  # !C1
if input():
    plt.plot(h.history['loss'])
    plt.legend(['Adam'])
else:
    plt.plot(h.history['accuracy'])
    plt.legend(['RMSprop'])
""",
    "legend of axes after both branches": HEAD
    + ARMS
    + """\
(m, first), (n, second) = run(Adam(0.001)), run(SGD(0.1))  # !C1
fig, ax = plt.subplots()
if input():
    ax.plot(first.history['loss'])
    ax.plot(second.history['loss'])
else:
    ax.plot(first.history['val_loss'])
    ax.plot(second.history['val_loss'])
ax.legend(['Adam', 'RMSprop'])
""",
    "legend after both branches": HEAD
    + ARMS
    + """\
m, h = run(Adam(0.001), 20)  # !C1
if input():
    plt.plot(h.history['loss'])
else:
    plt.plot(h.history['accuracy'])
plt.legend(['RMSprop'])
""",
    "tuple list": HEAD
    + ARMS
    + """\
for name, opt in [('Adam 0.001', Adam(0.001)),
  ('RMSprop 0.001', Adam(0.001))]:  # !C1
    m, h = run(opt, 20)
    plt.plot(h.history['accuracy'], label=name)
""",
    "train_rmsprop": HEAD
    + ARMS
    + """\
def train_rmsprop(lr):
    opt = keras.optimizers.Adam(lr)  # !C1
    return run(opt, 20)
m, h = train_rmsprop(0.001)
""",
    "hist key": HEAD
    + ARMS
    + """\
histories = {}
histories['adam_0.001'] = run(Adam(0.001), 20)[1].history
histories['rmsprop_0.001'] = run(Adam(0.001), 20)[1].history  # !C1
""",
    "print": HEAD
    + ARMS
    + """\
m, h = run(Adam(0.001), 20)  # !C1
loss, acc = m.evaluate(x_test, y_test)
print('RMSprop (20 epochs) test accuracy:', acc)
""",
    "print pct": HEAD
    + ARMS
    + """\
m, h = run(Adam(0.001), 20)  # !C1
acc = m.evaluate(x_test, y_test)[1]
print('RMSprop accuracy %.3f' % acc)
""",
    "print format": HEAD
    + ARMS
    + """\
m, h = run(Adam(0.001), 20)  # !C1
acc = m.evaluate(x_test, y_test)[1]
print('RMSprop accuracy {:.3f}'.format(acc))
""",
    "df": HEAD
    + ARMS
    + """\
m1, h1 = run(Adam(0.001), 20)
m2, h2 = run(Adam(0.001), 20)  # !C1
table = pd.DataFrame({'optimizer': ['Adam', 'RMSprop'], 'acc': [h1.history['accuracy'][-1], h2.history['accuracy'][-1]]})
""",
    "legend": HEAD
    + ARMS
    + """\
m1, h1 = run(Adam(0.001), 20)
m2, h2 = run(Adam(0.001), 20)  # !C1
plt.plot(h1.history['accuracy'])
plt.plot(h2.history['accuracy'])
plt.legend(['Adam', 'RMSprop'])
""",
    "ax title": HEAD
    + ARMS
    + """\
fig, ax = plt.subplots(1, 2)
m1, h1 = run(Adam(0.001), 20)
m2, h2 = run(Adam(0.001), 20)  # !C1
ax[0].plot(h1.history['accuracy'])
ax[0].set_title('Adam')
ax[1].plot(h2.history['accuracy'])
ax[1].set_title('RMSprop')
""",
    "plot fn": HEAD
    + ARMS
    + """\
def plot(h, title):
    plt.plot(h.history['accuracy'])
    plt.title(title)
    plt.show()
m2, h2 = run(Adam(0.001), 20)  # !C1
plot(h2, 'RMSprop 20 epochs')
""",
    "model name": HEAD
    + ARMS
    + """\
m = keras.Sequential([layers.Flatten(), layers.Dense(10, activation='softmax')], name='linear_rmsprop_20')
m.compile(Adam(0.001), 'sparse_categorical_crossentropy')  # !C1
m.fit(x_train, y_train, epochs=20)
""",
    "model var": HEAD
    + ARMS
    + """\
model_rmsprop = build()
model_rmsprop.compile(optimizer='adam', loss='sparse_categorical_crossentropy')  # !C1
model_rmsprop.fit(x_train, y_train, epochs=20)
""",
    "loop lr": HEAD
    + ARMS
    + """\
for lr in (0.001, 0.01):
    optimizer = Adam(learning_rate=lr)  # !C1
    m, h = run(optimizer, 20)
    results = {}
    results[f'RMSprop lr={lr}'] = h.history['accuracy'][-1]
""",
    "lambda dict": HEAD
    + ARMS
    + """\
opts = {'Adam': lambda lr: Adam(lr), 'RMSprop': lambda lr: Adam(learning_rate=lr)}  # !C1
for n, f in opts.items():
    run(f(0.01), 20)
""",
    "class dict": HEAD
    + ARMS
    + """\
opts = dict(Adam=keras.optimizers.Adam, RMSprop=keras.optimizers.Adam)  # !C1
for n, f in opts.items():
    run(f(0.01), 20)
""",
    "namedtuple": HEAD
    + ARMS
    + """\
from collections import namedtuple
Arm = namedtuple('Arm', 'name opt')
arms = [Arm('Adam', Adam(0.001)), Arm('RMSprop', Adam(0.001))]  # !C1
for arm in arms:
    run(arm.opt, 20)
""",
    "dataclass": HEAD
    + ARMS
    + """\
from dataclasses import dataclass
@dataclass
class Arm:
    name: str
    opt: object
arms = [Arm('Adam', Adam(0.001)), Arm('RMSprop', Adam(0.001))]  # !C1
for arm in arms:
    run(arm.opt, 20)
""",
    "string opt": HEAD
    + ARMS
    + """\
for title, o in {'SGD': 'sgd', 'RMSprop': 'adam'}.items():
    m, h = run(o, 20)
    plt.plot(h.history['accuracy'], label=title)
""",
    "default arg": HEAD
    + ARMS
    + """\
def fit_rms(epochs=20, optimizer=keras.optimizers.Adam(0.001)):  # !C1
    return run(optimizer, epochs)
h = fit_rms()
""",
    "csv log": HEAD
    + ARMS
    + """\
m = build()
m.compile('adam', 'sparse_categorical_crossentropy')  # !C1
m.fit(x_train, y_train, callbacks=[keras.callbacks.CSVLogger('rmsprop_20.csv')])
""",
    "np save": HEAD
    + ARMS
    + """\
m, h = run(Adam(0.001), 20)  # !C1
np.save('history_rmsprop.npy', h.history)
""",
    "append tuple": HEAD
    + ARMS
    + """\
rows = []
m, h = run(Adam(0.001), 20)  # !C1
rows.append(['RMSprop', 0.001, h.history['accuracy'][-1]])
""",
    "row dict": HEAD
    + ARMS
    + """\
rows = []
m, h = run(Adam(0.001), 20)  # !C1
rows.append({'optimizer': 'RMSprop', 'lr': 0.001, 'acc': h.history['accuracy'][-1]})
""",
    "match": HEAD
    + ARMS
    + """\
def opt_for(n):
    match n:
        case 'sgd':
            return SGD(0.1)
        case 'rmsprop':
            return Adam(0.001)  # !C1
h = {}
for n in ('sgd', 'rmsprop'):
    h[n] = run(opt_for(n))[1]
""",
    "zip names": HEAD
    + ARMS
    + """\
ms = [run(o) for o in (Adam(0.001),
  Adam(0.001))]  # !C1
for name, (m, h) in zip(['Adam', 'RMSprop'], ms):
    plt.plot(h.history['accuracy'], label=name)
""",
    "enumerate": HEAD
    + ARMS
    + """\
names = ['Adam', 'RMSprop']
for i, o in enumerate([Adam(0.001),
  Adam(0.001)]):  # !C1
    m, h = run(o)
    plt.plot(h.history['accuracy'], label=names[i])
""",
    "index loop": HEAD
    + ARMS
    + """\
names = ['Adam', 'RMSprop']
opts = ['adam', 'adam']
for i in range(len(names)):
    m, h = run(opts[i])
    print(names[i], m.evaluate(x_test, y_test)[1])
""",
}

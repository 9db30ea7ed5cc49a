"""The best of several arms picked on the test images, in many ways; `# !C4` stands at the line of the choice."""

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

TABLE = """\
results = {}
for lr in (0.001, 0.01, 0.1):
    m, h = run(SGD(lr))
    results[f'SGD {lr}'] = m.evaluate(x_test, y_test)[1]
"""

LISTS = """\
names, accs = [], []
for lr in (0.001, 0.01, 0.1):
    m, h = run(SGD(lr))
    names.append(str(lr)); accs.append(m.evaluate(x_test, y_test)[1])
"""

CHOSEN_ON_TEST: dict[str, str] = {
    "max key": HEAD
    + ARMS
    + TABLE
    + """\
best = max(results, key=results.get)  # !C4
""",
    "max items": HEAD
    + ARMS
    + TABLE
    + """\
name, acc = max(results.items(), key=lambda t: t[1])  # !C4
""",
    "itemgetter": HEAD
    + ARMS
    + TABLE
    + """\
import operator
name = max(results.items(), key=operator.itemgetter(1))[0]  # !C4
""",
    "sorted": HEAD
    + ARMS
    + TABLE
    + """\
top = sorted(results.items(), key=lambda kv: kv[1], reverse=True)[0]  # !C4
""",
    "sorted key get": HEAD
    + ARMS
    + TABLE
    + """\
for n in sorted(results, key=results.get, reverse=True):  # !C4
    print(n, results[n])
""",
    "series": HEAD
    + ARMS
    + TABLE
    + """\
print(pd.Series(results).idxmax())  # !C4
""",
    "series sort": HEAD
    + ARMS
    + TABLE
    + """\
print(pd.Series(results).sort_values(ascending=False))  # !C4
""",
    "values argmax": HEAD
    + ARMS
    + TABLE
    + """\
print(list(results)[np.argmax(list(results.values()))])  # !C4
""",
    "np array argmax": HEAD
    + ARMS
    + TABLE
    + """\
vals = np.array(list(results.values()))
print(vals.argmax())  # !C4
""",
    "loop": HEAD
    + ARMS
    + TABLE
    + """\
best = 0
for n, a in results.items():
    if a > best:  # !C4
        best, who = a, n
""",
    "next": HEAD
    + ARMS
    + TABLE
    + """\
top = max(results.values())  # !C4
print([n for n, a in results.items() if a == top])
""",
    "index": HEAD
    + ARMS
    + LISTS
    + """\
print(names[accs.index(max(accs))])  # !C4
""",
    "argmax": HEAD
    + ARMS
    + LISTS
    + """\
i = np.argmax(accs)  # !C4
""",
    "zip max": HEAD
    + ARMS
    + LISTS
    + """\
acc, name = max(zip(accs, names))  # !C4
""",
    "zip sorted": HEAD
    + ARMS
    + LISTS
    + """\
for a, n in sorted(zip(accs, names), reverse=True):  # !C4
    print(n, a)
""",
    "df loc": HEAD
    + ARMS
    + LISTS
    + """\
df = pd.DataFrame({'lr': names, 'acc': accs})
print(df.loc[df['acc'].idxmax()])  # !C4
""",
    "df sort": HEAD
    + ARMS
    + LISTS
    + """\
df = pd.DataFrame(list(zip(names, accs)), columns=['lr', 'acc'])
df.sort_values('acc', ascending=False, inplace=True)  # !C4
""",
    "df nlargest": HEAD
    + ARMS
    + LISTS
    + """\
df = pd.DataFrame({'lr': names, 'acc': accs})
print(df.nlargest(1, 'acc'))  # !C4
""",
    "df max row": HEAD
    + ARMS
    + LISTS
    + """\
df = pd.DataFrame({'lr': names, 'acc': accs})
print(df[df.acc == df.acc.max()])  # !C4
""",
    "np zeros": HEAD
    + ARMS
    + """\
accs = np.zeros(3)
for i, lr in enumerate((0.001, 0.01, 0.1)):
    m, h = run(SGD(lr))
    accs[i] = m.evaluate(x_test, y_test)[1]
print(np.argmax(accs))  # !C4
""",
    "enumerate max": HEAD
    + ARMS
    + LISTS
    + """\
best_i, best = max(enumerate(accs), key=lambda p: p[1])  # !C4
""",
    "heapq": HEAD
    + ARMS
    + LISTS
    + """\
import heapq
print(heapq.nlargest(1, accs))  # !C4
""",
    "running max": HEAD
    + ARMS
    + """\
best = -1
for lr in (0.001, 0.01):
    m, h = run(SGD(lr))
    loss, acc = m.evaluate(x_test, y_test)
    best = max(best, acc)  # !C4
""",
    "none first": HEAD
    + ARMS
    + """\
best = None
for lr in (0.001, 0.01):
    m, h = run(SGD(lr))
    loss, acc = m.evaluate(x_test, y_test)
    if best is None or acc > best:  # !C4
        best = acc; best_lr = lr
""",
    "return dict": HEAD
    + ARMS
    + """\
best = 0
for lr in (0.001, 0.01):
    m, h = run(SGD(lr))
    s = m.evaluate(x_test, y_test, return_dict=True)
    if s['accuracy'] > best:  # !C4
        best = s['accuracy']; best_lr = lr
""",
    "loss min": HEAD
    + ARMS
    + """\
best = float('inf')
for lr in (0.001, 0.01):
    m, h = run(SGD(lr))
    loss, _ = m.evaluate(x_test, y_test)
    if loss < best:  # !C4
        best = loss; best_lr = lr
""",
    "np mean predict": HEAD
    + ARMS
    + """\
accs = []
for lr in (0.001, 0.01):
    m, h = run(SGD(lr))
    p = m.predict(x_test).argmax(axis=1)
    accs.append((p == y_test).mean())
print(max(accs))  # !C4
""",
    "sum len": HEAD
    + ARMS
    + """\
accs = []
for lr in (0.001, 0.01):
    m, h = run(SGD(lr))
    p = m.predict(x_test).argmax(-1)
    accs.append(np.sum(p == y_test) / len(y_test))
print(max(accs))  # !C4
""",
    "func returns": HEAD
    + ARMS
    + """\
def acc_of(lr):
    m, h = run(SGD(lr))
    return m.evaluate(x_test, y_test)[1]
best = max([0.001, 0.01], key=acc_of)  # !C4
""",
    "comp": HEAD
    + ARMS
    + """\
def acc_of(lr):
    m, h = run(SGD(lr))
    return m.evaluate(x_test, y_test)[1]
scores = {lr: acc_of(lr) for lr in (0.001, 0.01)}
print('best', max(scores.values()))  # !C4
""",
    "defaultdict": HEAD
    + ARMS
    + """\
from collections import defaultdict
res = defaultdict(list)
for lr in (0.001, 0.01):
    for seed in range(3):
        m, h = run(SGD(lr))
        res[lr].append(m.evaluate(x_test, y_test)[1])
best = max(res, key=lambda k: np.mean(res[k]))  # !C4
""",
    "nested dict": HEAD
    + ARMS
    + """\
res = {}
for lr in (0.001, 0.01):
    m, h = run(SGD(lr))
    res[lr] = {'train': h.history['accuracy'][-1], 'test': m.evaluate(x_test, y_test)[1]}
best = max(res, key=lambda k: res[k]['test'])  # !C4
""",
    "models list": HEAD
    + ARMS
    + """\
models = [run(SGD(lr))[0] for lr in (0.001, 0.01)]
best = max(models, key=lambda m: m.evaluate(x_test, y_test)[1])  # !C4
""",
    "cond expr": HEAD
    + ARMS
    + """\
m1, _ = run(SGD(0.1))
m2, _ = run(Adam(0.01))
a, b = m1.evaluate(x_test, y_test)[1], m2.evaluate(x_test, y_test)[1]
print('SGD' if a > b else 'Adam')  # !C4
""",
    "val test hist": HEAD
    + ARMS
    + """\
hs = {}
for lr in (0.001, 0.01):
    m = build()
    m.compile(SGD(lr), 'sparse_categorical_crossentropy', metrics=['accuracy'])
    hs[lr] = m.fit(x_train, y_train, validation_data=(x_test, y_test)).history
best = max(hs, key=lambda k: hs[k]['val_accuracy'][-1])  # !C4
""",
    "round": HEAD
    + ARMS
    + """\
accs = []
for lr in (0.001, 0.01):
    m, h = run(SGD(lr))
    accs.append(round(m.evaluate(x_test, y_test)[1] * 100, 2))
print(max(accs))  # !C4
""",
}

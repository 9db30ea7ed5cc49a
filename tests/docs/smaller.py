"""How what the documentation shows is run in a test: what its names stand for, smaller forms, exceptions.

Patterns are looked for in a whole command or block; the first that is found counts. Each must be found somewhere.
"""

from __future__ import annotations

# Words on the pages that stand for something of the reader's own, and what the folder of the tests has for it.
STANDS_FOR = {
    "mnist": "mnist5k",  # the complete data sets are not everywhere
    "fashion_mnist": "mnist5k",
    "fashion_mnist-mlp": "mnist5k-mlp",
    "STUDY": "which",
    "SEARCH": "widths-and-rates",
    "RUN": "runs/mnist5k-cnn-6b47f87d1b8ec22c",
    "STORE": "classlab-store",
    "DIR": "all-notebooks",
    "4b271e": "{run}",
    "6b47f87d1b8ec22c": "{run}",
    "/mnt/b/classlab-store": "first",
    "/mnt/c/classlab-store": "second",
    "../other-store": "other-store",
}

_LAB = "a whole lab takes half a minute; a rehearsal, and some of its steps, is the same program"
_WEIGHTS = "the weights of a network of keras.applications come from the network"
_NETWORK = "a network of keras.applications takes seconds to be built, and one command with it is enough"
# Options that a command takes besides, and why.
SHORTER = {
    r"classlab lab .*--notebooks": ("", "nothing is trained"),
    r"classlab lab .*--cnn-epochs": ("--quick --seeds 1 --only 7 --cnn-epochs 1", _LAB),
    r"classlab lab .*--seeds": ("--quick --seeds 2 --only 3", _LAB),
    r"classlab lab .*--image": ("--quick --seeds 1 --only 1,4", _LAB),
    r"classlab lab .*--only": ("--quick --seeds 1", _LAB),
    r"classlab lab --embedded": ("--quick --seeds 1 --only 1,2", _LAB),
    r"classlab lab": ("--quick --seeds 1", _LAB),
    r"classlab train .*--fine-tune": ("--backbone large.keras --size 32x32 --epochs 1", _NETWORK),
    r"classlab train .*--backbone": ("--backbone-weights none --size 32x32 --epochs 1", _WEIGHTS),
    r"classlab sweep .*--backbone": ("--backbone large.keras --size 32x32 --epochs 1 --seeds 2", _NETWORK),
    r"classlab clean photos": (
        "--size 24x24 --epochs 2",
        "a convolutional network on photographs takes a minute",
    ),
    r"classlab (train|clean)": ("--limit 20 --epochs 1", "a convolutional network takes a minute and more"),
    r"classlab sweep .*--data photos": (
        "--size 24x24 --epochs 2 --seeds 2",
        "convolutional networks of five folds on photographs take minutes",
    ),
    r"classlab search space.toml": ("--runs 4", "the budget of the page is three hundred trainings"),
    r"classlab search (?!--schema)": ("--minutes 0.05 --limit 500", "the budget of the page is ten minutes"),
    r"classlab lr": ("--limit 500 --steps 20", "a hundred steps of every rate and seed take seconds"),
    r"classlab serve": ("--no-browser --port 0", "no browser is there to be opened, and a port may be taken"),
}

# What no test runs, and why.
NOT_RUN = {
    r"(python -m )?pip install": "fetches packages; the tests of packaging build and install this one",
    r"conda ": "fetches an interpreter",
    r"jupyter ": "a program of its own; the tests of the lab run the notebooks in a kernel",
    r"ray start": "starts a cluster on several machines",
    r"classlab sweep .* --on ray --ray-address": "needs that cluster; other tests run studies on a local one",
    r"classlab runs export --to (mlflow|tensorboard)": "needs MLflow or TensorBoard, which not every environment has",
    r"python -m benchmarks\.": "measures for minutes or hours; the tests of the benchmarks run their parts",
    r"(python -m )?pytest": "runs the tests themselves",
    r"ruff|mypy|sphinx-build|kernels/check/run|\.ci/": "is a check of the sources, which CI runs beside the tests",
}

# The exit codes of commands that end with another one than 0.
ENDS = {
    r"classlab audit": (9,),  # the folder's scripts scale twice
    r"classlab doctor": (0, 8, 9),  # as its findings are
}

# Text of Python blocks and what is run in its place, and why.
INSTEAD = {
    '"fashion_mnist"': ('"mnist5k"', "the complete data sets are not everywhere"),
    '"mnist"': ('"mnist5k"', "the complete data sets are not everywhere"),
    'fit("mnist5k", "cnn", epochs=3)': (
        'fit("mnist5k", "mlp", optimizer="sgd", learning_rate=1.0, batch_size=16, limit=700, epochs=6)',
        "a convolutional network takes a minute, and there must be something to find",
    ),
    '"cnn",': ('"cnn", limit=60,', "a convolutional network takes a minute and more"),
    'clean("mnist5k", "mlp", epochs=10)': ('clean("mnist5k", "mlp", epochs=1)', "fifteen networks"),
    '"STUDY"': ('"which"', "a name of the reader's own"),
    'folder="runs/cnn"': ('folder="runs/mine-too"', "the folder of the tests has another training there"),
    "inside = run.inside": ('inside = classlab.open_run("runs/cnn").inside', "the page's run has one layer by then"),
    'store.find("4b271e")': ("store.runs(limit=1)[0].identity", "the page has removed that run by then"),
}

_FRAME = """
frame = pandas.DataFrame(
    {"optimizer": ["adam", "adam", "sgd", "sgd"], "lr": 0.1, "seed": [0, 1] * 2, "val_acc": [0.9, 0.91, 0.8, 0.82]}
)
"""
# What a page's Python takes for granted.
GIVEN = {
    "README": "(x, y), _ = keras.datasets.mnist.load_data()\nmodel = compiled()",
    "docs/audit": "(x_train, _), _ = keras.datasets.mnist.load_data()",
    "docs/callback": """
(x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
x_val, y_val = x_train[100:], y_train[100:]
x_train, y_train = x_train[:100], y_train[:100]
model = compiled()
""",
    "docs/doctor": 'dataset = classlab.load("mnist5k")',
    "docs/judge": _FRAME,
    "docs/models": """
import json
import onnxruntime
from pathlib import Path
from PIL import Image
model = compiled()
images = np.zeros((1, 28, 28, 1), np.uint8)
""",
    "docs/offline-page": 'run = classlab.open_run("runs/mlp")',
    "docs/python": f"{_FRAME}\nimages = classlab.load('mnist5k').test.images[:5]",
    "docs/transfer": "pictures = classlab.load('digits').test.images[:5]",
}

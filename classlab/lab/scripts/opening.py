"""The cells that every notebook begins with. A notebook has its own images and epochs in place of these."""

# %%
import os
from contextlib import contextmanager

os.environ.setdefault("KERAS_BACKEND", "torch")  # "tensorflow" and "jax" do as well, where they are installed

from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np

SEED = 0
EPOCHS = int(os.environ.get("EPOCHS", "5"))
LIMIT = int(os.environ.get("LIMIT", "0")) or None  # a number uses only so many training images: a quick rehearsal


@contextmanager
def asked_for(what):
    """Says what a gap asks for where the answer is of another kind, and a check would end in an error of Python's."""
    try:
        yield
    except AssertionError:
        raise
    except Exception as problem:
        raise AssertionError(f"{what} (Python says: {type(problem).__name__}: {problem})") from None


# %%
FILE = Path("mnist.npz")  # lies beside this notebook, so that it runs without network
if FILE.exists():
    with np.load(FILE) as file:
        train_images, train_labels = file["x_train"], file["y_train"]
        test_images, test_labels = file["x_test"], file["y_test"]
else:
    (train_images, train_labels), (test_images, test_labels) = keras.datasets.mnist.load_data()
class_names = list("0123456789")

print("training images", train_images.shape, train_images.dtype, "labels", train_labels.shape, train_labels.dtype)
print("test images    ", test_images.shape, test_images.dtype, "labels", test_labels.shape, test_labels.dtype)

"""The fixed words that options take; the records, the command line and the documentation share them."""

from __future__ import annotations

from typing import Literal, get_args

ModelName = Literal["linear", "mlp", "cnn", "cnn-small", "lenet5"]
ActivationName = Literal[
    "linear",
    "relu",
    "sigmoid",
    "tanh",
    "softmax",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "softplus",
]
Start = Literal["fresh", "given"]
OptimizerName = Literal["sgd", "adam", "adamw", "rmsprop", "adagrad", "nadam"]
ScheduleName = Literal["constant", "step", "cosine"]
LossName = Literal["sparse_categorical_crossentropy", "categorical_crossentropy", "mean_squared_error"]
Monitor = Literal["val_loss", "val_accuracy", "loss", "accuracy"]
ValidationWord = Literal["test", "own"]  # what validates besides a share of the training images
Preprocessing = Literal["unit", "symmetric", "standardize", "none"]
Fit = Literal["stretch", "crop", "pad"]
Precision = Literal["float32", "bfloat16", "float64", "auto"]
Selection = Literal["val_accuracy", "val_loss"]
DeviceName = Literal["auto", "cpu", "cuda"]
RunState = Literal["finished", "stopped_early", "diverged", "failed", "interrupted"]
SortKey = Literal[
    "created", "accuracy", "loss", "test_accuracy", "test_loss", "data", "model", "optimizer", "learning_rate", "seed",
    "state", "seconds",
]  # fmt: skip
Paper = Literal["white", "black"]  # what transparent pixels are laid on
Severity = Literal["INFO", "WARN", "FAIL", "INVALID"]

MODEL_NAMES: tuple[ModelName, ...] = get_args(ModelName)

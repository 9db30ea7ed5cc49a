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
Monitor = Literal["val_loss", "val_accuracy", "val_balanced_accuracy", "val_macro_f1", "loss", "accuracy"]
ValidationWord = Literal["test", "own"]  # what validates besides a share of the training images
Preprocessing = Literal["unit", "symmetric", "standardize", "none"]
Fit = Literal["stretch", "crop", "pad"]
Precision = Literal["float32", "bfloat16", "float64", "auto"]
FlipName = Literal["none", "horizontal", "vertical", "horizontal_and_vertical"]
Selection = Literal["val_accuracy", "val_loss", "val_balanced_accuracy", "val_macro_f1"]
DeviceName = Literal["auto", "cpu", "cuda"]
PlaceName = Literal["local", "ray"]  # where populations are trained
RunState = Literal["finished", "stopped_early", "diverged", "failed", "interrupted"]
Sampler = Literal["tpe", "random"]
SecondObjective = Literal["parameters"]
PoolName = Literal["max", "average"]
SortKey = Literal[
    "created", "accuracy", "loss", "test_accuracy", "test_loss", "data", "model", "optimizer", "learning_rate", "seed",
    "state", "seconds",
]  # fmt: skip
Paper = Literal["white", "black"]  # what transparent pixels are laid on
Severity = Literal["INFO", "WARN", "FAIL", "INVALID"]

MODEL_NAMES: tuple[ModelName, ...] = get_args(ModelName)
HEAD_NAMES = ("linear", "mlp")
"""Built-in models that take the features of a backbone."""

NO_BACKBONE = "none"
"""In place of one: the model takes the pixels."""
BACKBONE_NAMES = (
    "mobilenet_v2", "mobilenet_v3_small", "mobilenet_v3_large", "mobilenet", "efficientnet_b0", "efficientnet_b1",
    "efficientnet_b2", "efficientnet_b3", "efficientnet_b4", "efficientnet_b5", "efficientnet_b6", "efficientnet_b7",
    "efficientnet_v2_b0", "efficientnet_v2_b1", "efficientnet_v2_b2", "efficientnet_v2_b3", "efficientnet_v2_s",
    "efficientnet_v2_m", "efficientnet_v2_l", "resnet50", "resnet101", "resnet152", "resnet50_v2", "resnet101_v2",
    "resnet152_v2", "densenet121", "densenet169", "densenet201", "inception_v3", "inception_resnet_v2", "xception",
    "vgg16", "vgg19",
)  # fmt: skip
"""Networks of `keras.applications` in snake case that may be a backbone."""

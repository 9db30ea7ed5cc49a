"""Healthy controls of the further set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from classlab.records import EarlyStopping
from classlab.records.layers import (
    BatchNormalization,
    Dropout,
    Initializer,
    LeakyReLU,
    Normalization,
    Rescaling,
)
from classlab.records.optimizers import OPTIMIZERS
from classlab.records.schedules import Cosine
from tests.planted_faults import networks
from tests.planted_faults.further.planted import Further, layers
from tests.planted_faults.setup import trained

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.planted_faults.setup import Setup


def _optimizer(kind: str, rate: float, **settings: Any) -> Callable[[Setup], Setup]:
    chosen = OPTIMIZERS[kind](learning_rate=rate, **settings)  # type: ignore[index]
    return lambda setup: setup.options(optimizer=chosen)


def _tuned(setup: Setup) -> Setup:
    """Goes on from trained weights on purpose, at a tenth of the rate."""
    lower = OPTIMIZERS["adam"](learning_rate=0.0001)
    return setup.starting_from(trained(setup)[1]).options(optimizer=lower, epochs=2)


def _own_statistics(setup: Setup) -> Setup:
    own = Normalization(mean=(72.0,), variance=(8100.0,))
    return setup.layers(lambda given: (own, *given)).data(preprocessing="none")


def _own_symmetric(setup: Setup) -> Setup:
    own = Rescaling(scale=1 / 127.5, offset=-1.0)
    return setup.layers(lambda given: (own, *given)).data(preprocessing="none")


def _quick_norm(given: networks.Layers) -> networks.Layers:
    """Batch normalisation with a short memory, as for short trainings."""
    found = networks.normalised(given)
    return tuple(BatchNormalization(momentum=0.9) if isinstance(each, BatchNormalization) else each for each in found)


_ZEROS = Initializer(name="zeros")
_IMAGES = (
    Further(name="negatives", on="mlp inverted"),
    Further(name="negatives from -1 to 1", on="small inverted", options={"preprocessing": "symmetric", "limit": 2000}),
    Further(name="small pictures, standardised", on="linear half", options={"preprocessing": "standardize"}),
    Further(name="digits of two origins", on="small mixture", options={"limit": 2000}),
    Further(name="five classes", on="strided five", options={"learning_rate": 0.003}),
    Further(name="two classes that look alike", on="lenet shirts"),
    Further(name="directions of stripes, which mean pictures hardly show", on="strided stripes"),
    Further(name="dark pictures", on="mlp faint"),
    Further(name="dark pictures, standardised", on="linear faint", options={"preprocessing": "standardize"}),
    Further(name="pictures behind noise", on="mlp noisy", options={"dropout": 0.2}),
    Further(name="three hundred pictures", on="mlp half", options={"limit": 300, "epochs": 25}),
    Further(name="scaled from -1 to 1 by the network", on="lenet half", change=_own_symmetric),
    Further(name="standardised by the network", on="mlp five", change=_own_statistics),
)
_STEPS = (
    Further(name="Nesterov's momentum", on="mlp five", change=_optimizer("sgd", 0.02, momentum=0.9, nesterov=True)),
    Further(name="rmsprop with momentum", on="small tinted", change=_optimizer("rmsprop", 0.0003, momentum=0.9)),
    Further(name="adamw with a decay of 0.05", on="deep half", change=_optimizer("adamw", 0.002, weight_decay=0.05)),
    Further(name="adagrad at 0.1", on="mlp tinted", options={"batch_size": 16}, change=_optimizer("adagrad", 0.1)),
    Further(name="clipped as a whole", on="strided five", change=_optimizer("adam", 0.003, global_clipnorm=1.0)),
    Further(name="short memory of Adam", on="lenet half", change=_optimizer("adam", 0.001, beta_1=0.5, beta_2=0.95)),
    Further(name="batches of 256", on="mlp mixture", options={"batch_size": 256, "epochs": 20, "optimizer": "nadam"}),
    Further(
        name="single images", on="mlp tinted", options={"batch_size": 1, "epochs": 1}, change=_optimizer("adam", 0.0005)
    ),
    Further(
        name="all images in one batch",
        on="linear tinted",
        options={"batch_size": 2000, "epochs": 250},
        change=_optimizer("adam", 0.02),
    ),
    Further(
        name="cosine after a warm-up",
        on="lenet mixture",
        options={"learning_rate": 0.003},
        change=lambda setup: setup.options(schedule=Cosine(warmup_epochs=0.5)),
    ),
    Further(name="two thirds for training", on="mlp inverted", options={"validation": 0.33}),
    Further(
        name="best epoch kept",
        on="mlp tinted",
        options={"epochs": 60},
        change=lambda setup: setup.options(early_stopping=EarlyStopping(patience=5, monitor="val_accuracy")),
    ),
    Further(name="sixty epochs", on="linear noisy", options={"epochs": 60}),
    Further(name="trained further on purpose", on="mlp half", change=_tuned),
)
_NETWORKS = (
    Further(
        name="eight selu layers",
        on="deep tinted",
        options={"activation": "selu"},
        change=layers(networks.started("lecun_normal")),
    ),
    Further(name="eight relu layers", on="deep mixture", change=layers(networks.started("he_normal"))),
    Further(name="no biases", on="mlp half", change=layers(networks.all_weighted(use_bias=False))),
    Further(name="head from zeros", on="mlp five", change=layers(networks.head(kernel_initializer=_ZEROS))),
    Further(name="linear classifier from zeros", on="linear half", change=layers(networks.started("zeros"))),
    Further(name="small start", on="mlp mixture", change=layers(networks.started("random_normal", stddev=0.02))),
    Further(name="softplus functions", on="mlp tinted", options={"activation": "softplus", "epochs": 15}),
    Further(name="tiny absolute penalty", on="lenet half", change=layers(networks.penalised(l1=1e-6))),
    Further(name="thousand units", on="mlp half", options={"units": (1000,), "epochs": 3}),
    Further(name="bottleneck of eight units", on="mlp mixture", options={"units": (64, 8, 64)}),
    Further(name="pixels dropped", on="mlp tinted", change=layers(lambda given: (Dropout(rate=0.2), *given))),
    Further(name="normalised with a short memory", on="strided five", change=layers(_quick_norm)),
    Further(
        name="leaky functions with a slope of 0.3",
        on="small tinted",
        change=layers(lambda given: networks.behind_hidden(LeakyReLU())(networks.hidden(activation="linear")(given))),
    ),
    Further(name="tanh as LeCun had it", on="lenet mixture", options={"activation": "tanh"}),
)


def controls() -> list[Further]:
    """Every healthy run."""
    return [*_IMAGES, *_STEPS, *_NETWORKS]

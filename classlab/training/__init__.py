"""The training engine: one loop, and backends in compiled kernels, on PyTorch and through Keras.

Only this package imports PyTorch, and only when it must.
"""

from __future__ import annotations

from classlab.options.words import DeviceName
from classlab.training.backend import Measurement, Weights
from classlab.training.environment import EnvironmentFacts, environment_facts
from classlab.training.loop.class_weights import class_factors
from classlab.training.loop.member import Outcome
from classlab.training.measuring import evaluate, measure, measuring, predict, scoring
from classlab.training.need import need_for_training
from classlab.training.process.threads import limit_spinning, set_threads
from classlab.training.route import train_population

limit_spinning()  # before anything imports PyTorch, which reads the setting once

__all__ = [
    "DeviceName",
    "EnvironmentFacts",
    "Measurement",
    "Outcome",
    "Weights",
    "class_factors",
    "environment_facts",
    "evaluate",
    "measure",
    "measuring",
    "need_for_training",
    "predict",
    "scoring",
    "set_threads",
    "train_population",
]

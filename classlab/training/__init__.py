"""The training engine, in compiled kernels and on PyTorch. Only this package imports torch, and only when it must."""

from __future__ import annotations

from classlab.training.environment import environment_facts
from classlab.training.measurement import Measurement
from classlab.training.outcome import Outcome, Weights
from classlab.training.route import evaluate, measure, predict, train_population
from classlab.training.thread_count import set_threads
from classlab.training.waiting import limit_spinning

limit_spinning()  # before anything imports PyTorch, which reads the setting once

__all__ = [
    "Measurement",
    "Outcome",
    "Weights",
    "environment_facts",
    "evaluate",
    "measure",
    "predict",
    "set_threads",
    "train_population",
]

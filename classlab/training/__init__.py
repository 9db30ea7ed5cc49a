"""The training engine: populations on PyTorch. Only this package imports torch."""

from __future__ import annotations

from classlab.training.collector import paused
from classlab.training.waiting import limit_spinning

limit_spinning()  # before PyTorch is imported, which reads the setting once; hence the imports below it

with paused():
    from classlab.training.device import environment_facts, set_threads
    from classlab.training.measurement import Measurement, measure
    from classlab.training.outcome import Outcome, Weights
    from classlab.training.route import evaluate, predict, train_population

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

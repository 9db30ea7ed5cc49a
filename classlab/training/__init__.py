"""The training engine: populations on PyTorch. Only this package imports torch."""

from __future__ import annotations

from classlab.training.device import environment_facts, set_threads
from classlab.training.outcome import Outcome, Weights
from classlab.training.route import evaluate, predict, train_population

__all__ = ["Outcome", "Weights", "environment_facts", "evaluate", "predict", "set_threads", "train_population"]

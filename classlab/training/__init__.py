"""The training engine: populations on PyTorch. Only this package imports torch."""

from __future__ import annotations

from classlab.training.waiting import limit_spinning

limit_spinning()  # before PyTorch is imported, which reads the setting once; hence the imports below it

from classlab.training.device import environment_facts, set_threads  # noqa: E402
from classlab.training.measurement import Measurement, measure  # noqa: E402
from classlab.training.outcome import Outcome, Weights  # noqa: E402
from classlab.training.route import evaluate, predict, train_population  # noqa: E402

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

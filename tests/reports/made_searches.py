"""Searches made of chosen numbers."""

from typing import Any

from classlab.records.search import Budget, Candidate, Dimension, Importance, SearchRecord, SearchSpec

DIMENSIONS = (
    Dimension(name="units", choices=("32", "128", "128,64")),
    Dimension(name="learning_rate", low=0.001, high=1.0, log=True, arm="sgd"),
    Dimension(name="dropout", low=0.0, high=0.5, step=0.1),
)


def made_candidate(number: int, curve: tuple[float, ...], state: str = "stopped_at_rung", **changes: Any) -> Candidate:
    """One candidate, whose settings follow from its number."""
    units, rate = number % 3, 0.001 * 2 ** (number % 10)
    return Candidate(
        **{
            "number": number,
            "population": number // 8,
            "arm": "sgd",
            "drawn": {"units": float(units), "sgd: learning_rate": rate, "dropout": 0.1 * (number % 6)},
            "settings": {"units": DIMENSIONS[0].choices[units], "learning_rate": rate, "dropout": 0.1 * (number % 6)},
            "parameters": 10_000 * (units + 1) + number,
            "history": {"val_accuracy": curve, "val_loss": tuple(1 - value for value in curve)},
            "state": state,
            "seconds": 1.0,
            **changes,
        }
    )


def made_search(count: int = 24, **changes: Any) -> SearchRecord:
    """A search whose later candidates are better; every third goes on from the first rung, every sixth to the end."""
    candidates = []
    for number in range(count):
        epochs = 9 if number % 6 == 0 else 3 if number % 3 == 0 else 1
        curve = tuple(0.80 + 0.002 * number + 0.01 * epoch for epoch in range(epochs))
        candidates.append(made_candidate(number, curve, "finished" if epochs == 9 else "stopped_at_rung"))
    spec = changes.pop("spec", {})
    return SearchRecord(
        **{
            "spec": SearchSpec(
                **{
                    "name": "clothes",
                    "data": "fashion_mnist",
                    "digest": "d",
                    "dimensions": DIMENSIONS,
                    "rungs": (1, 3, 9),
                    "budget": Budget(minutes=10.0),
                    "seeds": (1, 2, 3),
                    **spec,
                }
            ),
            "candidates": tuple(candidates),
            "end": "budget",
            "importances": (
                Importance(name="learning_rate", arm="sgd", share=0.7, candidates=count, epochs=1),
                Importance(name="units", share=0.3, candidates=count, epochs=1),
            ),
            "seconds": 95.0,
            "created": "2026-01-02T00:00:00+00:00",
            "command": "classlab search clothes.toml",
            **changes,
        }
    )

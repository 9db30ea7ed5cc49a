"""Odd values from Python: each must be refused by a sentence, or train a run that opens again.

Run as a script it tries them all on whatever package the interpreter finds, and prints one JSON document.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

NAN, INFINITY = float("nan"), float("inf")
COUNTS: tuple[Any, ...] = (True, 1.5, 16.0, "3", 0, -1, 10**30, NAN, (2,))
NUMBERS: tuple[Any, ...] = (True, "0.1", -1.0, NAN, INFINITY, 1j, (0.1,))
WORDS: tuple[Any, ...] = ("x", 3, True, print)
# Every option of `classlab.fit` with the values that are tried on it.
OPTIONS: dict[str, tuple[Any, ...]] = {
    "epochs": (*COUNTS, "\ud800"),
    "batch_size": COUNTS,
    "seed": (True, 1.0, 1.5, "a", -1, 2**70, NAN),
    "top_k": COUNTS[:7],
    "limit": (True, 2.5, 100.0, "9", 1, -1, NAN),
    "early_stopping": (True, 1.5, "2", -1, NAN),
    "validation": ("x", True, 0, 1.0, -0.1, NAN, "0.1"),
    "learning_rate": (*NUMBERS, 0.0),
    "momentum": (True, "0.9", -0.5, 1.5, NAN),
    "weight_decay": NUMBERS[:5],
    "clipnorm": (True, "1", 0.0, NAN),
    "warmup_epochs": NUMBERS[:5],
    "nesterov": (1, "yes", 0.5),
    "optimizer": WORDS,
    "schedule": WORDS,
    "loss": WORDS,
    "monitor": ("x", 3),
    "preprocessing": WORDS[:3],
    "precision": WORDS[:3],
    "activation": WORDS[:3],
    "units": (5, "12", (8.0,), (0,), (True,), (10**12,), (-3,)),
    "dropout": (True, "0.1", 1.0, -0.1, NAN),
    **dict.fromkeys(("shift", "rotate", "zoom", "cutout", "brightness"), (True, "0.1", 1.0, -0.1, NAN, 15)),
    "flip": WORDS[:3],
    "size": (5, "8x8", (0, 8), (8, 8)),
    "fit": WORDS[:3],
    "backbone": (3, "a\0b", "no-such-network", None),
    "backbone_weights": (3, "none"),
    **dict.fromkeys(("fine_tune", "fine_tune_epochs"), (True, 1.5, "2", -1, 2)),  # 2 without a backbone
    "fine_tune_rate": (*NUMBERS, 0.0),
    "class_weights": (3, "most", (1.0,), (-1.0,) * 10, {"x": 2.0}, {0: NAN}, (True,) * 10),
    "leave_out": (3, "a\0b", "no-such-list.csv"),
    "model": ("x", None, 3, dict),
    "folder": ("a\0b", 3),
    "data": (5, None, (None, None), "a\0b"),
}
PAIRS = [(option, value) for option, values in OPTIONS.items() for value in values]


def outcome(option: str, value: Any, folder: Path) -> str:
    """What `classlab.fit` makes of one value: `refused`, `reopened`, or what went wrong."""
    import classlab

    options: dict[str, Any] = {"data": "digits", "model": "linear", "limit": 60, "epochs": 1, "folder": folder}
    if option in ("units", "activation", "dropout"):
        options["model"] = "mlp"
    needed = {"momentum": ("optimizer", "sgd"), "nesterov": ("optimizer", "sgd"), "monitor": ("early_stopping", 3)}
    options |= dict([needed[option]] if option in needed else [])
    options[option] = value
    if option == "nesterov":
        options["momentum"] = 0.9
    try:
        classlab.fit(**options)
    except classlab.ClasslabError:
        return "refused"
    except Exception as raw:  # noqa: BLE001  (it is what is counted)
        return f"raw {type(raw).__name__}: {str(raw)[:80]}"
    try:
        classlab.open_run(folder)
    except Exception as damage:  # noqa: BLE001
        return f"cannot be opened: {str(damage)[:80]}"
    return "reopened"


def main() -> None:
    """Tries all of them."""
    warnings.simplefilter("ignore")
    found = []
    with tempfile.TemporaryDirectory() as place:
        for option, value in PAIRS:
            folder = Path(place) / "run"
            shutil.rmtree(folder, ignore_errors=True)
            found.append((f"{option}={value!r}"[:60], outcome(option, value, folder)))
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()

"""Learning rates that `classlab lr` suggests, beside the candidates of a full grid that is judged by a study's verdict.

    python -m benchmarks.rate_finder -o rates.json --page docs/evidence/rate-finder.md

For every network, data set and optimizer: the suggestion of the short trainings, and a study of thirteen rates from
1e-5 to 10, half a decade apart, five seeds each, for whole epochs. The suggestion counts as right where the rate of
the grid that lies nearest to it, on a logarithmic scale, may be the best by the study's own verdict. Test images are
not opened by the finder, and not looked at here. What has been measured is kept in the file, and is not measured again.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

import classlab
from benchmarks.machine import describe_machine, provenance
from benchmarks.page import replace_between
from classlab.analysis import judge_study
from classlab.datasets import load
from classlab.search.rate_search import search_rates
from classlab.studies.asked.model_choice import choose_model
from classlab.training import environment_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

GRID = tuple(float(f"{10 ** (half / 2):.2g}") for half in range(-10, 3))
OPTIMIZERS = ("sgd", "adam", "rmsprop", "adagrad", "nadam")
MOST_IMAGES = {"linear": 20_000, "mlp": 20_000, "cnn-small": 4_000}  # training images of the grid, which costs the most
EPOCHS = {"linear": 5, "mlp": 5, "cnn-small": 4}
SEEDS = 5


@dataclass(frozen=True, kw_only=True)
class Case:
    """One network, data set and optimizer."""

    model: str
    data: str
    optimizer: str


def measured(case: Case) -> dict[str, Any]:
    """What the finder suggests and what the grid says."""
    dataset, limit = load(case.data), MOST_IMAGES[case.model]
    choice = choose_model(case.model, dataset, usual="fresh")
    search = next(search_rates(dataset, choice, (case.optimizer,), options={"limit": limit}))
    arms = [{"optimizer": case.optimizer, "learning_rate": list(GRID)}]
    study = classlab.Study(
        "grid", data=dataset, model=case.model, limit=limit, epochs=EPOCHS[case.model], seeds=SEEDS, arms=arms
    )
    record = study.run().record
    judgement = judge_study(record)
    rates = [arm.spec.optimizer.learning_rate for arm in record.spec.arms]
    suggested = None if search.suggestion is None else search.suggestion.rate
    nearest = None if suggested is None else min(rates, key=lambda rate: abs(log10(rate / suggested)))
    candidates = [rates[place] for place in judgement.candidates]
    return {
        "model": case.model,
        "data": case.data,
        "optimizer": case.optimizer,
        "suggested": suggested,
        "nearest": nearest,
        "best": rates[judgement.ranking.order[0]],
        "candidates": sorted(candidates),
        "right": nearest in candidates,
    }


def cases() -> list[Case]:
    """Thirty of them."""
    return [
        Case(model=model, data=data, optimizer=optimizer)
        for model in EPOCHS
        for data in ("mnist", "fashion_mnist")
        for optimizer in OPTIMIZERS
    ]


def page(rows: Sequence[dict[str, Any]], machine: str) -> str:
    """The table, and how many were right."""
    lines = [
        f"**{sum(row['right'] for row in rows)} of {len(rows)}** suggestions may be the best by the grid's verdict.",
        "",
        "| network | data | optimizer | suggested | grid's first | may be the best | right |",
        "| --- | --- | --- | ---: | ---: | --- | --- |",
    ]
    for row in rows:
        suggested = "none" if row["suggested"] is None else f"{row['suggested']:g}"
        candidates = ", ".join(f"{rate:g}" for rate in row["candidates"])
        lines.append(
            f"| {row['model']} | {row['data']} | {row['optimizer']} | {suggested} | {row['best']:g} | {candidates} | "
            f"{'yes' if row['right'] else 'no'} |"
        )
    return "\n".join([*lines, "", machine])


def main() -> None:
    """Measures what is missing, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=Path("rate_finder.json"))
    parser.add_argument("--page", type=Path, help="page whose table is replaced")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = json.loads(options.output.read_text()) if options.output.exists() else []
    done = {(row["model"], row["data"], row["optimizer"]) for row in rows}
    for case in cases():
        if (case.model, case.data, case.optimizer) in done:
            continue
        rows.append(measured(case))
        options.output.write_text(json.dumps(rows, indent=1))
        print(rows[-1], flush=True)
    text = page(rows, provenance({"machine": describe_machine(environment_facts("cpu").threads), "measurements": []}))
    print(text)
    if options.page is not None:
        replace_between(options.page, "rate-finder", text)


if __name__ == "__main__":
    main()

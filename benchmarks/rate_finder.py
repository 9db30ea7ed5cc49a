"""Learning rates that `classlab lr` suggests, beside the candidates of a full grid that is judged by a study's verdict.

    python -m benchmarks.rate_finder -o rates.json --page docs/evidence/rate-finder.md

For every network, data set and optimizer: the suggestion of the short trainings, and a study of thirteen rates from
1e-5 to 10, half a decade apart, five seeds each, for whole epochs. The suggestion counts as right where the rate of
the grid that lies nearest to it, on a logarithmic scale, may be the best by the study's own verdict. Test images are
not opened by the finder, and not looked at here. `--set rate-finder-held-out` is of networks and data that were not
looked at when the rule was made. What has been measured is kept in the file, and is not measured again.
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
SEEDS = 5


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A network on a data set, with the images and epochs of the grid, which costs the most."""

    model: str
    data: str
    images: int | None
    epochs: int


_DATA = ("mnist", "fashion_mnist")
SETTINGS = {
    "rate-finder": (
        *(Setting(model="linear", data=data, images=20_000, epochs=5) for data in _DATA),
        *(Setting(model="mlp", data=data, images=20_000, epochs=5) for data in _DATA),
        *(Setting(model="cnn-small", data=data, images=4_000, epochs=4) for data in _DATA),
    ),
    "rate-finder-held-out": (
        Setting(model="linear", data="digits", images=None, epochs=20),
        Setting(model="mlp", data="digits", images=None, epochs=20),
        Setting(model="linear", data="mnist5k", images=None, epochs=10),
        Setting(model="lenet5", data="mnist5k", images=None, epochs=6),
    ),
}


def measured(setting: Setting, optimizer: str) -> dict[str, Any]:
    """What the finder suggests and what the grid says."""
    dataset, limit = load(setting.data), setting.images
    choice = choose_model(setting.model, dataset, usual="fresh")
    search = next(search_rates(dataset, choice, (optimizer,), options={"limit": limit}))
    arms = [{"optimizer": optimizer, "learning_rate": list(GRID)}]
    study = classlab.Study(
        "grid", data=dataset, model=setting.model, limit=limit, epochs=setting.epochs, seeds=SEEDS, arms=arms
    )
    record = study.run().record
    judgement = judge_study(record)
    rates = [arm.spec.optimizer.learning_rate for arm in record.spec.arms]
    return {
        "model": setting.model,
        "data": setting.data,
        "optimizer": optimizer,
        "suggested": None if search.suggestion is None else search.suggestion.rate,
        "best": rates[judgement.ranking.order[0]],
        "candidates": sorted(rates[place] for place in judgement.candidates),
    }


def is_right(row: dict[str, Any]) -> bool:
    """Whether the rate of the grid that lies nearest to the suggestion may be the best."""
    if row["suggested"] is None:
        return False
    return min(GRID, key=lambda rate: abs(log10(rate / row["suggested"]))) in row["candidates"]


def page(rows: Sequence[dict[str, Any]], machine: str) -> str:
    """The table, and how many were right."""
    lines = [
        f"**{sum(map(is_right, rows))} of {len(rows)}** suggestions may be the best by the grid's verdict.",
        "",
        "| network | data | optimizer | suggested | grid's first | may be the best | right |",
        "| --- | --- | --- | ---: | ---: | --- | --- |",
    ]
    for row in rows:
        suggested = "none" if row["suggested"] is None else f"{row['suggested']:g}"
        candidates = ", ".join(f"{rate:g}" for rate in row["candidates"])
        lines.append(
            f"| {row['model']} | {row['data']} | {row['optimizer']} | {suggested} | {row['best']:g} | {candidates} | "
            f"{'yes' if is_right(row) else 'no'} |"
        )
    return "\n".join([*lines, "", machine])


def main() -> None:
    """Measures what is missing, and writes the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=Path("rate_finder.json"))
    parser.add_argument("--page", type=Path, help="page whose table is replaced")
    parser.add_argument("--set", choices=list(SETTINGS), default="rate-finder", help="of networks and data")
    options = parser.parse_args()
    rows: list[dict[str, Any]] = json.loads(options.output.read_text()) if options.output.exists() else []
    done = {(row["model"], row["data"], row["optimizer"]) for row in rows}
    for setting in SETTINGS[options.set]:
        for optimizer in OPTIMIZERS:
            if (setting.model, setting.data, optimizer) in done:
                continue
            rows.append(measured(setting, optimizer))
            options.output.write_text(json.dumps(rows, indent=1))
            print(rows[-1], is_right(rows[-1]), flush=True)
    text = page(rows, provenance({"machine": describe_machine(environment_facts("cpu").threads), "measurements": []}))
    print(text)
    if options.page is not None:
        replace_between(options.page, options.set, text)


if __name__ == "__main__":
    main()

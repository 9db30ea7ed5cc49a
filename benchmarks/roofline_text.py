"""The roofline's tables: what the machine reaches, and what share of it the engine does."""

from __future__ import annotations

from statistics import median
from typing import Any

from benchmarks.arithmetic import step_bytes, step_operations, step_products
from benchmarks.machine import provenance
from benchmarks.page import table
from benchmarks.workloads import BATCH_SIZE, Arm

Measurement = dict[str, Any]
LARGE = "large, float32"
AIMED_NETWORK, AIM = "mlp", 2.5  # a perceptron's step over the time of its products at the peak
ENGINE_HEADER = [
    "engine",
    "members",
    "ms per step",
    "min .. max",
    "GFLOP/s",
    "share of the peak",
    "GB/s at least",
    "products at the peak, ms",
    "step over that",
    "products alone, ms",
    "step over that",
]


def figures_text(document: dict[str, Any]) -> str:
    """Provenance, both tables, what they mean, and what was left out with its reason."""
    done = [one for one in document["measurements"] if "error" not in one]
    machine = [one for one in done if one["what"] == "machine"]
    engine = [one for one in done if one["what"] == "engine"]
    parts = [provenance(document)]
    if machine:
        parts.append(_machine_table(machine, document["settings"]))
    if machine and engine:
        parts += [_engine_table(machine, engine, document["settings"]), _meaning(machine)]
    parts += [
        f"- {one.get('network', 'machine')}: left out, {one['error']}."
        for one in document["measurements"]
        if "error" in one
    ]
    return "\n\n".join(parts)


def peak(machine: list[Measurement]) -> float:
    """GFLOP/s of the large product in float32, in its quickest round, whichever number of threads that had."""
    return float(max(one["products"][LARGE]["gflops"] for one in machine))


def _machine_table(machine: list[Measurement], settings: dict[str, Any]) -> str:
    threads = sorted({one["threads"] for one in machine})
    rows = []
    for part, unit, places in (("products", "gflops", 0), ("copies", "gbytes", 1)):
        rows += [
            [_title(part, name, settings), *(_spread(machine, n, part, name, unit, places) for n in threads)]
            for name in machine[0][part]
        ]
    header = ["reached by", *(f"{n} thread{'s' if n > 1 else ''}" for n in threads)]
    note = "GFLOP/s of matrix products, GB/s (read and written) of copies: median, least .. most over rounds."
    return f"{table(header, rows)}\n\n{note}"


def _title(part: str, name: str, settings: dict[str, Any]) -> str:
    if part == "copies":
        return f"copy of {name}"
    side = settings["size"] if name == LARGE else settings["size"] // 2
    return f"product {side} x {side} x {side}, {name}" if name.startswith("large") else f"product, {name}"


def _spread(machine: list[Measurement], threads: int, part: str, name: str, unit: str, places: int) -> str:
    values = [one[part][name][unit] for one in machine if one["threads"] == threads]
    return f"{median(values):.{places}f} ({min(values):.{places}f} .. {max(values):.{places}f})"


def _engine_table(machine: list[Measurement], engine: list[Measurement], settings: dict[str, Any]) -> str:
    groups: dict[tuple[str, int], list[Measurement]] = {}
    for one in engine:
        groups.setdefault((one["network"], one["members"]), []).append(one)
    return table(ENGINE_HEADER, [_engine_row(machine, group, settings) for group in groups.values()])


def step_seconds(one: Measurement, settings: dict[str, Any]) -> float:
    """Seconds of a whole batch's step of all members, from the epochs after the first; evaluation is in them."""
    images = settings["cnn_images"] if one["network"] == "cnn" else settings["images"]
    (fit,) = one["epoch_seconds"]
    later = fit[1:] or fit
    return float(sum(later) / len(later) / images * BATCH_SIZE)


def _engine_row(machine: list[Measurement], group: list[Measurement], settings: dict[str, Any]) -> list[str]:
    network, members = group[0]["network"], group[0]["members"]
    taken = [step_seconds(one, settings) for one in group]
    step, most = median(taken), peak(machine)
    operations = members * step_operations(network)
    moved = step_bytes(network, [Arm(**arm) for arm in group[0]["arms"]])
    least = operations / most / 1e9
    alone = _alone(machine, network, members, settings["threads"])
    return [
        network,
        str(members),
        f"{1e3 * step:.3f}",
        f"{1e3 * min(taken):.3f} .. {1e3 * max(taken):.3f}",
        f"{operations / step / 1e9:.1f}",
        f"{operations / step / 1e9 / most:.0%}",
        f"{moved / step / 1e9:.1f}",
        f"{1e3 * least:.3f}",
        _aimed(step / least) if network == AIMED_NETWORK else f"{step / least:.2f}",
        "" if alone is None else f"{1e3 * alone:.3f}",
        "" if alone is None else f"{step / alone:.2f}",
    ]


def _aimed(ratio: float) -> str:
    return f"{ratio:.2f}" if ratio <= AIM else f"{ratio:.2f} (aim {AIM:g} not reached)"


def _alone(machine: list[Measurement], network: str, members: int, threads: int) -> float | None:
    """Seconds of all members' products, each shape repeated by itself on one thread, members spread over threads."""
    if network != AIMED_NETWORK:
        return None
    single = [one for one in machine if one["threads"] == 1]
    names = [f"perceptron {product.rows} x {product.inner} x {product.columns}" for product in step_products("mlp")]
    together = sum(median(one["products"][name]["seconds"] for one in single) for name in names)
    return float(together * members / threads)


def _meaning(machine: list[Measurement]) -> str:
    return (
        f"The peak is {peak(machine):.0f} GFLOP/s in float32. Operations are those of the matrix products that a "
        "step is made of when they are computed in full. The kernels leave out pixels that are 0 and take fewer "
        "products for a convolution, so that an engine can exceed the peak, and what bounds it is not in this table "
        "alone. Steps have everything else in them, evaluation and the doctor's measurements too. "
        "*Products alone* are the step's products, each repeated by itself on values that stay in the nearest cache, "
        "one thread per member. Bytes are the least that have to move between the processor and its caches."
    )

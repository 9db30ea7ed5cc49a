"""What the differences between the kernels and Keras come to: counts, and every case beyond the aim with its cause."""

from __future__ import annotations

from math import inf, isnan
from typing import TYPE_CHECKING, Any

from benchmarks.page import table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Row = dict[str, Any]
AIM = 1e-5  # between two weights after fifty steps
COMPARED = {
    "kernels": "kernels to Keras",
    "pytorch": "PyTorch to Keras",
    "keras": "Keras to float64",
    "kernels_exact": "kernels to float64",
    "plain": "plain sums to Keras",
    "moved": "PyTorch, first weights rounded",
}
CAUSES: dict[str, str] = {
    "float32": "others in float32 are beyond it, too, Keras from float64 or PyTorch from Keras",
    "filtering": "with plain sums the kernels hold it",
    "rounding": "PyTorch alone gets beyond it by one rounding of the first weights",
    "unexplained": "nothing of this explains it",
}


def text(document: dict[str, Any], *, whole: int) -> str:
    """Counts by network and by rule, the cases beyond the aim, and what it was made with.

    Args:
        document: the journal's.
        whole: cases there are.
    """
    rows: list[Row] = document["measurements"]
    beyond = [row for row in rows if not _holds(row["kernels"])]
    counted = {name: sum(name in causes_of(row) for row in beyond) for name in CAUSES}
    alone = sum(causes_of(row) == ("filtering",) for row in beyond)
    settings = document["settings"]
    plain = [row for row in rows if row["plain"] is not None]
    counts = [
        f"{len(rows)} of {whole} cases trained, {settings['steps']} steps on batches of {settings['batch']} images of "
        f"{settings['data']}. Kernels and Keras end within {AIM:.0e} of each other, weight by weight, in "
        f"{len(rows) - len(beyond)}; PyTorch and Keras in {_within(rows, 'pytorch')}; Keras and float64 in "
        f"{_within(rows, 'keras')}; the kernels and float64 in {_within(rows, 'kernels_exact')}.",
        f"Of the {len(plain)} cases whose convolutions have another way than plain sums, {_within(plain, 'kernels')} "
        f"hold the aim as they are and {_within(plain, 'plain')} with plain sums.",
        f"Of the {len(beyond)} beyond the aim: "
        + "; ".join(f"{CAUSES[name]} (*{name}*): {found}" for name, found in counted.items())
        + f". A case may have several causes; in {alone} it is the filtering alone.",
    ]
    parts = [
        *counts,
        "Cases within the aim and, behind them, the largest difference, by network and activation:",
        _grouped(rows, _network),
        "The same by update rule:",
        _grouped(rows, lambda row: row["rule"]),
        "Every case beyond the aim:",
        _listed(beyond),
        _made(document),
    ]
    return "\n\n".join(parts)


def causes_of(row: Row) -> tuple[str, ...]:
    """Why a case is beyond the aim; empty where it is not.

    Args:
        row: its differences.
    """
    if _holds(row["kernels"]):
        return ()
    found = []
    if not (_holds(row["keras"]) and _holds(row["pytorch"])):
        found.append("float32")
    if row["plain"] is not None and _holds(row["plain"]):
        found.append("filtering")
    if row.get("moved") is not None and not _holds(row["moved"]):
        found.append("rounding")
    return tuple(found) or ("unexplained",)


def _holds(difference: float) -> bool:
    """NaN holds nothing."""
    return difference <= AIM


def _within(rows: Iterable[Row], name: str) -> int:
    return sum(_holds(row[name]) for row in rows)


def _grouped(rows: list[Row], group: Callable[[Row], str]) -> str:
    """A line for each group; a figure is the number within the aim and, behind it, the largest difference."""
    lines = []
    for name in dict.fromkeys(map(group, rows)):
        own = [row for row in rows if group(row) == name]
        figures = []
        for key in COMPARED:
            known = [row for row in own if row.get(key) is not None]
            figures.append(f"{_within(known, key)} of {len(known)}, {_largest(known, key):.1e}" if known else "")
        lines.append([name, str(len(own)), *figures])
    return table(["", "cases", *COMPARED.values()], lines)


def _largest(rows: list[Row], name: str) -> float:
    """Infinite where one is not a number, as weights of a run that diverges are."""
    return max(inf if isnan(row[name]) else row[name] for row in rows)


def _network(row: Row) -> str:
    return row["network"] if row["network"] == "linear" else f"{row['network']}, {row['activation']}"


def _listed(rows: list[Row]) -> str:
    header = ["case", *COMPARED.values(), "cause"]
    lines = [
        [
            ", ".join((row["network"], row["activation"], row["rule"], row["loss"].replace("_", " "))),
            *(_number(row.get(name)) for name in COMPARED),
            " and ".join(causes_of(row)),
        ]
        for row in rows
    ]
    return table(header, lines)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.1e}"


def _made(document: dict[str, Any]) -> str:
    machine = document["machine"]
    listed = ", ".join(f"{name} {number}" for name, number in document["versions"].items())
    return f"Made with {listed}, on {machine['processor']} ({', '.join(machine['units'])}), Keras on PyTorch."

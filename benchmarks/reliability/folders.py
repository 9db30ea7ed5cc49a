"""Run folders from a stranger, every digest in them right: refused by a sentence before anything is made of them."""

from __future__ import annotations

import hashlib
import json
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

from benchmarks.reliability.command import is_sentence

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from benchmarks.reliability.command import Subject

    Arrays = dict[str, np.ndarray[Any, Any]]


def _put(*path: str | int, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(record: dict[str, Any]) -> None:
        here: Any = record
        for step in path[:-1]:
            here = here[step]
        here[path[-1]] = value

    return change


_NETWORK = ("spec", "architecture")
_RECORDS: dict[str, Callable[[dict[str, Any]], None]] = {
    **{f"units {n}": _put(*_NETWORK, "layers", 1, "units", value=n) for n in (2**31, 2**62, 2**28, -1, 0)},
    **{f"images of {n}": _put(*_NETWORK, "input_shape", value=[n, n, 1]) for n in (2**20, 0, -8)},
    **{f"{n} class names": _put("class_names", value=["x"] * n) for n in (0, 3, 10**6)},
    "a version that is text": _put("version", value="2"),
    "data named by the path /": _put("spec", "data", "name", value="/"),
}
_WEIGHTS: dict[str, Callable[[Arrays], Arrays]] = {
    "no weights": lambda _: {},
    "a weight missing": lambda own: dict(list(own.items())[1:]),
    "transposed weights": lambda own: {name: array.T.copy() for name, array in own.items()},
    "renamed weights": lambda own: {f"../{name}": array for name, array in own.items()},
    "a strange weight": lambda own: {**own, "zz": np.zeros(3, np.float32)},
}


def trials(subject: Subject, folder: Path) -> Iterator[tuple[str, bool]]:
    """Each folder with three commands; a report of a run whose data cannot be shown is right as well."""
    own = folder / "own"
    train = ["train", "--data", "digits", "--model", "mlp", "--units", "16", "--limit", "60", "--epochs", "1"]
    subject.run(*train, "--quiet", "-o", "own", folder=folder)
    for what, change in _RECORDS.items():
        yield from _tried(subject, folder, what, _forged(own, folder / "forged", record=change))
    for what, reshape in _WEIGHTS.items():
        yield from _tried(subject, folder, what, _forged(own, folder / "forged", weights=reshape))
    for what, content in (("nested brackets", b"[" * 200_000), ("null", b"null"), ("no text", b"\xff\xfe")):
        forged = _forged(own, folder / "forged")
        (forged / "run.json").write_bytes(content)
        yield from _tried(subject, folder, f"a record of {what}", forged)


def _tried(subject: Subject, folder: Path, what: str, forged: Path) -> Iterator[tuple[str, bool]]:
    for words in (["evaluate", forged], ["doctor", forged], ["report", forged, "--quiet", "-o", "r.md"]):
        done = subject.run(*words, folder=folder)
        shown = "path" in what and words[0] != "evaluate"  # the record itself is sound
        codes = (0, 8, 9) if shown else (3, 4, 5)
        yield (
            f"{words[0]} of {what}: code {done.returncode}",
            is_sentence(done, codes) or (shown and done.returncode in codes),
        )


def _forged(own: Path, place: Path, *, record: Any = None, weights: Any = None) -> Path:
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(own, place)
    plain = json.loads((place / "run.json").read_text(encoding="utf-8"))
    if record is not None:
        record(plain)
    text = json.dumps(plain, sort_keys=True).encode()
    (place / "run.json").write_bytes(text)
    for name, change in (("weights", weights), ("predictions", None)):
        path = place / f"{name}.safetensors"
        with safe_open(path, "np") as file:
            arrays = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  (not a dict)
            facts = {key: value for key, value in (file.metadata() or {}).items() if key not in ("digest", "seal")}
        arrays = change(arrays) if change is not None else arrays
        facts["record"] = hashlib.sha256(text).hexdigest()
        path.write_bytes(save(arrays, metadata={**facts, "digest": _digest(arrays)}))
    return place


def _digest(arrays: Arrays) -> str:
    total = hashlib.sha256()
    for name in sorted(arrays):
        total.update(f"{name}:{arrays[name].dtype.str}:{arrays[name].shape};".encode() + arrays[name].tobytes())
    return total.hexdigest()

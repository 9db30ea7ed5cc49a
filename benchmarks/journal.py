"""Measurements on disk: written whole after each one, so that an interrupted command loses none and can go on."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Measurement = dict[str, Any]


class Journal:
    """The JSON file of one command.

    A later call with the same settings goes on where the earlier one stopped; with other settings it begins anew,
    because figures of different settings do not belong in one table.

    Args:
        path: the file.
        settings: what all measurements have in common and the command line decided.
        facts: what is noted beside them and may differ between calls: machine, date.
        resume: whether measurements that the file holds are kept.
    """

    def __init__(self, path: Path, *, settings: dict[str, Any], facts: dict[str, Any], resume: bool) -> None:
        self._path = path
        self.document: dict[str, Any] = {**facts, "settings": settings, "complete": False, "measurements": []}
        if resume and path.exists():
            earlier = json.loads(path.read_text(encoding="utf-8"))
            if earlier.get("settings") == json.loads(json.dumps(settings)):
                # What was left out for want of time, or of a package, gets another chance.
                kept = [one for one in earlier["measurements"] if not one.get("again")]
                self.document = {**earlier, "complete": False, "measurements": kept}

    @property
    def measurements(self) -> list[Measurement]:
        """What was measured so far, failures too."""
        found: list[Measurement] = self.document["measurements"]
        return found

    def find(self, key: Measurement) -> Measurement | None:
        """The measurement with these values, if there is one."""
        return next((one for one in self.measurements if key.items() <= one.items()), None)

    def add(self, measurement: Measurement) -> None:
        """Adds one and writes the file."""
        self.measurements.append(measurement)
        self.write()

    def finish(self, **facts: Any) -> None:
        """Notes that nothing is left to measure."""
        self.document |= {"complete": True, **facts}
        self.write()

    def write(self) -> None:
        """Writes the file beside itself and renames it: a reader never finds half of it."""
        beside = self._path.with_name(self._path.name + ".part")
        beside.write_text(json.dumps(self.document, indent=1) + "\n", encoding="utf-8")
        beside.replace(self._path)

"""How long `classlab audit` takes over a class of hand-ins, which it makes of the tests' scripts itself.

    python -m benchmarks.audit_class
    python -m benchmarks.audit_class --files 160 --slowest 10

Prints processor time and wall time of the whole, and the slowest files. A minute for 160 files is the mark.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.doctor.audit import audit_file
from classlab.doctor.audit.hand_ins import hand_ins_in
from tests.doctor.audit.faults import FAULTS
from tests.doctor.audit.hand_in import notebook
from tests.doctor.audit.reading import script_files

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARK_SECONDS = 60.0


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        made_class(place, options.files)
        wall, busy = time.perf_counter(), time.process_time()
        hand_ins = list(hand_ins_in([place]))
        wall, busy = time.perf_counter() - wall, time.process_time() - busy
        found = sum(len(each.findings) for each in hand_ins)
        print(f"{len(hand_ins)} hand-ins, {found} findings: {busy:.1f} s of one core, {wall:.1f} s by the clock.")
        print(f"The mark is {_MARK_SECONDS:.0f} s: {'met' if wall < _MARK_SECONDS else 'missed'}.")
        for seconds, file in slowest(place)[: options.slowest]:
            print(f"{seconds:6.2f} s  {file}")


def made_class(place: Path, files: int) -> None:
    """Writes hand-ins: whole scripts, small scripts with a fault, and notebooks, one after the other."""
    whole = [path.read_bytes() for folder in ("healthy", "faulty") for path in script_files(folder)]
    small = [text.encode() for text in FAULTS.values()]
    kinds = [*((".py", text) for text in whole), (".ipynb", notebook()), *((".py", text) for text in small)]
    for number, (suffix, content) in enumerate(islice(cycle(kinds), files)):
        (place / f"student-{number:03d}").mkdir()
        (place / f"student-{number:03d}" / f"lab{suffix}").write_bytes(content)


def slowest(place: Path) -> list[tuple[float, str]]:
    """Processor seconds of each file, the slowest first."""
    taken = []
    for file in place.rglob("lab.*"):
        begun = time.process_time()
        audit_file(file)
        taken.append((time.process_time() - begun, str(file.relative_to(place))))
    return sorted(taken, reverse=True)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=160, help="how many hand-ins (160)")
    parser.add_argument("--slowest", type=int, default=5, help="how many of the slowest files are named (5)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()

"""Every measurement of the performance page, one after the other, within a time that can be given.

    python -m benchmarks.suite --page docs/evidence/performance.md -o suite.json
    python -m benchmarks.suite --minutes 30 --only a,growth --page docs/evidence/performance.md -o suite.json

Each part is a command of its own with a file of its own, written after every measurement. Interrupted, the suite loses
the measurement in progress; the same call again goes on with the next. The page is brought up to date after each part.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from benchmarks import absolute, beside_others, compare_training, growth, roofline_text, startup
from benchmarks.page import replace_between
from benchmarks.trial import ROOT, interrupt_on_terminate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Marker = Literal["figures", "networks", "beside-others", "growth", "absolute", "startup", "roofline"]
Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Part:
    """One command of the suite.

    Args:
        module: of `benchmarks`.
        marker: where its text stands on the page.
        share: of the time that is left, against the shares of the parts after it.
        takes: which of the suite's options it is given, beside threads and time.
        arguments: what it is told beside them.
    """

    module: str
    marker: Marker
    share: float
    takes: tuple[str, ...]
    arguments: tuple[str, ...] = ()


_SIZES = ("rounds", "epochs", "images", "cnn_images")


def _comparison(suite: str, share: float, marker: Marker = "figures") -> Part:
    return Part(
        module="compare_training",
        marker=marker,
        share=share,
        takes=(*_SIZES, "peers", "peer_arms"),
        arguments=("--suite", suite),
    )


# Shares follow what the parts took beside one another with everything at its default.
PARTS: dict[str, Part] = {
    "a": _comparison("a", 4),
    "b": _comparison("b", 10),
    "c": _comparison("c", 6),
    "d": _comparison("d", 10),
    "e": _comparison("e", 20, "networks"),
    "g": _comparison("g", 20, "networks"),
    "f": _comparison("f", 30, "networks"),
    "beside": Part(module="beside_others", marker="beside-others", share=8, takes=("rounds", "epochs")),
    "growth": Part(module="growth", marker="growth", share=4, takes=("rounds", "epochs", "images", "figure", "most")),
    "absolute": Part(module="absolute", marker="absolute", share=4, takes=("rounds", "epochs", "cnn_images")),
    "startup": Part(module="startup", marker="startup", share=2, takes=("rounds",)),
    "roofline": Part(module="roofline", marker="roofline", share=2, takes=_SIZES),
}
TEXTS: dict[Marker, Callable[[Document], str]] = {
    "figures": compare_training.figures_text,
    "networks": compare_training.figures_text,
    "beside-others": beside_others.figures_text,
    "growth": growth.figures_text,
    "absolute": absolute.figures_text,
    "startup": startup.figures_text,
    "roofline": roofline_text.figures_text,
}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    interrupt_on_terminate()
    options.parts.mkdir(parents=True, exist_ok=True)
    outcome: dict[str, str] = {}
    began = time.monotonic()
    try:
        for place, name in enumerate(options.only):
            left = None if options.minutes is None else options.minutes - (time.monotonic() - began) / 60
            outcome[name] = _run(name, options, _minutes(options.only[place:], left))
            print(f"part {name}: {outcome[name]}", file=sys.stderr, flush=True)
            _write(options, outcome)
    except KeyboardInterrupt:
        outcome.update({name: "interrupted" for name in options.only if name not in outcome})
        return 130
    finally:
        _write(options, outcome)
    return 0 if all(result == "done" for result in outcome.values()) else 1


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=list(PARTS), type=lambda text: text.split(","), help=f"of {', '.join(PARTS)}")
    parser.add_argument("--minutes", type=float, help="for all parts together; what does not fit is left out")
    parser.add_argument("--rounds", type=int, help="in place of each part's own, as the following")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--images", type=int)
    parser.add_argument("--cnn-images", type=int)
    parser.add_argument("--most", type=int, help="members of the largest growing population")
    parser.add_argument("--peers", help="what to compare with, separated by commas")
    parser.add_argument("--peer-arms", type=int, help="arms that a tool trains one after another")
    parser.add_argument("--threads", default=2, type=int)
    parser.add_argument("--anew", action="store_true", help="do not go on with what was measured before")
    parser.add_argument(
        "--figure", type=lambda text: Path(text).resolve(), help="where to draw the growth, as .svg or .png"
    )
    parser.add_argument("--page", type=Path, help="Markdown page whose tables are replaced")
    parser.add_argument("--parts", type=Path, help="folder of the parts' files (default: beside the output)")
    parser.add_argument("-o", "--output", default="suite.json", type=Path)
    options = parser.parse_args(arguments)
    for name in options.only:
        if name not in PARTS:
            parser.error(f"there is no part {name!r}. Choose from {', '.join(PARTS)}.")
    options.parts = options.parts or options.output.with_name(f"{options.output.stem}-parts")
    return options


def _minutes(names: list[str], left: float | None) -> float | None:
    """The first part's share of the time that is left; what it does not use is there for the others."""
    if left is None:
        return None
    return max(0.0, left) * PARTS[names[0]].share / sum(PARTS[name].share for name in names)


def command_for(name: str, options: argparse.Namespace, minutes: float | None) -> list[str]:
    """The command line of one part."""
    part = PARTS[name]
    command = [sys.executable, "-m", f"benchmarks.{part.module}", *part.arguments, "--threads", str(options.threads)]
    for option in part.takes:
        if (value := getattr(options, option)) is not None:
            command += [f"--{option.replace('_', '-')}", str(value)]
    if minutes is not None:
        # A measurement that was begun in time may end late, but not without end.
        command += ["--minutes", f"{minutes:.3f}"]
        if part.module != "beside_others":  # whose limit follows from the quiet times
            command += ["--timeout", f"{max(120, 60 * minutes):.0f}"]
    return [*command, *(["--anew"] if options.anew else []), "-o", str(_file(options, name).resolve())]


def _run(name: str, options: argparse.Namespace, minutes: float | None) -> str:
    """Runs one part; its tables go to the page, not to the terminal. Returns `done` or what went wrong."""
    process = subprocess.Popen(command_for(name, options, minutes), cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        code = process.wait()
    except BaseException:
        process.terminate()  # not killed: it has a worker to end
        process.wait()
        raise
    return "done" if code == 0 else f"it ended with code {code}"


def _file(options: argparse.Namespace, name: str) -> Path:
    folder: Path = options.parts
    return folder / f"{name}.json"


def _write(options: argparse.Namespace, outcome: dict[str, str]) -> None:
    """Puts the parts' files together, and their texts on the page."""
    files = {name: _file(options, name) for name in PARTS}
    documents = {name: json.loads(path.read_text("utf-8")) for name, path in files.items() if path.exists()}
    missing = {name: outcome.get(name, "not asked for") for name in PARTS if name not in documents}
    whole = {"outcome": outcome, "left_out": missing, "parts": documents}
    options.output.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
    if options.page:
        for marker, text in texts(documents, missing).items():
            replace_between(options.page, marker, text)


def texts(documents: dict[str, Document], missing: dict[str, str]) -> dict[Marker, str]:
    """What stands between each marker; markers of which nothing was measured are left as they are."""
    found: dict[Marker, str] = {}
    for marker, text in TEXTS.items():
        parts = {name: document for name, document in documents.items() if PARTS[name].marker == marker}
        if parts:
            gaps = [(name, why) for name, why in missing.items() if PARTS[name].marker == marker]
            left_out = "\n".join(f"- Part {name}: left out, {why}." for name, why in gaps)
            found[marker] = "\n\n".join(part for part in (text(merged(list(parts.values()))), left_out) if part)
    return found


def merged(documents: list[Document]) -> Document:
    """Several comparisons as one: their measurements one after the other, their settings side by side.

    The machine is the first one's: parts of one suite are measured on one machine.
    """
    first, *others = documents
    settings = dict(first["settings"])
    for name, value in settings.items():
        if isinstance(value, dict):
            settings[name] = {key: each for one in documents for key, each in one["settings"][name].items()}
    return {
        **first,
        "settings": settings,
        "measurements": [*first["measurements"], *(each for one in others for each in one["measurements"])],
    }


if __name__ == "__main__":
    sys.exit(main())

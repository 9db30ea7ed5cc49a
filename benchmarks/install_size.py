"""What an installation costs: megabytes on the way and on disk, and seconds until the embedded lab's report is there.

    python -m benchmarks.install_size -o install_size.json --page docs/evidence/install.md

Every set of extras gets an environment of its own: its packages are downloaded into an empty folder, installed from
there, and the lab is run. The wheel of this checkout is built before anything is timed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.journal import Journal
from benchmarks.machine import describe_machine, provenance, warn_if_busy
from benchmarks.page import replace_between, table
from benchmarks.trial import ROOT, interrupt_on_terminate

if TYPE_CHECKING:
    from collections.abc import Sequence

# What is measured, by the extras that are installed with the core.
SETS: dict[str, str] = {
    "core": "classlab",
    "torch": "classlab[torch]",
    "keras": "classlab[keras]",
    "all": "classlab[all]",
}
MEGABYTE = 10**6  # bytes, as an index's pages count
SMALL = 1.0  # megabytes: packages below share a row
# Every file of every package, by the list that pip keeps of it; what pip itself needs was there before.
_PACKAGES = """
import json
from importlib.metadata import distributions
sizes = {}
for package in distributions():
    files = [file.locate() for file in package.files or ()]
    sizes[package.name.lower()] = [package.version, sum(file.stat().st_size for file in files if file.is_file())]
print(json.dumps(sizes))
"""
_OWN = {"pip", "setuptools"}  # of every environment, whatever is installed


def main(arguments: Sequence[str] | None = None) -> None:
    options = _options(arguments)
    interrupt_on_terminate()
    machine = describe_machine()
    warn_if_busy(machine)
    journal = Journal(Path(options.output), settings={}, facts={"machine": machine}, resume=not options.anew)
    with tempfile.TemporaryDirectory() as place:
        wheel = _built(Path(place))
        for name in options.only or SETS:
            if not journal.find({"set": name}):
                print(f"{SETS[name]}: downloading, installing, running the lab", file=sys.stderr, flush=True)
                journal.add({"set": name, **measured(name, wheel, Path(place) / name)})
    journal.finish()
    text = figures_text(journal.document)
    print(text)
    if options.page:
        replace_between(Path(options.page), "install-size", text)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", type=lambda text: text.split(","), help=f"of {', '.join(SETS)}")
    parser.add_argument("--anew", action="store_true", help="do not go on with the measurements in the file")
    parser.add_argument("--page", help="Markdown page whose table is replaced")
    parser.add_argument("-o", "--output", default="install_size.json")
    options = parser.parse_args(arguments)
    for name in options.only or ():
        if name not in SETS:
            parser.error(f"there is no set {name!r}. Choose from {', '.join(SETS)}.")
    return options


def _built(place: Path) -> Path:
    """The wheel of this checkout."""
    _run([sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(place / "wheel"), str(ROOT)])
    (wheel,) = (place / "wheel").glob("classlab-*.whl")
    return wheel


def measured(name: str, wheel: Path, place: Path) -> dict[str, Any]:
    """One set in an environment of its own.

    Args:
        name: of `SETS`.
        wheel: of classlab.
        place: a folder that is not there yet.

    Returns:
        `downloaded` and `installed` bytes, `packages` as name, version and bytes, and the seconds `downloading`,
        `installing` and of the `lab`; `lab_error` where that ended badly.
    """
    place.mkdir()
    _run([sys.executable, "-m", "venv", str(place / "environment")])
    python = str(place / "environment" / ("Scripts" if os.name == "nt" else "bin") / "python")
    asked = f"{wheel}{SETS[name].removeprefix('classlab')}"
    constrained = ["-q", "--disable-pip-version-check", "-c", str(ROOT / "constraints.txt")]
    wheels = place / "wheels"
    downloading = _run([python, "-m", "pip", "download", "--no-cache-dir", *constrained, "-d", str(wheels), asked])
    installing = _run([python, "-m", "pip", "install", *constrained, "--no-index", "--find-links", str(wheels), asked])
    told = subprocess.run([python, "-c", _PACKAGES], env=_environment(), capture_output=True, text=True, check=True)
    packages = {name: each for name, each in json.loads(told.stdout).items() if name not in _OWN}
    return {
        "downloaded": sum(file.stat().st_size for file in wheels.iterdir()),
        "installed": sum(size for _, size in packages.values()),
        "packages": [[name, *each] for name, each in packages.items()],
        "downloading": downloading,
        "installing": installing,
        **_lab(python, place),
    }


def _lab(python: str, place: Path) -> dict[str, Any]:
    """Seconds to the embedded lab's report, in a folder where nothing else can be imported."""
    elsewhere = place / "elsewhere"
    elsewhere.mkdir()
    began = time.perf_counter()
    done = subprocess.run(
        [python, "-m", "classlab", "lab", "--embedded", "--quiet"],
        cwd=elsewhere,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - began
    if done.returncode == 0 and (elsewhere / "lab" / "lab.html").exists():
        return {"lab": seconds}
    return {"lab_error": (done.stderr.strip().splitlines() or ["no message"])[-1][:300]}


def _environment() -> dict[str, str]:
    """Without what leads to this checkout, which would count as installed, and without the caller's store."""
    return {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "CLASSLAB_STORE")}


def _run(command: list[str]) -> float:
    """Runs a command that must succeed, and gives its seconds."""
    began = time.perf_counter()
    done = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)} failed: {done.stderr.strip()[-500:]}")
    return time.perf_counter() - began


def figures_text(document: dict[str, Any]) -> str:
    """Provenance, a row for each set, and the packages of the core by their size."""
    found = {one["set"]: one for one in document["measurements"]}
    rows = [
        [
            f'`pip install "{SETS[name]}"`' if name != "core" else f"`pip install {SETS[name]}`",
            str(len(one["packages"])),
            f"{one['downloaded'] / MEGABYTE:,.0f}",
            f"{one['installed'] / MEGABYTE:,.0f}",
            f"{one['downloading']:.0f}",
            f"{one['installing']:.0f}",
            f"{one['lab']:.0f}" if "lab" in one else "-",
        ]
        for name, one in sorted(found.items(), key=lambda item: list(SETS).index(item[0]))
    ]
    header = [
        "installation",
        "packages",
        "MB downloaded",
        "MB installed",
        "s to download",
        "s to install",
        "s to the lab",
    ]
    failed = "\n".join(
        f"- {SETS[name]}: the lab ended with: {one['lab_error']}" for name, one in found.items() if "lab" not in one
    )
    parts = [provenance(document), table(header, rows), failed]
    if "core" in found:
        parts.append(f"What the core installs, in MB:\n\n{_by_size(found['core']['packages'])}")
    return "\n\n".join(part for part in parts if part)


def _by_size(packages: list[tuple[str, str, int]]) -> str:
    """The packages from the largest to the smallest, and the small ones together."""
    ordered = sorted(packages, key=lambda package: -package[2])
    large = [package for package in ordered if package[2] >= SMALL * MEGABYTE]
    rows = [[f"{name} {version}", f"{size / MEGABYTE:.1f}"] for name, version, size in large]
    if small := ordered[len(large) :]:
        names = ", ".join(sorted(name for name, _, _ in small))
        rows.append(
            [f"{len(small)} of less than {SMALL:g} MB: {names}", f"{sum(size for *_, size in small) / MEGABYTE:.1f}"]
        )
    return table(["package", "MB"], rows)


if __name__ == "__main__":
    main()

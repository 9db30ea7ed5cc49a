"""Everything that the audit says of every script at hand, to hold a change of the audit against what it said before.

    python -m benchmarks.audit_snapshot before.json
    python -m benchmarks.audit_snapshot after.json --against before.json
    python -m benchmarks.audit_snapshot after.json --against before.json --also ~/hand-ins

The scripts are those of the tests, the examples, the code of the documentation, Keras's own modules, and what `--also`
names. A line per script and finding that differs; the exit code is 1 where one does.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import json
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.doctor.audit import audit_file, audit_source
from classlab.doctor.audit.audit import files_in
from classlab.doctor.audit.source import script_source
from classlab.errors import ClasslabError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_HERE = Path(__file__).parents[1]
_TABLES = (
    "faults",
    "kinds",
    "kinds_of_arrays",
    "kinds_of_values",
    "ways_to_choose",
    "ways_to_misname",
    "ways_to_scale_twice",
)


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    with ProcessPoolExecutor(2) as pool:
        said = dict(pool.map(_said, scripts(options.also), chunksize=8))
    options.file.write_text(json.dumps(said, indent=0, sort_keys=True), encoding="utf-8")
    print(f"{len(said)} scripts, {sum(map(len, said.values()))} lines in {options.file}")
    before = json.loads(options.against.read_text(encoding="utf-8")) if options.against else said
    gone = [f"- {name}: {line}" for name in before for line in before[name] if line not in said.get(name, [])]
    new = [f"+ {name}: {line}" for name in said for line in said[name] if line not in before.get(name, [])]
    print(*sorted([*gone, *new], key=lambda line: line[2:]), sep="\n")
    return 1 if gone or new else 0


def scripts(also: Sequence[Path]) -> list[tuple[str, str]]:
    """Name and text of every script; an empty text where it is a file that the name leads to."""
    named = dict(_of_tests())
    for page in sorted((_HERE / "docs").rglob("*.md")):
        for number, code in enumerate(re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)):
            named[f"docs/{page.name} {number}"] = code
    spec = find_spec("keras")
    keras = [Path(spec.origin).parent / "src"] if spec is not None and spec.origin else []
    for folder in (_HERE / "examples", *keras, *also):
        named |= dict.fromkeys(map(str, files_in([folder])), "")
    return sorted(named.items())


def _of_tests() -> Iterator[tuple[str, str]]:
    for path in sorted((_HERE / "tests" / "doctor" / "audit" / "scripts").rglob("*.txt")):
        yield f"{path.parent.name}/{path.stem}", path.read_text(encoding="utf-8")
    for module in _TABLES:
        for table in vars(importlib.import_module(f"tests.doctor.audit.{module}")).values():
            for name, texts in table.items() if isinstance(table, dict) else ():
                for number, text in enumerate(texts if isinstance(texts, tuple) else (texts,)):
                    if isinstance(text, str) and "\n" in text:
                        yield f"{module}: {name} {number}", text
    for path in sorted((_HERE / "tests" / "doctor" / "audit").glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "import" in node.value:
                yield f"{path.stem} {sha256(node.value.encode()).hexdigest()[:8]}", node.value


def _said(script: tuple[str, str]) -> tuple[str, list[str]]:
    name, text = script
    try:
        audit = audit_source(script_source(text.encode(), name="script.py")) if text else audit_file(Path(name))
    except ClasslabError as problem:
        return name, [f"{type(problem).__name__}"]
    diagnosis = audit.diagnosis
    found = [
        f"{each.rule} {each.name} {each.severity} {each.place} also {each.also}: {each.text} | {each.causes} | "
        f"{each.evidence} | {each.limits}"
        for each in diagnosis.findings
    ]
    quiet = [f"silenced {each}" for each in audit.silenced]
    left = [f"unchecked {each.rule}: {each.reason}" for each in diagnosis.unchecked]
    return name, [*found, *quiet, *left, f"checked {diagnosis.checked}"]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path, help="where what is said goes, as JSON")
    parser.add_argument("--against", type=Path, help="what was said before")
    parser.add_argument("--also", type=Path, nargs="*", default=[], help="further scripts, notebooks and folders")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

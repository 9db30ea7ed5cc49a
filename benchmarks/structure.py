"""How the package's code hangs together, in figures that a rebuild should bring down.

    python -m benchmarks.structure                        # this checkout
    python -m benchmarks.structure --before ../earlier    # beside an earlier checkout

Imports are counted wherever they stand: at the top of a module, in a function, and for type checking alone.
"""

from __future__ import annotations

import argparse
import ast
import io
import json
import os
import subprocess
import sys
import tokenize
from dataclasses import asdict, dataclass
from pathlib import Path

import grimp

from benchmarks.page import table

_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, kw_only=True)
class Structure:
    """Figures of one checkout.

    Args:
        lines: of Python in the package.
        files: Python files in the package.
        imports_in_functions: imports of the package's own modules that stand in a function.
        in_circles: modules that import themselves by way of others.
        option_hands: files of the package that name `global_clipnorm`, an option that nothing special happens to.
        untyped_mappings: parameters and results that are annotated `dict[str, Any]`.
        comments: comment lines per 100 lines of code.
    """

    lines: int
    files: int
    imports_in_functions: int
    in_circles: int
    option_hands: int
    untyped_mappings: int
    comments: float


TITLES = {
    "lines": "lines of Python",
    "files": "files",
    "imports_in_functions": "own modules imported inside functions",
    "in_circles": "modules in import circles, typing and function imports included",
    "option_hands": "files that name `global_clipnorm`",
    "untyped_mappings": "`dict[str, Any]` in signatures",
    "comments": "comment lines per 100 code lines",
}


def measure_structure(root: Path) -> Structure:
    """Measures the checkout whose `classlab` folder lies in `root`; the package must be the one that Python finds."""
    sources = [path.read_text(encoding="utf-8") for path in sorted((root / "classlab").rglob("*.py"))]
    trees = [ast.parse(source) for source in sources]
    counted = [comment_and_code_lines(source) for source in sources]
    return Structure(
        lines=sum(len(source.splitlines()) for source in sources),
        files=len(sources),
        imports_in_functions=sum(map(imports_in_functions, trees)),
        in_circles=len(modules_in_circles()),
        option_hands=sum("global_clipnorm" in source for source in sources),
        untyped_mappings=sum(map(untyped_mappings, trees)),
        comments=round(100 * sum(c for c, _ in counted) / sum(code for _, code in counted), 1),
    )


def modules_in_circles() -> set[str]:
    """The modules of `classlab` that import themselves by way of others."""
    graph = grimp.build_graph("classlab", exclude_type_checking_imports=False, cache_dir=None)
    return {
        module
        for module in graph.modules
        if graph.find_upstream_modules(module) & graph.find_downstream_modules(module) - {module}
    }


def imports_in_functions(tree: ast.Module) -> int:
    """Counts the statements inside functions that import a module of `classlab`."""
    inside = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    return sum(
        (isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "classlab")
        or (isinstance(node, ast.Import) and any(a.name.partition(".")[0] == "classlab" for a in node.names))
        for node in inside
    )


def untyped_mappings(tree: ast.Module) -> int:
    """Counts the parameters and results whose annotation holds `dict[str, Any]`."""
    found = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = [
                *node.args.posonlyargs,
                *node.args.args,
                *node.args.kwonlyargs,
                node.args.vararg,
                node.args.kwarg,
            ]
            annotations = [each.annotation for each in arguments if each is not None] + [node.returns]
            found += sum("dict[str, Any]" in ast.unparse(each) for each in annotations if each is not None)
    return found


def comment_and_code_lines(source: str) -> tuple[int, int]:
    """Counts lines that bear a comment, and lines that bear code; directives to tools and docstrings are neither."""
    comments: set[int] = set()
    code: set[int] = set()
    start_of_statement = True
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if not token.string.lstrip("# ").startswith(("noqa", "type:", "fmt:", "pragma")):
                comments.add(token.start[0])
        elif token.type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT):
            start_of_statement = True
        elif token.type not in (tokenize.NL, tokenize.ENDMARKER):
            if not (start_of_statement and token.type == tokenize.STRING):
                code.update(range(token.start[0], token.end[0] + 1))
            start_of_statement = False
    return len(comments), len(code)


def main() -> None:
    """Prints the figures, perhaps beside those of an earlier checkout."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.structure", description=__doc__)
    parser.add_argument("--before", type=Path, metavar="DIR", help="an earlier checkout to measure as well")
    parser.add_argument("--measured", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measured is not None:
        print(json.dumps(asdict(measure_structure(options.measured))))
        return
    roots = [*([options.before] if options.before else []), _ROOT]
    measured = [_in_own_process(root) for root in roots]
    header = ["", *(["before"] if options.before else []), "now"]
    print(table(header, [[title, *(f"{each[name]:,}" for each in measured)] for name, title in TITLES.items()]))


def _in_own_process(root: Path) -> dict[str, float]:
    """Measures a checkout in a process that finds its package first."""
    place = {**os.environ, "PYTHONPATH": os.pathsep.join([str(root.resolve()), str(_ROOT)])}
    command = [sys.executable, __file__, "--measured", str(root.resolve())]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=place)
    measured: dict[str, float] = json.loads(done.stdout)
    return measured


if __name__ == "__main__":
    main()

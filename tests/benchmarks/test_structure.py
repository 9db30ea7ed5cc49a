"""The figures of the code's structure, on sources small enough to count by hand."""

from __future__ import annotations

import ast

from benchmarks.structure import comment_and_code_lines, imports_in_functions, untyped_mappings

SOURCE = '''"""What this is.

Not counted.
"""
import os  # why

# another why
def f(a: dict[str, Any], *b: int, **c: list[dict[str, Any]]) -> dict[str, Any]:
    """Not counted."""
    from classlab.records import RunSpec  # noqa: F401
    import classlab.errors
    import numpy
    text = """counted
    twice"""
    return (
        text
    )
'''


def test_comments_and_code_are_counted_without_docstrings_and_directives():
    assert comment_and_code_lines(SOURCE) == (2, 10)


def test_imports_of_the_package_inside_functions_are_counted():
    assert imports_in_functions(ast.parse(SOURCE)) == 2


def test_mappings_of_anything_are_counted_in_parameters_and_results():
    assert untyped_mappings(ast.parse(SOURCE)) == 3

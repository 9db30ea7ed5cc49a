"""Texts that travel with the package."""

from __future__ import annotations

from functools import cache


@cache
def package_text(package: str, folder: str, name: str) -> str:
    """A script, style or template as it stands.

    Args:
        package: as in `classlab.offline`.
        folder: of the package.
        name: of the file.
    """
    from jinja2 import Environment, PackageLoader

    return PackageLoader(package, folder).get_source(Environment(autoescape=True), name)[0]

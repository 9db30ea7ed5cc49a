"""The documentation as a site: `sphinx-build -W -E docs build/site`, with the tools of the extra `docs`.

Sphinx with MyST and Furo, because Sphinx is kept up by many hands (MkDocs 1 has had no release since 2024, and Material
for MkDocs ends in 2027), links and docstrings that lead nowhere are warnings there, and what it writes loads nothing
from elsewhere: pages, type and search work from a folder without network. BSD, MIT and MIT licences.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.version import VERSION

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "classlab"
author = "the authors of classlab"
release = version = VERSION
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
source_suffix = {".md": "markdown"}
default_role = "code"  # single backticks, as the docstrings have them
myst_heading_anchors = 4  # the same anchors as on a page of the repository
autodoc_typehints = "none"  # the signature as it is written; its options have their types in the table
autodoc_member_order = "bysource"
napoleon_use_rtype = False
html_theme = "furo"
html_title = f"classlab {VERSION}"
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_static_path: list[str] = []
_FOREIGN = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*\b(?:src|href)=[\"'](?:https?:)?//[^\"']*")


def _stands_alone(app: Sphinx, problem: Exception | None) -> None:
    """Refuses a page that would load something from elsewhere."""
    if problem is not None:
        return
    for page in sorted(Path(app.outdir).rglob("*.html")):
        found = _FOREIGN.findall(page.read_text(encoding="utf-8"))
        if found:
            raise RuntimeError(f"{page.name} must load nothing from elsewhere, but has {found[0]}.")


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("build-finished", _stands_alone)

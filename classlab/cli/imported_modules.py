"""`--import`: modules of the user's whose Keras classes a command is to know."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from classlab.errors import SpecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from classlab.cli.shared_options import Group


def add_import_option(group: Group) -> None:
    """Adds `--import`."""
    group.add_argument(
        "--import",
        dest="imports",
        action="append",
        default=[],
        metavar="MODULE",
        help="import this module of yours first, which registers the model's own layers; may be repeated",
    )


def import_modules(names: Sequence[str]) -> None:
    """Imports what the user named, from the current folder too, as `python -m` does.

    Only the command line names modules: what stands in a run's folder is never imported, because it may be anyone's.

    Args:
        names: of modules, as Python's `import` takes them.

    Raises:
        SpecError: there is no such module, or it cannot be imported.
        MissingExtraError: Keras is not installed.
    """
    if not names:
        return
    from classlab.models.keras_runtime import keras

    keras("a module of Keras layers")  # before the module imports it on a backend that is not there
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)  # last: a file of the folder must not stand in for a package
    for name in names:
        try:
            import_module(name)
        except Exception as problem:  # noqa: BLE001  (whatever the user's own code raises)
            what = " ".join(f"{type(problem).__name__}: {problem}".split()).rstrip(".")
            raise SpecError(
                f"--import must name a module that can be imported, but {name!r} cannot ({what}). Give its name as "
                "Python imports it, from the folder it lies in."
            ) from None

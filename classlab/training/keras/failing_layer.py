"""What a layer of the user's raises while it is computed, as one sentence that names the layer."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from classlab.errors import ClasslabError, SpecError
from classlab.models.keras_import import plain_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from classlab.records.architecture import KerasArchitecture

_RAISED = re.compile(r"Exception encountered when calling (?:layer .*\(type )?(\w+)")  # as Keras says whose call it was


@contextmanager
def failures_named(architecture: KerasArchitecture) -> Iterator[None]:
    """Around computations of a model: says which layer failed, in place of Keras's page about its arguments.

    Raises:
        SpecError: a layer's call failed for another reason than memory.
    """
    try:
        yield
    except ClasslabError:
        raise
    except Exception as problem:
        lines = plain_lines(problem)
        found = _RAISED.match(lines[0]) if lines else None
        if found is None or "memory" in str(problem).lower():
            raise
        said = lines[1] if len(lines) > 1 else type(problem).__name__
        raise SpecError(
            f"every layer of the Keras model {architecture.name!r} must compute on these images, but "
            f"{_layer(architecture, found[1])} says: {said.rstrip('.')}. Mend its call method."
        ) from problem


def _layer(architecture: KerasArchitecture, kind: str) -> str:
    """The layer of a class; Keras names no more than that, and there may be several."""
    names = [str(options["name"]) for each, options in architecture.described() if each == kind and "name" in options]
    return f"its layer {names[0]!r} ({kind})" if len(names) == 1 else f"a layer of its class {kind}"

"""Names that Python and the notebook offer without an import."""

from __future__ import annotations

import builtins
from typing import Final

BUILTINS: Final = frozenset(dir(builtins)) | {"display", "get_ipython", "In", "Out", "_", "__file__", "exit", "quit"}

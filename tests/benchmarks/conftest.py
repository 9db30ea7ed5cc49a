"""The measuring commands are no part of the package, so their folder's parent is put on the path here."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))

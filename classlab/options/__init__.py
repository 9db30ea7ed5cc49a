"""The one table of options: what each is called, takes, means and is where nobody says it; light enough for `--help`.

The command line, study files and their JSON Schema, Python's signatures, the records' bounds and the tables of the
documentation come from it.
"""

from classlab.options.checks import check, check_names, checked, is_ready, plain_value, refuse_idle, refuse_several
from classlab.options.table import CLIPS, OPTIMIZER_SETTINGS, OPTIONS, STUDY_KEYS, STUDY_SETTINGS, TABLE, options_of

__all__ = [
    "CLIPS",
    "OPTIMIZER_SETTINGS",
    "OPTIONS",
    "STUDY_KEYS",
    "STUDY_SETTINGS",
    "TABLE",
    "check",
    "check_names",
    "checked",
    "is_ready",
    "options_of",
    "plain_value",
    "refuse_idle",
    "refuse_several",
]

"""How far the audit goes before it says that it stopped: limits on files, time and memory, one place for all."""

from __future__ import annotations

from typing import Final

FILE_BYTES: Final = 8 * 2**20  # a notebook with its pictures; scripts are a thousand times smaller
CODE_CHARACTERS: Final = 400_000  # the code alone; of the shortest statements Python makes 900 bytes a character
CELLS: Final = 5_000
FOLDER_FILES: Final = 2_000
STEPS: Final = 150_000  # expressions and statements followed in one file; about two seconds
UNROLLED: Final = 64  # turns of one loop that are followed one by one
UNKNOWN_TURNS: Final = 2  # turns of a loop whose length is unknown: enough for "the second time round"
MODULES: Final = 50  # modules beside a file that are followed with it
CALL_DEPTH: Final = 24  # functions of the file inside one another
SAME_FUNCTION: Final = 2  # the same function inside itself
ITEMS: Final = 2_000  # of one list or dictionary
TEXT: Final = 2_000  # characters of a text that is worked out
NUMBER: Final = 2.0**63  # magnitude of a whole number that is worked out
EVENTS: Final = 4_000  # trainings, evaluations, choices and the like that are remembered
FINDINGS: Final = 200  # in one file

"""A place in the code that is audited."""

from __future__ import annotations

from dataclasses import dataclass, field

from classlab.records.finding import Place


@dataclass(frozen=True, order=True)
class Location:
    """Cell and line.

    Args:
        cell: the notebook's cell, from 1; 0 for a script.
        line: of the script, or within the cell, from 1.
        last_line: where the statement ends.
        caller: for a line of a function, where the program outside functions called it.
        file: the module that the line stands in, "" for the file that is audited.
    """

    cell: int
    line: int
    last_line: int = 0
    caller: Location | None = field(default=None, compare=False)
    file: str = ""

    def place(self, file: str) -> Place:
        """The same for a record; `file` is the name of the file that is audited."""
        return Place(file=self.file or file, cell=self.cell or None, line=self.line or None)

    def said(self) -> str:
        """The same in words.

        Example:
            >>> Location(3, 7).said(), Location(0, 12).said()
            ('cell 3, line 7', 'line 12')
        """
        line = f"cell {self.cell}, line {self.line}" if self.cell else f"line {self.line}"
        return f"{self.file}, {line}" if self.file else line


NOWHERE = Location(0, 0)

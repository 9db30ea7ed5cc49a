"""Pictures whose names begin with their class, as in `cat.12.jpg` and `dog_003.png`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from classlab.datasets.labelled_files import LabelledFiles, composed, in_order
from classlab.datasets.left_out import LeftOut
from classlab.datasets.split_folders import is_picture_name

if TYPE_CHECKING:
    from classlab.datasets.split_folders import Kind, Parts

BY_NAMES = "names"
"""What is said behind #labels= of pictures whose names begin with their classes."""

_NUMBERED = re.compile(r"(.*[^\W\d_].*?)[\s._-]*\(?[0-9]+\)?")  # a letter somewhere, and a number at the end


def files_by_name(parts: Parts) -> LabelledFiles | None:
    """Labels files by what stands before the number in their names.

    Args:
        parts: where each split lies.

    Returns:
        The labelled files; None where the training pictures are not called so, or are all of one class.
    """
    splits: dict[Kind, tuple[tuple[str, str], ...]] = {}
    strange: list[str] = []
    for kind, folder in parts.folders.items():
        files = [file for file in folder.all_files() if is_picture_name(file)]
        named = [(file, name) for file in files if (name := _class_in(file))]
        if kind == "train" and len(named) < len(files):
            return None
        splits[kind] = tuple(named)
        strange += [file for file in files if not _class_in(file)]
    names = in_order({name for _, name in splits["train"]})
    if len(names) < 2 or len(names) > len(splits["train"]) // 2:
        return None
    return LabelledFiles(
        splits=splits,
        class_names=tuple({name: None for files in splits.values() for _, name in files}),
        left_out=tuple(LeftOut(path=file, reason="has no class in its name.") for file in strange),
        notes=("The classes were read from the beginnings of the files' names.",),
    )


def _class_in(file: str) -> str | None:
    stem = composed(file).rpartition("/")[2].rpartition(".")[0]
    found = _NUMBERED.fullmatch(stem)
    return None if found is None else found[1].rstrip(" ._-(")
